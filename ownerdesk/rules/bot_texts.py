"""What a text of the company's own has to keep of the original, so that it can be said in its place; and what differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ownerdesk.rules.fields import Problem
from ownerdesk.rules.gaps import LONGEST_MESSAGE, find_gaps, find_wrong_tag

# What stands in the gaps when a text is shown to staff; every gap of an owner's text is here.
EXAMPLES: Mapping[str, str] = {
    "amount": "€12.50",
    "building": "Birch House",
    "contact": "+34 600 000 001",
    "count": "3",
    "emergency_number": "112",
    "end": "08:00",
    "entrance": "2",
    "explanation": "The street lamps belong to the city.",
    "giver": "Boris",
    "home": "Birch House, 14",
    "homes": "Birch House, 14",
    "language": "English",
    "limit": "20",
    "manager": "Boris",
    "minutes": "45",
    "name": "Mara",
    "nature": "Help needed",
    "new": "20:10",
    "number": "A-1042",
    "old": "18:40",
    "other": "A-1043",
    "period": "Thu 19 Nov, 18:00–22:00",
    "place": "Birch House, entrance 2",
    "promise": "I will have this solved by 18:40.",
    "reason": "a part has to be ordered",
    "remedy": "a call from the manager",
    "stars": "⭐⭐⭐⭐⭐",
    "start": "22:00",
    "state": "Being worked on",
    "title": "No water in entrance 2",
    "turn_to": "Please turn to the city.",
    "what": "Lighting",
    "when": "18:40",
    "who": "Mara",
    "words": "The gate is stuck too.",
}


def find_text_problem(name: str, original: str, body: str) -> Problem | None:
    """Why a text cannot be said instead of the original: too long, other gaps, or tags that Telegram would refuse.
    None where it can."""
    if len(body) > LONGEST_MESSAGE:
        return Problem(name, "too_long", {"limit": LONGEST_MESSAGE, "length": len(body)})
    wanted = find_gaps(original) or frozenset()
    if find_gaps(body) != wanted:
        return Problem(name, "gaps", {"gaps": sorted(wanted), "is_exact": True})
    # Where the original has no tag the text may be sent as it stands, or as part of a marked-up message.
    wrong = find_wrong_tag(body) if "<" in original else "<" if "<" in body else None
    return Problem(name, "tags", {"tag": wrong}) if wrong else None


@dataclass(frozen=True)
class Change:
    """One text in one language, before and after; empty where the original is said."""

    key: str
    language: str
    before: str
    after: str


Texts = Mapping[str, Mapping[str, str]]


def list_changes(before: Texts, after: Texts, languages: Iterable[str]) -> list[Change]:
    """What differs, by language and key, sorted by key. Both are by language, and there by key."""
    found = [
        Change(key, language, old.get(key, ""), new.get(key, ""))
        for language in languages
        for old, new in [(before.get(language, {}), after.get(language, {}))]
        for key in {*old, *new}
        if old.get(key, "") != new.get(key, "")
    ]
    return sorted(found, key=lambda change: change.key)


def find_lacking(
    texts: Texts, keys: Iterable[str], languages: Collection[str]
) -> dict[str, list[str]]:
    """Of these keys, those that are worded in some languages only, with the languages that are missing."""
    missing = {
        key: [language for language in languages if key not in texts.get(language, {})]
        for key in dict.fromkeys(keys)
    }
    return {key: gone for key, gone in missing.items() if 0 < len(gone) < len(languages)}
