"""Numbers of appeals and phones; the other entities are in `check_entities.py`."""

from __future__ import annotations

import unittest

from rasa.shared.nlu.training_data.message import Message

from nlu.components.patterns import PatternEntities, find_patterns


def found(text: str) -> list[tuple[str, str]]:
    return [(entity["entity"], entity["value"]) for entity in find_patterns(text)]


class Patterns(unittest.TestCase):
    def test_the_number_of_an_appeal_is_known_however_it_is_typed(self) -> None:
        for text in ("any news on A-1042?", "a-1042", "A1042 sigue igual", "A‑1042呢", "b – 1042"):
            with self.subTest(text=text):
                value = "B-1042" if text.startswith("b") else "A-1042"
                assert found(text) == [("appeal_number", value)]

    def test_flats_and_quantities_are_no_appeals(self) -> None:
        for text in (
            "B-12",
            "flat 1502",
            "a 300 euro bill",
            "3栋2单元1502",
            "I have a 2019 receipt",
        ):
            with self.subTest(text=text):
                assert "appeal_number" not in dict(found(text))

    def test_a_phone_is_known_with_and_without_gaps(self) -> None:
        assert found("llámeme al +34 600 123 456") == [("phone", "+34600123456")]
        assert found("打13800001234") == [("phone", "13800001234")]

    def test_the_place_of_an_entity_is_that_of_its_text(self) -> None:
        text = "about A-1042, call 600 123 456"
        for entity in find_patterns(text):
            piece = text[entity["start"] : entity["end"]]
            assert piece.replace(" ", "") == entity["value"]

    def test_the_component_adds_to_what_others_found_and_is_known_by_its_word_lists(self) -> None:
        language = {"entity": "language", "value": "zh"}
        message = Message(data={"text": "3栋 A-1042", "entities": [language]})
        (read,) = PatternEntities().process([message])
        names = [entity["entity"] for entity in read.get("entities")]
        assert names == ["language", "building", "appeal_number"]
        assert PatternEntities().process([Message(data={"intent": "greet"})])
        assert len(PatternEntities.fingerprint_addon({})) == 64
