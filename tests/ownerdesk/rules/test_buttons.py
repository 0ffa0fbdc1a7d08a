"""Callback data: made and parsed in one place, at most 64 bytes, and old or forged data explains itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers.presses import ACTIONS as OWNERS
from bot.handlers.presses import STAFF_ACTIONS
from ownerdesk.model.labels import CATEGORIES, CATEGORY_GROUPS, KINDS, NATURES
from ownerdesk.rules.buttons import ACTIONS, MAX_DATA_BYTES, Press, button, format_data, parse_data
from ownerdesk.rules.refusals import OldButton

ARGUMENTS = ["", *NATURES, *CATEGORIES, *CATEGORY_GROUPS, *KINDS, "12345678901"]


def test_every_action_with_every_argument_fits_and_is_read_back() -> None:
    for action in ACTIONS:
        for argument in ARGUMENTS:
            data = format_data(action, 10**17, argument)
            assert len(data.encode()) <= MAX_DATA_BYTES
            assert parse_data(data) == Press(action, 10**17, argument)


def test_the_bot_handles_exactly_the_buttons_there_are() -> None:
    assert set(OWNERS) | set(STAFF_ACTIONS) == ACTIONS
    assert not set(OWNERS) & set(STAFF_ACTIONS)


@pytest.mark.parametrize(
    ("action", "argument"), [("explode", ""), ("card", "a b"), ("card", "x" * 64), ("card", "a:b")]
)
def test_a_button_that_could_not_be_read_again_is_not_made(action: str, argument: str) -> None:
    with pytest.raises(ValueError, match="not a button"):
        button("Label", action, 1, argument)


@pytest.mark.parametrize(
    "data",
    [
        "", "0:card:1:", "2:card:1:", "1:card", "1:card:-1:", "1:card:1:a b", "1:nothing:1:",
        "1:card:1:;drop table", "card:1", "1:card:" + "9" * 19 + ":", "1:CARD:1:", "\x001:card:1:",
        "1:card:1:\n",
    ],
)  # fmt: skip
def test_data_of_another_version_or_forged_data_is_an_old_button(data: str) -> None:
    with pytest.raises(OldButton):
        parse_data(data)


@given(st.text(max_size=64))
def test_any_data_at_all_is_a_press_or_an_old_button(data: str) -> None:
    try:
        press = parse_data(data)
    except OldButton:
        return
    assert press.action in ACTIONS
    assert 0 <= press.subject < 2**63
