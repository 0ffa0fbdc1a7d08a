"""An emergency by its plan: the people are rung, one accepts on their phone, and the neighbours are warned."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import Phone, get_text
from ownerdesk.model import Conversation, Project, StaffMember
from ownerdesk.queries.staff import list_on_duty
from tests.journeys.world import Play, has_button, is_card, labels, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

SMOKE = "smoke is coming out of the basement!!"


def link_whoever_is_on_duty(play: Play, phone: Phone) -> StaffMember:
    """Give somebody on duty this phone, as the code from the console does."""

    def work(session: Session) -> StaffMember:
        project = session.scalars(select(Project).where(Project.code == "A")).one()
        member = list_on_duty(session, project, datetime.now(UTC))[0]
        chat = session.scalar(select(Conversation).where(Conversation.staff_id == member.id))
        if chat is None:
            chat = Conversation(
                kind="staff", staff_id=member.id, name=member.name, language="en", chat_id=0,
                telegram_user_id=0,
            )  # fmt: skip
            session.add(chat)
        chat.chat_id = chat.telegram_user_id = phone.person_id
        return member

    return play.read(work)


async def test_an_emergency_is_rung_accepted_on_a_phone_and_the_neighbours_are_warned(
    play: Play,
) -> None:
    owner, neighbour, pager = await play.owner(), await play.owner("es"), await play.stranger()
    desk = await play.console()
    member = link_whoever_is_on_duty(play, pager)

    await owner.send_text(SMOKE)
    await owner.wait_for("999")
    await owner.wait_for(is_card)
    appeal = play.appeal_of(owner)
    ring = await pager.wait_for(has_button("alarmok"))
    assert appeal.number in get_text(ring)
    assert SMOKE in get_text(ring)
    page = await desk.read("/emergencies")
    assert appeal.number in page
    assert member.name in page

    await press(pager, ring, "alarmok")
    await pager.wait_for(f"You have {appeal.number}")
    await owner.wait_for(f"{member.name} has taken on your emergency {appeal.number}")
    assert play.appeal_of(owner).responsible_id == member.id

    question = await pager.wait_for(has_button("warnok"))
    assert "the whole entrance" in get_text(question)
    assert len(labels(question)) == 2
    await press(pager, question, "warnok")
    await pager.wait_for("neighbours warned")
    warned = await neighbour.wait_for("⚠️")
    assert "999" in get_text(warned)
    assert appeal.number not in get_text(warned)
    events = play.events(appeal)
    for fact in ("alarm.rung", "appeal.accepted", "neighbours.proposed", "neighbours.warned"):
        assert fact in events
