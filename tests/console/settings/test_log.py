"""The audit log: read, narrowed, paged and taken along, each their own part of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from sqlalchemy.orm import Session

from ownerdesk.model import StaffMember
from ownerdesk.services.audit import record_change
from tests.console.conftest import Browser, Site
from tests.make import NOON, make_cast

BASE = "/settings/log"


def write(session: Session, site: Site, count: int, **fields: object) -> None:
    for number in range(count):
        values = {
            "subject": "remedy", "subject_id": number, "staff_id": site.cast.boris.id,
            "project_id": site.cast.project.id, "at": NOON, "before": {"price": number},
            "after": {"price": f"{number} new"}, **fields,
        }  # fmt: skip
        record_change(session, "remedy.saved", **values)  # type: ignore[arg-type]


def test_old_and_new_stand_side_by_side_with_who_and_when(site: Site, pia: StaffMember) -> None:
    long = "I will have somebody at your door by the evening of the day on which you write to me."
    site.core.transact_now(
        write, site, 1, before={"code": "fee", "names": {"en": long}, "unit": "EUR"},
        after={"code": "fee", "names": {"en": long.replace("evening", "morning")}, "unit": "EUR"},
    )  # fmt: skip

    async def walk(browser: Browser) -> None:
        page = await browser.read(BASE)
        assert "Boris T" in page
        assert "<del>evening</del>" in page
        assert "<ins>morning</ins>" in page
        assert "unit:" not in page, "what did not change is not there"

    site.visit(walk, by=pia)


def test_the_log_is_narrowed_by_subject_person_and_day(site: Site, pia: StaffMember) -> None:
    site.core.transact_now(write, site, 1, before={"x": "one"}, after={"x": "remedy one"})
    site.core.transact_now(
        write, site, 1, subject="article", after={"x": "article two"}, staff_id=None
    )
    site.core.transact_now(
        write, site, 1, after={"x": "three days on"}, at=NOON + timedelta(days=3)
    )

    async def walk(browser: Browser) -> None:
        for query, there in (
            ("", (True, True, True)),
            ("subject=article", (False, True, False)),
            (f"who={site.cast.boris.id}", (True, False, True)),
            ("who=system", (False, True, False)),
            ("since=2026-11-19", (False, False, True)),
            ("until=2026-11-18", (True, True, False)),
            ("since=soon&who=x&before=x", (True, True, True)),
        ):
            page = await browser.read(f"{BASE}?{query}")
            words = ("remedy one", "article two", "three days on")
            assert tuple(word in page for word in words) == there, query

    site.visit(walk, by=pia)


def test_older_changes_are_on_the_following_pages(site: Site, pia: StaffMember) -> None:
    site.core.transact_now(write, site, 120)

    async def walk(browser: Browser) -> None:
        seen = []
        path = BASE
        for _ in range(3):
            page = await browser.read(path)
            seen.append(page.count("<ins>"))
            if "Older" in page:
                path = BASE + page.split(f'href="{BASE}?before=')[1].split('"')[0].join(
                    ["?before=", ""]
                )
        assert seen == [50, 50, 20]

    site.visit(walk, by=pia)


def test_the_export_holds_all_of_it_and_no_formulas(site: Site, ada: StaffMember) -> None:
    site.core.transact_now(write, site, 1001)
    site.core.transact_now(write, site, 1, before=None, after={"x": "=1+1"})

    async def walk(browser: Browser) -> None:
        response = await browser.get(f"{BASE}/export")
        assert response.headers["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
        rows = list(csv.DictReader(io.StringIO((await response.read()).decode("utf-8-sig"))))
        assert len(rows) == 1002
        assert rows[0]["new"] == "'=1+1"
        assert rows[1] | {"at": ""} == {
            "at": "", "person": "Boris T", "project": "Test Court T", "action": "remedy.saved",
            "subject": "remedy", "subject_id": "1000", "field": "price", "old": "1000",
            "new": "1000 new",
        }  # fmt: skip

    site.visit(walk, by=ada)


def test_a_project_manager_reads_of_their_project_an_admin_everything_a_manager_nothing(
    site: Site, pia: StaffMember, ada: StaffMember
) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(write, site, 1, after={"x": "ours"})
    site.core.transact_now(write, site, 1, after={"x": "theirs"}, project_id=other.project.id)
    site.core.transact_now(write, site, 1, after={"x": "of all"}, project_id=None)

    def read(sees: tuple[str, ...], hides: tuple[str, ...]):  # type: ignore[no-untyped-def]
        async def walk(browser: Browser) -> None:
            page = await browser.read(BASE)
            export = (await (await browser.get(f"{BASE}/export")).read()).decode()
            for text in (page, export):
                assert all(word in text for word in sees)
                assert not any(word in text for word in hides)

        return walk

    async def manage(browser: Browser) -> None:
        assert (await browser.get(BASE)).status == 404
        assert (await browser.get(f"{BASE}/export")).status == 404

    site.visit(read(("ours",), ("theirs", "of all")), by=pia)
    site.visit(read(("ours", "theirs", "of all"), ()), by=ada)
    site.visit(manage, by=site.cast.boris)
