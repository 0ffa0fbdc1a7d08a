"""The building without a map: what is open where, in words too, for those who see the project."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Building, Incident, Unit
from ownerdesk.services.neighbours import confirm_warning
from tests.console.conftest import Browser, Site, give_passwords
from tests.console.test_emergencies import _raise, _warning
from tests.figures import put
from tests.make import NOON, make_cast

NOW = "2026-11-18T11:00"


@contextmanager
def counting(core: Core) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    event.listen(core.engine, "before_cursor_execute", note)
    yield seen
    event.remove(core.engine, "before_cursor_execute", note)


def cell_of(page: str, unit_id: int) -> str:
    found = re.search(rf'<a href="/units/{unit_id}".*?</a>', page)
    assert found, "the unit has a cell"
    return found[0]


def test_a_cell_says_by_sign_and_words_what_is_open_and_opens_the_unit(site: Site) -> None:
    def work(session: Session) -> None:
        put(session, site.cast, NOW, category="water_supply", severity="major")
        put(session, site.cast, NOW, category="noise")
        put(session, site.cast, NOW, category="elevator")
        put(session, site.cast, NOW, category="parking")
        put(session, site.cast, NOW, resolved=5, category="noise")
        session.add(
            Incident(
                project_id=site.cast.project.id, kind="planned", category="power_supply",
                state="confirmed", proposed_at=NOON, starts_at=NOON, ends_at=NOON.replace(hour=20),
                titles={"en": "Meter change"},
            )
        )  # fmt: skip

    site.core.transact_now(work)
    unit, building_id = site.cast.unit, site.cast.unit.building_id

    async def walk(browser: Browser) -> None:
        assert f'href="/buildings/{building_id}"' in await browser.read("/buildings")
        page = await browser.read(f"/buildings/{building_id}")
        cell = cell_of(page, unit.id)
        assert 'aria-label="14: 1 major appeal, 1 appeal"' in cell
        assert "▲" in cell
        assert "Stairs and lift: 1 appeal" in page
        assert "Meter change" in page
        assert "1 planned works, 1 appeal" in page
        assert "What the signs mean" in page
        home = await browser.read(f"/units/{unit.id}")
        assert "Alma Test" in home
        assert home.count('class="strip"') + home.count('class="strip tone-major"') == 6

    site.visit(walk, by=site.cast.mara)


def test_the_emergency_and_the_neighbours_warned_are_seen_until_it_is_over(site: Site) -> None:
    appeal = site.core.transact_now(_raise, site)
    neighbour = _warning(site).unit_ids[0]

    def warn(session: Session) -> None:
        warning = session.merge(_warning(site))
        confirm_warning(session, warning, by=session.merge(site.cast.mara), at=NOON)

    path = f"/buildings/{site.cast.unit.building_id}"

    async def before(browser: Browser) -> None:
        page = await browser.read(path)
        assert "1 emergency" in cell_of(page, site.cast.unit.id)
        assert "tone-" not in cell_of(page, neighbour)

    async def after(browser: Browser) -> None:
        assert "warned of an emergency" in cell_of(await browser.read(path), neighbour)
        assert f"/emergencies/{appeal.id}" in await browser.read(f"/units/{neighbour}")
        assert f'href="{path}"' in await browser.read(f"/emergencies/{appeal.id}")
        assert f'href="{path}"' in await browser.read(f"/appeals/{appeal.id}")
        assert (await browser.post(f"/emergencies/{appeal.id}/all-clear")).status == 303
        assert "tone-" not in cell_of(await browser.read(path), neighbour)

    site.visit(before, by=site.cast.mara)
    site.core.transact_now(warn)
    site.visit(after, by=site.cast.mara)


def test_two_thousand_units_cost_no_query_more_than_one(site: Site) -> None:
    def build(session: Session) -> int:
        large = Building(project_id=site.cast.project.id, name="Long House")
        session.add(large)
        session.flush()
        session.execute(
            insert(Unit),
            [
                {"building_id": large.id, "entrance": str(n % 20 + 1), "floor": n // 100, "number": str(n)}
                for n in range(2000)
            ],
        )  # fmt: skip
        return large.id

    large_id = site.core.transact_now(build)

    async def walk(browser: Browser) -> None:
        small = f"/buildings/{site.cast.unit.building_id}"
        await browser.read(small)
        with counting(site.core) as few:
            await browser.read(small)
        began = time.monotonic()
        with counting(site.core) as many:
            page = await browser.read(f"/buildings/{large_id}")
        assert page.count('class="cell"') == 2000
        assert len(many) <= len(few)
        assert time.monotonic() - began < 5
        assert len(page) < 400_000

    site.visit(walk, by=site.cast.mara)


def test_other_projects_people_find_neither_building_nor_unit(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    building = f"/buildings/{site.cast.unit.building_id}"

    async def walk(browser: Browser) -> None:
        for path in (building, f"/units/{site.cast.unit.id}", "/buildings/999999", "/units/x"):
            assert (await browser.get(path)).status == 404, path
        assert f'href="{building}"' not in await browser.read("/buildings")

    site.visit(walk, by=other.mara)
