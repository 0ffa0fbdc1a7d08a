"""What lives in two places: labels, intents, departments, words, events of buttons."""

from __future__ import annotations

from pathlib import Path

import yaml

from actions.app import ACTIONS
from ownerdesk.model.labels import CATEGORIES, CATEGORY_GROUPS, KINDS, NATURES, AppealState
from ownerdesk.rules.departments import STANDARD_DEPARTMENTS
from ownerdesk.rules.natures import NATURE_OF_INTENT, Nature, confidence_by_nature, nature_of
from ownerdesk.services.emergencies import KIND_CATEGORIES
from ownerdesk.texts import translator
from ownerdesk.wording import (
    category_group_names,
    category_names,
    kind_names,
    nature_names,
    price_unit_names,
    state_names,
)

REPOSITORY = Path(__file__).parents[3]
CONTENT = REPOSITORY / "ownerdesk" / "content"


def read(path: Path) -> dict[str, object]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


DOMAIN = read(REPOSITORY / "domain.yml")


def test_the_domain_has_the_intents_that_natures_are_known_of() -> None:
    assert set(DOMAIN["intents"]) == set(NATURE_OF_INTENT)
    assert {nature.value for nature in Nature} == set(NATURES)


def test_the_domain_names_exactly_the_actions_there_are() -> None:
    assert set(DOMAIN["actions"]) == {action().name() for action in ACTIONS}
    for action in ACTIONS:
        words = action().name().split("_")
        assert action.__name__ == "".join(word.title() for word in words), "one grep finds the path"


def test_an_unknown_intent_is_other_and_confidences_add_up() -> None:
    assert nature_of("bot_challenge") is Nature.OTHER
    totals = confidence_by_nature({"thanks": 0.2, "greet": 0.3, "emergency": 0.5})
    assert totals[Nature.OTHER] == 0.5
    assert totals[Nature.EMERGENCY] == 0.5
    assert totals[Nature.CONSULTATION] == 0.0


def test_every_label_has_its_words_and_no_words_are_without_a_label() -> None:
    _ = translator("en")
    assert set(nature_names(_)) == set(NATURES)
    assert set(category_names(_)) == set(CATEGORIES)
    assert set(category_group_names(_)) == set(CATEGORY_GROUPS)
    assert set(kind_names(_)) == set(KINDS)
    assert set(state_names(_)) == {state.value for state in AppealState}


def test_every_category_has_one_department_that_gets_it() -> None:
    listed = [c for _, categories in STANDARD_DEPARTMENTS.values() for c in categories]
    assert sorted(listed) == sorted(CATEGORIES)
    for names, _ in STANDARD_DEPARTMENTS.values():
        assert set(names) == {"en", "es", "zh"}


def test_the_shipped_content_uses_known_labels_and_is_whole_in_every_language() -> None:
    languages = {"en", "es", "zh"}
    articles, items = read(CONTENT / "articles.yml"), read(CONTENT / "service_items.yml")
    assert len(articles) == 20
    assert len(items) == 12
    for article in articles:
        assert article["category"] in CATEGORIES
        for part in ("titles", "bodies", "keywords"):
            assert set(article[part]) == languages
    units = set(price_unit_names(translator("en")))
    for item in items:
        assert item["category"].startswith("home_")
        assert item["department"] in STANDARD_DEPARTMENTS
        assert item["price_unit"] in units
        assert item["price"] > 0
        for part in ("names", "descriptions", "keywords"):
            assert set(item[part]) == languages
    instructions = read(CONTENT / "emergency_instructions.yml")
    assert set(instructions) == set(KINDS)
    assert all(set(texts) == languages for texts in instructions.values())
    assert set(KIND_CATEGORIES) <= set(KINDS)
    assert set(KIND_CATEGORIES.values()) <= set(CATEGORIES)
