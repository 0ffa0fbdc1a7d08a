"""What comes after: an appeal that turns, a return visit that opens one again, a summary the owner reads, and the same
trouble within the month."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import get_text
from ownerdesk.model import Appeal, Notice, ReturnVisit, Summary
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


async def test_a_major_appeal_is_summed_up_and_its_owner_reads_what_was_learnt(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone, "There is no heating in my flat at all")
    assert appeal.severity == "major"
    parts = {
        "cause": "A seized valve.",
        "learnt": "The valves of that year seize.",
        "correction": "A new valve.",
        "prevention": "All valves of the house are looked at in May.",
        "for_owner": "The valve was old; we look at all of them in May.",
    }
    status, _ = await desk.send(f"/appeals/{appeal.id}/summary", **parts)
    assert status == 409, "nothing to sum up before the work is done"

    await desk.act(appeal, "accept")
    await desk.act(appeal, "resolve", resolution="New valve fitted.")
    await press(phone, await phone.wait_for(has_button("solved")), "solved")
    await phone.wait_for("How was it?")
    await desk.act(appeal, "summary", **parts, send="yes")
    told = await phone.wait_for("What we have learnt from")
    assert parts["for_owner"] in get_text(told)
    assert parts["learnt"] not in get_text(told), "that is for the company"
    summary = play.read(
        lambda s: s.scalars(select(Summary).where(Summary.appeal_id == appeal.id)).one()
    )
    assert summary.sent_at is not None
    assert {"summary.written", "summary.sent"} <= set(play.events(appeal))


async def test_the_same_trouble_within_the_month_is_linked_and_shown(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    words = "The heating in my flat stays cold"
    first, _ = await play.appeal(phone, words)
    await desk.act(first, "accept")
    await desk.act(first, "resolve", resolution="Bled the radiator.")
    await press(phone, await phone.wait_for(has_button("solved")), "solved")
    await phone.wait_for("How was it?")

    await phone.send_text(words)

    def find_second() -> Appeal | None:
        return next((a for a in play.appeals(phone) if a.id != first.id), None)

    second = await play.until(find_second)
    assert second is not None
    assert "appeal.repeated" in play.events(second)
    page = await desk.read(f"/appeals/{second.id}")
    assert f'href="/appeals/{first.id}"' in page
    assert "the same within 30 days" in page
