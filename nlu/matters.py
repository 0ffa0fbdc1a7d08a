"""A message that holds two matters: "the lift is out, and by the way, could you fit me a lamp?".

The whole is read as one message. Where its wording allows a second matter, each part is read too; a part that
is surely about something else than the whole is the second matter, and must not be lost.
"""

from __future__ import annotations

import re
from typing import Any

from nlu.components.text import HAN, units

MOST_PARTS = 4
# Fewer words say too little to be a matter of their own.
FEWEST_WORDS = 4
FEWEST_HAN = 5
SURE_CATEGORY = 0.6
MATTERS = frozenset(
    {"emergency", "dissatisfaction", "help_seeking", "consultation", "paid_service"}
)

_SENTENCE = re.compile(r"(?<=[.!?。！？;；…])\s*(?=\S)|\n+")
# Words with which people begin something else within one sentence.
_TURN = re.compile(
    r"[,;，；、]?\s*(?:"
    r"\b(?:and |oh |but )?(?:also|by the way|btw|another thing|one more thing|apart from that|besides|while i'?m at it|"
    r"while you'?re at it|on top of that|secondly|second thing|separately|p\.?s\.?)\b"
    r"|\b(?:y )?(?:además|ademas|también|tambien|por otro lado|por otra parte|otra cosa|aparte|de paso|por cierto|asimismo)\b"
    r"|另外|还有一?[个件]?事?|顺便|对了|再就是|再有|同时|第二"
    r")[,:，：]?\s*",
    re.IGNORECASE,
)


def list_parts(text: str) -> list[str]:
    """The sentences and turns of a message that may each hold a matter; fewer than two mean that it holds one.

    A very long message has its last parts together in one, so that nobody waits for fifty readings.
    """
    parts = [
        part.strip(" ,;，；、")
        for sentence in _SENTENCE.split(text)
        for part in _TURN.split(sentence)
    ]
    long_enough = [part for part in parts if _is_long_enough(part)]
    if len(long_enough) > MOST_PARTS:
        rest = " ".join(long_enough[MOST_PARTS - 1 :])
        return [*long_enough[: MOST_PARTS - 1], rest]
    return long_enough


def find_second_matter(
    whole: dict[str, Any], parts: list[tuple[str, dict[str, Any]]]
) -> dict[str, Any] | None:
    """The part that is surely about another matter than the whole, or None.

    Another matter has another category, and either another nature or a thing of its own; a story that explains
    one fault in five sentences has one. `parts` are texts with their parses.
    """
    first_nature, first_category = _top(whole), whole["category"]["name"]
    others = [
        (text, parse)
        for text, parse in parts
        if parse["decision"] == "accept"
        and _top(parse) in MATTERS
        and parse["category"]["confidence"] >= SURE_CATEGORY
        and parse["category"]["name"] not in (first_category, "other")
    ]
    own = [
        parse
        for _, parse in parts
        if parse["category"]["name"] == first_category
        and parse["category"]["confidence"] >= SURE_CATEGORY
    ]
    if not own or not others or first_nature not in MATTERS:
        return None
    text, parse = max(others, key=lambda pair: pair[1]["category"]["confidence"])
    return {
        "text": text,
        "nature": _top(parse),
        "category": parse["category"]["name"],
    }


def is_danger(parse: dict[str, Any]) -> bool:
    """Sure enough of an emergency to act on it."""
    return parse["decision"] == "accept" and _top(parse) == "emergency"


def _top(parse: dict[str, Any]) -> str:
    return str(parse["intent_ranking"][0]["name"])


def _is_long_enough(part: str) -> bool:
    han = len(HAN.findall(part))
    return han >= FEWEST_HAN or len(units(part)) - han >= FEWEST_WORDS
