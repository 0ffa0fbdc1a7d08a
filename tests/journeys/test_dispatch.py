"""A job from the console to an operator's phone and back to its owner; an appeal handed over; and what is not ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import Phone, get_text, list_buttons
from ownerdesk.model import Assignment, Department, OutsideParty, StaffMember, StaffRole
from ownerdesk.services.staff import Role, create_staff
from tests.journeys.pictures import make_photo
from tests.journeys.world import ADA, Console, Play, data_of, has_button, press

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
    await owner.wait_for(lambda m: f"{member.name} set out at" in get_text(m))
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


async def test_in_a_departments_group_one_takes_the_card_and_the_other_sees_it_taken(
    play: Play,
) -> None:
    admin, desk = await play.console(ADMIN), await play.console(ADA)
    first, member, department_id = await operator(play, admin)
    colleague = await play.stranger()
    own_code = await make_code(admin, "staff-code", staff=str(make_cleaner(play, department_id)))
    await colleague.send_text(f"/link {own_code}")
    await colleague.wait_for("this chat is yours now")
    group = await play.group("Cleaners", [first, colleague])
    code = await make_code(admin, "group-code", department=str(department_id))
    await group[0].send_text(f"/link {code}")
    await group[0].wait_for("This group is linked to")

    owner = await play.owner()
    appeal, _ = await play.appeal(owner)
    await desk.act(appeal, "accept")
    await desk.act(appeal, "dispatch", to=str(department_id))
    cards = [await phone.wait_for(has_button("jobyes")) for phone in group]
    assert appeal.number in get_text(cards[0])
    assert cards[0]["message_id"] == cards[1]["message_id"], "everybody sees the one card"
    await press(group[0], cards[0], "jobyes")
    taken = await group[1].wait_for(f"{member.name} has the job")
    assert list_buttons(taken) == [], "nothing is left to press"
    late = await group[1].press(taken, data=data_of(cards[1], "jobyes"), force=True)
    assert member.name in str(late), "who presses all the same is told who was first"
    own = await first.wait_for(has_button("jobgo"))
    assert appeal.number in get_text(own)
    await owner.wait_for(f"{member.name} has the job")
    job = play.read(
        lambda s: s.scalars(select(Assignment).where(Assignment.appeal_id == appeal.id)).one()
    )
    assert (job.state, job.operator_id) == ("accepted", member.id)


def make_cleaner(play: Play, department_id: int) -> int:
    """Another operator of the department; returns the id."""

    def work(session: Session) -> int:
        department = session.get_one(Department, department_id)
        cleaner = create_staff(
            session, email=f"cleaner{department_id}@example.com", name="Nina Sweepwell",
            password=None, roles=[Role("operator", department.project_id, department_id)],
            at=datetime.now(UTC),
        )  # fmt: skip
        return cleaner.id

    return play.read(work)
