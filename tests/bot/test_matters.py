"""Two matters in one message, as the owner's phone shows them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ownerdesk.model import Appeal, Conversation
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.services.conversations import choose_language
from tests.bot.test_presses import Phone
from tests.look import labels, list_keys
from tests.make import Cast
from tests.offline import Desk

TWO = "The light on the landing is out. By the way, my water bill is wrong again."
BILL = SecondMatter("my water bill is wrong again.", Nature.DISSATISFACTION, "utility_bill")
WATER = SecondMatter("water comes down in the hall.", Nature.EMERGENCY, "drainage")


@pytest.fixture
def phone(desk: Desk, cast: Cast) -> Phone:
    return Phone(desk, cast)


def list_appeals(phone: Phone) -> list[Appeal]:
    return phone.desk.core.transact_now(
        lambda s: list(s.scalars(select(Appeal).order_by(Appeal.id)))
    )


def keys(phone: Phone) -> list[str]:
    cast = phone.cast
    return phone.desk.core.transact_now(
        lambda s: list_keys(s, s.get_one(Conversation, cast.conversation.id))
    )


def test_yes_opens_the_second_appeal_once(phone: Phone, desk: Desk) -> None:
    desk.understand(TWO, "help_seeking", second_matter=BILL)
    first = phone.report(TWO)
    question = phone.shown("second")
    data = (question.markup or {})["inline"][0][0]["data"]
    assert phone.press("second", "second") == ""
    assert desk.press(data, on=question.telegram_message_id) == ""
    assert labels(phone.shown("second")) == []
    assert [(a.id == first.id, a.category) for a in list_appeals(phone)] == [
        (True, "lighting"), (False, "utility_bill"),
    ]  # fmt: skip
    assert keys(phone) == ["card", "second", "card"]


def test_no_drops_the_buttons_and_opens_nothing(phone: Phone, desk: Desk) -> None:
    desk.understand(TWO, "help_seeking", second_matter=BILL)
    phone.report(TWO)
    assert phone.press("second", "nosecond") == ""
    assert labels(phone.shown("second")) == []
    assert len(list_appeals(phone)) == 1


@pytest.mark.parametrize("action", ["second", "seconddanger"])
def test_a_message_that_holds_one_matter_has_no_second_to_press(
    phone: Phone, desk: Desk, action: str
) -> None:
    appeal = phone.report()
    assert desk.press(f"1:{action}:{appeal.source_message_id}:") != ""
    assert len(list_appeals(phone)) == 1


def test_an_unsure_message_is_asked_about_its_second_matter_once_the_first_is_chosen(
    phone: Phone, desk: Desk
) -> None:
    desk.understand(TWO, "nlu_fallback", ranking={"help_seeking": 0.5}, decision="clarify",
                    second_matter=BILL)  # fmt: skip
    desk.write(TWO)
    assert keys(phone) == ["clarify"]
    phone.press("clarify", "read", "help_seeking")
    assert keys(phone) == ["clarify", "card", "second"]


def test_danger_in_the_second_matter_is_raised_beside_the_first(phone: Phone, desk: Desk) -> None:
    desk.understand(TWO, "help_seeking", second_matter=WATER)
    first = phone.report(TWO)
    assert phone.press("danger?", "seconddanger") == ""
    one, two = list_appeals(phone)
    assert (one.id, one.nature) == (first.id, "help_seeking")
    assert (two.nature, two.kind, two.summary) == ("emergency", "flooding", WATER.text)
    assert keys(phone) == ["card", "danger?", "instructions", "card"]


def test_no_danger_leaves_the_second_matter_to_be_asked_about(phone: Phone, desk: Desk) -> None:
    desk.understand(TWO, "help_seeking", second_matter=WATER)
    phone.report(TWO)
    phone.press("danger?", "nodanger")
    assert keys(phone) == ["card", "danger?", "nodanger", "second"]
    phone.press("second", "second")
    assert [a.nature for a in list_appeals(phone)] == ["help_seeking", "help_seeking"]


def test_a_second_appeal_is_corrected_to_an_emergency_and_the_first_is_left_alone(
    phone: Phone, desk: Desk
) -> None:
    desk.understand(TWO, "help_seeking", second_matter=BILL)
    first = phone.report(TWO)
    phone.press("second", "second")
    phone.press("card", "fix")
    assert phone.press("card", "seconddanger") == ""
    assert [a.nature for a in list_appeals(phone)] == ["help_seeking", "emergency"]
    assert phone.appeal(first.id).nature == "help_seeking"


@pytest.mark.parametrize(("language", "words"), [("es", "También ha escrito"), ("zh", "您还写道")])
def test_the_question_is_in_the_owners_language(
    phone: Phone, desk: Desk, cast: Cast, language: str, words: str
) -> None:
    desk.core.transact_now(
        lambda s: choose_language(s, s.get_one(Conversation, cast.conversation.id), language)
    )
    desk.understand(TWO, "help_seeking", second_matter=BILL)
    phone.report(TWO)
    question = phone.shown("second")
    assert words in question.text
    assert BILL.text in question.text
