"""What a resolution has to say: the table covers every category, and questions are only answered."""

from __future__ import annotations

import pytest

from ownerdesk.model.labels import CATEGORIES, CATEGORY_GROUPS, NATURES
from ownerdesk.rules.categories import SHIPPED
from ownerdesk.rules.resolutions import FIELDS, REQUIRED, required_fields


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_has_its_row_and_the_owner_is_always_told(category: str) -> None:
    for nature in NATURES:
        wanted = required_fields(nature, SHIPPED.group_of(category))
        assert "done" in wanted
        assert wanted <= set(FIELDS)


def test_the_table_knows_every_group_and_no_other() -> None:
    assert set(REQUIRED) == {*CATEGORY_GROUPS, "other"}


@pytest.mark.parametrize(
    ("nature", "category", "wanted"),
    [
        ("help_seeking", "lighting", {"done", "cause"}),
        ("dissatisfaction", "staff_conduct", {"done", "cause"}),
        ("dissatisfaction", "cleaning", {"done", "cause"}),
        ("help_seeking", "noise", {"done"}),
        ("help_seeking", "paperwork", {"done"}),
        ("paid_service", "home_lighting", {"done", "parts", "photo"}),
        ("help_seeking", "other", {"done"}),
        ("consultation", "lighting", {"done"}),
    ],
)
def test_what_is_needed_follows_from_what_it_is_about(
    nature: str, category: str, wanted: set[str]
) -> None:
    assert required_fields(nature, SHIPPED.group_of(category)) == wanted
