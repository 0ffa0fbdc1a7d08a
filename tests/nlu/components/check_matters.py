"""A message that holds two matters."""

from __future__ import annotations

import unittest
from typing import Any

from nlu.matters import MOST_PARTS, find_second_matter, is_danger, list_parts


def make_parse(
    nature: str, category: str, sure: float = 0.9, decision: str = "accept"
) -> dict[str, Any]:
    return {
        "intent_ranking": [{"name": nature, "confidence": sure}],
        "category": {"name": category, "confidence": sure},
        "decision": decision,
    }


class Parts(unittest.TestCase):
    def test_sentences_and_turns_are_parts(self) -> None:
        for text, parts in [
            ("The lift on stair B is out again. How much is it to fit a lamp?",
             ["The lift on stair B is out again.", "How much is it to fit a lamp?"]),
            ("the tap in the cellar drips and also the hall light is out",
             ["the tap in the cellar drips", "the hall light is out"]),
            ("Se fundió la luz del portal, por cierto, a qué hora abre la piscina",
             ["Se fundió la luz del portal", "a qué hora abre la piscina"]),
            ("电梯又停了没人管，另外想问一下物业费怎么交", ["电梯又停了没人管", "想问一下物业费怎么交"]),
        ]:  # fmt: skip
            assert list_parts(text) == parts, list_parts(text)

    def test_one_plain_sentence_is_no_two(self) -> None:
        for text in (
            "The light on the landing is out",
            "Hi! The tap in my kitchen is dripping",
            "",
            "？？",
        ):
            assert len(list_parts(text)) < 2

    def test_a_very_long_message_is_read_in_a_few_parts_and_nothing_is_dropped(self) -> None:
        parts = list_parts("This is sentence number one. " * 50)
        assert len(parts) == MOST_PARTS
        assert sum(part.count("sentence") for part in parts) == 50


class SecondMatter(unittest.TestCase):
    whole = make_parse("help_seeking", "elevator")

    def test_another_category_that_is_sure_is_a_second_matter(self) -> None:
        parts = [("the lift", self.whole), ("a lamp", make_parse("paid_service", "home_lighting"))]
        assert find_second_matter(self.whole, parts) == {
            "text": "a lamp", "nature": "paid_service", "category": "home_lighting",
        }  # fmt: skip

    def test_an_unsure_part_or_one_of_the_same_category_is_none(self) -> None:
        for other in (
            make_parse("paid_service", "home_lighting", sure=0.4),
            make_parse("paid_service", "home_lighting", decision="clarify"),
            make_parse("dissatisfaction", "elevator"),
            make_parse("thanks", "other"),
        ):
            assert find_second_matter(self.whole, [("a", self.whole), ("b", other)]) is None

    def test_without_a_part_about_the_first_there_is_one_matter_told_in_two_sentences(self) -> None:
        parts = [
            ("a lamp", make_parse("paid_service", "home_lighting")),
            ("b", make_parse("greet", "other")),
        ]
        assert find_second_matter(self.whole, parts) is None


class DangerInAPart(unittest.TestCase):
    def test_only_an_emergency_that_would_be_acted_on_counts(self) -> None:
        assert is_danger(make_parse("emergency", "gas"))
        assert not is_danger(make_parse("emergency", "gas", decision="clarify"))
        assert not is_danger(make_parse("help_seeking", "gas"))
