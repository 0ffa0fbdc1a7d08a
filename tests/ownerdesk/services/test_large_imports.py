"""A list of 40,000 rows: the same memory as a short one, and the same again changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Owner, OwnerImport, Residency, Unit
from ownerdesk.services.imports import ask_to_apply, start_import
from tests.make import NOON, Cast, make_cast, make_staff
from worker.imports import read_import, write_import

ROWS = 40_000
MOST_GROWN_KB = 60 * 1024


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def read_kb(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))


def write_list(path: Path) -> None:
    with path.open("w") as file:
        file.write("building,entrance,floor,number,name,phone,role\n")
        for n in range(ROWS):
            house, place = divmod(n, 1000)
            file.write(
                f"House {house},{place % 4},{place % 20},{place},Person {n},+3461{n:07d},owner\n"
            )


def plan_for_an_empty_estate(session: Session, cast: Cast) -> None:
    """As the database does by itself after a few homes: it counts, and keeps the plan that checks foreign keys."""
    session.execute(text("analyze buildings, units, owners"))
    with session.begin_nested() as few:
        for n in range(10):
            unit = Unit(building_id=cast.unit.building_id, entrance="9", floor=1, number=str(n))
            session.add(unit)
            session.flush()
            session.add(Residency(owner_id=cast.alma.id, unit_id=unit.id, role="owner"))
            session.flush()
        few.rollback()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux tells the peak")
def test_forty_thousand_rows_need_no_more_memory(core: Core, tmp_path: Path) -> None:
    cast = core.transact_now(make_cast)
    core.transact_now(plan_for_an_empty_estate, cast)
    petra = core.transact_now(make_staff, cast.project, "Petra T", "project_manager")

    def run() -> OwnerImport:
        path = tmp_path / "owners.csv"
        write_list(path)
        row = core.transact_now(
            start_import, path=str(path), file_name="owners.csv", project_code="T",
            is_complete=False, by=petra, at=NOON,
        )  # fmt: skip
        read_import(core, row.id)
        core.transact_now(ask_to_apply, row.id, by=petra, at=NOON)
        write_import(core, row.id)
        return core.transact_now(lambda s: s.get_one(OwnerImport, row.id))

    reset_peak()
    before = read_kb("VmRSS")
    first = run()
    assert first.state == "applied"
    assert read_kb("VmHWM") - before < MOST_GROWN_KB
    assert (first.counts or {})["owners_made"] == ROWS
    with core.sessions() as session:
        counts = [
            session.scalar(select(func.count()).select_from(t)) for t in (Owner, Unit, Residency)
        ]
    assert counts == [ROWS + 1] * 3
