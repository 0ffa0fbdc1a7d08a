"""A job from the console to an operator's phone and back to its owner; an appeal handed over; and what is not ours."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from demo.client import Phone, get_text
from ownerdesk.model import Assignment, Department, OutsideParty, StaffMember, StaffRole
from tests.journeys.pictures import make_photo
from tests.journeys.world import ADA, Console, Play, has_button, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

ADMIN = "admin@example.com"
MILO = "milo.listenby@example.com"


async def make_code(desk: Console, action: str, **fields: str) -> str:
    """What the page shows once."""
    _, page = await desk.send(f"/dispatch/{action}", **fields)
    found = re.search(r"/link (\w{10})", page)
    assert found, page[:300]
    return found[1]


async def operator(play: Play, admin: Console) -> tuple[Phone, StaffMember, int]:
    """Somebody of the cleaning department of project A who links their phone with a code."""
    member, department_id = play.read(
        lambda s: (
            s.execute(
                select(StaffMember, StaffRole.department_id)
                .join(StaffRole, StaffRole.staff_id == StaffMember.id)
                .join(Department, Department.id == StaffRole.department_id)
                .where(Department.code == "cleaning", StaffMember.language == "en")
                .order_by(StaffMember.id.desc())
            ).first()
            or pytest.fail("the demo has cleaners")
        )
    )
    phone = await play.stranger()
    code = await make_code(admin, "staff-code", staff=str(member.id))
    await phone.send_text(f"/link {code}")
    await phone.wait_for(lambda m: f"Hello {member.name}" in get_text(m))
    return phone, member, int(department_id)


async def test_a_job_is_taken_and_done_on_the_operators_phone_and_the_owner_sees_each_step(
    play: Play,
) -> None:
    admin, desk = await play.console(ADMIN), await play.console(ADA)
    worker, member, department_id = await operator(play, admin)
    owner = await play.owner()
    appeal, _ = await play.appeal(owner)
    await desk.act(appeal, "accept")
    await desk.act(appeal, "dispatch", to=f"{department_id}:{member.id}")
    card = await worker.wait_for(has_button("jobyes"))
    for part in (appeal.number, "landing of the fourth floor", "Guide"):
        assert part in get_text(card)
    await press(worker, card, "jobyes")
    card = await worker.wait_for(has_button("jobgo"))
    await press(worker, card, "jobgo")
    await owner.wait_for(lambda m: f"{member.name} is on the way" in get_text(m))
    card = await worker.wait_for(lambda m: has_button("jobhere")(m) and not has_button("jobgo")(m))
    await press(worker, card, "jobhere")
    await owner.wait_for(lambda m: f"{member.name} has arrived" in get_text(m))
    card = await worker.wait_for(
        lambda m: has_button("jobdone")(m) and not has_button("jobhere")(m)
    )
    await press(worker, card, "jobdone")
    await worker.wait_for(lambda m: "what was done?" in get_text(m))
    await worker.send_photo(make_photo())
    await worker.wait_for(lambda m: "it is with" in get_text(m))
    await worker.send_text("A new lamp.")
    parts = await worker.wait_for(has_button("jobparts"))
    await press(worker, parts, "jobparts")
    question = await owner.wait_for(
        lambda m: has_button("solved")(m) and "A new lamp." in get_text(m)
    )
    assert "Is it solved for you?" in get_text(question)
    job = play.read(
        lambda s: s.scalars(select(Assignment).where(Assignment.appeal_id == appeal.id)).one()
    )
    assert (job.state, job.done) == ("done", "A new lamp.")
    page = await desk.read(f"/appeals/{appeal.id}")
    assert "Photo of the work" in page
    late = await worker.press(card, data=f"1:jobgo:{job.id}:", force=True)
    assert "over" in str(late) or "moved on" in str(late)


async def test_an_appeal_is_handed_over_and_the_owner_hears_the_new_name(play: Play) -> None:
    ada, milo = await play.console(ADA), await play.console(MILO)
    owner = await play.owner()
    appeal, _ = await play.appeal(owner)
    by, to = (ada, MILO) if appeal.responsible.email == ADA else (milo, ADA)  # type: ignore[union-attr]
    colleague = play.staff(to)
    await by.act(appeal, "hand-over", to=str(colleague.id), reason="My shift ends.")
    await (milo if to == MILO else ada).act(appeal, "accept-handover")
    await owner.wait_for(lambda m: f"I am {colleague.name}" in get_text(m))
    assert play.appeal_of(owner).responsible_id == colleague.id


async def test_what_is_not_ours_is_explained_and_the_owner_is_asked(play: Play) -> None:
    desk, owner = await play.console(ADA), await play.owner()
    appeal, _ = await play.appeal(owner)
    city = play.read(
        lambda s: s.scalars(select(OutsideParty.id).where(OutsideParty.code == "city")).one()
    )
    await desk.act(appeal, "not-ours", party=str(city), explanation="That lamp is the city's.")
    asked = await owner.wait_for(lambda m: "Did that help you?" in get_text(m))
    assert "town hall" in get_text(asked)
    await press(owner, asked, "solved")
    await owner.wait_for(has_button("stars"))
    assert play.appeal_of(owner).state == "closed"
