"""The lexicon that this process reads messages with.

It begins with the shipped one. `queries/emergency_phrases.py` brings the company's own in, at the first look for danger
of each transaction; when the database cannot be read, what was brought in last goes on being used.
"""

from __future__ import annotations

from dataclasses import dataclass

from ownerdesk.rules.emergency_phrases.lexicon import Lexicon, load_lexicon


@dataclass(frozen=True)
class InService:
    """`version` is the id of the set of changes; None for the shipped phrases alone."""

    version: int | None
    lexicon: Lexicon


_now: InService | None = None


def lexicon_in_service() -> Lexicon:
    return _now.lexicon if _now is not None else load_lexicon()


def version_in_service() -> int | None:
    return _now.version if _now is not None else None


def take_into_service(version: int | None, lexicon: Lexicon) -> None:
    """One assignment, so that a message being read meanwhile is read with the one or the other."""
    global _now
    _now = InService(version, lexicon)
