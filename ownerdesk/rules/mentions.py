"""Mentions in notes: `@` and a colleague's whole name."""

from __future__ import annotations

import re
from collections.abc import Mapping


def find_mentioned(text: str, names: Mapping[int, str]) -> list[int]:
    """The ids of those whose name stands after an `@`, in the order of the text. Of names that begin alike the
    longest counts; two people of one name are both meant."""
    folded = text.casefold()
    by_name: dict[str, list[int]] = {}
    for staff_id, name in names.items():
        by_name.setdefault(name.casefold(), []).append(staff_id)
    longest_first = sorted(filter(None, by_name), key=len, reverse=True)
    if not longest_first:
        return []
    pattern = "|".join(re.escape(name) for name in longest_first)
    found = re.findall(rf"(?<!\w)@({pattern})(?!\w)", folded)
    return list(dict.fromkeys(staff_id for name in found for staff_id in by_name[name]))
