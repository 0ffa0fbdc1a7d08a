"""The beginning of a longer text."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r".+?(?:[.!?…](?=\s|$)|[。！？]|$)", re.DOTALL)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, on one line; what was cut off shows as an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def take_sentences(text: str, limit: int) -> str:
    """As many whole sentences of the first paragraph as fit, one at least."""
    paragraph = text.strip().split("\n\n")[0].strip()
    taken = ""
    for sentence in _SENTENCE.findall(paragraph):
        if taken and len(taken) + len(sentence) > limit:
            break
        taken += sentence
    return taken.strip()
