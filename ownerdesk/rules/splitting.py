"""Long texts, cut for a channel that limits the length of a message."""

from __future__ import annotations


def split_text(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` characters, counted as Telegram does: in UTF-16 units.

    Cut at a paragraph if there is one in the second half, else at a line, else at a space, else anywhere
    between two characters. At least one part, even for an empty text.
    """
    parts: list[str] = []
    rest = text
    while _length(rest) > limit:
        end = _fitting(rest, limit)
        cut = end
        for separator in ("\n\n", "\n", " "):
            found = rest.rfind(separator, end // 2, end)
            if found > 0:
                cut = found
                break
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _length(text: str) -> int:
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def _fitting(text: str, limit: int) -> int:
    """How many characters from the start fit into `limit` units."""
    units = 0
    for position, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > limit:
            return position
    return len(text)
