"""Texts for owners and staff: gettext catalogues, and times as people in a place write them.

English is the source language; `locale/<language>/LC_MESSAGES/ownerdesk.po` holds the others. A new language is
a new catalogue (S22).
"""

from __future__ import annotations

import gettext as gettext_module
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

LANGUAGES = {"en": "English", "es": "Español", "zh": "中文"}
DEFAULT_LANGUAGE = "en"
LOCALE_DIR = Path(__file__).with_name("locale")
_BABEL_LOCALES = {"en": "en_GB", "es": "es", "zh": "zh_Hans_CN"}

Translate = Callable[[str], str]

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "Translate",
    "babel_locale",
    "catalogue",
    "format_period",
    "format_when",
    "html",
    "is_foreign",
    "pick",
    "supported",
    "translator",
]


@cache
def catalogue(language: str) -> gettext_module.NullTranslations:
    """The catalogue of a language. Raises FileNotFoundError when a language other than English has none
    compiled: `make messages` does that."""
    if supported(language) == "en":
        return gettext_module.NullTranslations()
    return gettext_module.translation("ownerdesk", LOCALE_DIR, languages=[supported(language)])


def translator(language: str) -> Translate:
    """The function that callers name `_`."""
    return catalogue(supported(language)).gettext


def supported(language: str | None) -> str:
    """The language Ownerdesk answers in: the one asked for where there is one, else English.

    Telegram sends IETF tags such as `zh-hans` or `es-MX`; the first part decides.
    """
    short = (language or "").replace("_", "-").split("-")[0].lower()
    return short if short in LANGUAGES else DEFAULT_LANGUAGE


def babel_locale(language: str) -> str:
    """How Babel calls the language that is answered in."""
    return _BABEL_LOCALES[supported(language)]


def is_foreign(language: str | None) -> TypeGuard[str]:
    """Whether a text is known to be in a language that Ownerdesk reads but does not answer in."""
    return language is not None and language not in LANGUAGES


def pick(texts: dict[str, Any], language: str) -> str:
    """The text of a language from a stored object of texts; English where it is missing, and where that is missing
    too, whatever there is."""
    found = texts.get(supported(language)) or texts.get(DEFAULT_LANGUAGE)
    return str(found or next(filter(None, texts.values()), ""))


def html(template: str, **values: object) -> str:
    """Fill our own template for Telegram's HTML; every value is escaped."""
    return template.format(**{name: escape(str(v), quote=False) for name, v in values.items()})


def format_when(at: datetime, *, timezone: str, language: str, now: datetime) -> str:
    """A clock time on the same local day, else with the day: "18:40", "Mon 23 Nov, 18:40"."""
    zone, locale = ZoneInfo(timezone), babel_locale(language)
    local = at.astimezone(zone)
    clock = f"{local:%H:%M}"
    if local.date() == now.astimezone(zone).date():
        return clock
    day = _format_day(local.date(), locale)
    return f"{day} {clock}" if locale.startswith("zh") else f"{day}, {clock}"


@lru_cache(maxsize=4096)
def _format_day(day: date, locale: str) -> str:
    return format_date(day, "M月d日EEE" if locale.startswith("zh") else "EEE d MMM", locale=locale)


def format_period(start: datetime, end: datetime, *, timezone: str, language: str) -> str:
    """By the clock of a place: "Thu 19 Nov, 18:00–22:00"; whole days without hours, "Sat 21 Nov – Sun 22 Nov"."""
    zone, locale = ZoneInfo(timezone), babel_locale(language)
    first, last = start.astimezone(zone), end.astimezone(zone)
    gap = " " if locale.startswith("zh") else ", "
    ends_a_day = last.time() == time()
    last_day = last.date() - timedelta(days=1) if ends_a_day else last.date()
    if ends_a_day and first.time() == time():
        days = dict.fromkeys(_format_day(day, locale) for day in (first.date(), last_day))
        return " – ".join(days)
    begins = f"{_format_day(first.date(), locale)}{gap}{format_time(first, 'HH:mm', locale=locale)}"
    closes = "24:00" if ends_a_day else format_time(last, "HH:mm", locale=locale)
    if first.date() == last_day:
        return f"{begins}–{closes}"
    return f"{begins} – {_format_day(last_day, locale)}{gap}{closes}"
