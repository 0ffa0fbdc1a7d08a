"""Plans for improvement: made, carried out and checked, each once, by those who see the figures."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, ImprovementPlan, Notice
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import Cast, make_cast


def fields_of(cast: Cast, **changes: str) -> dict[str, str]:
    return {
        "project": str(cast.project.id), "category": "elevator", "cause": "The lift stops in the rain",
        "plan": "Seal the shaft", "owner": str(cast.ike.id), "due": "2026-12-01", **changes,
    }  # fmt: skip


def only_plan(site: Site) -> ImprovementPlan:
    def read(session: Session) -> ImprovementPlan:
        return session.scalars(select(ImprovementPlan)).one()

    return site.core.transact_now(read)


def test_a_plan_is_made_carried_out_and_checked(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        assert "No plan yet." in await browser.read("/figures/plans")
        answer = await browser.post("/figures/plans", **fields_of(site.cast))
        base = f"/figures/plans/{only_plan(site).id}"
        assert answer.headers["Location"] == f"/figures/plans#plan-{only_plan(site).id}"
        assert (await browser.post(f"{base}/check", worked="yes", finding="x")).status == 409
        assert (await browser.post(f"{base}/finish")).status == 303
        page = await browser.read("/figures/plans")
        assert "Done: has it worked?" in page
        assert "Before the plan: 0.0 appeals a day." in page
        empty = await browser.post(f"{base}/check", worked="no", finding=" ")
        assert empty.status == 409
        assert (await browser.post(f"{base}/check", worked="perhaps", finding="x")).status == 409
        assert (await browser.post(f"{base}/check", worked="no", finding="Wet again")).status == 303
        page = await browser.read("/figures/plans")
        assert "Make another plan against this cause" in page
        address = re.search(r'href="(/figures/plans\?[^"]+)#new"', page)
        assert address
        again = await browser.read(address[1].replace("&amp;", "&"))
        assert "The lift stops in the rain</textarea>" in again
        assert (await browser.get(f"{base}/check")).headers["Location"] == "/figures/plans"

    site.visit(walk, by=site.cast.boris)
    plan = only_plan(site)
    assert (plan.has_worked, plan.checked_by_id, plan.finding) == (False, site.cast.boris.id, "Wet again")  # fmt: skip
    with site.core.sessions() as session:
        facts = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        assert facts == [f"improvement_plan.{fact}" for fact in ("made", "done", "checked")]
        told = session.scalars(select(Notice).where(Notice.topic == "improvement_plan")).one()
        assert told.staff_id == site.cast.ike.id


def test_what_cannot_be_is_refused_with_what_was_typed(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)

    async def walk(browser: Browser) -> None:
        for wrong in (
            {"due": "2026-11-01"},
            {"due": "soon"},
            {"cause": " "},
            {"owner": str(other.ike.id)},
            {"owner": "999999"},
            {"category": "magic"},
        ):
            answer = await browser.post("/figures/plans", **fields_of(site.cast, **wrong))
            assert answer.status == 409, wrong
            assert "Seal the shaft" in await answer.text()
        stolen = fields_of(other)
        assert (await browser.post("/figures/plans", **stolen)).status == 404

    site.visit(walk, by=site.cast.boris)
    with site.core.sessions() as session:
        assert session.scalars(select(ImprovementPlan)).all() == []


def test_the_second_to_finish_is_told_and_others_find_nothing(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)

    async def make(browser: Browser) -> None:
        await browser.post("/figures/plans", **fields_of(site.cast))

    site.visit(make, by=site.cast.boris)
    base = f"/figures/plans/{only_plan(site).id}"

    async def stranger(browser: Browser) -> None:
        assert "Seal the shaft" not in await browser.read("/figures/plans")
        assert (await browser.post(f"{base}/finish")).status == 404

    async def twice(browser: Browser) -> None:
        assert (await browser.post(f"{base}/finish")).status == 303
        late = await browser.post(f"{base}/finish")
        assert late.status == 409
        assert "Somebody was quicker" in await late.text()

    site.visit(stranger, by=other.boris)
    site.visit(twice, by=site.cast.boris)
