"""Gaps in texts such as `{number}`, and the tags of Telegram's HTML: what a text of one's own has to keep."""

from __future__ import annotations

import re
import string
from html.parser import HTMLParser

LONGEST_MESSAGE = 4096
# What Telegram draws; anything else makes it refuse the whole message.
TAGS = frozenset({"b", "strong", "i", "em", "u", "s", "code", "pre"})


def find_gaps(text: str) -> frozenset[str] | None:
    """The names of the gaps. None where the braces cannot be read, or a gap has no plain name."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return None
    names = set()
    for _, name, how, conversion in parts:
        if name is None:
            continue
        if not re.fullmatch(r"[a-z_]+", name) or how or conversion:
            return None
        names.add(name)
    return frozenset(names)


def fill_gaps(text: str, values: dict[str, str]) -> str:
    """The text with its gaps filled, for showing; a gap without a value stays as it is."""
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)


class _Tags(HTMLParser):
    """Follows the open tags, up to the first that is wrong."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or attrs:
            self.wrong = self.wrong or tag
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong = self.wrong or f"/{tag}"


def find_wrong_tag(text: str) -> str | None:
    """The first tag that Telegram would not take: unknown, or not closed in order. None where all is well."""
    tags = _Tags()
    tags.feed(text)
    tags.close()
    if tags.wrong is None and "<" in re.sub(r"</?[a-z]+>", "", text):
        return "<"
    return tags.wrong or (tags.open[-1] if tags.open else None)
