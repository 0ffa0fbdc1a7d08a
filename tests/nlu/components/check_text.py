"""Cleaning, cutting and n-grams."""

from __future__ import annotations

import unittest

from nlu.components.text import character_ngrams, clean, fold, shorten, units, word_ngrams


class Cleaning(unittest.TestCase):
    def test_control_and_format_characters_go_and_spaces_become_one(self) -> None:
        assert clean(" a\u200bb\x00c\n\n d\u202e ") == "ab c d"

    def test_full_width_signs_become_plain(self) -> None:
        assert clean("Ａ－１０４２？") == "A-1042?"

    def test_a_leading_slash_goes_but_one_inside_stays(self) -> None:
        assert clean(" //emergency 24/7") == "emergency 24/7"

    def test_any_text_is_cut_at_telegrams_limit(self) -> None:
        assert len(clean("x" * 100000)) == 4096


class Cutting(unittest.TestCase):
    def test_latin_words_and_chinese_characters_share_a_message(self) -> None:
        words = [unit for unit, _ in units("3栋的lift坏了, won't open!")]
        assert words == ["3", "栋", "的", "lift", "坏", "了", "won't", "open", "!"]

    def test_every_unit_is_found_where_it_says(self) -> None:
        text = "¿Cuándo abren la 泳池?"
        for unit, start in units(text):
            assert text[start : start + len(unit)] == unit

    def test_folding_drops_accents_and_drawn_out_letters(self) -> None:
        assert fold("¡ASCENSOR AVERIADOOOOO, mañana!") == "¡ascensor averiadoo, manana!"

    def test_word_runs_make_chinese_words_of_characters(self) -> None:
        assert "漏 水" in word_ngrams("漏水了", 2)

    def test_character_runs_stay_inside_words(self) -> None:
        grams = character_ngrams("no luz 漏水", 3)
        assert " no" in grams
        assert "漏水" in grams
        assert "o l" not in grams

    def test_a_very_long_text_keeps_beginning_and_end(self) -> None:
        short = shorten("start " + "blah " * 1000 + "fire!")
        assert short.startswith("start")
        assert short.endswith("fire!")
        assert len(short) < 1300
        assert shorten("🔥" * 4000) == "🔥🔥"
