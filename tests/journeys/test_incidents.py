"""Neighbours report one thing: one incident, one promise, one update, and each is asked; and planned works."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import Phone, get_text
from ownerdesk.model import Appeal, Incident, Project
from tests.journeys.test_life_of_an_appeal import is_old_card
from tests.journeys.world import Console, Play, has_button, is_card, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

WORDS = (
    "There is no water in my flat",
    "No water in the flat, nothing comes out of the taps",
    "There is no water in the flat again",
)


def without_quiet_hours(session: Session) -> None:
    """The journey may be walked at night."""
    project = session.scalars(select(Project).where(Project.code == "A")).one()
    project.settings = {**project.settings, "quiet_from_hour": 3, "quiet_until_hour": 3}


def find_incident(play: Play, state: str, kind: str = "fault") -> Incident | None:
    return play.read(
        lambda s: s.scalars(
            select(Incident)
            .where(Incident.state == state, Incident.kind == kind)
            .order_by(Incident.id.desc())
        ).first()
    )


async def propose(play: Play) -> tuple[list[Phone], Incident]:
    """Three neighbours write, each in their own words."""
    phones = [await play.owner() for _ in WORDS]
    for phone, words in zip(phones, WORDS, strict=True):
        await phone.send_text(words)
        await phone.wait_for(is_card)
    incident = await play.until(lambda: find_incident(play, "proposed"))
    return phones, incident


def in_hours(hours: int) -> str:
    local = datetime.now(ZoneInfo("Europe/London")) + timedelta(hours=hours)
    return local.strftime("%Y-%m-%dT%H:%M")


async def confirm(desk: Console, incident: Incident) -> str:
    """Returns the page's address."""
    base = f"/incidents/{incident.id}"
    await desk.post(f"{base}/confirm", **{"title-en": "Burst pipe", "until": in_hours(4)})
    return base


async def test_three_neighbours_one_incident_a_later_one_is_told_and_each_is_asked(
    play: Play,
) -> None:
    play.read(without_quiet_hours)
    desk = await play.console()
    phones, incident = await propose(play)
    assert f"/incidents/{incident.id}" in await desk.read("/incidents")
    base = await confirm(desk, incident)
    for phone in phones:
        told = await phone.wait_for("several neighbours report the same")
        assert play.staff().name in get_text(told)

    late = await play.owner()
    await late.send_text("There is no water in the flat")
    known = await late.wait_for("we know of this already")
    assert "Burst pipe" in get_text(known)
    await press(late, known, "follow")
    await late.wait_for("I will write to you whenever there is news")

    page = await desk.read(base)
    nonce = page.split('name="nonce" value="')[1].split('"')[0]
    await desk.post(f"{base}/update", text="The pump is on its way.", nonce=nonce)
    await desk.post(f"{base}/promise", until=in_hours(5), reason="a part is missing")
    for phone in (*phones, late):
        await phone.wait_for("The pump is on its way.")
        await phone.wait_for("a part is missing")

    await desk.post(f"{base}/resolve", resolution="The pipe is mended.")
    for phone in (*phones, late):
        question = await phone.wait_for(lambda m: has_button("solved")(m) and not is_old_card(m))
        assert "The pipe is mended." in get_text(question)
        if phone is phones[0]:
            await press(phone, question, "notyet")
            await phone.wait_for("I have reopened")
        else:
            await press(phone, question, "solved")
            await phone.wait_for("is closed. How was it?")
    states = [play.appeal_of(phone).state for phone in (*phones, late)]
    assert states == ["accepted", "closed", "closed", "closed"]
    stored = play.read(lambda s: s.get_one(Incident, incident.id))
    assert stored.state == "resolved", "one of them is not done"


async def test_planned_works_are_announced_and_called_off_on_the_phone(play: Play) -> None:
    play.read(without_quiet_hours)
    phone, desk = await play.owner(), await play.console()

    def place_of(session: Session) -> str:
        building = play.building(session)
        return f"{building.project_id}:{building.id}"

    base = await desk.post(
        "/incidents",
        **{
            "place": play.read(place_of), "category": "elevator", "title-en": "Lift inspection",
            "from": in_hours(48), "until": in_hours(50),
        },
    )  # fmt: skip
    announced = await phone.wait_for("Planned works: Lift inspection")
    assert play.staff().name in get_text(announced)
    await desk.post(f"{base}/cancel")
    await phone.wait_for("The works are called off: Lift inspection")
    assert play.read(lambda s: s.scalars(select(Appeal.id).where(
        Appeal.conversation_id == play.conversation(phone).id)).all()) == []  # fmt: skip
