"""Times that are usual when something is promised or put off, to be chosen with one key; any other is written out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from console.forms import Form, parse_local_time
from console.words import Words

OTHER = "other"  # then `until_at` holds the time
MORNING, AFTERNOON, EVENING = 9, 14, 18


@dataclass(frozen=True)
class Moment:
    """What a choice sends, as a field for a local time holds it, and how it is called."""

    value: str
    name: str


def parse_moment(form: Form, zone: str) -> datetime:
    """What was chosen, as meant in the project's zone. Raises BadForm."""
    text = form.get("until", "")
    return parse_local_time(form.get("until_at", "") if text == OTHER else text, zone)


def list_soon(words: Words, zone: str) -> list[Moment]:
    """For what is promised: within hours, or until tomorrow. The first is what is proposed."""
    _, now = words._, words.now
    today = now.astimezone(ZoneInfo(zone))
    evening = _at_hour(today, EVENING)
    named = [
        (_next_quarter(now + timedelta(hours=1)), _("In an hour ({when})")),
        (_next_quarter(now + timedelta(hours=2)), _("In two hours ({when})")),
        (_next_quarter(now + timedelta(hours=4)), _("In four hours ({when})")),
        (evening, _("Today in the evening ({when})")),
        (_at_hour(today, MORNING, days=1), _("Tomorrow morning ({when})")),
        (_at_hour(today, EVENING, days=1), _("Tomorrow evening ({when})")),
        (_at_hour(today, EVENING, days=2), _("The day after tomorrow ({when})")),
    ]
    return _offer(words, zone, (one for one in named if one[0] is not evening or evening > now))


def list_days(words: Words, zone: str) -> list[Moment]:
    """For what is put off: to a day, tomorrow first."""
    _, today = words._, words.now.astimezone(ZoneInfo(zone))
    monday = 7 - today.weekday()
    named = [
        (_at_hour(today, MORNING, days=1), _("Tomorrow morning ({when})")),
        (_at_hour(today, AFTERNOON, days=1), _("Tomorrow afternoon ({when})")),
        (_at_hour(today, MORNING, days=2), _("The day after tomorrow ({when})")),
        (_at_hour(today, MORNING, days=monday), _("On Monday ({when})")),
        (_at_hour(today, MORNING, days=7), _("In a week ({when})")),
        (_at_hour(today, MORNING, days=14), _("In two weeks ({when})")),
        (_at_hour(today, MORNING, days=30), _("In thirty days ({when})")),
    ]
    return _offer(words, zone, named)


def make_moment(at: datetime, words: Words, zone: str) -> Moment:
    """A time that is called by itself."""
    return Moment(_as_field(at, zone), words.when(at, zone))


def _offer(words: Words, zone: str, named: Iterable[tuple[datetime, str]]) -> list[Moment]:
    """Each time once, under its first name."""
    by_value: dict[str, Moment] = {}
    for at, name in named:
        value = _as_field(at, zone)
        by_value.setdefault(value, Moment(value, name.format(when=words.when(at, zone))))
    return list(by_value.values())


def _as_field(at: datetime, zone: str) -> str:
    """Minutes are all that a field for a local time knows."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def _at_hour(today: datetime, hour: int, *, days: int = 0) -> datetime:
    day = today + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def _next_quarter(at: datetime) -> datetime:
    """The next full quarter of an hour, which people name when they promise."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - past + timedelta(minutes=15) if past else at
