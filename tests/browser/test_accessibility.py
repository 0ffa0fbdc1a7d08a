"""axe-core finds nothing on any page of the console: in both themes, on a wide screen and on a phone.

The pages come from the router. `EXAMPLES` says which address stands for a route with a name in it; a new one without
an example fails the first test.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright
from sqlalchemy.orm import Session

import console.app
from console.app import make_app
from console.auth import COOKIE
from ownerdesk.bootstrap import Core
from ownerdesk.model import StaffMember
from ownerdesk.services.bot_texts import list_owner_texts
from ownerdesk.services.logins import Device, open_session
from tests.browser.conftest import SWITCHES
from tests.console.rows import make_rows
from tests.make import NOON, make_cast, make_staff

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(console.app.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1400, 360)
NARROWEST = 320  # what 400 % zoom leaves of 1280 pixels

# Names in braces are those of tests/console/rows.py.
EXAMPLES = {
    "/appeals/{id}": "/appeals/{appeal}",
    "/buildings/{id}": "/buildings/{building}",
    "/units/{id}": "/units/{unit}",
    "/emergencies/{id}": "/emergencies/{emergency}",
    "/appeals/bulk/{id}": "/appeals/bulk/{bulk}",
    "/settings/owners/{id}": "/settings/owners/{owner}",
    "/settings/imports/{id}": "/settings/imports/{import}",
    "/settings/buildings/{id}": "/settings/buildings/{building}",
    "/settings/buildings/{id}/plan": "/settings/buildings/{building}/plan?floors=3",
    "/settings/units/{id}": "/settings/units/{unit}",
    "/settings/departments/{id}": "/settings/departments/{department}",
    "/settings/categories/{id}": "/settings/categories/{category}",
    "/settings/staff/{id}": "/settings/staff/{member}",
    "/settings/projects/{id}": "/settings/projects/{project}",
    "/conversations/{id}": "/conversations/{conversation}",
    "/labelling/{id}": "/labelling/{item}",
    "/incidents/{id}": "/incidents/{incident}",
    **{
        f"/settings/{page}/{{id}}": f"/settings/{page}/{{{row}}}?project={{project}}"
        for page, row in (
            ("replies", "reply"),
            ("articles", "article"),
            ("services", "service"),
            ("guides", "guide"),
            ("remedies", "remedy"),
            ("parties", "party"),
        )
    },
    "/settings/models/{id}": "/settings/models/{model}",
    "/settings/trainings/{id}": "/settings/trainings/{training}",
    "/settings/shadow-runs/{id}": "/settings/shadow-runs/{shadow}",
    "/settings/plans/{kind}": "/settings/plans/fire",
    "/settings/texts/{text}": f"/settings/texts/{list_owner_texts()[0].id}",
    "/welcome/{token}": "/welcome/{link}",
}
# Pages that a route leads to only by what stands in its address.
MORE = [
    "/appeals?tab=mine",
    "/appeals?tab=all&q=nothing-like-that",
    "/appeals/bulk?do=note&id={appeal}",
    "/figures/cases?figure=open",
    "/no-such-page",
]
# What is no page: streams, files, parts of pages, and addresses of forms that lead back.
NO_PAGES = {
    "/events",
    "/healthz",
    "/metrics",
    "/static",
    "/calls",
    "/palette",
    "/appeals/{id}/row",
    "/appeals/{id}/undo/{held}",
    *(
        f"/conversations/{{id}}/{part}"
        for part in ("articles", "colleagues", "presence", "replies")
    ),
    "/figures/progress/{key}",
    "/settings/data-set/export",
    "/settings/log/export",
    "/settings/models/roll-back",
    "/settings/models/{id}/file",
    "/settings/models/{id}/report.json",
    "/settings/models/{id}/shadow",
    "/settings/models/{id}/throw-away",
    "/settings/shadow-runs/{id}/end",
    "/settings/trainings",
    "/settings/trainings/{id}/cancel",
}
FORMS = ("accept", "apply", "check", "decide", "drop", "feedback", "finish", "forget", "generate", "offer", "open",
         "relabel", "remove", "result", "save", "switch", "take", "{action}")  # fmt: skip
NO_PAGE_ENDS = (
    *(f"/{form}" for form in FORMS),
    "/files/{id}",
    "/static/vendor/{name}",
    ".{form}",
    ".{kind}",
)
WITHOUT_LOG_IN = ("/login", "/welcome/")


def list_pages(app: web.Application) -> list[str]:
    """The addresses of all pages, as the router knows them."""
    return sorted(
        route.resource.canonical
        for route in app.router.routes()
        if route.method == "GET"
        and route.resource is not None
        and route.resource.canonical not in NO_PAGES
        and not route.resource.canonical.endswith(NO_PAGE_ENDS)
    )


def test_every_page_has_an_example(core: Core) -> None:
    named = {page for page in list_pages(make_app(core.settings, core)) if "{" in page}
    assert named == set(EXAMPLES), "EXAMPLES says what stands for a page with a name in its address"


@pytest.fixture
def admin(core: Core) -> StaffMember:
    return core.transact_now(make_staff, None, "Ada Test", "admin")


def _make(session: Session, core: Core, admin: StaffMember) -> tuple[dict[str, str], str]:
    rows = make_rows(session, make_cast(session), admin=admin, files=core.settings.files_dir)
    return rows, open_session(
        session, admin, device=Device("Firefox/1 Linux", "203.0.113.7"), at=NOON
    ).token


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_violation_or_sticks_out(core: Core, admin: StaffMember, theme: str) -> None:
    assert AXE.is_file(), "the browser assets are not installed"
    rows, token = core.transact_now(_make, core, admin)
    app = make_app(core.settings, core)
    pages = [EXAMPLES.get(page, page) for page in list_pages(app)] + MORE
    pages = [page.format(**rows) for page in pages]
    wrong: list[str] = []

    async def run() -> None:
        async with TestServer(app) as server, async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
            for width in WIDTHS:
                context = await chromium.new_context(
                    base_url=str(server.make_url("/")),
                    viewport={"width": width, "height": 900},
                    color_scheme=theme,
                    bypass_csp=True,
                    reduced_motion="reduce",
                )
                page = await context.new_page()
                cookie = {"name": COOKIE, "value": token, "url": str(server.make_url("/"))}
                for path in pages:
                    is_anybodys = path.startswith(WITHOUT_LOG_IN)
                    await context.clear_cookies()
                    if not is_anybodys:
                        await context.add_cookies([cookie])
                    wrong.extend(await _look(page, path, width))
                for opened in ("?", "Control+k"):
                    await page.goto("/appeals")
                    await page.keyboard.press(opened)
                    wrong.extend(await _judge(page, f"/appeals with {opened} at {width} px"))
            await chromium.close()

    asyncio.run(run())
    assert not wrong, f"{len(wrong)} in {theme}:\n" + "\n".join(wrong)


async def _look(page: Page, path: str, width: int) -> list[str]:
    await page.goto(path)
    found = await _judge(page, f"{path} at {width} px")
    if width <= min(WIDTHS):
        await page.set_viewport_size({"width": NARROWEST, "height": 900})
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > NARROWEST:
            found.append(f"{path} is {wide} px wide at {NARROWEST} px")
        await page.set_viewport_size({"width": width, "height": 900})
    return found


async def _judge(page: Page, name: str) -> list[str]:
    """Each violation in one line, with the first places it is at."""
    await page.add_script_tag(path=AXE)
    result: dict[str, Any] = await page.evaluate(
        "(rules) => axe.run(document, { runOnly: rules })", RULES
    )
    return [
        f"{name}: {violation['id']}: "
        + "; ".join(
            f"{node['target']} {node['failureSummary'].splitlines()[1].strip()}"
            for node in violation["nodes"][:3]
        )
        for violation in result["violations"]
    ]
