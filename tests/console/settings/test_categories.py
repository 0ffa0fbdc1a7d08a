"""An admin adds a category of the company's own, and everybody works with it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Category, Example, StaffMember
from ownerdesk.queries.appeals import get_appeal
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import changes
from tests.make import make_appeal

FIELDS = {
    "code": "pond", "group": "community", "name_en": "Swimming pond", "name_es": "Estanque",
    "name_zh": "池塘", "department": "accounts", "nature": "help_seeking",
    "examples_en": "the pond is green\nthe pond smells",
}  # fmt: skip


def count(site: Site) -> int:
    return len(site.core.transact_now(lambda s: list(s.scalars(select(Category)))))


def test_an_admin_adds_one_and_everybody_can_choose_it(site: Site, root: StaffMember) -> None:
    appeal = site.core.transact_now(make_appeal, site.cast)

    async def set_up(browser: Browser) -> None:
        added = await browser.post("/settings/categories", **FIELDS)
        assert added.status == 303
        page = await browser.read(added.headers["Location"])
        assert "Swimming pond" in page
        assert "2 examples, 5 are needed" in page
        listed = await browser.read("/settings/categories")
        assert "Swimming pond" in listed
        assert "Living together" in listed
        assert "Swimming pond" in await browser.read("/settings/departments")
        for path in ("/appeals?category=pond", "/dispatch", "/settings/calendars"):
            assert "Swimming pond" in await browser.read(path), path

    async def work(browser: Browser) -> None:
        assert "Swimming pond" in await browser.read(f"/appeals/{appeal.id}")
        response = await browser.post(
            f"/appeals/{appeal.id}/correct", nature="help_seeking", category="pond"
        )
        assert response.status == 303
        page = await browser.read(f"/appeals/{appeal.id}")
        assert f"{appeal.number} <span>Swimming pond" in page
        refused = await browser.post(
            f"/appeals/{appeal.id}/correct", nature="help_seeking", category="lagoon"
        )
        assert refused.status == 409

    site.visit(set_up, by=root)
    site.visit(work, by=site.cast.mara)
    after = site.core.transact_now(lambda s: get_appeal(s, appeal.id))
    assert (after.category, after.department_id) == ("pond", site.cast.accounts.id)
    assert [row.action for row in changes(site, "category")] == ["category.created"]


def test_what_is_missing_is_said_and_what_was_typed_stays(site: Site, root: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        for changed, words in (
            ({"name_es": ""}, "Write the name in every language"),
            ({"code": "No spaces"}, "Write a code as the hint says."),
            ({"code": "lighting"}, "already"),
            ({"group": ""}, "Choose a group from the list."),
            ({"nature": "emergency"}, "Choose what these messages are."),
        ):
            response = await browser.post("/settings/categories", **{**FIELDS, **changed})
            page = await response.text()
            assert response.status == 409, changed
            assert words in page, changed
            assert "the pond smells" in page

    site.visit(walk, by=root)
    assert count(site) == 0


def test_it_is_renamed_taught_retired_and_used_again(site: Site, root: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        page = (await browser.post("/settings/categories", **FIELDS)).headers["Location"]
        saved = await browser.post(f"{page}/save", **{**FIELDS, "name_en": "Pond"})
        assert saved.status == 303
        taught = await browser.post(
            f"{page}/teach", nature="consultation", examples_es="¿cuándo abre el estanque?"
        )
        assert taught.status == 303
        assert "3 examples" in await browser.read(page)
        assert (await browser.post(f"{page}/retire")).status == 303
        assert "No longer used" in await browser.read(page)
        assert (await browser.post(f"{page}/retire")).status == 409
        assert 'value="pond"' not in await browser.read("/appeals")
        assert "Pond (no longer used)" in await browser.read("/appeals?category=pond")
        assert (await browser.post(f"{page}/reinstate")).status == 303
        assert 'value="pond"' in await browser.read("/appeals")
        assert "retired" in await browser.read("/settings/log?subject=category")

    site.visit(walk, by=root)

    def read(session: Session) -> list[str]:
        return list(session.scalars(select(Example.language).order_by(Example.id)))

    assert site.core.transact_now(read) == ["en", "en", "es"]


def test_an_old_appeal_shows_a_retired_category_and_keeps_it(site: Site, root: StaffMember) -> None:
    async def set_up(browser: Browser) -> None:
        page = (await browser.post("/settings/categories", **FIELDS)).headers["Location"]
        site.core.transact_now(make_appeal, site.cast, category="pond")
        assert (await browser.post(f"{page}/retire")).status == 303

    site.visit(set_up, by=root)
    appeal = site.core.transact_now(
        lambda s: s.scalars(select(Appeal).where(Appeal.category == "pond")).one()
    )

    async def work(browser: Browser) -> None:
        assert "Swimming pond (no longer used)" in await browser.read(f"/appeals/{appeal.id}")
        response = await browser.post(
            f"/appeals/{appeal.id}/correct", nature="dissatisfaction", category="pond"
        )
        assert response.status == 303

    site.visit(work, by=site.cast.mara)
    after = site.core.transact_now(lambda s: get_appeal(s, appeal.id))
    assert (after.nature, after.category) == ("dissatisfaction", "pond")


def test_nobody_else_finds_the_page(site: Site, petra: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        assert (await browser.get("/settings/categories")).status == 404
        assert (await browser.post("/settings/categories", **FIELDS)).status == 404

    site.visit(walk, by=petra)
    assert count(site) == 0
