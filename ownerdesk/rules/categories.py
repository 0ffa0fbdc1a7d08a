"""All categories there are: the shipped ones, and those that the company has added (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ownerdesk.model.labels import CATEGORIES, CATEGORY_GROUPS, KINDS, NATURES
from ownerdesk.texts import pick

OTHER = "other"
LONGEST_CODE = 30  # a button's data holds the code beside the id of an appeal
TAUGHT_NATURES = ("help_seeking", "dissatisfaction", "consultation", "paid_service")
_CODE = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_CODE - 1}}}")
# A button tells a group from a category by its name, and the page of figures a category from nothing.
TAKEN = frozenset({*CATEGORIES, *CATEGORY_GROUPS, *NATURES, *KINDS})


def is_category_code(text: str) -> bool:
    """Whether a text can be the code of a category, whether or not there is one."""
    return _CODE.fullmatch(text) is not None


@dataclass(frozen=True)
class OwnCategory:
    """One that the company added; `names` by language."""

    code: str
    group: str
    names: Mapping[str, str]
    is_retired: bool = False


@dataclass(frozen=True)
class Categories:
    """The categories of an installation. Without `own` they are those shipped."""

    own: tuple[OwnCategory, ...] = ()

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Group → what may be chosen in it; `other` is in none."""
        return {
            group: (
                *shipped,
                *(one.code for one in self.own if one.group == group and not one.is_retired),
            )
            for group, shipped in CATEGORY_GROUPS.items()
        }

    @cached_property
    def in_use(self) -> tuple[str, ...]:
        """What may be chosen."""
        return (*(code for members in self.groups.values() for code in members), OTHER)

    @cached_property
    def known(self) -> tuple[str, ...]:
        """What an appeal may have: the retired ones stand on old appeals."""
        return (*self.in_use, *self.retired)

    @cached_property
    def retired(self) -> tuple[str, ...]:
        return tuple(one.code for one in self.own if one.is_retired)

    @cached_property
    def taught(self) -> tuple[str, ...]:
        """The company's own that a model is to know."""
        return tuple(one.code for one in self.own if not one.is_retired)

    @cached_property
    def _group_of(self) -> dict[str, str]:
        shipped = {code: group for group, codes in CATEGORY_GROUPS.items() for code in codes}
        return shipped | {one.code: one.group for one in self.own}

    def group_of(self, category: str) -> str:
        """The group a category is in; `other` for what is in none."""
        return self._group_of.get(category, OTHER)

    def name_all(self, shipped: Mapping[str, str], language: str) -> dict[str, str]:
        """Every known category in the words of a language; `shipped` are those of the catalogue."""
        return {**shipped, **{one.code: pick(dict(one.names), language) for one in self.own}}


SHIPPED = Categories()
