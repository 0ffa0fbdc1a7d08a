"""The glossary knows every word that is stored."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ownerdesk.model import Base
from ownerdesk.model.handoffs import HANDOFF_REASONS
from ownerdesk.model.labels import (
    CATEGORIES,
    CATEGORY_GROUPS,
    KINDS,
    NATURES,
    SEVERITIES,
    AppealState,
)
from ownerdesk.model.staff import ROLES
from ownerdesk.rules.appeals import AppealAction

GLOSSARY = (Path(__file__).resolve().parents[1] / "GLOSSARY.md").read_text(encoding="utf-8")
SECTIONS = {
    title.strip().casefold(): body
    for title, _, body in (
        part.partition("\n") for part in re.split(r"^##+ ", GLOSSARY, flags=re.MULTILINE)[1:]
    )
}


def defined(section: str) -> set[str]:
    """The words in the first column of a section's table, without their marks."""
    rows = re.findall(r"^\| (.+?) \| .+ \|$", SECTIONS[section.casefold()], re.MULTILINE)
    return {word.strip("` ") for row in rows for word in row.split(",")} - {"word"}


EVERY_WORD = set().union(*(defined(section) for section in SECTIONS))


def noun_of(table: str) -> str:
    """`appeal_events` is about an event: the glossary has the thing, or the whole phrase."""
    singular = {"staff": "staff", "audit": "audit"}.get(table)
    return (singular or re.sub(r"s$", "", re.sub(r"ies$", "y", table))).replace("_", " ")


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_every_table_is_a_word_of_the_glossary(table: str) -> None:
    assert noun_of(table) in EVERY_WORD or f"Table `{table}`" in GLOSSARY


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("States of an appeal", [state.value for state in AppealState]),
        ("Actions on an appeal", [action.value for action in AppealAction]),
        ("Nature: how the desk treats a message", NATURES),
        ("Category: what a message is about", list(CATEGORY_GROUPS)),
        ("Severity: how fast", SEVERITIES),
        ("Why a handoff was requested", HANDOFF_REASONS),
    ],
)
def test_a_section_defines_exactly_the_words_that_are_stored(
    section: str, words: list[str] | tuple[str, ...]
) -> None:
    headings = {"state", "action", "nature", "group", "severity", "reason"}
    assert defined(section) - headings == set(words)


@pytest.mark.parametrize("word", [*CATEGORIES, *KINDS, *ROLES])
def test_every_label_and_role_appears_as_code(word: str) -> None:
    assert f"`{word}`" in GLOSSARY


def test_no_word_is_defined_twice() -> None:
    tables = ("People", "Places", "Appeals", "Conversation", "Promises", "Staff", "Knowledge")
    words = [word for section in (*tables, "Machine") for word in sorted(defined(section))]
    assert len(words) > 80
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_no_word_has_two_entries_in_one_section(section: str) -> None:
    entries = re.findall(r"^\| (.+?) \| .+ \|$", SECTIONS[section], re.MULTILINE)
    assert len(entries) == len(set(entries))
