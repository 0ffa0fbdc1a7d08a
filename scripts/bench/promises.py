"""The sweep over 100,000 open promises: how quickly the due ones are found and handled, in a database of its own."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from ownerdesk.adapters.embedded_postgres import start
from ownerdesk.bootstrap import Core
from ownerdesk.commands.migrate import move_to
from ownerdesk.services.sweep import BATCH, sweep_promises
from ownerdesk.settings import load_settings

PROMISES = 100_000
DUE = 400
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)

FILL = """
insert into projects (code, name, timezone, language) values ('B', 'Bench', 'Europe/Madrid', 'en');
insert into departments (project_id, code, names) select id, 'all', '{"en": "All"}' from projects;
insert into staff (name, email) values ('Bench', 'bench@example.com');
insert into staff_roles (staff_id, project_id, role) select s.id, p.id, 'manager' from staff s, projects p;
insert into conversations (chat_id, telegram_user_id, name, language, project_id, kind)
    select n, n, 'Owner', 'en', p.id, 'owner' from projects p, generate_series(1, 20000) n;
insert into appeals (project_id, number, conversation_id, nature, category, severity, state, summary, department_id,
                     responsible_id, next_due_at, received_at, last_message_at)
    select p.id, 'B-' || n, c.first + n % 20000, 'help_seeking', 'elevator', 'major', 'received', 'Bench', d.id, s.id,
           :now, :now, :now
    from projects p, departments d, staff s, (select min(id) as first from conversations) c, generate_series(1, :promises) n;
insert into promises (appeal_id, kind, staff_id, made_at, due_at, look_at)
    select id, 'resolution', responsible_id, cast(:now as timestamptz) - interval '5 hours',
           cast(:now as timestamptz) + case when id % :share = 0 then interval '20 minutes' else interval '1 day' end,
           cast(:now as timestamptz) + case when id % :share = 0 then interval '-10 minutes' else interval '1 day' end
    from appeals;
"""


@dataclass(frozen=True)
class Result:
    """Seconds to find that nothing is due, and promises a second that were warned of, then told of."""

    idle_ms: float
    warned_per_second: float
    told_per_second: float


def measure() -> Result:
    with (
        tempfile.TemporaryDirectory(prefix="ownerdesk-bench-") as folder,
        start(Path(folder) / "data") as server,
    ):
        move_to(server.url)
        core = Core(load_settings({"DATABASE_URL": server.url, "OWNERDESK_DATA": folder}))
        try:
            core.transact_now(_fill)
            warned = _sweep(core, NOW)
            idle = [_time(core, NOW) for _ in range(21)]
            told = _sweep(core, NOW + timedelta(minutes=16))
        finally:
            core.close()
    return Result(statistics.median(idle) * 1000, warned, told)


def _fill(session: Session) -> None:
    values = {"now": NOW, "promises": PROMISES, "share": PROMISES // DUE}
    for statement in filter(str.strip, FILL.split(";\n")):
        names = {name: value for name, value in values.items() if f":{name}" in statement}
        session.execute(text(statement.replace('{"en": "All"}', r'{"en"\: "All"}')), names)
    session.execute(text("analyze"))


def _time(core: Core, at: datetime) -> float:
    started = time.perf_counter()
    core.transact_now(sweep_promises, at=at)
    return time.perf_counter() - started


def _sweep(core: Core, at: datetime) -> float:
    """Promises a second, the median of the batches."""
    rates = []
    found = BATCH
    while found == BATCH:
        started = time.perf_counter()
        found = core.transact_now(sweep_promises, at=at)
        if found:
            rates.append(found / (time.perf_counter() - started))
    return statistics.median(rates)


def print_table() -> None:
    result = measure()
    print(f"\n| the sweep, {PROMISES:,} open promises, {DUE:,} of them due | |\n|---|---|")
    print(f"| looking when nothing is due, ms | {result.idle_ms:.1f} |")
    print(f"| warned of, a second | {result.warned_per_second:.0f} |")
    print(f"| told to their owners, a second | {result.told_per_second:.0f} |", flush=True)


if __name__ == "__main__":
    print_table()
