"""What an owner names: places, things, times, money, phones and numbers of appeals, each with its exact span.

One reading of the words of a text (`words.py`, word lists in `words/`), then one pass for each subject. Everything
looks a bounded distance ahead, so that the time grows with the length of the text and no faster.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from nlu.components.entities.found import Found, keep_apart
from nlu.components.entities.numbers import (
    APPEAL_NUMBER,
    MONEY,
    PHONE,
    find_appeal_numbers,
    find_money,
    find_phones,
)
from nlu.components.entities.places import (
    BUILDING,
    ENTRANCE,
    FLOOR,
    PLACE,
    THING,
    UNIT,
    find_addresses,
    find_named,
)
from nlu.components.entities.times import WISHED_TIME, find_times
from nlu.components.entities.words import read_words

__all__ = ["NAMES", "Found", "find_entities", "fingerprint"]

# As in `entities:` of domain.yml.
NAMES = (
    APPEAL_NUMBER, PHONE, MONEY, BUILDING, ENTRANCE, FLOOR, UNIT, PLACE, THING, WISHED_TIME,
)  # fmt: skip


LONGEST_READ = 1600
HEAD = 1100


def find_entities(text: str) -> list[Found]:
    """The entities of a text, in their order and without overlaps; where two claim a word the surer keeps it.

    Of a very long text the beginning and the end are read, where people put their point and their address.
    """
    if len(text) <= LONGEST_READ:
        return _find(text)
    # A cut between two words, so that no number is read in halves.
    head = text.rfind(" ", HEAD - 100, HEAD)
    head = HEAD if head < 0 else head
    tail = len(text) - (LONGEST_READ - HEAD)
    gap = text.find(" ", tail, tail + 100)
    tail = tail if gap < 0 else gap
    behind = [replace(f, start=f.start + tail, end=f.end + tail) for f in _find(text[tail:])]
    return [*_find(text[:head]), *behind]


def _find(text: str) -> list[Found]:
    words = read_words(text)
    return keep_apart(
        [
            *find_money(text, words),
            *find_times(text, words),
            *find_addresses(text, words),
            *find_phones(text),
            *find_appeal_numbers(text),
            *find_named(words),
        ]
    )


def fingerprint() -> str:
    """Changes whenever the rules or the word lists do."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".yml"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
