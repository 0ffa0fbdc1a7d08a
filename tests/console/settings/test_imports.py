"""Import in the console: streamed, checked row by row, applied whole by a job, and forgotten after a day."""

from __future__ import annotations

import resource
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientResponse, FormData
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    AuditEntry,
    ImportRow,
    Owner,
    OwnerImport,
    Residency,
    StaffMember,
    StaffRole,
)
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import list_audit
from tests.look import list_jobs
from tests.make import make_cast
from worker.imports import read_import, write_import

ROWS = (
    "building,entrance,number,name,phone,role\n"
    "Oak House,1,12,Vera Example,+34600111222,owner\n"
    "Oak House,1,13,Nilo Example,,tenant\n"
)


async def upload(browser: Browser, data: bytes, **fields: str) -> ClientResponse:
    form = FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("file", BytesIO(data), filename="owners.csv", content_type="text/csv")
    return await browser.http.post(
        "/settings/imports", data=form, headers={"Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )  # fmt: skip


async def bring(site: Site, browser: Browser, data: bytes, **fields: str) -> str:
    """A file, read as the worker does it. Returns the address of its page."""
    answer = await upload(browser, data, **{"project": "T", **fields})
    assert answer.status == 303, await answer.text()
    address = answer.headers["Location"]
    read_import(site.core, int(address.rsplit("/", 1)[1]))
    return address


def count(site: Site, *tables: type) -> list[int]:
    return site.core.transact_now(
        lambda s: [s.scalar(select(func.count()).select_from(t)) or 0 for t in tables]
    )


def latest(site: Site) -> OwnerImport:
    return site.core.transact_now(
        lambda s: s.scalars(select(OwnerImport).order_by(OwnerImport.id.desc())).first()
    )


def files(site: Site) -> list[Path]:
    return list((site.core.settings.data_dir / "imports").glob("*"))


def test_a_list_is_shown_first_and_written_whole_when_asked(site: Site, petra: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        address = await bring(site, browser, ROWS.encode())
        page = await browser.read(address)
        assert "Nothing has been written yet" in page
        assert "Vera Example" in page
        assert count(site, Owner) == [1]
        assert files(site) == [], "the file goes when its rows are stored"
        for _ in range(2):
            assert (await browser.post(f"{address}/apply")).status == 303
        assert "being applied" in await browser.read(address)
        row = latest(site)
        for _ in range(2):
            write_import(site.core, row.id)
        assert "has been applied, whole" in await browser.read(address)
        assert count(site, Owner, Residency, ImportRow) == [3, 3, 0]

        before = count(site, Owner, Residency, AuditEntry)
        again = await bring(site, browser, ROWS.encode())
        await browser.post(f"{again}/apply")
        write_import(site.core, latest(site).id)
        after = count(site, Owner, Residency, AuditEntry)
        assert (before[:2], after[2] - before[2]) == (after[:2], 1), "only that it was asked for"

    site.visit(walk, by=petra)
    assert {e.staff_id for e in list_audit(site, "owner.created")} == {petra.id}


def test_mistakes_are_shown_row_by_row_and_nothing_can_be_applied(
    site: Site, petra: StaffMember
) -> None:
    wrong = ROWS + "Oak House,1,14,Vera <Other>,+34600111222,guest\nOak House,1,,,600,\n"

    async def walk(browser: Browser) -> None:
        address = await bring(site, browser, wrong.encode())
        page = await browser.read(address)
        assert "2 rows have mistakes" in page
        assert "role is none of owner, family, tenant" in page
        assert "number is empty" in page
        assert "Vera &lt;Other&gt;" in page
        assert f'action="{address}/apply"' not in page
        only = await browser.read(f"{address}?show=mistakes")
        assert "Nilo Example" not in only
        refused = await browser.post(f"{address}/apply")
        assert (refused.status, "cannot be applied any more" in await refused.text()) == (409, True)

    site.visit(walk, by=petra)
    assert count(site, Owner, AuditEntry) == [1, 0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"building,number,pet\nOak,1,dog\n", "unknown columns: pet; known are project, building"),
        (b"floor\n1\n", "missing columns: building, number, name"),
        (b"", "the file is empty"),
        (b"PK\x03\x04 no zip", "cannot be read as an Excel file"),
        (b'building,number,name\nOak,1,"V\n', "cannot be read as CSV"),
    ],
)
def test_a_file_with_wrong_columns_says_which_and_what_was_expected(
    site: Site, petra: StaffMember, data: bytes, words: str
) -> None:
    async def walk(browser: Browser) -> None:
        page = await browser.read(await bring(site, browser, data))
        assert words in page

    site.visit(walk, by=petra)
    assert latest(site).state == "refused"
    assert files(site) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_western_files_are_read_in_their_encoding(
    site: Site, petra: StaffMember, encoding: str
) -> None:
    rows = "edificio;puerta;nombre;teléfono\nPeñón;1º A;Íñigo Núñez;+34 600 111 333\n"

    async def walk(browser: Browser) -> None:
        page = await browser.read(await bring(site, browser, rows.encode(encoding)))
        assert "Íñigo Núñez" in page
        assert "semicolon" in page

    site.visit(walk, by=petra)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_files_are_read_in_their_encoding(
    site: Site, petra: StaffMember, encoding: str
) -> None:
    rows = "楼栋,单元,房号,姓名,电话\n3栋,2单元,1502,李小明,+8613800138000\n3栋,2单元,1503,王芳,\n"

    async def walk(browser: Browser) -> None:
        page = await browser.read(await bring(site, browser, rows.encode(encoding)))
        assert "李小明" in page
        assert "3栋 · 2单元 · 1502" in page

    site.visit(walk, by=petra)


def test_an_excel_file_is_read_and_its_formulas_are_not(site: Site, petra: StaffMember) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["building", "number", "floor", "name", "phone", "since"])
    sheet.append(["Oak House", 12, 3.0, "Vera Example", "+34600111222", "2020-01-31"])
    sheet.append(["Oak House", 13, None, '=CONCATENATE("a","b")', "", None])
    data = BytesIO()
    book.save(data)

    async def walk(browser: Browser) -> None:
        page = await browser.read(await bring(site, browser, data.getvalue()))
        assert "name is empty" in page, "a formula that was never worked out is nothing"
        assert "CONCATENATE" not in page
        assert "Oak House · 12" in page

    site.visit(walk, by=petra)


def test_a_complete_list_ends_the_ties_it_does_not_name(site: Site, petra: StaffMember) -> None:
    rows = "building,entrance,number,name,phone\nBirch House,2,14,Vera Example,+34600111222\n"

    async def walk(browser: Browser) -> None:
        address = await bring(site, browser, rows.encode(), complete="yes")
        page = await browser.read(address)
        assert "moved out when it is applied" in page
        assert "Alma Test" in page
        await browser.post(f"{address}/apply")
        write_import(site.core, latest(site).id)

    site.visit(walk, by=petra)
    assert (latest(site).counts or {})["residencies_ended"] == 1
    with site.core.sessions() as session:
        ended = session.scalars(
            select(Residency.owner_id).where(Residency.ended_at.is_not(None))
        ).all()
    assert ended == [site.cast.alma.id]


def test_rows_of_a_project_one_may_not_set_up_do_not_exist(site: Site, petra: StaffMember) -> None:
    site.core.transact_now(make_cast, code="U", chat_id=7002)
    rows = "project,building,number,name\nU,Birch House,1,Eve Example\n"

    async def walk(browser: Browser) -> None:
        page = await browser.read(await bring(site, browser, rows.encode()))
        assert "there is no project U" in page
        assert (await upload(browser, rows.encode(), project="U")).status == 404

    site.visit(walk, by=petra)


def test_a_right_that_is_taken_away_before_the_list_is_applied_counts(
    site: Site, petra: StaffMember
) -> None:
    async def walk(browser: Browser) -> None:
        address = await bring(site, browser, ROWS.encode())
        await browser.post(f"{address}/apply")

    site.visit(walk, by=petra)

    def demote(session: Session) -> None:
        role = session.scalars(select(StaffRole).where(StaffRole.staff_id == petra.id)).one()
        role.role = "agent"

    site.core.transact_now(demote)
    write_import(site.core, latest(site).id)
    assert (latest(site).state, count(site, Owner)) == ("refused", [1])


def test_an_import_is_seen_by_whoever_brought_it(
    site: Site, petra: StaffMember, root: StaffMember
) -> None:
    addresses: list[str] = []

    async def bring_it(browser: Browser) -> None:
        addresses.append(await bring(site, browser, ROWS.encode()))

    async def look(browser: Browser) -> None:
        assert (await browser.get(addresses[0])).status == 404
        assert (await browser.post(f"{addresses[0]}/apply")).status == 404
        assert (await browser.post(f"{addresses[0]}/drop")).status == 404

    site.visit(bring_it, by=petra)
    site.visit(look, by=root)


def test_what_was_not_applied_is_forgotten_after_a_day_and_at_once_when_thrown_away(
    site: Site, petra: StaffMember
) -> None:
    from ownerdesk.services.imports import forget_import

    async def walk(browser: Browser) -> None:
        first = await bring(site, browser, ROWS.encode())
        assert count(site, ImportRow) == [2]
        assert (await browser.post(f"{first}/drop")).status == 303
        assert count(site, ImportRow) == [0]
        second = await bring(site, browser, ROWS.replace("owner\n", "guest\n").encode())
        jobs = site.core.transact_now(list_jobs, "forget_import")
        assert [(j["at"] - site.core.clock()).days for j in jobs] == [1, 1]
        site.core.transact_now(forget_import, latest(site).id)
        page = await browser.read(second)
        assert "its rows have been removed" in page
        assert "Vera" not in page
        assert count(site, ImportRow) == [0]

    site.visit(walk, by=petra)


def test_nobody_without_the_right_and_no_other_site_sends_a_file(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        assert (await upload(browser, ROWS.encode(), project="T")).status == 404
        forged = await browser.http.post(
            "/settings/imports", data={"file": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert forged.status == 403

    site.visit(walk, by=site.cast.mara)
    assert files(site) == []


def test_fifty_megabytes_are_streamed_and_a_larger_file_is_refused(
    site: Site, petra: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.views.settings import imports as view

    async def walk(browser: Browser) -> None:
        big = b"x" * (50 * 1024 * 1024)  # counted before, so that only the server's share grows
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = await upload(browser, big, project="T")
        assert answer.status == 303
        assert files(site)[0].stat().st_size == len(big)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
        assert grown < 48 * 1024, grown
        read_import(site.core, latest(site).id)
        assert latest(site).state == "refused"
        monkeypatch.setattr(view, "MAX_UPLOAD", 1024)
        refused = await upload(browser, b"x" * 2048, project="T")
        assert refused.status == 409
        assert files(site) == []

    site.visit(walk, by=petra)
