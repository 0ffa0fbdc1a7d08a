"""The manager's page: who sees it, that every figure opens its cases, and that files read back."""

from __future__ import annotations

import csv
import html
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, Department
from tests.console.conftest import Browser, Site, give_passwords
from tests.figures import make_month
from tests.make import Cast, make_cast, make_staff

OCTOBER = "period=dates&first=2026-10-01&last=2026-10-31"
PATHS = (
    "/figures", "/figures/plans", "/figures/cases?figure=received", "/figures/cases.csv?figure=open",
    "/figures/cases.xlsx?figure=open", "/figures/table.csv", "/figures/table.xlsx",
)  # fmt: skip


@pytest.fixture
def other(site: Site) -> Cast:
    """A second project, and the month of both."""
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(make_month, site.cast, other)
    site.core.transact_now(give_passwords)
    return other


def exports(site: Site) -> list[AuditEntry]:
    with site.core.sessions() as session:
        found = select(AuditEntry).where(AuditEntry.action == "figures.exported")
        return list(session.scalars(found.order_by(AuditEntry.id)))


def links_of(page: str) -> dict[str, str]:
    """Every link to cases, with what it says."""
    found = re.findall(r'<a href="(/figures/cases\?[^"]+)">([^<]+)</a>', page)
    return {html.unescape(address): text for address, text in found}


def count_of(page: str) -> tuple[int, int]:
    """What the heading says, and how many rows there are."""
    said = re.search(r'<h1>.*?<span class="count">(\d+)</span></h1>', page)
    assert said
    return int(said[1]), page.count('class="strip case')


def test_agents_operators_and_strangers_find_no_figures(site: Site, other: Cast) -> None:
    async def walk(browser: Browser) -> None:
        for path in PATHS:
            assert (await browser.get(path)).status == 404, path
        assert 'href="/figures"' not in await browser.read("/appeals")
        assert (await browser.post("/figures/plans", project="1")).status == 404

    for member in (site.cast.mara, site.cast.ike):
        site.visit(walk, by=member)
    assert exports(site) == []


def test_a_manager_sees_the_own_project_alone(site: Site, other: Cast) -> None:
    async def walk(browser: Browser) -> None:
        for path in PATHS:
            assert (await browser.get(path)).status == 200, path
            mark = "&" if "?" in path else "?"
            if path != "/figures/plans":
                answer = await browser.get(f"{path}{mark}project={other.project.id}")
                assert answer.status == 404, path
        page = await browser.read(f"/figures?{OCTOBER}")
        assert "Test Court T" in page
        assert "Test Court U" not in page
        assert (await browser.get("/figures/cases?figure=magic")).status == 404

    site.visit(walk, by=site.cast.boris)


@pytest.mark.parametrize("by", ["project", "department", "person", "category"])
def test_every_figure_on_the_page_opens_as_many_cases_as_it_says(
    site: Site, other: Cast, by: str
) -> None:
    office = site.core.transact_now(make_staff, None, "Hana T", "head_office")
    site.core.transact_now(give_passwords)

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/figures?{OCTOBER}&by={by}")
        links = links_of(page)
        assert len(links) > 12
        for address, text in links.items():
            said, rows = count_of(await browser.read(address))
            assert said == rows > 0, address
            if text.isdecimal():
                assert said == int(text), (address, text)
        seen = {parse_qs(urlsplit(address).query)["figure"][0] for address in links}
        assert {"on_time", "late", "answered", "rated", "emergencies_in_time", "handoffs"} <= seen

    site.visit(walk, by=office)


def test_head_office_compares_projects_side_by_side(site: Site, other: Cast) -> None:
    office = site.core.transact_now(make_staff, None, "Hana T", "head_office")
    site.core.transact_now(give_passwords)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/figures?period=dates&first=2026-10-25&last=2026-10-25")
        assert "Test Court T" in page
        assert "Test Court U" in page
        assert "Asia/Shanghai, Europe/Madrid" in page
        assert "75 min" in page or "1 h" in page

    site.visit(walk, by=office)


def test_what_the_address_says_wrongly_is_left_out(site: Site, other: Cast) -> None:
    async def walk(browser: Browser) -> None:
        for wrong in ("period=dates&first=x", "period=century", "by=magic", "person=x", "first=0001-01-01&last=9999-12-31&period=dates"):  # fmt: skip
            assert "In the period" in await browser.read(f"/figures?{wrong}")

    site.visit(walk, by=site.cast.boris)


def test_csv_files_read_back_and_defuse_formulas(site: Site, other: Cast) -> None:
    def rename(session: Session) -> None:
        session.get_one(Department, site.cast.maintenance.id).names = {"en": '=HYPERLINK("x")'}

    site.core.transact_now(rename)

    async def walk(browser: Browser) -> None:
        answer = await browser.get(f"/figures/cases.csv?figure=received&{OCTOBER}")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        data = await answer.read()
        assert data.startswith(b"\xef\xbb\xbf"), "spreadsheets tell the encoding by it"
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        said, _ = count_of(await browser.read(f"/figures/cases?figure=received&{OCTOBER}"))
        assert len(rows) == said + 1 == 8
        columns = dict(zip(rows[0], rows[-1], strict=True))
        assert columns["Department"] == '\'=HYPERLINK("x")'
        assert columns["Received"].endswith("+02:00")
        table = await browser.get(f"/figures/table.csv?{OCTOBER}")
        lines = list(csv.reader(io.StringIO((await table.read()).decode("utf-8-sig"), newline="")))
        whole = dict(zip(lines[0], lines[1], strict=True))
        assert (whole["Received"], whole["Resolved on time"], whole["Rated: mean"]) == ("7", "3", "3.5")  # fmt: skip

    site.visit(walk, by=site.cast.boris)
    assert [entry.staff_id for entry in exports(site)] == [site.cast.boris.id] * 2
    after = exports(site)[0].after
    assert after is not None
    assert (after["figure"], after["format"], after["rows"]) == ("received", "csv", 7)


def test_xlsx_files_read_back_and_hold_no_formula(site: Site, other: Cast) -> None:
    def rename(session: Session) -> None:
        session.get_one(Department, site.cast.maintenance.id).names = {"en": "=1+1\x01"}

    site.core.transact_now(rename)

    async def walk(browser: Browser) -> None:
        for path, count in (("cases.xlsx?figure=received&", 8), ("table.xlsx?", 4)):
            answer = await browser.get(f"/figures/{path}{OCTOBER}")
            sheet = load_workbook(io.BytesIO(await answer.read())).active
            assert sheet is not None
            rows = list(sheet.iter_rows())
            assert len(rows) == count
            assert not [cell for row in rows for cell in row if cell.data_type == "f"]
            if path.startswith("cases"):
                assert "'=1+1" in [cell.value for cell in rows[-1]]
                assert 5 in [cell.value for cell in rows[-1]], "numbers stay numbers"
        progress = await browser.get("/figures/progress/unknown")
        assert await progress.json() == {"done": 0, "total": 0}

    site.visit(walk, by=site.cast.boris)


def test_the_figures_of_a_quiet_day_say_what_to_do(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        page = await browser.read("/figures?period=today&by=person")
        assert "Nothing happened in this period." in page
        assert "On duty now" in page
        assert "Mara T" in page

    site.visit(walk, by=site.cast.boris)
