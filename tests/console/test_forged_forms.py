"""Forms of other sites, and the headers that keep a page to itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ownerdesk.model import Appeal
from tests.console.conftest import Browser, Site
from tests.make import make_appeal


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_site_changes_nothing(site: Site, headers: dict[str, str]) -> None:
    appeal_id = site.core.transact_now(make_appeal, site.cast).id

    async def walk(browser: Browser) -> None:
        response = await browser.http.post(f"/appeals/{appeal_id}/accept", headers=headers)
        assert response.status == 403
        assert "another site" in await response.text()

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert session.scalars(select(Appeal.state)).one() == "received"


def test_our_own_form_is_accepted_by_its_origin_too(site: Site) -> None:
    appeal_id = site.core.transact_now(make_appeal, site.cast).id

    async def walk(browser: Browser) -> None:
        origin = str(browser.http._base_url).rstrip("/")
        response = await browser.http.post(
            f"/appeals/{appeal_id}/accept", headers={"Origin": origin}, allow_redirects=False
        )
        assert response.status == 303

    site.visit(walk, by=site.cast.mara)


def test_every_page_carries_a_strict_policy(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        for path in ("/login", "/appeals", "/handoffs", "/nowhere"):
            response = await browser.get(path)
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cache-Control"] == "no-store"

    site.visit(walk, by=site.cast.mara)


def test_no_page_holds_a_script_or_a_style_of_its_own(site: Site) -> None:
    appeal_id = site.core.transact_now(make_appeal, site.cast).id

    async def walk(browser: Browser) -> None:
        for path in ("/appeals", "/handoffs", f"/appeals/{appeal_id}", "/password"):
            page = await browser.read(path)
            assert page.count("<script ") == page.count("<script src="), path
            assert "<style" not in page
            assert " style=" not in page
            assert " onclick=" not in page

    site.visit(walk, by=site.cast.mara)
