"""Long texts: cut as Telegram counts, at a paragraph if there is one, without losing a word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ownerdesk.rules.splitting import split_text


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_text_that_fits_is_left_whole() -> None:
    assert split_text("a" * 4096, 4096) == ["a" * 4096]
    assert split_text("", 4096) == [""]


def test_a_long_text_is_cut_at_a_paragraph() -> None:
    first, second = "a" * 3000, "b " * 1000
    assert split_text(f"{first}\n\n{second.strip()}", 4096) == [first, second.strip()]


def test_emoji_count_twice_and_are_never_cut_in_half() -> None:
    parts = split_text("🙂" * 3000, 4096)
    assert [units(part) for part in parts] == [4096, 1904]
    assert "".join(parts) == "🙂" * 3000


@given(st.text(st.sampled_from("ab \n🙂好"), max_size=300), st.integers(2, 40))
def test_nothing_but_space_at_the_cuts_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
