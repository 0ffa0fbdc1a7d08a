"""Buildings and homes: generated with a preview, edited, switched off, and never removed with a history."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Building, Conversation, Project, Residency, StaffMember, Unit
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import list_audit
from tests.make import make_appeal

PLAN = {
    "scheme": "floor", "entrance_count": "2", "entrances": "", "first_floor": "1",
    "last_floor": "3", "flats": "4", "skipped": "", "start": "1",
}  # fmt: skip


def units(site: Site, building_id: int) -> list[tuple[str, int | None, str]]:
    def read(session: Session) -> list[tuple[str, int | None, str]]:
        rows = select(Unit).where(Unit.building_id == building_id).order_by(Unit.id)
        return [(u.entrance, u.floor, u.number) for u in session.scalars(rows)]

    return site.core.transact_now(read)


def count(site: Site, table: type) -> int:
    return site.core.transact_now(lambda s: s.scalar(select(func.count()).select_from(table)) or 0)


def test_a_plan_is_shown_first_and_makes_what_was_shown(site: Site, petra: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        made = await browser.post(
            "/settings/buildings", project=str(site.cast.project.id), name="Oak <House>", address=""
        )
        assert made.status == 303
        address = made.headers["Location"]
        building_id = int(address.rsplit("/", 1)[1])
        query = "&".join(f"{name}={value}" for name, value in PLAN.items())
        preview = await browser.read(f"{address}/plan?{query}")
        assert "24 homes, none of which is there yet" in preview
        assert "Oak &lt;House&gt;" in preview
        assert units(site, building_id) == [], "a preview writes nothing"
        assert (await browser.post(f"{address}/generate", **PLAN)).status == 303
        there = units(site, building_id)
        assert len(there) == 24
        assert there[:2] == [("1", 1, "101"), ("1", 1, "102")]
        assert there[-1] == ("2", 3, "304")
        page = await browser.read(address)
        assert page.count('class="flat') == 24
        again = await browser.post(f"{address}/generate", **PLAN)
        assert again.status == 409
        assert "are there already: 1 101, 1 102" in await again.text()
        assert units(site, building_id) == there

    site.visit(walk, by=petra)
    (entry,) = list_audit(site, "units.generated")
    assert (entry.staff_id, entry.after and entry.after["count"]) == (petra.id, 24)


def test_a_plan_that_clashes_names_the_numbers_and_touches_nothing(
    site: Site, petra: StaffMember
) -> None:
    base = f"/settings/buildings/{site.cast.unit.building_id}"
    clashing = {**PLAN, "scheme": "entrance", "last_floor": "5"}  # entrance 2 gets a number 14

    async def walk(browser: Browser) -> None:
        query = "&".join(f"{name}={value}" for name, value in clashing.items())
        preview = await browser.read(f"{base}/plan?{query}")
        assert "1 home is there already" in preview
        assert f'action="{base}/generate"' not in preview
        refused = await browser.post(f"{base}/generate", **clashing)
        assert refused.status == 409
        text = await refused.text()
        assert "2 14" in text
        assert 'value="5"' in text, "the plan is kept"

    site.visit(walk, by=petra)
    assert units(site, site.cast.unit.building_id) == [("2", 4, "14")]


def test_two_who_generate_at_once_make_one_set(site: Site, petra: StaffMember) -> None:
    base = f"/settings/buildings/{site.cast.unit.building_id}"

    async def walk(one: Browser, two: Browser) -> None:
        import asyncio

        for browser in (one, two):
            assert (await browser.log_in(petra)).status == 303
        answers = await asyncio.gather(
            one.post(f"{base}/generate", **PLAN), two.post(f"{base}/generate", **PLAN)
        )
        assert sorted(answer.status for answer in answers) == [303, 409]

    site.visit_together(walk)
    assert len(units(site, site.cast.unit.building_id)) == 25


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flats": "0"}, "from 1 to 99 flats"),
        ({"last_floor": "0"}, "not below the lowest"),
        ({"entrance_count": "100", "last_floor": "90"}, "from 1 to 5000 homes"),
        ({"entrances": "A, A"}, "each once"),
        ({"scheme": "roman"}, "how homes are numbered"),
        ({"first_floor": "one"}, "missing or cannot be used"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(
    site: Site, petra: StaffMember, change: dict[str, str], words: str
) -> None:
    base = f"/settings/buildings/{site.cast.unit.building_id}"

    async def walk(browser: Browser) -> None:
        refused = await browser.post(f"{base}/generate", **{**PLAN, **change})
        assert refused.status == 409
        assert words in await refused.text()

    site.visit(walk, by=petra)


def test_a_building_with_people_is_switched_off_only_when_they_are_said_to_have_moved(
    site: Site, petra: StaffMember
) -> None:
    building_id = site.cast.unit.building_id
    base = f"/settings/buildings/{building_id}"

    async def walk(browser: Browser) -> None:
        refused = await browser.post(f"{base}/switch")
        assert (refused.status, "still lives there" in await refused.text()) == (409, True)
        assert (await browser.post(f"{base}/remove")).status == 409
        assert (await browser.post(f"{base}/switch", ends_ties="yes")).status == 303
        assert "switched off" in await browser.read(base)
        refused = await browser.post(f"{base}/unit", kind="flat", number="9")
        assert "Switch it on first" in await refused.text()

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        assert not session.get_one(Building, building_id).is_active
        tie = session.scalars(select(Residency)).one()
        assert tie.ended_at is not None
        assert session.get_one(Conversation, site.cast.conversation.id).unit_id is None
    assert len(list_audit(site, "residency.ended")) == 1


def test_a_home_with_an_open_appeal_is_not_switched_off(site: Site, petra: StaffMember) -> None:
    appeal = site.core.transact_now(make_appeal, site.cast)

    async def walk(browser: Browser) -> None:
        for path in (
            f"/settings/units/{site.cast.unit.id}/switch",
            f"/settings/buildings/{site.cast.unit.building_id}/switch",
        ):
            refused = await browser.post(path, ends_ties="yes")
            assert refused.status == 409
            assert "1 appeal is still open" in await refused.text()

    site.visit(walk, by=petra)
    with site.core.sessions() as session:
        assert session.get_one(Unit, site.cast.unit.id).is_active
        assert session.get_one(Appeal, appeal.id).state == "received"
        assert session.scalars(select(Residency)).one().ended_at is None


def test_a_slip_is_removed_and_a_history_never(site: Site, petra: StaffMember) -> None:
    base = f"/settings/buildings/{site.cast.unit.building_id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/unit", kind="parking", entrance="", floor="-1", number="P7")
        page = await browser.read(base)
        path = page.split('class="flat" href="')[1].split('"')[0]
        assert (await browser.post(f"{path}/remove")).status == 303
        assert (await browser.get(path)).status == 404
        kept = await browser.post(f"/settings/units/{site.cast.unit.id}/remove")
        assert (kept.status, "It has a history" in await kept.text()) == (409, True)

    site.visit(walk, by=petra)
    assert [e.before and e.before["number"] for e in list_audit(site, "unit.deleted")] == ["P7"]


def test_an_entrance_is_renamed_whole_or_not_at_all(site: Site, petra: StaffMember) -> None:
    building_id = site.cast.unit.building_id
    base = f"/settings/buildings/{building_id}"

    async def walk(browser: Browser) -> None:
        for number in ("14", "15"):
            await browser.post(f"{base}/unit", kind="flat", entrance="B", floor="1", number=number)
        clash = await browser.post(f"{base}/entrance", old="B", new="2")
        assert (clash.status, "14" in await clash.text()) == (409, True)
        assert (await browser.post(f"{base}/entrance", old="B", new="3")).status == 303

    site.visit(walk, by=petra)
    assert {entrance for entrance, _, _ in units(site, building_id)} == {"2", "3"}


def test_a_project_is_made_changed_and_switched_off_with_both_values_kept(
    site: Site, root: StaffMember
) -> None:
    given = {
        "code": "NEW", "name": "New Court", "timezone": "Asia/Shanghai", "language": "zh",
        "phone": "", "emergency_number": "119",
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        refused = await browser.post("/settings/projects", **{**given, "timezone": "Mars/Base"})
        assert refused.status == 409
        text = await refused.text()
        assert "such as Europe/Madrid" in text
        assert 'value="Mars/Base"' in text
        made = await browser.post("/settings/projects", **given)
        address = made.headers["Location"]
        changed = {**given, "name": "New Gardens", "general_minutes": "45"}
        assert (await browser.post(f"{address}/save", **changed)).status == 303
        assert 'value="45"' in await browser.read(address)
        assert (await browser.post(f"{address}/switch")).status == 303
        ours = await browser.post(f"/settings/projects/{site.cast.project.id}/switch")
        assert "still lives there" in await ours.text()

    site.visit(walk, by=root)
    (entry,) = list_audit(site, "project.updated")
    assert entry.before == {"name": "New Court", "settings": {}}
    assert entry.after == {"name": "New Gardens", "settings": {"general_minutes": 45}}
    assert entry.staff_id == root.id
    with site.core.sessions() as session:
        new = session.scalars(select(Project).where(Project.code == "NEW")).one()
        assert not new.is_active
