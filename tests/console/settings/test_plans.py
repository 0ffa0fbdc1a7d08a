"""Emergency plans and instructions, as whoever runs a project changes them."""

from __future__ import annotations

import re

from sqlalchemy import select

from ownerdesk.model import EmergencyInstruction, EmergencyPlan, StaffMember
from ownerdesk.model.labels import KINDS
from tests.console.conftest import Browser, Site

BASE = "/settings/plans"


def test_a_project_manager_saves_the_projects_own_plan_or_is_told_which_row_is_wrong(
    site: Site, pia: StaffMember
) -> None:
    fields = {
        "project": str(site.cast.project.id), "form": "plan", "neighbours": "building",
        "number.0.name.en": "Fire brigade", "number.0.phone": "080", "step.0.minutes": "0",
        "step.0.who": "on_duty", "step.1.minutes": "2", "step.1.who": f"staff:{site.cast.ike.id}",
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        assert "everybody on duty" in await browser.read(BASE)
        for wrong, field in (
            ({"step.1.who": "the <boss>"}, "step.1.who"),
            ({"step.1.who": "staff:999999"}, "step.1.who"),
            ({"step.0.minutes": "5"}, "step.0.minutes"),
            ({"step.1.minutes": "soon"}, "step.1.minutes"),
            ({"number.0.name.en": ""}, "number.0.name.en"),
            ({"neighbours": "everybody"}, "neighbours"),
        ):
            refused = await browser.post(f"{BASE}/fire", **{**fields, **wrong})
            assert refused.status == 409, wrong
            page = await refused.text()
            assert f'id="p-{field}"' in page, wrong
            assert "<boss>" not in page
        assert (await browser.post(f"{BASE}/fire", **fields)).status == 303
        page = await browser.read(BASE)
        assert "own plan" in page
        assert "2 min Ike T" in page
        assert 'value="Fire brigade"' in await browser.read(f"{BASE}/fire")
        assert (await browser.get(f"{BASE}/dragon")).status == 404

    site.visit(walk, by=pia)
    with site.core.sessions() as session:
        own = session.scalars(
            select(EmergencyPlan).where(EmergencyPlan.project_id == site.cast.project.id)
        ).one()
        assert [step["who"] for step in own.steps] == ["on_duty", f"staff:{site.cast.ike.id}"]
        common = select(EmergencyPlan).where(EmergencyPlan.project_id.is_(None))
        assert len(session.scalars(common).all()) == len(KINDS)


def test_what_owners_are_told_to_do_is_worded_by_project_and_goes_back(
    site: Site, pia: StaffMember
) -> None:
    fields = {"project": str(site.cast.project.id), "form": "instructions"}

    async def walk(browser: Browser) -> None:
        wrong = await browser.post(f"{BASE}/fire", **fields, **{"bodies.en": "Call {mum}."})
        assert wrong.status == 409
        assert re.search(r'id="p-bodies.en">Only these variables', await wrong.text())
        body = {"bodies.en": "Out, now. Then call {emergency_number}."}
        assert (await browser.post(f"{BASE}/fire", **fields, **body)).status == 303
        page = await browser.read(f"{BASE}/fire")
        assert "Out, now. Then call 112." in page
        assert (await browser.post(f"{BASE}/fire", **fields)).status == 303

    site.visit(walk, by=pia)
    with site.core.sessions() as session:
        own = EmergencyInstruction.project_id == site.cast.project.id
        assert session.scalars(select(EmergencyInstruction).where(own)).all() == []


def test_managers_see_the_plans_on_the_page_of_emergencies_and_do_not_change_them(
    site: Site,
) -> None:
    async def manage(browser: Browser) -> None:
        page = await browser.read("/emergencies")
        assert "everybody on duty" in page
        assert "Change the plan" not in page
        assert (await browser.get(BASE)).status == 404
        fields = {"project": str(site.cast.project.id), "form": "plan"}
        assert (await browser.post(f"{BASE}/fire", **fields)).status == 404

    site.visit(manage, by=site.cast.boris)
