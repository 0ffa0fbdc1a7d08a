"""A manager's walk in a real browser: from a figure to its cases to a file to a plan, and from an emergency to the house.

Every page of the walk is looked at by axe-core, in both themes, and must fit on a phone.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy.orm import Session

from console.app import HERE
from tests.console.conftest import Site
from tests.console.test_browser import Open, _browse
from tests.console.test_emergencies import _raise
from tests.figures import make_month
from tests.make import make_cast
from tests.neighbours import make_neighbours, only_incident, report

pytestmark = pytest.mark.browser

AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OCTOBER = "/figures?period=dates&first=2026-10-01&last=2026-10-31"


def make_trouble(session: Session, site: Site) -> tuple[int, int]:
    """An incident and an emergency, by their ids."""
    for chat in make_neighbours(session, site.cast, 3):
        report(session, chat)
    return only_incident(session).id, _raise(session, site).id


async def check(page: Page, path: str) -> None:
    """No violation of WCAG 2.2 AA in either theme, and nothing wider than a phone."""
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        await page.goto(path)
        await page.add_script_tag(path=str(AXE))
        found = await page.evaluate(f"async () => (await axe.run({{runOnly: {TAGS}}})).violations")
        said = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert said == [], (path, theme)
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.goto(path)
    wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0, path
    await page.set_viewport_size({"width": 1400, "height": 900})


def test_a_manager_goes_from_a_figure_to_its_cases_a_file_and_a_plan(
    site: Site, tmp_path: Path
) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(make_month, site.cast, other)

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.boris, "/figures")
        await page.goto(OCTOBER)
        await page.screenshot(path=tmp_path / "figures.png", full_page=True)
        chart = page.get_by_role("img", name="Received and resolved, by day")
        await expect(chart).to_be_visible()
        tile = page.locator("li.figure", has_text="Resolved on time")
        await expect(tile.get_by_role("link", name="75%")).to_be_visible()
        await tile.get_by_role("link", name="75%").click()
        await expect(page.get_by_role("heading", name="Resolved on time 3")).to_be_visible()
        await expect(page.locator("li.case")).to_have_count(3)
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="CSV").click()
        path = tmp_path / "cases.csv"
        await (await coming.value).save_as(path)
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
        assert len(rows) == 4

        await page.goto(f"{OCTOBER}&by=category")
        row = page.locator("tr", has_text="Lift")
        await row.get_by_role("link", name="Make a plan").click()
        await page.get_by_label("Cause", exact=True).fill("The lift stops in the rain")
        await page.get_by_label("What is done about it").fill("Seal the shaft")
        await page.get_by_label("Who answers for it").select_option(label="Ike T")
        await page.get_by_label("Done by").fill("2026-12-01")
        await page.get_by_role("button", name="Make the plan").click()
        await expect(page.get_by_text("To be done")).to_be_visible()
        for address in ("/figures", OCTOBER, "/figures/cases?figure=open", "/figures/plans"):
            await check(page, address)

    _browse(site, walk, bypass_csp=True, accept_downloads=True)


def test_an_agent_goes_from_an_emergency_to_the_house_and_sees_the_neighbours_warned(
    site: Site,
) -> None:
    incident_id, emergency_id = site.core.transact_now(make_trouble, site)

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/emergencies")
        await page.locator("li.handoff").get_by_role("link", name="T-").first.click()
        await page.get_by_role("button", name="Warn the neighbours").click()
        await expect(page.get_by_text("neighbours warned: 4")).to_be_visible()
        await page.get_by_role("link", name="Building view").click()
        cell = page.get_by_role("link", name="14: 1 emergency")
        await expect(cell).to_be_visible()
        await expect(page.get_by_role("link", name="11: warned of an emergency")).to_be_visible()
        await cell.click()
        await expect(page.get_by_text("Alma Test").first).to_be_visible()
        building = f"/buildings/{site.cast.unit.building_id}"
        for address in (
            "/buildings", building, f"/units/{site.cast.unit.id}", "/incidents",
            f"/incidents/{incident_id}", "/emergencies", f"/emergencies/{emergency_id}",
            "/emergencies?tab=over", "/return-visits", "/return-visits?tab=paid",
        ):  # fmt: skip
            await check(page, address)

    _browse(site, walk, bypass_csp=True)


def test_news_redraw_the_house_while_somebody_looks_at_it(site: Site) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, f"/buildings/{site.cast.unit.building_id}")
        await expect(page.get_by_role("link", name="14", exact=True)).to_be_visible()
        site.core.transact_now(_raise, site)
        await expect(page.get_by_role("link", name="14: 1 emergency")).to_be_visible()

    _browse(site, walk)
