"""An appeal from the first word to the last star, and the ways back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import Phone, get_text
from demo.errors import Json
from ownerdesk.model import Appeal, Project, Promise, Rating, StaffMember, StaffRole
from ownerdesk.texts import translator
from tests.journeys.pictures import make_photo
from tests.journeys.world import GLORIA, Console, Play, has_button, is_card, labels, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]


def find_operator(play: Play, appeal: Appeal) -> StaffMember:
    """Somebody of the department that the appeal's category leads to."""
    return play.read(
        lambda s: (
            s.scalars(
                select(StaffMember)
                .join(StaffRole, StaffRole.staff_id == StaffMember.id)
                .where(StaffRole.department_id == appeal.department_id)
                .order_by(StaffMember.id)
            ).first()
            or pytest.fail("the demo has an operator in every department")
        )
    )


def promised_until(play: Play, appeal: Appeal) -> datetime:
    """The running promise of a solution."""
    return play.read(
        lambda s: s.scalars(
            select(Promise.due_at).where(
                Promise.appeal_id == appeal.id,
                Promise.kind == "resolution",
                Promise.kept_at.is_(None),
                Promise.broken_at.is_(None),
                Promise.renegotiated_at.is_(None),
                Promise.withdrawn_at.is_(None),
            )
        ).one()
    )


def clock(play: Play, appeal: Appeal) -> str:
    """The promised time as the owner's own clock shows it."""
    zone = ZoneInfo(appeal.project.timezone)
    return promised_until(play, appeal).astimezone(zone).strftime("%H:%M")


async def resolve(phone: Phone, desk: Console, appeal: Appeal) -> Json:
    """Staff take it on and say that it is done; returns the question the owner gets."""
    await desk.act(appeal, "accept")
    await desk.act(appeal, "resolve", resolution="New lamp fitted.")
    question = await phone.wait_for(lambda m: has_button("solved")(m) and not is_old_card(m))
    assert "New lamp fitted." in get_text(question)
    return question


def is_old_card(message: Json) -> bool:
    """The card gets the closing buttons too; the question is the message that came after it."""
    return "\U0001f464" in get_text(message)


async def test_a_message_becomes_a_card_and_is_followed_until_the_owner_closes_and_rates_it(
    play: Play,
) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, card = await play.appeal(phone)

    assert (appeal.nature, appeal.category, appeal.state) == (
        "help_seeking",
        "lighting",
        "received",
    )
    assert appeal.responsible is not None
    assert appeal.next_due_at is not None
    told = get_text(card)
    for part in (appeal.number, "Help needed", "Lighting", appeal.place, appeal.responsible.name):
        assert part in told
    assert clock(play, appeal) in told
    assert labels(card) == ["Correct this", "Add photo", "Cancel"]

    await desk.act(appeal, "accept")
    await phone.wait_for(lambda m: "Accepted" in get_text(m))
    assert play.appeal_of(phone).responsible_id == play.staff().id

    operator = find_operator(play, appeal)
    await desk.act(appeal, "dispatch", to=f"{appeal.department_id}:{operator.id}")
    await phone.wait_for(f"{operator.name} has the job")
    await desk.act(appeal, "set-out")
    await phone.wait_for(f"{operator.name} is on the way to you")
    await desk.act(appeal, "arrive")
    await phone.wait_for(f"{operator.name} set out at")
    assert play.appeal_of(phone).state == "in_progress"

    await desk.act(appeal, "resolve", resolution="New lamp fitted.")
    question = await phone.wait_for("Is it solved for you?")
    assert "New lamp fitted." in get_text(question)
    assert labels(question) == ["Yes, solved", "Half done", "Not yet"]
    assert play.appeal_of(phone).state == "resolved"

    await press(phone, question, "solved")
    stars = await phone.wait_for("How was it?")
    closed = play.appeal_of(phone)
    assert (closed.state, closed.closed_by) == ("closed", "owner")
    await press(phone, stars, "stars", "4")
    await phone.wait_for("add a word")
    await phone.send_text("Quick and friendly.")
    await phone.wait_for("passed your words on")

    rating = play.read(lambda s: s.scalars(select(Rating).filter_by(appeal_id=appeal.id)).one())
    assert (rating.stars, rating.comment) == (4, "Quick and friendly.")
    assert play.events(appeal) == [
        "appeal.received", "promise.made", "appeal.accepted", "appeal.dispatched",
        "operator.set_out", "operator.arrived", "appeal.resolved", "appeal.closed",
        "appeal.rated", "message.added", "rating.commented",
    ]  # fmt: skip
    assert len(play.appeals(phone)) == 1, (
        "the word that goes with the stars is no matter of its own"
    )
    assert "Closed" in await desk.read(f"/appeals/{appeal.id}")


async def test_not_yet_gives_it_back_to_the_same_person_with_a_reason_and_a_photo(
    play: Play,
) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    question = await resolve(phone, desk, appeal)
    await press(phone, question, "notyet")
    told = await phone.wait_for("I have reopened")

    reopened = play.appeal_of(phone)
    assert (reopened.state, reopened.reopened) == ("accepted", 1)
    assert reopened.responsible_id == play.staff().id
    assert reopened.next_due_at is not None
    assert play.staff().name in get_text(told)
    assert clock(play, reopened) in get_text(told)

    await phone.send_text("It flickers again after a minute.")
    await phone.wait_for(f"it is with {appeal.number}")
    await phone.send_photo(make_photo())
    await phone.wait_for(appeal.number)
    reason, photo = play.written(phone)[-2:]
    assert (reason.appeal_id, photo.appeal_id) == (appeal.id, appeal.id)
    assert "It flickers again after a minute." in await desk.read(f"/appeals/{appeal.id}")


async def test_half_done_reopens_it_and_needs_no_word_from_the_owner(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    question = await resolve(phone, desk, appeal)
    await press(phone, question, "half")
    await phone.wait_for("I have reopened")
    assert play.appeal_of(phone).state == "accepted"

    await desk.act(appeal, "resolve", resolution="The other lamp too.")
    again = await phone.wait_for(
        lambda m: "The other lamp too." in get_text(m) and has_button("solved")(m)
    )
    await press(phone, again, "solved")
    await phone.wait_for("How was it?")
    closed = play.appeal_of(phone)
    assert (closed.state, closed.reopened) == ("closed", 1)


async def test_a_closed_appeal_is_opened_again_from_its_card(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, card = await play.appeal(phone)
    await press(phone, await resolve(phone, desk, appeal), "solved")
    card = await phone.wait_for(has_button("reopen"))
    await press(phone, card, "reopen")
    await phone.wait_for("I have reopened")
    reopened = play.appeal_of(phone)
    assert (reopened.state, reopened.responsible_id) == ("accepted", play.staff().id)


async def test_a_postponed_appeal_tells_the_owner_the_reason_and_the_date(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    await desk.act(appeal, "accept")
    until = datetime.now(ZoneInfo(appeal.project.timezone)) + timedelta(days=3)
    reason = "the lamp has to be ordered"
    when = until.strftime("%Y-%m-%dT%H:%M")
    await desk.act(appeal, "defer", until=when, reason=reason)
    push = await phone.wait_for(lambda m: "is postponed until" in get_text(m))
    assert reason in get_text(push)
    assert until.strftime("%H:%M") in get_text(push)
    assert f"{until.day} {until:%b}" in get_text(push)
    stored = play.appeal_of(phone)
    assert (stored.state, stored.deferred_reason) == ("deferred", reason)
    assert stored.next_due_at == stored.deferred_until


async def test_a_postponement_without_a_reason_is_refused_and_nothing_is_told(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    await desk.act(appeal, "accept")
    status, page = await desk.send(
        f"/appeals/{appeal.id}/defer", until="2099-01-01T10:00", reason="  "
    )
    assert status == 409
    assert 'class="notice' in page
    assert play.appeal_of(phone).state == "accepted"


async def test_an_owner_who_says_nothing_is_reminded_once_and_then_told_that_it_is_closed(
    play: Play,
) -> None:
    """The clocks of the silence rule are the project's settings; here they run out at once."""
    phone, desk = await play.owner("es", project="J"), await play.console(GLORIA)
    appeal, _ = await play.appeal(phone, "La luz del rellano del cuarto no funciona.")

    def hurry(session: Session, **settings: int) -> None:
        project = session.get_one(Project, appeal.project_id)
        project.settings = {**project.settings, **settings}

    play.read(lambda s: hurry(s, reminder_hours=0, silence_hours=0))
    try:
        await desk.act(appeal, "accept")
        await desk.act(appeal, "resolve", resolution="Bombilla nueva.")
        told = await phone.wait_for(
            lambda m: has_button("reopen")(m) and "🔒" not in get_text(m), seconds=20
        )
    finally:
        play.read(lambda s: hurry(s, reminder_hours=24, silence_hours=72))
    closed = play.appeal_of(phone)
    assert (closed.state, closed.closed_by) == ("closed", "silence")
    assert play.events(appeal).count("appeal.closed") == 1
    assert play.events(appeal).count("owner.reminded") <= 1
    assert get_text(told).startswith(
        translator("es")(
            "I heard nothing about {number}, so I have closed it."
            " If it is not solved, press the button and it is open again."
        ).format(number=appeal.number)
    )
    await press(phone, told, "reopen")
    await phone.wait_for(lambda m: appeal.number in get_text(m) and not is_card(m))
    assert play.appeal_of(phone).state == "accepted"


async def test_whoever_is_second_to_accept_is_told_why_not(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    await desk.act(appeal, "accept")
    manager = await play.console("prudence.overlook@example.com")
    status, page = await manager.send(f"/appeals/{appeal.id}/accept")
    assert status == 409
    assert 'class="notice' in page
    assert play.events(appeal).count("appeal.accepted") == 1
    assert play.appeal_of(phone).responsible_id == play.staff().id


async def test_an_agent_of_another_project_finds_no_such_appeal(play: Play) -> None:
    phone = await play.owner()
    appeal, _ = await play.appeal(phone)
    elsewhere = await play.console("gloria.atenta@example.com")
    status, _page = await elsewhere.send(f"/appeals/{appeal.id}/accept")
    assert status == 404
    assert play.appeal_of(phone).state == "received"
