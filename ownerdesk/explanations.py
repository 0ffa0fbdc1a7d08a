"""How a due time came about, in words: “6 h of working time from 16:10; Sunday is closed”."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from babel.lists import format_list

from ownerdesk.rules.calendars import MOST_CLOSED_TOLD
from ownerdesk.texts import Translate, babel_locale, format_when, translator

DAY = 24 * 60


def explain(explanation: Mapping[str, Any], *, timezone: str, language: str, now: datetime) -> str:
    """One or two sentences; empty where nothing is known, as for promises of earlier versions."""
    _ = translator(language)
    sentences = [
        _counted(explanation, timezone=timezone, language=language, now=now),
        _closed(explanation.get("closed") or (), _, language),
        _stood_still(explanation, _),
    ]
    text = _join(list(filter(None, sentences)), _)
    return _("{sentence}.").format(sentence=text) if text else ""


def _join(sentences: list[str], _: Translate) -> str:
    """One after the other, with the signs that the language puts between them."""
    text = sentences[0] if sentences else ""
    for more in sentences[1:]:
        text = _("{sentence}; {more}").format(sentence=text, more=more)
    return text


def _counted(explanation: Mapping[str, Any], *, timezone: str, language: str, now: datetime) -> str:
    _ = translator(language)
    if explanation.get("by_hand"):
        return _("promised by a person for this time")
    if explanation.get("wished"):
        return _("the end of the time the owner wished for")
    if explanation.get("morning"):
        return _("moved to the morning, after the owner's quiet hours")
    if "minutes" not in explanation:
        return ""
    begin = datetime.fromisoformat(explanation["from"])
    start = format_when(begin, timezone=timezone, language=language, now=now)
    length = format_minutes(int(explanation["minutes"]), _)
    if explanation.get("never_open"):
        template = _("{length} from {start}, round the clock because “{calendar}” is never open")
        return template.format(length=length, start=start, calendar=explanation["calendar"])
    if "calendar" in explanation:
        return _("{length} of working time from {start}").format(length=length, start=start)
    return _("{length} from {start}, round the clock").format(length=length, start=start)


def _closed(closed: Any, _: Translate, language: str) -> str:
    names = [_day_name(entry, language) for entry in closed]
    more = len(names) - MOST_CLOSED_TOLD
    if not names:
        return ""
    if len(names) == 1:
        return _("{day} is closed").format(day=names[0])
    if more > 0:
        names = [*names[:MOST_CLOSED_TOLD], _("{count} more days").format(count=more)]
    days = format_list(names, locale=babel_locale(language))
    return _("{days} are closed").format(days=days)


def _day_name(entry: Mapping[str, str], language: str) -> str:
    day = date.fromisoformat(entry["day"])
    weekday = format_date(day, "EEEE", locale=babel_locale(language))
    if not entry.get("name"):
        return weekday
    _ = translator(language)
    return _("{weekday} ({holiday})").format(weekday=weekday, holiday=entry["name"])


def _stood_still(explanation: Mapping[str, Any], _: Translate) -> str:
    minutes = int(explanation.get("stood_still", 0))
    if not minutes:
        return ""
    return _("the clock stood still for {length}").format(length=format_minutes(minutes, _))


def format_minutes(minutes: int, _: Translate) -> str:
    """30 min, 6 h, 1 h 30 min, 2 days."""
    if minutes >= 2 * DAY and minutes % DAY == 0:
        return _("{count} days").format(count=minutes // DAY)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("{count} min").format(count=rest)
    if not rest:
        return _("{count} h").format(count=hours)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)
