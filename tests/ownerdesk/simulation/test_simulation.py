"""A short month: two days in one house. Nothing that must never happen happens, and the checks would see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Promise
from ownerdesk.services import jobs as tasks
from ownerdesk.services import outbox
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.settings import Settings
from ownerdesk.simulation import checks
from ownerdesk.simulation.jobs import ITSELF, NEVER, RUN
from ownerdesk.simulation.loop import Simulation
from ownerdesk.simulation.people import CHOICES, PRESSES
from ownerdesk.simulation.report import draw_up
from tests.make import LATER, NOON, make_appeal, make_cast, make_message

EVENTFUL = 201  # a seed in whose two days an emergency, a shared fault and works come together


@pytest.fixture
def core(settings: Settings) -> Iterator[Core]:
    """Real transactions, in a database of its own."""
    core = Core(settings)
    yield core
    core.close()


def test_every_job_is_run_by_the_simulation_or_by_name_never() -> None:
    assert set(RUN) | ITSELF | NEVER == set(tasks.QUEUES)
    assert {action for choices in CHOICES.values() for action, _ in choices} - {""} <= set(PRESSES)


def test_two_days_in_one_house_pass_with_every_check(core: Core) -> None:
    play = Simulation(core, days=2, homes=40, seed=EVENTFUL, trouble=8)
    play.run()
    figures = dict(core.transact_now(draw_up))
    assert int(figures["appeals"]) >= 15
    assert figures["… general, major, emergency"].split(" · ")[2] != "0"
    assert figures["incidents: faults, of them dismissed; works"].split(" · ")[2] != "0"
    assert int(figures["appeals in incidents"]) >= 3
    assert int(figures["… still open at the end"]) <= 2, "who reopens late is still being served"
    assert play.counts["owner presses solved"] > 5


def test_the_same_seed_plays_the_same_days(core: Core) -> None:
    def play(homes: int) -> tuple[object, ...]:
        simulation = Simulation(core, days=1, homes=homes, seed=3, trouble=10)
        simulation.run()
        return dict(simulation.counts), dict(simulation.refusals), core.transact_now(draw_up)

    first = play(10)
    core.transact_now(_empty)
    assert play(10) == first


def _empty(session: Session) -> None:
    """Back to the database as it was handed out."""
    session.execute(
        text(
            "TRUNCATE projects, owners, staff, conversations, procrastinate_jobs"
            " RESTART IDENTITY CASCADE"
        )
    )


def find(session: Session, *, minutes: float, last: int = 10**9) -> list[str]:
    at = NOON + timedelta(minutes=minutes)
    return checks.find_wrongs(session, at=at, before=NOON - LATER, last_message=last)


def test_each_check_sees_what_must_never_be(core: Core) -> None:
    """One wrong at a time, made behind the services' back and taken back again."""
    with core.sessions() as session:
        checks.prepare(session)
        cast = make_cast(session)
        appeal = make_appeal(session, cast)
        danger = raise_emergency(
            session, cast.conversation, make_message(session, cast.conversation, "Fire!"),
            kind="fire", found_by="rule", at=NOON,
        )  # fmt: skip
        session.flush()
        assert find(session, minutes=1) == []

        assert find(session, minutes=31)[0].startswith("promise"), "nobody looked at it in time"
        assert any("emergency" in found for found in find(session, minutes=7))

        def wrong(statement: object) -> list[str]:
            with session.begin_nested() as point:
                session.execute(statement)  # type: ignore[call-overload]
                found = find(session, minutes=1)
                point.rollback()
            return found

        own = Promise.appeal_id == appeal.id
        gone = update(Promise).where(own).values(withdrawn_at=NOON)
        assert wrong(gone) == [f"appeal {appeal.id} is worked on and nothing is promised"]
        silent = update(Promise).where(own).values(
            broken_at=NOON, look_at=NOON + timedelta(hours=9)
        )  # fmt: skip
        assert any("its owner heard nothing" in found for found in wrong(silent))
        session.execute(text("ALTER TABLE appeals DROP CONSTRAINT ck_appeals_next_due"))
        lost = update(Appeal).where(Appeal.id == danger.id).values(next_due_at=None)
        assert any("without anybody" in found for found in wrong(lost))

        last = session.scalar(text("SELECT max(id) FROM messages"))
        for key in ("reminder:1", "reminder:2"):
            outbox.send(session, cast.conversation, "The same words", key=key, at=NOON)
        session.flush()
        assert find(session, minutes=1, last=last) == [
            f"message {last + 2} tells its reader the same again"
        ]
        session.rollback()
