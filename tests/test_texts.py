"""Texts: every sentence for owners and staff exists in every language, with the same gaps to fill."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from ownerdesk.texts import LANGUAGES, LOCALE_DIR, format_when, html, pick, supported
from tests.make import NOON

REPOSITORY = Path(__file__).parents[1]
PARTS = ("ownerdesk", "bot", "console")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_GAP = re.compile(r"\{(\w*)[^}]*\}|%\((\w+)\)s")


@cache
def find_texts() -> set[str]:
    texts: set[str] = set()
    for part in PARTS:
        for _, _, message, _, _ in extract_from_dir(REPOSITORY / part, METHODS):
            texts |= set(message) if isinstance(message, tuple) else {message}
    return texts - {"", None}


def gaps(text: str) -> set[str]:
    return {first or second for first, second in _GAP.findall(text)}


@cache
def read_catalogue(language: str) -> dict[str, tuple[str, ...]]:
    """Every form of every translation, by the English text; the two English forms of a plural both count."""
    with (LOCALE_DIR / language / "LC_MESSAGES" / "ownerdesk.po").open("rb") as file:
        catalogue = read_po(file)
    texts: dict[str, tuple[str, ...]] = {}
    for entry in catalogue:
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
        ids = (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)
        if all(forms) and not entry.fuzzy:
            texts |= {text: forms for text in ids if text}
    return texts


def test_there_are_texts_to_translate() -> None:
    assert "Thank you, it is with {number}." in find_texts()
    assert len(find_texts()) > 150


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_text_is_translated(language: str) -> None:
    missing = sorted(find_texts() - set(read_catalogue(language)))
    assert missing == []


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_translations_have_the_same_gaps(language: str) -> None:
    wrong = {
        text: translation
        for text, translations in read_catalogue(language).items()
        for translation in translations
        if gaps(text) != gaps(translation)
    }
    assert wrong == {}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_no_translation_is_of_a_text_that_is_gone(language: str) -> None:
    assert set(read_catalogue(language)) - find_texts() == set()


@pytest.mark.parametrize(
    ("code", "language"),
    [("es-MX", "es"), ("zh-hans", "zh"), ("zh_TW", "zh"), ("EN", "en"), ("fi", "en"), ("", "en"),
     (None, "en")],
)  # fmt: skip
def test_the_language_is_the_one_asked_for_or_english(code: str | None, language: str) -> None:
    assert supported(code) == language


def test_times_are_local_and_name_the_day_when_it_is_another() -> None:
    today = {"timezone": "Europe/Madrid", "now": NOON}
    assert format_when(NOON, language="en", **today) == "13:00"
    tomorrow = NOON.replace(day=19)
    assert format_when(tomorrow, language="en", **today) == "Thu 19 Nov, 13:00"
    assert "19" in format_when(tomorrow, language="es", **today)
    assert format_when(tomorrow, language="zh", **today).startswith("11月19日")
    late = NOON.replace(hour=23, minute=30)  # half past midnight in Madrid
    assert format_when(late, language="en", **today) == "Thu 19 Nov, 00:30"


def test_values_are_escaped_in_html_and_the_template_is_not() -> None:
    assert html("<b>{name}</b>", name="<i>&'\"") == "<b>&lt;i&gt;&amp;'\"</b>"


def test_a_text_that_is_missing_in_a_language_is_english() -> None:
    assert pick({"en": "Lamp", "es": "Lámpara"}, "zh") == "Lamp"
    assert pick({"en": "Lamp", "es": "Lámpara"}, "es-MX") == "Lámpara"
    assert pick({}, "es") == ""
