"""Texts for owners and staff: gettext catalogues, and times as people in a place write them.

English is the source language; `locale/<language>/LC_MESSAGES/ownerdesk.po` holds the others. A new language is
a new catalogue (S22).
"""

from __future__ import annotations

import gettext as gettext_module
from collections.abc import Callable
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
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
    "catalogue",
    "format_when",
    "html",
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


def pick(texts: dict[str, Any], language: str) -> str:
    """The text of a language from a stored object of texts, English where it is missing."""
    return str(texts.get(supported(language)) or texts.get(DEFAULT_LANGUAGE) or "")


def html(template: str, **values: object) -> str:
    """Fill our own template for Telegram's HTML; every value is escaped."""
    return template.format(**{name: escape(str(v), quote=False) for name, v in values.items()})


def format_when(at: datetime, *, timezone: str, language: str, now: datetime) -> str:
    """A clock time on the same local day, else with the day: "18:40", "Mon 23 Nov, 18:40"."""
    zone, locale = ZoneInfo(timezone), _BABEL_LOCALES[supported(language)]
    local = at.astimezone(zone)
    clock = format_time(local, "HH:mm", locale=locale)
    if local.date() == now.astimezone(zone).date():
        return clock
    day = format_date(local, "M月d日EEE" if locale.startswith("zh") else "EEE d MMM", locale=locale)
    return f"{day} {clock}" if locale.startswith("zh") else f"{day}, {clock}"
