"""Which language a short text is in, and what of it reaches the slot."""

from __future__ import annotations

import csv
import time
import unittest
from pathlib import Path
from unittest.mock import Mock

from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.language import LANGUAGE, LanguageDetector
from nlu.components.language_profile import SUPPORTED, WITHIN_REACH, detect

MESSAGES = Path(__file__).resolve().parents[2] / "data" / "messages"


def read_messages(language: str) -> list[str]:
    with (MESSAGES / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


class Detection(unittest.TestCase):
    def check(self, expected: str | None, *texts: str) -> None:
        for text in texts:
            with self.subTest(text=text):
                assert detect(text) == expected

    def test_supported_languages(self) -> None:
        self.check("en", "the lift is stuck", "thanks!", "When is the pool open?", "wifi is down")
        self.check("es", "el ascensor no funciona", "gracias", "¿Cuándo abren?", "huele a gas")
        self.check("zh", "电梯坏了", "水管爆了help", "WIFI断了", "灯")

    def test_the_languages_within_reach(self) -> None:
        self.check(
            "fr", "L'ascenseur est en panne depuis ce matin", "pas de chauffage", "merci beaucoup"
        )
        self.check("de", "Die Heizung ist kaputt", "Danke schön", "Wann kommt der Handwerker?")
        self.check("it", "Non funziona il riscaldamento, quando venite?", "grazie mille", "aiuto")
        self.check("pt", "A luz não funciona no meu apartamento", "obrigado", "falta água quente")
        self.check("ru", "Лифт не работает", "спасибо", "потекла батарея на кухне")
        self.check("ar", "المصعد لا يعمل", "شكرا")
        self.check("ja", "エレベーターが止まっています", "水漏れ")
        self.check("ko", "엘리베이터가 멈췄어요", "감사합니다")
        self.check("pl", "winda nie działa od rana", "dziękuję")
        self.check("tr", "asansör çalışmıyor", "dünden beri sıcak su yok")
        self.check("th", "ลิฟต์เสีย")
        self.check("nl", "de lift is kapot sinds vanochtend", "er is geen warm water")

    def test_languages_out_of_reach_are_named_too(self) -> None:
        self.check("uk", "ліфт не працює з самого ранку, коли прийде майстер?")
        self.check("sv", "hissen är trasig sedan i morse och ingen kommer")
        self.check("el", "το ασανσέρ δεν λειτουργεί")
        self.check("other", "ᎣᏏᏲ ᏙᎯᏧ")  # Cherokee: a writing system it does not know

    def test_a_mixed_message_goes_to_the_supported_language_that_carries_it(self) -> None:
        self.check("es", "hay humo saliendo del cuarto de la basura, like black smoke")
        self.check("en", "is there visitor parking? mis papás vienen el weekend")
        self.check("zh", "帮我装个电视 wall mount, tomorrow")

    def test_what_shows_no_language_is_not_guessed(self) -> None:
        self.check(None, "", "1502", "👍👍", "?!", "no", "ok", "OK!", "12B", "A-1042", "ja", "😂")
        self.check(None, "Marta Kowalska", "asdfgh", "hotel")

    def test_the_test_messages_are_in_their_languages(self) -> None:
        for language, floor in [
            *((code, 0.975) for code in SUPPORTED),
            *((code, 1.0) for code in ("fr", "de", "ru", "ja")),
        ]:
            with self.subTest(language=language):
                found = [detect(text) for text in read_messages(language)]
                assert found.count(language) / len(found) >= floor
                assert set(found) <= {language, None}, "unsure, but never wrong"

    def test_long_and_strange_texts_take_no_time(self) -> None:
        for text in (
            "Die Heizung ist kaputt. " * 171,
            "电梯坏了" * 1024,
            "a" * 4096,
            "\0\u202eß" * 1365,
        ):
            with self.subTest(text=text[:9]):
                start = time.perf_counter()
                detect(text)
                assert time.perf_counter() - start < 0.02


class Component(unittest.TestCase):
    def read(self, text: str, chosen: str | None = None) -> tuple[str | None, list[str]]:
        message = Message({TEXT: text, METADATA: {"language": chosen}})
        LanguageDetector.create({}, Mock(), Mock(), Mock()).process([message])
        return message.get(LANGUAGE), [entity["value"] for entity in message.get(ENTITIES, [])]

    def test_the_property_names_the_language_and_the_slot_knows_it_as_other(self) -> None:
        assert self.read("Die Heizung ist kaputt") == ("de", ["other"])
        assert self.read("the lift is stuck") == ("en", ["en"])
        assert self.read("👍") == (None, [])

    def test_the_owners_choice_fills_the_slot_and_not_the_property(self) -> None:
        assert self.read("Die Heizung ist kaputt", "es") == ("de", ["es"])
        assert self.read("👍", "zh") == (None, ["zh"])
        assert self.read("gracias", "xx") == ("es", ["es"])

    def test_no_language_is_both_answered_in_and_not(self) -> None:
        assert not set(SUPPORTED) & set(WITHIN_REACH)


if __name__ == "__main__":
    unittest.main()
