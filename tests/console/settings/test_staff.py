"""Staff and departments: rights are given within one's own, the last admin stays, and who leaves leaves nothing open."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Department,
    Message,
    StaffMember,
    StaffRole,
    StaffSession,
)
from tests.console.conftest import Browser, Site, give_passwords
from tests.console.settings.conftest import list_audit
from tests.make import make_appeal, make_staff, put_on_duty


def roles_of(site: Site, member: StaffMember) -> list[tuple[str, int | None]]:
    def read(session: Session) -> list[tuple[str, int | None]]:
        rows = select(StaffRole).where(StaffRole.staff_id == member.id).order_by(StaffRole.id)
        return [(row.role, row.project_id) for row in session.scalars(rows)]

    return site.core.transact_now(read)


def role_id(site: Site, member: StaffMember, role: str) -> str:
    return str(
        site.core.transact_now(
            lambda s: s.scalars(
                select(StaffRole.id).where(StaffRole.staff_id == member.id, StaffRole.role == role)
            ).one()
        )
    )


NEW = {"name": "Nia New", "email": "Nia@Example.com", "phone": "", "language": "es"}


def test_somebody_new_has_a_role_and_no_password(site: Site, petra: StaffMember) -> None:
    project = site.cast.project.id

    async def walk(browser: Browser) -> None:
        made = await browser.post("/settings/staff", **NEW, role=f"agent:{project}")
        assert made.status == 303
        assert "not invited yet" in await browser.read(made.headers["Location"])
        twice = await browser.post("/settings/staff", **NEW, role=f"agent:{project}")
        assert (twice.status, "is there already" in await twice.text()) == (409, True)
        operator = f"operator::{site.cast.maintenance.id}"
        other = {**NEW, "email": "op@example.com"}
        assert (await browser.post("/settings/staff", **other, role=operator)).status == 303
        bad = await browser.post("/settings/staff", **{**NEW, "email": "no address"}, role=operator)
        assert "Write an e-mail address" in await bad.text()

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        nia = session.scalars(select(StaffMember).where(StaffMember.name == "Nia New")).first()
        assert nia is not None
        assert (nia.email, nia.password_hash, nia.language) == ("nia@example.com", None, "es")
    assert list_audit(site, "staff.created")[0].staff_id == petra.id


@pytest.mark.parametrize("role", ["admin:", "admin:{project}", "agent:", "head_office:"])
def test_nobody_gives_a_right_they_do_not_have(site: Site, petra: StaffMember, role: str) -> None:
    value = role.format(project=site.cast.project.id)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/settings/staff")
        assert f'value="{value}"' not in page
        refused = await browser.post("/settings/staff", **NEW, role=value)
        assert refused.status == 409
        refused = await browser.post(f"/settings/staff/{petra.id}/give", role=value)
        assert (refused.status, "rights that you have yourself" in await refused.text()) == (
            409,
            True,
        )

    site.visit(walk, by=petra)
    assert roles_of(site, petra) == [("project_manager", site.cast.project.id)]


def test_a_role_is_given_and_taken_and_the_only_one_stays(site: Site, petra: StaffMember) -> None:
    base = f"/settings/staff/{site.cast.mara.id}"
    project = site.cast.project.id

    async def walk(browser: Browser) -> None:
        assert (await browser.post(f"{base}/give", role=f"manager:{project}")).status == 303
        assert (await browser.post(f"{base}/give", role=f"manager:{project}")).status == 409
        agent = role_id(site, site.cast.mara, "agent")
        assert (await browser.post(f"{base}/take", role=agent)).status == 303
        last = role_id(site, site.cast.mara, "manager")
        assert (await browser.post(f"{base}/take", role=last)).status == 409

    site.visit(walk, by=petra)
    assert roles_of(site, site.cast.mara) == [("manager", project)]
    assert [e.action for e in list_audit(site, "role.given")] == ["role.given"]


def test_a_project_manager_touches_no_admin(
    site: Site, petra: StaffMember, root: StaffMember
) -> None:
    base = f"/settings/staff/{root.id}"

    async def walk(browser: Browser) -> None:
        page = await browser.read(base)
        assert f'action="{base}/off"' not in page
        for action in ("off", "save", "take"):
            fields = {**NEW, "role": role_id(site, root, "admin")}
            assert (await browser.post(f"{base}/{action}", **fields)).status == 409, action

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        assert session.get_one(StaffMember, root.id).is_active


def test_the_last_admin_stays_and_two_at_once_do_not_lock_everybody_out(
    site: Site, root: StaffMember
) -> None:
    async def alone(browser: Browser) -> None:
        refused = await browser.post(f"/settings/staff/{root.id}/off")
        assert (refused.status, "somebody else an admin first" in await refused.text()) == (
            409,
            True,
        )

    site.visit(alone, by=root)
    second = site.core.transact_now(make_staff, None, "Second", "admin")
    site.core.transact_now(give_passwords)

    async def together(one: Browser, two: Browser) -> None:
        await one.log_in(root)
        await two.log_in(second)
        await asyncio.gather(
            one.post(f"/settings/staff/{second.id}/off"), two.post(f"/settings/staff/{root.id}/off")
        )

    site.visit_together(together)
    with site.core.sessions() as session:
        active = [session.get_one(StaffMember, m.id).is_active for m in (root, second)]
    assert sorted(active) == [False, True]


def test_who_leaves_hands_their_open_appeals_to_a_named_successor(
    site: Site, petra: StaffMember
) -> None:
    appeal = site.core.transact_now(make_appeal, site.cast)
    mara = site.cast.mara
    assert appeal.responsible_id == mara.id
    base = f"/settings/staff/{mara.id}"

    async def walk(mara_here: Browser, petra_here: Browser) -> None:
        await mara_here.log_in(mara)
        await petra_here.log_in(petra)
        refused = await petra_here.post(f"{base}/off")
        assert (refused.status, "Choose a successor" in await refused.text()) == (409, True)
        unable = await petra_here.post(f"{base}/off", successor=str(site.cast.ike.id))
        assert unable.status == 409, "an operator cannot answer for it"
        done = await petra_here.post(f"{base}/off", successor=str(site.cast.boris.id))
        assert done.status == 303
        assert (await mara_here.get("/appeals")).status == 303, "logged out"
        assert "has left" in await petra_here.read(base)
        page = await petra_here.read(f"/appeals/{appeal.id}")
        assert "Handed over to Boris T" in page

    site.visit_together(walk)
    with site.core.sessions() as session:
        assert session.get_one(Appeal, appeal.id).responsible_id == site.cast.boris.id
        assert not session.scalars(
            select(StaffSession).where(StaffSession.staff_id == mara.id)
        ).all()
        told = session.scalars(
            select(Message.text).where(Message.key.startswith("handed_over:"))
        ).one()
        assert told is not None
        assert "Boris T" in told
    (entry,) = list_audit(site, "staff.switched_off")
    assert (entry.staff_id, entry.before) == (petra.id, {"is_active": True})


def test_skills_are_kept_and_shown(site: Site, petra: StaffMember) -> None:
    base = f"/settings/staff/{site.cast.ike.id}"
    person = {"name": "Ike T", "email": "ike.t@example.com", "phone": "", "language": "en"}

    async def walk(browser: Browser) -> None:
        saved = await browser.post(f"{base}/save", **person, skills="lifts, gas，lifts")
        assert saved.status == 303
        page = await browser.read("/settings/staff")
        assert "<strong>lifts</strong> <span>Ike T</span>" in page
        long = await browser.post(f"{base}/save", **person, skills="x" * 41)
        assert long.status == 409

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        assert session.get_one(StaffMember, site.cast.ike.id).skills == ["lifts", "gas"]


def test_a_department_takes_a_category_from_another_and_both_changes_are_kept(
    site: Site, petra: StaffMember
) -> None:
    fields = {
        "project": str(site.cast.project.id), "code": "lifts", "name_en": "Lifts",
        "name_zh": "电梯部", "name_es": "", "head": str(site.cast.boris.id),
        "category_elevator": "yes",
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/settings/departments/{site.cast.accounts.id}")
        assert "(Maintenance)" in page, "who has a category now"
        refused = await browser.post("/settings/departments", **{**fields, "code": "Lifts!"})
        assert (refused.status, "Lifts!" in await refused.text()) == (409, True)
        made = await browser.post("/settings/departments", **fields)
        assert "电梯部" in await browser.read(made.headers["Location"])
        assert "<strong>Lifts</strong>" in await browser.read("/settings/departments")

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        assert "elevator" not in session.get_one(Department, site.cast.maintenance.id).categories
        lifts = session.scalars(select(Department).where(Department.code == "lifts")).one()
        assert (lifts.names, lifts.head_id) == (
            {"en": "Lifts", "zh": "电梯部"},
            site.cast.boris.id,
        )
    (entry,) = list_audit(site, "department.updated")
    assert "elevator" in (entry.before or {})["categories"]


def test_a_department_with_open_appeals_stays_on(site: Site, petra: StaffMember) -> None:
    site.core.transact_now(make_appeal, site.cast)

    async def walk(browser: Browser) -> None:
        busy = await browser.post(f"/settings/departments/{site.cast.maintenance.id}/switch")
        assert (busy.status, "1 appeal is still open" in await busy.text()) == (409, True)
        idle = f"/settings/departments/{site.cast.accounts.id}/switch"
        assert (await browser.post(idle)).status == 303

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        assert session.get_one(Department, site.cast.maintenance.id).is_active
        assert not session.get_one(Department, site.cast.accounts.id).is_active


def test_the_jobs_of_an_operator_who_leaves_go_to_the_next(site: Site, petra: StaffMember) -> None:
    from ownerdesk.model import Assignment
    from ownerdesk.services.offers import offer_to_next
    from tests.conftest import NOON
    from tests.make import make_operator, make_staff_chat

    def prepare(session: Session) -> int:
        make_staff_chat(session, session.get_one(StaffMember, site.cast.ike.id))
        put_on_duty(session, site.cast.project, site.cast.ike)
        make_operator(session, site.cast, "Olga T", chat_id=8101)
        appeal = session.get_one(Appeal, make_appeal(session, site.cast).id)
        appeal.state = "dispatched"
        department = session.get_one(Department, site.cast.maintenance.id)
        offer_to_next(session, appeal, department, role="lead", at=NOON)
        return appeal.id

    appeal_id = site.core.transact_now(prepare)

    def open_jobs(session: Session) -> list[int | None]:
        rows = select(Assignment.operator_id).where(
            Assignment.appeal_id == appeal_id, Assignment.state == "offered"
        )
        return list(session.scalars(rows))

    (first,) = site.core.transact_now(open_jobs)

    async def walk(browser: Browser) -> None:
        base = f"/settings/staff/{first}/off"
        assert (await browser.post(base)).status == 409
        assert (await browser.post(base, successor=str(site.cast.boris.id))).status == 303

    site.visit(walk, by=petra)
    (second,) = site.core.transact_now(open_jobs)
    assert second not in (None, first)
