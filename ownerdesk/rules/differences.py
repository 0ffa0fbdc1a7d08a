"""Old and new values of a change, put side by side so that one sees what is different."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

# Texts at least this long are compared word by word; shorter ones are shown whole, old and new.
LONG = 60


@dataclass(frozen=True)
class Difference:
    """One value that changed, by its path such as `names.es`; empty texts where it was, or is, not there."""

    name: str
    old: str
    new: str

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The text in pieces: `same`, `old` or `new`, with the words of each."""
        if len(self.old) < LONG or len(self.new) < LONG:
            return [(how, text) for how, text in (("old", self.old), ("new", self.new)) if text]
        return list(_compare(self.old, self.new))


def list_differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[Difference]:
    """What is different, in the order of the values; what is alike on both sides is left out."""
    old, new = dict(_flatten(before or {})), dict(_flatten(after or {}))
    names = dict.fromkeys([*old, *new])
    return [
        Difference(name, old.get(name, ""), new.get(name, ""))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def _flatten(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every single value with its path, as a text."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flatten(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if all(isinstance(one, str | int | float) for one in value):
            yield path, ", ".join(map(str, value))
        else:
            for number, inner in enumerate(value, start=1):
                yield from _flatten(inner, f"{path}.{number}")
    elif value is not None:
        yield path, str(value)


def _compare(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Word by word; characters without spaces between them, as in Chinese, one by one."""
    before, after = _cut(old), _cut(new)
    for how, i, j, k, l in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():  # noqa: E741
        if how == "equal":
            yield "same", "".join(before[i:j])
            continue
        if i < j:
            yield "old", "".join(before[i:j])
        if k < l:
            yield "new", "".join(after[k:l])


def _cut(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]|\s+|[^\s\u3400-\u9fff]+", text)
