"""The duty roster: a week with its gaps, and what differs on dates holds for who receives appeals."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ownerdesk.model import DutyException, DutyShift, Project, StaffMember
from ownerdesk.queries.staff import list_on_duty
from tests.conftest import NOON
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import list_audit

TODAY = NOON.date().isoformat()  # a Wednesday
WARNING = "when nobody who receives appeals is on duty"


def on_duty(site: Site, days: int = 0) -> list[str]:
    def read(session: Session) -> list[str]:
        project = session.get_one(Project, site.cast.project.id)
        return [m.name for m in list_on_duty(session, project, NOON + timedelta(days=days))]

    return site.core.transact_now(read)


def test_a_week_without_gaps_has_no_warning_and_one_with_gaps_shows_when(
    site: Site, petra: StaffMember
) -> None:
    base = f"/settings/roster/{site.cast.project.id}"
    mara = str(site.cast.mara.id)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/settings/roster")
        assert WARNING not in page
        assert '<span class="chip green">Mara T</span>' in page
        site.core.transact_now(lambda s: s.execute(delete(DutyShift)))
        page = await browser.read("/settings/roster")
        assert WARNING in page
        assert '<span class="chip red">nobody</span>' in page
        days = {f"day{n}": "yes" for n in range(7)}
        for starts, ends in (("08:00", "20:00"), ("20:00", "07:30")):
            added = await browser.post(f"{base}/add", staff=mara, starts=starts, ends=ends, **days)
            assert added.status == 303
        page = await browser.read("/settings/roster")
        assert page.count("07:30–08:00") == 7
        assert page.count('<span class="shift">20:00–07:30') == 7

    site.visit(walk, by=petra)
    assert len(list_audit(site, "duty_shift.created")) == 14


def test_somebody_absent_receives_nothing_until_it_is_taken_back(
    site: Site, petra: StaffMember
) -> None:
    base = f"/settings/roster/{site.cast.project.id}"
    yesterday = (NOON - timedelta(days=1)).date().isoformat()
    absence = {"staff": str(site.cast.mara.id), "last_day": TODAY, "reason": "vacation"}

    async def walk(browser: Browser) -> None:
        assert on_duty(site) == ["Mara T"]
        wrong = await browser.post(f"{base}/absent", first_day="2027-01-01", **absence)
        assert (wrong.status, "after the first" in await wrong.text()) == (409, True)
        # Her shifts last a day from midnight on: yesterday's has ended by noon.
        assert (await browser.post(f"{base}/absent", first_day=yesterday, **absence)).status == 303
        assert on_duty(site) == []
        assert on_duty(site, days=1) == ["Mara T"]
        page = await browser.read("/settings/roster")
        assert "vacation" in page
        assert WARNING in page
        with site.core.sessions() as session:
            number = session.scalars(select(DutyException.id)).one()
        assert (await browser.post(f"{base}/undo", exception=str(number))).status == 303
        assert on_duty(site) == ["Mara T"]

    site.visit(walk, by=petra)
    assert len(list_audit(site, "duty_exception.deleted")) == 1


def test_a_swap_gives_one_shift_of_one_date_to_another(site: Site, petra: StaffMember) -> None:
    base = f"/settings/roster/{site.cast.project.id}"
    with site.core.sessions() as session:
        wednesday = session.scalars(select(DutyShift.id).where(DutyShift.weekday == 2)).one()
    swap = {"shift": str(wednesday), "staff": str(site.cast.boris.id), "reason": ""}

    async def walk(browser: Browser) -> None:
        tomorrow = (NOON + timedelta(days=1)).date().isoformat()
        wrong = await browser.post(f"{base}/swap", day=tomorrow, **swap)
        assert (wrong.status, "on which the shift begins" in await wrong.text()) == (409, True)
        assert (await browser.post(f"{base}/swap", day=TODAY, **swap)).status == 303
        assert on_duty(site) == ["Boris T"]
        assert on_duty(site, days=7) == ["Mara T"]
        assert (await browser.post(f"{base}/swap", day=TODAY, **swap)).status == 409
        assert WARNING not in await browser.read("/settings/roster")

    site.visit(walk, by=petra)
    assert on_duty(site) == ["Boris T"]


def test_a_refused_shift_keeps_what_was_typed(site: Site, petra: StaffMember) -> None:
    base = f"/settings/roster/{site.cast.project.id}"

    async def walk(browser: Browser) -> None:
        refused = await browser.post(
            f"{base}/add", staff=str(site.cast.mara.id), starts="06:15", ends="09:45"
        )
        text = await refused.text()
        assert refused.status == 409
        assert "Choose a weekday" in text
        assert 'value="06:15"' in text
        for week in ("2026-13-45", "0001-01-01", "9999-12-31", "x"):
            assert (await browser.get(f"/settings/roster?week={week}")).status == 200

    site.visit(walk, by=petra)
