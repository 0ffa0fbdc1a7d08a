"""An owner who has to ask again and again is seen before it becomes a grievance, and a person says whether it was one."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import EarlyWarning
from tests.journeys.world import Play

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

ADMIN = "admin@example.com"
ASKING = (
    "Is there any news about my appeal?",
    "Any news about it?",
    "Is there any progress with my request?",
)


async def test_asking_again_and_again_warns_the_manager_who_calls_it_a_false_alarm(
    play: Play,
) -> None:
    phone, admin = await play.owner(), await play.console(ADMIN)
    await play.appeal(phone)
    owner_id = play.conversation(phone).owner_id

    def warnings(session: Session) -> list[EarlyWarning]:
        mine = select(EarlyWarning).where(
            EarlyWarning.subject == "owner", EarlyWarning.subject_id == owner_id
        )
        return list(session.scalars(mine))

    for words in ASKING[:2]:
        await phone.send_text(words)
        await phone.wait_for()
    assert play.read(warnings) == [], "twice is nothing yet"
    await phone.send_text(ASKING[2])
    (warning,) = await play.until(lambda: play.read(warnings))
    assert warning.cause == "repeated_asks"

    page = await admin.read("/early-warnings")
    for words in ("Testwell", *ASKING):
        assert words in page, "the reason, and the messages behind it"
    await admin.post(f"/early-warnings/{warning.id}/feedback", feedback="false_alarm")
    (judged,) = play.read(warnings)
    assert judged.feedback == "false_alarm"
