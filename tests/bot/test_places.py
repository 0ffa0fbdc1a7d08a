"""A message that names a home: registered for it, or asked about with buttons that only its owner can use."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Message, Residency, Unit
from ownerdesk.rules.readings import Entity
from tests.bot.test_presses import Phone
from tests.look import labels
from tests.make import Cast
from tests.offline import Desk

LEAK = "The tap in flat 99 drips, tomorrow after six please"


@pytest.fixture
def phone(desk: Desk, cast: Cast) -> Phone:
    return Phone(desk, cast)


def report(phone: Phone, number: str = "99") -> Appeal:
    entities = [Entity("unit", number, 0, 1), Entity("wished_time", "tomorrow after 18:00", 0, 1)]
    phone.desk.understand(LEAK, "help_seeking", category="water_supply", entities=entities)
    return phone.report(LEAK)


def add_homes(session: Session, cast: Cast) -> tuple[int, int]:
    """One more home of Alma's, and one that is not."""
    own = Unit(building_id=cast.unit.building_id, number="20")
    foreign = Unit(building_id=cast.unit.building_id, number="98")
    session.add_all([own, foreign])
    session.flush()
    session.add(Residency(owner_id=cast.alma.id, unit_id=own.id))
    return own.id, foreign.id


def test_a_home_is_chosen_by_a_press_and_the_question_is_answered(
    phone: Phone, desk: Desk, cast: Cast
) -> None:
    own, foreign = desk.core.transact_now(lambda s: add_homes(s, cast))
    appeal = report(phone)
    assert appeal.wished_from is not None
    assert labels(phone.shown("where")) == ["where", "where", "where"]
    assert desk.press(f"1:where:{appeal.id}:{foreign}") != "", "somebody else's home"
    assert desk.press(f"1:where:{appeal.id}:xyz") != ""
    assert phone.press("where", "where", str(own)) == ""
    assert phone.appeal(appeal.id).place == "Birch House, flat 20"
    assert labels(phone.shown("where")) == []
    assert "flat 20" in phone.shown("where").text
    assert "flat 20" in phone.shown("card").text


def test_the_building_itself_may_be_meant(phone: Phone) -> None:
    appeal = report(phone)
    assert phone.press("where", "where", "common") == ""
    assert (phone.appeal(appeal.id).unit_id, phone.appeal(appeal.id).place) == (
        None, "Birch House, shared parts",
    )  # fmt: skip


def test_a_written_answer_reaches_no_reader_and_a_press_ends_the_waiting(
    phone: Phone, desk: Desk
) -> None:
    report(phone)
    desk.write("14")
    assert len(desk.reader.asked) == 1
    report(phone)
    phone.press("where", "where", "common")
    desk.write("14")
    assert desk.reader.asked[-1]["text"] == "14", "nothing is awaited any more"


def test_a_press_after_it_was_withdrawn_explains_itself(phone: Phone, desk: Desk) -> None:
    appeal = report(phone)
    desk.press(f"1:cancelok:{appeal.id}:")
    assert desk.press(f"1:where:{appeal.id}:common") != ""


def test_a_home_of_the_owners_is_not_asked_about(phone: Phone, desk: Desk, cast: Cast) -> None:
    own, _ = desk.core.transact_now(lambda s: add_homes(s, cast))
    assert report(phone, "20").unit_id == own
    keys = desk.core.transact_now(lambda s: list(s.scalars(select(Message.key))))
    assert not any((key or "").startswith("where:") for key in keys)
