"""Owners: found, edited, with several homes, moved out, and household facts only with their consent."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, Conversation, Owner, Residency, StaffMember, Unit
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import list_audit


def owner_of(site: Site) -> Owner:
    return site.core.transact_now(lambda s: s.get_one(Owner, site.cast.alma.id))


def add_unit(site: Site, number: str) -> int:
    def add(session: Session) -> int:
        unit = Unit(building_id=site.cast.unit.building_id, entrance="2", floor=1, number=number)
        session.add(unit)
        session.flush()
        return unit.id

    return site.core.transact_now(add)


def test_somebody_is_found_by_name_phone_and_door(site: Site, petra: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        for words in ("alma", "+34 6000 07001", "14"):
            page = await browser.read(f"/settings/owners?q={words.replace('+', '%2B')}")
            assert "Alma Test" in page, words
        for words in ("%25", "nobody", "\\", "%00"):
            assert "Nobody is found" in await browser.read(f"/settings/owners?q=x{words}")

    site.visit(walk, by=petra)


def test_an_owner_is_changed_and_a_phone_belongs_to_one(site: Site, petra: StaffMember) -> None:
    base = f"/settings/owners/{site.cast.alma.id}"

    async def walk(browser: Browser) -> None:
        new = await browser.post(
            "/settings/owners", name="<b>Bo</b>", phone="+34 600 111 222", language="zh",
            building=str(site.cast.unit.building_id), entrance="2", number="14", role="tenant",
        )  # fmt: skip
        assert new.status == 303
        assert "&lt;b&gt;Bo" in await browser.read(new.headers["Location"])
        taken = await browser.post(f"{base}/save", name="Alma", phone="+34600111222", language="en")
        assert taken.status == 409
        assert 'value="+34600111222"' in await taken.text(), "what was typed is kept"
        wrong = await browser.post(f"{base}/save", name="Alma", phone="600111", language="en")
        assert "with its country code" in await wrong.text()
        assert (
            await browser.post(f"{base}/save", name="Alma New", phone="", language="es")
        ).status == 303

    site.visit(walk, by=petra)
    (entry,) = list_audit(site, "owner.updated")
    assert entry.before is not None
    assert entry.before["name"] == "Alma Test"
    assert entry.after == {"name": "Alma New", "phone": None, "language": "es"}


def test_whoever_moves_out_of_one_home_goes_on_with_another(site: Site, petra: StaffMember) -> None:
    second = add_unit(site, "21")
    base = f"/settings/owners/{site.cast.alma.id}"
    building = str(site.cast.unit.building_id)

    async def walk(browser: Browser) -> None:
        added = await browser.post(
            f"{base}/add-home", building=building, entrance="2", number="21", role="owner",
            share="33,3", since="2020-02-29",
        )  # fmt: skip
        assert added.status == 303
        again = await browser.post(
            f"{base}/add-home", building=building, entrance="2", number="21", role="owner"
        )
        assert again.status == 409
        nowhere = await browser.post(
            f"{base}/add-home", building=building, entrance="2", number="99", role="owner"
        )
        assert "no such home in this building" in await nowhere.text()
        with site.core.sessions() as session:
            first = session.scalars(
                select(Residency.id).where(Residency.unit_id == site.cast.unit.id)
            ).one()
        for _ in range(2):
            assert (await browser.post(f"{base}/end-home", tie=str(first))).status == 303

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        assert session.get_one(Conversation, site.cast.conversation.id).unit_id == second
        tie = session.scalars(select(Residency).where(Residency.unit_id == second)).one()
        assert (str(tie.share), str(tie.since), tie.ended_at) == ("33.30", "2020-02-29", None)
    assert len(list_audit(site, "residency.ended")) == 1, "pressed twice it is one end"


def test_household_facts_need_consent_and_go_with_it(site: Site, petra: StaffMember) -> None:
    base = f"/settings/owners/{site.cast.alma.id}"

    async def walk(browser: Browser) -> None:
        refused = await browser.post(f"{base}/facts", word0="dog", fact0="bites")
        assert refused.status == 409
        assert "only of those who agreed" in await refused.text()
        assert owner_of(site).facts == {}
        await browser.post(f"{base}/facts", agreed="yes", word0="dog", fact0="bites")
        assert owner_of(site).facts == {"dog": "bites"}
        assert "bites" in await browser.read(base)
        await browser.post(f"{base}/facts")
        assert owner_of(site).facts == {}
        assert "bites" not in await browser.read(base)

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        for entry in session.scalars(select(AuditEntry)):
            assert "bites" not in f"{entry.before}{entry.after}", "not in the audit log either"


def test_an_export_has_the_columns_of_an_import_and_no_formulas(
    site: Site, petra: StaffMember
) -> None:
    def rename(session: Session) -> None:
        session.get_one(Owner, site.cast.alma.id).name = "=HYPERLINK(1)"

    site.core.transact_now(rename)

    async def walk(browser: Browser) -> None:
        csv = await (await browser.get("/settings/owners.csv")).read()
        lines = csv.decode("utf-8-sig").splitlines()
        assert lines[0] == (
            "project,building,entrance,floor,number,kind,name,phone,language,role,share,since,until"
        )
        assert lines[1] == ("T,Birch House,2,4,14,flat,'=HYPERLINK(1),'+34600007001,en,owner,,,")
        xlsx = await (await browser.get("/settings/owners.xlsx")).read()
        sheet = load_workbook(BytesIO(xlsx)).active
        assert sheet is not None
        cell = sheet.cell(2, 7)
        assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")

    site.visit(walk, by=petra)
