"""Who opens which page of the settings: everybody else gets what does not exist."""

from __future__ import annotations

import pytest

from ownerdesk.model import StaffMember
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import make_cast, make_staff

ESTATE = ("/settings/buildings", "/settings/owners", "/settings/imports", "/settings/owners.csv")
STAFF = ("/settings/departments", "/settings/staff", "/settings/roster")
COMPANY = ("/settings/projects",)


def pages_of(site: Site) -> dict[str, list[str]]:
    cast = site.cast
    return {
        "estate": [
            *ESTATE,
            f"/settings/buildings/{cast.unit.building_id}",
            f"/settings/buildings/{cast.unit.building_id}/plan",
            f"/settings/buildings/{cast.unit.building_id}/plan?scheme=floor&flats=3",
            f"/settings/units/{cast.unit.id}",
            f"/settings/owners/{cast.alma.id}",
            "/settings/owners.xlsx",
        ],
        "staff": [
            *STAFF,
            f"/settings/departments/{cast.maintenance.id}",
            f"/settings/staff/{cast.ike.id}",
        ],
        "company": [*COMPANY, f"/settings/projects/{cast.project.id}"],
    }


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        ("operator", set()),
        ("agent", set()),
        ("manager", set()),
        ("head_office", set()),
        ("project_manager", {"estate", "staff"}),
    ],
)
def test_each_role_opens_the_pages_of_its_rights(site: Site, role: str, opens: set[str]) -> None:
    place = None if role == "head_office" else site.cast.project
    member = site.core.transact_now(make_staff, place, "Someone", role)
    site.core.transact_now(give_passwords)

    async def walk(browser: Browser) -> None:
        for kind, paths in pages_of(site).items():
            for path in paths:
                response = await browser.get(path)
                assert (response.status == 200) is (kind in opens), (path, response.status)
                assert response.status in (200, 404)

    site.visit(walk, by=member)


def test_an_admin_opens_them_all_and_the_menu_says_so(site: Site, root: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        for paths in pages_of(site).values():
            for path in paths:
                assert (await browser.get(path)).status == 200, path
        menu = await browser.read("/settings/projects")
        for path in ("/settings/owners", "/settings/roster", "/dispatch", *COMPANY):
            assert f'href="{path}"' in menu
        assert (await browser.get("/settings")).headers["Location"] == "/settings/projects"

    site.visit(walk, by=root)


def test_an_admin_of_one_project_does_not_administer_the_company(site: Site) -> None:
    member = site.core.transact_now(make_staff, site.cast.project, "Ada T", "admin")
    site.core.transact_now(give_passwords)

    async def walk(browser: Browser) -> None:
        assert (await browser.get("/settings/projects")).status == 404
        assert 'href="/settings/projects"' not in await browser.read("/settings/staff")
        made = await browser.post("/settings/projects", code="NEW", name="New")
        assert made.status == 404

    site.visit(walk, by=member)


def test_what_lies_in_another_project_does_not_exist(site: Site, petra: StaffMember) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)

    async def walk(browser: Browser) -> None:
        for path in (
            f"/settings/buildings/{other.unit.building_id}",
            f"/settings/buildings/{other.unit.building_id}/plan",
            f"/settings/buildings?project={other.project.id}",
            f"/settings/units/{other.unit.id}",
            f"/settings/owners/{other.alma.id}",
            f"/settings/departments/{other.maintenance.id}",
            f"/settings/staff/{other.ike.id}",
            f"/settings/roster?project={other.project.id}",
            f"/settings/owners.csv?project={other.project.id}",
            "/settings/buildings/999999",
        ):
            assert (await browser.get(path)).status == 404, path
        for path in (
            f"/settings/buildings/{other.unit.building_id}/save",
            f"/settings/buildings/{other.unit.building_id}/generate",
            f"/settings/units/{other.unit.id}/switch",
            f"/settings/owners/{other.alma.id}/save",
            f"/settings/departments/{other.maintenance.id}/save",
            f"/settings/staff/{other.ike.id}/off",
            f"/settings/roster/{other.project.id}/add",
        ):
            assert (await browser.post(path, name="x")).status == 404, path
        page = await browser.read("/settings/owners")
        assert other.alma.phone is not None
        assert other.alma.phone not in page

    site.visit(walk, by=petra)


def test_a_forms_address_leads_back_to_its_page(site: Site, petra: StaffMember) -> None:
    """The log-in leads there when a session ended in the middle of a form."""
    building = f"/settings/buildings/{site.cast.unit.building_id}"

    async def walk(browser: Browser) -> None:
        for path, page in (
            (f"{building}/save", building),
            (f"{building}/generate", f"{building}/plan"),
            (f"/settings/staff/{site.cast.ike.id}/off", f"/settings/staff/{site.cast.ike.id}"),
            (
                f"/settings/roster/{site.cast.project.id}/add",
                f"/settings/roster?project={site.cast.project.id}",
            ),
        ):
            assert (await browser.get(path)).headers["Location"] == page

    site.visit(walk, by=petra)
