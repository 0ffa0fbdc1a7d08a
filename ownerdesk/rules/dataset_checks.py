"""What is wrong with a set of examples, before a model is made of it."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST_EXAMPLES = 5
MOST_ALIKE = 3
_GRAMS = 4
_NEAR = 0.8
_SHORTEST = 12  # everybody greets and thanks alike


@dataclass(frozen=True)
class Taught:
    """An example as the checks see it; `id` is None for one of the repository's own."""

    id: int | None
    text: str
    language: str
    intent: str
    category: str


@dataclass(frozen=True)
class Finding:
    """`kind` is `nothing`, `few`, `contradiction`, `duplicate`, `frame` or `leak`. The first two stop a training, but for a
    label with no example at all; the others are for a person to look at. `ids` are the company's own examples it is
    about, `subject` a label or the words."""

    kind: str
    subject: str
    ids: tuple[int, ...] = ()
    count: int = 0

    @property
    def stops(self) -> bool:
        return self.kind == "nothing" or (self.kind == "few" and self.count > 0)


def check_examples(
    taught: Sequence[Taught], tests: Iterable[str], own_categories: Sequence[str] = ()
) -> list[Finding]:
    """What stops a training comes first. `tests` are the texts of all test sets, `own_categories` those that the company
    added and has in use: one without any example is told of and stops nothing, for nothing is read as it."""
    if not taught:
        return [Finding("nothing", "")]
    own = [one for one in taught if one.id is not None]
    by_text: dict[str, list[Taught]] = defaultdict(list)
    for one in taught:
        by_text[fold(one.text)].append(one)
    findings = [
        Finding("few", intent, count=count)
        for intent, count in sorted(Counter(one.intent for one in taught).items())
        if count < LEAST_EXAMPLES
    ]
    by_category = Counter(one.category for one in taught)
    findings += [
        Finding("few", category, count=by_category[category])
        for category in own_categories
        if by_category[category] < LEAST_EXAMPLES
    ]
    for text in dict.fromkeys(fold(one.text) for one in own):
        same = by_text[text]
        ids = tuple(one.id for one in same if one.id is not None)
        if len({(one.intent, one.category) for one in same}) > 1:
            findings.append(Finding("contradiction", same[0].text, ids, len(same)))
        elif len(same) > 1:
            findings.append(Finding("duplicate", same[0].text, ids, len(same)))
    return findings + _find_frames(own) + _find_leaks(own, tests)


def fold(text: str) -> str:
    """The text without case, marks and width, for telling whether two are the same."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def _find_frames(own: Sequence[Taught]) -> list[Finding]:
    """Sentences that differ in numbers and the last word alone, more than three of a kind."""
    frames: Mapping[tuple[str, ...], list[Taught]] = defaultdict(list)
    for one in own:
        words = ["#" if word.isdecimal() else word for word in one.text.casefold().split()]
        if len(words) > MOST_ALIKE:
            frames[(one.language, *words[:-1])].append(one)
    return [
        Finding(
            "frame", same[0].text, tuple(one.id for one in same if one.id is not None), len(same)
        )
        for same in frames.values()
        if len({fold(one.text) for one in same}) > MOST_ALIKE
    ]


def _find_leaks(own: Sequence[Taught], tests: Iterable[str]) -> list[Finding]:
    """Examples that are near a test message: what is measured with it would be flattered."""
    by_gram: dict[str, list[int]] = defaultdict(list)
    tested = [fold(text) for text in tests]
    grams = [_grams(text) for text in tested]
    for number, some in enumerate(grams):
        for gram in some:
            by_gram[gram].append(number)
    findings = []
    for one in own:
        mine = _grams(fold(one.text))
        if len(fold(one.text)) < _SHORTEST:
            continue
        shared = Counter(number for gram in mine for number in by_gram.get(gram, ()))
        near = [n for n, count in shared.items() if count / len(mine | grams[n]) >= _NEAR]
        if near:
            assert one.id is not None
            findings.append(Finding("leak", one.text, (one.id,), len(near)))
    return findings


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + _GRAMS] for i in range(max(len(text) - _GRAMS + 1, 1)))
