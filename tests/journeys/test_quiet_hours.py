"""Quiet hours: what can wait comes in the morning, what cannot comes at once, and owners choose their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import Phone, get_text
from ownerdesk.model import Appeal, Conversation, Message, Owner
from tests.journeys.world import Play, has_button, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

HOUR = timedelta(hours=1)


def make_night(play: Play, phone: Phone, zone: ZoneInfo) -> datetime:
    """Quiet hours around this moment, and an owner who has not written for a while. Returns the morning."""
    now = datetime.now(zone)
    starts, ends = (
        (now + hours * HOUR).time().replace(second=0, microsecond=0) for hours in (-1, 2)
    )

    def work(session: Session) -> None:
        chat = session.scalars(
            select(Conversation).where(Conversation.chat_id == phone.person_id)
        ).one()
        chat.last_message_at = datetime.now(UTC) - 2 * HOUR
        owner = session.get_one(Owner, chat.owner_id)
        owner.quiet_from, owner.quiet_until = starts, ends

    play.read(work)
    return now + 2 * HOUR


def question_of(play: Play, appeal: Appeal) -> Message:
    key = f"solved?:{appeal.id}:0"
    return play.read(lambda s: s.scalars(select(Message).where(Message.key == key)).one())


async def test_at_night_a_promise_is_told_the_question_waits_and_the_owner_may_change_that(
    play: Play,
) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    zone = ZoneInfo(appeal.project.timezone)
    morning = make_night(play, phone, zone)

    until = datetime.now(zone) + 3 * HOUR
    await desk.act(
        appeal, "promise", kind="resolution", until=f"{until:%Y-%m-%dT%H:%M}",
        words="I will fit a lamp myself.",
    )  # fmt: skip
    await phone.wait_for("I will fit a lamp myself.")  # a promise does not wait
    await desk.act(appeal, "accept")
    await desk.act(appeal, "resolve", resolution="New lamp fitted.")
    question = question_of(play, appeal)
    assert question.send_at is not None
    assert abs(question.send_at - morning) <= timedelta(minutes=2)
    await phone.wait_for(lambda m: "Done" in get_text(m))  # the card tells it without a sound
    assert not [m for m in phone.received(0) if "Is it solved for you?" in get_text(m)]

    await phone.send_text("/settings")
    settings = await phone.wait_for(has_button("quiet"))
    await press(phone, settings, "quiet")
    choices = await phone.wait_for(has_button("quiet"))
    await press(phone, choices, "quiet", "none")
    await phone.wait_for("Quiet hours: none")
    await phone.send_text("The tap in the kitchen drips.")
    other = await play.until(
        lambda: next((a for a in play.appeals(phone) if a.id != appeal.id), None)
    )
    assert other is not None
    await desk.act(other, "accept")
    await desk.act(other, "resolve", resolution="New washer fitted.")
    await phone.wait_for(lambda m: "New washer fitted." in get_text(m) and has_button("solved")(m))
