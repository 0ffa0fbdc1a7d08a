"""A promise from an owner's phone: made by hand, warned of, and told when it will not hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from demo.client import get_text
from ownerdesk.model import Promise
from tests.journeys.world import Play

pytestmark = [pytest.mark.anyio, pytest.mark.journey]


async def test_a_promise_a_question_and_an_apology_reach_the_phone(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    zone = ZoneInfo(appeal.project.timezone)
    until = (datetime.now(UTC) + timedelta(hours=2)).astimezone(zone)
    await desk.act(
        appeal, "promise", kind="resolution", until=f"{until:%Y-%m-%dT%H:%M}",
        words="I will fit a lamp myself.",
    )  # fmt: skip
    promised = await phone.wait_for(lambda m: "I will fit a lamp myself." in get_text(m))
    assert f"{until:%H:%M}" in get_text(promised)

    def hurry(session: Session) -> None:
        """As if the moment of the warning had come, and then that of the apology."""
        now = datetime.now(UTC)
        session.execute(
            update(Promise)
            .where(Promise.appeal_id == appeal.id, Promise.kind == "resolution")
            .values(
                made_at=now - timedelta(hours=1), due_at=now + timedelta(minutes=2), look_at=now
            )
        )

    play.read(hurry)
    told = await phone.wait_for(lambda m: "I am sorry, I cannot keep to" in get_text(m))
    assert appeal.number in get_text(told)
