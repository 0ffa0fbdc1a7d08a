"""Phone numbers: every notation of one number is that number."""

from __future__ import annotations

import pytest

from ownerdesk.rules.phones import normalise_phone


@pytest.mark.parametrize(
    "text",
    [
        "+34600000701", "34600000701", "0034600000701", "+34 600 000 701", "+34 (600) 000-701",
        " 34 600.000.701 ", "00 34 600 00 07 01",
    ],
)  # fmt: skip
def test_a_number_in_any_notation_is_one_number(text: str) -> None:
    assert normalise_phone(text) == "+34600000701"


@pytest.mark.parametrize("text", ["", "abc", "+12", "123456", "1" * 16, "12+3456789", "٠١٢٣٤٥٦٧٨٩"])
def test_what_is_no_international_number_is_none(text: str) -> None:
    assert normalise_phone(text) is None
