"""Calendars, days that differ and terms, as whoever runs a project sets them."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from ownerdesk.model import Calendar, Promise, StaffMember, Term
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import changes
from tests.make import NOON, make_appeal

WEEK = {f"day{n}": "08:00-12:30, 14:00-18:00" for n in range(5)}
BASE = "/settings/calendars"


def test_a_project_manager_sets_calendars_holidays_and_terms(site: Site, pia: StaffMember) -> None:
    project = {"project": str(site.cast.project.id)}

    async def walk(browser: Browser) -> None:
        made = await browser.post(f"{BASE}/calendar", name="Office", **WEEK, **project)
        assert made.status == 303
        number = re.findall(r'name="calendar" value="(\d+)"', await browser.read(BASE))[0]
        day = {"calendar": number, "day": "2026-12-25", "name": "Christmas", **project}
        assert (await browser.post(f"{BASE}/day", **day)).status == 303
        term = {"kind": "resolution", "minutes": "360", "calendar": number, "category": "lighting"}
        assert (await browser.post(f"{BASE}/term", **term, **project)).status == 303
        page = await browser.read(BASE)
        assert "Christmas" in page
        assert "360" in page
        used = await browser.post(f"{BASE}/drop-calendar", calendar=number, **project)
        assert used.status == 409
        assert "give the terms another one first" in await used.text()

    site.visit(walk, by=pia)
    with site.core.sessions() as session:
        assert session.scalars(select(Calendar.name)).all() == ["Office"]
        assert session.scalars(select(Term.minutes)).all() == [360]
    appeal = site.core.transact_now(make_appeal, site.cast)
    with site.core.sessions() as session:
        promise = session.scalars(
            select(Promise).where(Promise.appeal_id == appeal.id, Promise.kind == "resolution")
        ).one()
        # 13:00 in Madrid: four hours in the afternoon, two next morning.
        assert promise.due_at == NOON + timedelta(hours=21)


def test_what_cannot_be_is_told_at_its_field_and_what_was_typed_stays(
    site: Site, pia: StaffMember
) -> None:
    project = {"project": str(site.cast.project.id)}

    async def walk(browser: Browser) -> None:
        wrong = {"form": "new", "name": "", "day0": "8 to 9", "day1": "09:00-10:00", **project}
        refused = await browser.post(f"{BASE}/calendar", **wrong)
        page = await refused.text()
        assert refused.status == 409
        assert 'value="8 to 9"' in page
        assert re.search(r'id="p-day0">Write opening times like', page)
        assert 'id="p-name"' in page
        assert 'id="p-day1"' not in page
        for minutes in ("0", "soon", "99999999", ""):
            term = {"form": "term", "kind": "resolution", "minutes": minutes, **project}
            refused = await browser.post(f"{BASE}/term", **term)
            assert refused.status == 409, minutes
            assert 'id="p-minutes"' in await refused.text()
        await browser.post(f"{BASE}/calendar", name="Office", **project)
        again = await browser.post(f"{BASE}/calendar", form="new", name="Office", **project)
        assert "That is there already." in await again.text()

    site.visit(walk, by=pia)


def test_every_change_of_a_day_is_in_the_audit_log(site: Site, pia: StaffMember) -> None:
    project = {"project": str(site.cast.project.id)}

    async def walk(browser: Browser) -> None:
        await browser.post(f"{BASE}/calendar", name="Office", **project)
        number = re.findall(r'name="calendar" value="(\d+)"', await browser.read(BASE))[0]
        day = {"calendar": number, "day": "2026-12-25", **project}
        await browser.post(f"{BASE}/day", **day, name="Christmas")
        await browser.post(f"{BASE}/day", **day, name="Christmas Day", hours="10:00-12:00")
        for _ in range(2):
            assert (await browser.post(f"{BASE}/drop-day", **day)).status == 303
        await browser.post(f"{BASE}/drop-calendar", calendar=number, **project)

    site.visit(walk, by=pia)
    log = changes(site, "calendar")
    assert [(e.action, e.staff_id, e.project_id) for e in log] == [
        (action, pia.id, site.cast.project.id)
        for action in (
            "calendar.saved", "special_day.saved", "special_day.saved", "special_day.dropped",
            "calendar.dropped",
        )
    ]  # fmt: skip
    assert log[2].before is not None
    assert log[2].after is not None
    assert (log[2].before["name"], log[2].after["name"]) == ("Christmas", "Christmas Day")


def test_who_may_not_set_it_up_is_told_that_it_does_not_exist(site: Site) -> None:
    async def look(browser: Browser) -> None:
        assert (await browser.get(BASE)).status == 404
        fields = {"project": str(site.cast.project.id), "kind": "resolution", "minutes": "1"}
        assert (await browser.post(f"{BASE}/term", **fields)).status == 404

    site.visit(look, by=site.cast.boris)
