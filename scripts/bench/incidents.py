"""Finding incidents among 50,000 appeals a day: how long one look takes, in quiet buildings and in one where a whole
street reports the same.

The database is filled by SQL; the look is the product's own job, with the vector made of the words each time.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from ownerdesk.adapters.embedded_postgres import start
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.bootstrap import Core
from ownerdesk.commands.migrate import move_to
from ownerdesk.model import Appeal, Incident
from ownerdesk.services.incident_search import look_for_incident
from ownerdesk.services.projects import create_project
from ownerdesk.settings import load_settings
from scripts.bench.figures import percentile

APPEALS = 50_000
BUILDINGS = 400
HOMES = 25  # in each building
OUTAGE = 2_000  # reports of one thing from one building within the window
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
CATEGORIES = (
    "water_supply", "lighting", "elevator", "heating", "doors_access", "cleaning", "noise",
    "power_supply", "drainage", "parking",
)  # fmt: skip
WORDS = (
    "There is no water", "The light on the stairs is out", "The lift does not move",
    "The radiators are cold", "The gate stays open", "The lobby is dirty",
    "Loud music every night", "The power is out", "The drain in the yard is blocked",
    "Somebody stands on my parking place", "The intercom does not ring", "Brown water from the tap",
)  # fmt: skip

_FILL = """
INSERT INTO buildings (project_id, name) SELECT :project, 'House ' || n FROM generate_series(1, :buildings) n;
INSERT INTO units (building_id, entrance, number) SELECT b.id, '1', n::text FROM buildings b, generate_series(1, :homes) n;
INSERT INTO owners (name) SELECT 'Owner ' || id FROM units ORDER BY id;
INSERT INTO residencies (owner_id, unit_id) SELECT u.id, u.id FROM units u;
INSERT INTO conversations (chat_id, telegram_user_id, name, project_id, owner_id, unit_id, language)
SELECT 100000 + id, 100000 + id, 'Owner', :project, id, id, 'en' FROM units;
INSERT INTO appeals (project_id, number, conversation_id, owner_id, unit_id, building_id, nature, category, severity,
  state, summary, vector, department_id, next_due_at, received_at, last_message_at)
SELECT :project, 'B-' || n, c.id, c.owner_id, c.unit_id, u.building_id, 'help_seeking',
  (CAST(:categories AS text[]))[1 + (n * 7) % :many], 'general', 'received', 'report',
  (SELECT t.vector FROM topics t WHERE t.id = 1 + (n * 13) % :topics), :department,
  :noon + interval '1 hour', CAST(:noon AS timestamptz) - (n % 86400) * interval '1 second', :noon
FROM generate_series(1, :appeals) n
JOIN conversations c ON c.owner_id = 1 + (n * 37) % (:buildings * :homes)
JOIN units u ON u.id = c.unit_id;
"""


@dataclass(frozen=True)
class Look:
    """Seconds: of the whole look, and of it the making of the vector."""

    whole: float
    encoding: float


@dataclass(frozen=True)
class Figures:
    quiet: list[Look]
    outage: list[Look]
    proposed: int

    def rows(self) -> list[str]:
        rows = []
        for name, looks in (("any appeal", self.quiet), ("in an outage", self.outage)):
            whole = [look.whole * 1000 for look in looks]
            vector = percentile([look.encoding * 1000 for look in looks], 50)
            rows.append(
                f"| {name} | {len(looks)} | {percentile(whole, 50):.1f} | {percentile(whole, 95):.1f} | {vector:.1f} |"
            )
        return rows


def measure(*, looks: int = 500) -> Figures:
    """In a database of its own, which is thrown away."""
    with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "data", fast=True) as server:
        move_to(server.url)
        core = Core(load_settings({"DATABASE_URL": server.url, "OWNERDESK_DATA": folder}))
        try:
            core.transact_now(_fill)
            with core.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
                plain.execute(text("ANALYZE"))
            ids = core.transact_now(
                lambda s: s.scalars(select(Appeal.id).order_by(Appeal.id)).all()
            )
            some = Random(1).sample(list(ids), looks)  # noqa: S311 - which ones are measured
            quiet = [_time(core, appeal_id) for appeal_id in some]
            outage_ids = core.transact_now(_break_water, list(ids))
            outage = [_time(core, appeal_id) for appeal_id in outage_ids[-looks:]]
            proposed = core.transact_now(lambda s: len(s.scalars(select(Incident.id)).all()))
        finally:
            core.close()
    return Figures(quiet, outage, proposed)


def _fill(session: Session) -> None:
    project = create_project(session, code="B", name="Bench", timezone="UTC", language="en")
    department = session.scalar(text("SELECT min(id) FROM departments"))
    session.execute(text("CREATE TABLE topics (id int PRIMARY KEY, vector vector(512))"))
    for number, words in enumerate(WORDS, start=1):
        session.execute(
            text("INSERT INTO topics VALUES (:id, CAST(:vector AS vector))"),
            {"id": number, "vector": str(list(encode(words)))},
        )
    values = {
        "project": project.id, "department": department, "buildings": BUILDINGS, "homes": HOMES,
        "appeals": APPEALS, "noon": NOON, "categories": list(CATEGORIES), "many": len(CATEGORIES),
        "topics": len(WORDS),
    }  # fmt: skip
    for statement in filter(str.strip, _FILL.split(";")):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        session.execute(text(statement), used)


def _break_water(session: Session, ids: list[int]) -> list[int]:
    """One building reports one thing, all at once."""
    chosen = ids[:OUTAGE]
    building = session.scalar(text("SELECT min(id) FROM buildings"))
    session.execute(
        update(Appeal)
        .where(Appeal.id.in_(chosen))
        .values(
            building_id=building, category="water_supply", incident_id=None,
            received_at=NOON - timedelta(minutes=30),
        )
    )  # fmt: skip
    session.execute(
        text(
            "UPDATE appeals SET vector = (SELECT vector FROM topics WHERE id = 1) WHERE building_id = :b"
        ),
        {"b": building},
    )
    return chosen


def _time(core: Core, appeal_id: int) -> Look:
    """One look at an appeal whose words have no vector yet."""
    words = WORDS[(appeal_id * 13) % len(WORDS)]
    spent: list[float] = []

    def forget(session: Session) -> None:
        values = {"vector": None, "summary": words}
        session.execute(update(Appeal).where(Appeal.id == appeal_id).values(values))

    def encode_slowly(text_: str) -> tuple[float, ...]:
        began = time.perf_counter()
        encode.cache_clear()
        vector = encode(text_)
        spent.append(time.perf_counter() - began)
        return vector

    core.transact_now(forget)
    began = time.perf_counter()
    core.transact_now(look_for_incident, appeal_id, encode_slowly, at=NOON)
    return Look(time.perf_counter() - began, sum(spent))


def print_figures(*, quick: bool) -> None:
    figures = measure(looks=100 if quick else 500)
    print(f"\nIncidents: one look among {APPEALS} appeals of a day in {BUILDINGS} buildings\n")
    print("| look | looks | p50 ms | p95 ms | the vector, p50 ms |\n|---|---|---|---|---|")
    for row in figures.rows():
        print(row)
    median = percentile([look.whole for look in figures.quiet], 50)
    print(
        f"\nAll of a day's looks take {median * APPEALS / 60:.1f} minutes of one worker.",
        flush=True,
    )


if __name__ == "__main__":
    print_figures(quick=True)
