"""The training messages, the domain and the rules say the same."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlu.components.entities import NAMES
from nlu.components.entities.words import lexicon
from ownerdesk.rules.natures import NATURE_OF_INTENT, Nature, nature_of
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.wording import place_names, thing_names

LANGUAGES = ("en", "es", "zh")
FOREIGN = ("fr", "de", "ru", "ja")
CATEGORIES = frozenset(
    [
        "air_conditioning",
        "heating",
        "lighting",
        "water_supply",
        "drainage",
        "power_supply",
        "gas",
        "elevator",
        "doors_access",
        "fire_safety",
        "telecom",
        "staff_conduct",
        "maintenance_quality",
        "security",
        "parking",
        "mail_delivery",
        "cleaning",
        "landscaping",
        "noise",
        "neighbours",
        "pests",
        "amenities",
        "structure",
        "property_fee",
        "utility_bill",
        "renovation",
        "paperwork",
        "home_lighting",
        "home_garden",
        "home_cleaning",
        "home_repair",
        "home_moving",
        "home_care",
        "other",
    ]
)
KINDS = frozenset(
    [
        "fire",
        "gas_leak",
        "flooding",
        "entrapment",
        "electrical",
        "medical",
        "crime",
        "structural",
        "other",
    ]
)
FILES = sorted((REPOSITORY / "nlu" / "data").rglob("*.yml"))


@dataclass(frozen=True)
class Example:
    text: str
    intent: str
    category: str | None
    kind: str | None
    language: str


def read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def examples_of(path: Path) -> Iterator[Example]:
    for block in read_yaml(path)["nlu"]:
        for example in block["examples"]:
            metadata = example.get("metadata") or {}
            yield Example(
                example["text"],
                block["intent"],
                metadata.get("category"),
                metadata.get("kind"),
                path.parent.name,
            )


@cache
def all_examples() -> list[Example]:
    return [example for path in FILES for example in examples_of(path)]


@cache
def domain() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(REPOSITORY / "domain.yml")
    return content


@cache
def action_of_intent() -> dict[str, str]:
    rules = read_yaml(REPOSITORY / "nlu" / "rules" / "intents.yml")["rules"]
    return {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_label_of_a_file_is_one_of_the_guide(path: Path) -> None:
    for example in examples_of(path):
        assert example.text.strip(), example
        assert example.intent in NATURE_OF_INTENT, example
        assert example.category is None or example.category in CATEGORIES, example
        assert example.kind is None or example.kind in KINDS, example


@pytest.mark.parametrize("language", [*LANGUAGES, *FOREIGN])
def test_every_label_of_a_test_message_is_one_of_the_guide(language: str) -> None:
    path = REPOSITORY / "tests" / "data" / "messages" / f"{language}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == (40 if language in FOREIGN else 250)
    assert len({row["id"] for row in rows}) == len({row["text"] for row in rows}) == len(rows)
    assert {row["nature"] for row in rows} == {nature.value for nature in Nature}
    for row in rows:
        assert row["category"] in CATEGORIES, row["id"]
        assert (row["kind"] in KINDS) == (row["nature"] == "emergency"), row["id"]


def test_an_emergency_has_a_kind_and_nothing_else_has() -> None:
    for example in all_examples():
        assert (example.kind is not None) == (example.intent == "emergency"), example


def test_every_matter_has_a_category() -> None:
    for example in all_examples():
        if nature_of(example.intent) is not Nature.OTHER:
            assert example.category is not None, example


def test_every_language_teaches_every_intent_and_every_category() -> None:
    taught = set(NATURE_OF_INTENT) - {"nlu_fallback"}
    for language in LANGUAGES:
        spoken = [example for example in all_examples() if example.language == language]
        assert {example.intent for example in spoken} == taught
        assert {example.category for example in spoken} >= CATEGORIES
        assert {example.kind for example in spoken} >= KINDS


def test_no_message_teaches_two_intents() -> None:
    intents: dict[str, set[str]] = {}
    for example in all_examples():
        intents.setdefault(bare(example.text), set()).add(example.intent)
    assert not {text for text, found in intents.items() if text and len(found) > 1}


def test_no_long_message_is_both_taught_and_tested() -> None:
    """Everybody greets alike, so short messages may meet; a whole sentence may not."""
    taught = {bare(example.text) for example in all_examples()}
    for language in (*LANGUAGES, *FOREIGN):
        path = REPOSITORY / "tests" / "data" / "messages" / f"{language}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            tested = {bare(row["text"]) for row in csv.DictReader(file)}
        assert not {
            text for text in tested & taught if len(text) > (8 if language in ("zh", "ja") else 20)
        }


def test_the_domain_and_the_natures_name_the_same_intents() -> None:
    assert set(domain()["intents"]) == set(NATURE_OF_INTENT)
    natures = set(Nature) - {Nature.OTHER}
    assert {intent for intent in NATURE_OF_INTENT if intent in natures} == natures


def test_the_domain_and_the_components_name_the_same_entities() -> None:
    assert set(domain()["entities"]) == {"language", *NAMES}


def test_every_place_and_thing_of_the_word_lists_has_a_name_for_staff() -> None:
    marks = [*lexicon().latin.values(), *lexicon().han.values()]
    places = {mark["places"] for mark in marks if "places" in mark}
    things = {
        mark[key] for mark in marks for key in ("things", "things_after_a_word") if key in mark
    }
    assert places == set(place_names(str))
    assert things == set(thing_names(str))


def test_every_intent_has_one_rule_and_every_action_a_use() -> None:
    assert set(action_of_intent()) == set(domain()["intents"])
    used = set(action_of_intent().values())
    assert used == set(domain()["actions"]) | set(domain()["responses"])


def test_every_response_is_there_twice_in_every_language() -> None:
    for name, variations in domain()["responses"].items():
        count = Counter(
            variation["condition"][0]["value"] if "condition" in variation else "en"
            for variation in variations
        )
        assert count == {"en": 2, "es": 2, "zh": 2}, name


def bare(text: str) -> str:
    """What is left of a text when case, marks and spaces do not count."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())
