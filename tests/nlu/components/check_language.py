"""Which language a short text is in."""

from __future__ import annotations

import unittest

from nlu.components.language_profile import LanguageProfile

LESSONS = [
    "the water in the kitchen is cold and nobody has come to fix it",
    "is there anything I should bring to the meeting with the committee",
    "my neighbour is shouting again through the night and I can not sleep",
    "el agua de la cocina sale fria y nadie ha venido a arreglarla",
    "hay que traer algo para la reunion con la comunidad de vecinos",
    "mi vecino esta gritando otra vez por la noche y no puedo dormir",
] * 3


class Detection(unittest.TestCase):
    profile = LanguageProfile.learn(LESSONS)

    def check(self, expected: str | None, *texts: str) -> None:
        for text in texts:
            with self.subTest(text=text):
                assert self.profile.detect(text) == expected

    def test_supported_languages(self) -> None:
        self.check("en", "the lift is stuck", "thanks!", "When is the pool open?")
        self.check("es", "el ascensor no funciona", "gracias", "¿Cuándo abren?")
        self.check("zh", "电梯坏了", "水管爆了help", "WIFI断了", "灯")

    def test_other_languages(self) -> None:
        self.check(
            "other",
            "Die Heizung ist kaputt und es wird nicht warm",
            "L'ascenseur est en panne depuis ce matin et je ne peux pas sortir",
            "Non funziona il riscaldamento, quando venite?",
            "A luz não funciona no meu apartamento",
            "Лифт не работает",
            "المصعد لا يعمل",
            "エレベーターが止まっています",
            "엘리베이터가 멈췄어요",
            "ลิฟต์เสีย",
        )

    def test_what_shows_no_language_is_not_guessed(self) -> None:
        self.check(None, "", "1502", "👍👍", "?!", "no")


if __name__ == "__main__":
    unittest.main()
