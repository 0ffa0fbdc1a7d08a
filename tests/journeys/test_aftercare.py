"""What comes after: an appeal that turns, and a return visit that opens one again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import get_text
from ownerdesk.model import Notice, ReturnVisit
from ownerdesk.services.return_visits import check_return_visit
from tests.journeys.world import Play, has_button, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

MANAGER = "prudence.overlook@example.com"


async def test_a_sharp_message_turns_an_appeal_and_the_owner_gets_a_person(play: Play) -> None:
    phone, desk = await play.owner(), await play.console(MANAGER)
    appeal, _ = await play.appeal(phone)
    await phone.send_text("The landing light is still out, this is unacceptable!")
    told = await phone.wait_for("looks after it personally")
    turned = play.appeal_of(phone)
    assert (turned.nature, turned.severity) == ("dissatisfaction", "major")
    assert turned.responsible is not None
    assert turned.responsible.name in get_text(told)
    assert play.events(appeal).count("appeal.turned") == 1
    notices = play.read(
        lambda s: s.scalars(
            select(Notice.words).where(
                Notice.appeal_id == appeal.id, Notice.staff_id == turned.responsible_id
            )
        ).all()
    )
    assert any("turned into dissatisfaction" in words for words in notices)

    conversation = play.conversation(phone)
    assert conversation.state == "waiting"
    await desk.post(f"/handoffs/{conversation.id}/take")
    await phone.wait_for("is here now")
    await desk.act(appeal, "reply", text="I am on it, and will call you tonight.")
    await phone.wait_for("will call you tonight")


async def test_a_return_visit_asks_the_owner_and_reopens_what_came_back(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone, "The heating in my flat stays cold")
    await desk.act(appeal, "accept")
    await desk.act(appeal, "resolve", resolution="New valve fitted.")
    question = await phone.wait_for(
        lambda m: has_button("solved")(m) and "New valve" in get_text(m)
    )
    await press(phone, question, "solved")
    await phone.wait_for("How was it?")

    def open_window(session: Session) -> int:
        """Its time has come, at an hour at which nobody sleeps."""
        visit = session.scalars(select(ReturnVisit).where(ReturnVisit.appeal_id == appeal.id)).one()
        assert visit.staff_id != play.staff().id, "another person than the one who did the work"
        check_return_visit(
            session, visit.id, at=(visit.from_at + timedelta(days=1)).replace(hour=12)
        )
        return visit.id

    visit_id = play.read(open_window)
    asked = await phone.wait_for(has_button("visitback"))
    assert appeal.number in get_text(asked)
    await press(phone, asked, "visitback")
    await phone.wait_for("I have reopened")
    again = play.appeal_of(phone)
    assert (again.state, again.reopened, again.responsible_id) == ("accepted", 1, play.staff().id)
    visit = play.read(lambda s: s.get_one(ReturnVisit, visit_id))
    assert visit.result == "came_back"
    assert "it came back" in await desk.read(f"/appeals/{appeal.id}")
