"""A short month: two days in one house. Nothing that must never happen happens, and the checks would see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Promise
from ownerdesk.services import jobs as tasks
from ownerdesk.services import outbox
from ownerdesk.services.content import load_content
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.settings import Settings
from ownerdesk.simulation import checks, faults, loop, operators, owners
from ownerdesk.simulation.checks import CheckFailed
from ownerdesk.simulation.jobs import ITSELF, NEVER, RUN
from ownerdesk.simulation.loop import Simulation
from ownerdesk.simulation.report import draw_up
from tests.make import LATER, NOON, make_appeal, make_cast, make_message


@pytest.fixture
def core(settings: Settings) -> Iterator[Core]:
    """Real transactions, in a database of its own."""
    core = Core(settings)
    yield core
    core.close()


@pytest.fixture
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    """In an ordinary month of one house there is hardly an emergency. Warnings are looked for every hour: most of the
    looks find nothing."""
    monkeypatch.setattr(faults, "EMERGENCIES", 2.0)
    monkeypatch.setattr(loop, "LOOK_FOR_WARNINGS_EVERY", timedelta(hours=1))


def test_every_job_is_run_by_the_simulation_or_by_name_never() -> None:
    assert set(RUN) | ITSELF | NEVER == set(tasks.QUEUES)
    assert not set(RUN) & (ITSELF | NEVER)


def test_every_choice_can_be_pressed() -> None:
    chosen = {action for choices in owners.CHOICES.values() for action, _ in choices}
    assert chosen - {""} <= set(owners.PRESSES)
    chosen = {action for choices, _ in operators.CHOICES.values() for action, _ in choices}
    assert chosen - {""} <= set(operators.PRESSES)


@pytest.mark.usefixtures("lively")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_days_in_one_house_pass_with_every_check(core: Core, seed: int) -> None:
    play = Simulation(core, days=2, homes=40, seed=seed, trouble=8)
    play.run()
    figures = dict(core.transact_now(draw_up))
    assert int(figures["appeals"]) >= 10
    assert int(figures["… still open at the end"]) <= 2, "who reopens late is still being served"
    assert play.counts["staff press jobyes"] > 2
    assert play.counts["sweep of promises"] > 2
    assert play.counts["owner presses solved"] > 2


def _nothing(*args: object, **kwargs: object) -> None:
    """A call that was left out."""


# Where a service calls another, and what is found when the call is left out.
FAULTS = {
    "ownerdesk.services.sweep.look_at_promises": "has passed its time in silence",
    "ownerdesk.services.assignments.offer_to_next": "nobody has the job, and nobody was told",
    "ownerdesk.simulation.jobs.expire_offer": "hangs",
    "ownerdesk.services.sweep.send_by_itself": "apology .* hangs",
    "ownerdesk.services.apologies._warn": "before anybody was warned",
}


@pytest.mark.usefixtures("lively")
@pytest.mark.parametrize(("call", "finding"), FAULTS.items())
def test_a_call_that_a_service_leaves_out_is_found(
    core: Core, monkeypatch: pytest.MonkeyPatch, call: str, finding: str
) -> None:
    monkeypatch.setattr(call, _nothing)
    with pytest.raises(CheckFailed, match=finding):
        Simulation(core, days=2, homes=40, seed=1, trouble=8).run()


@pytest.mark.usefixtures("lively")
def test_the_same_seed_plays_the_same_days(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SETTLING", timedelta(days=1))

    def play(homes: int) -> tuple[object, ...]:
        simulation = Simulation(core, days=1, homes=homes, seed=3, trouble=6)
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
    # The common plans and remedies went with the projects.
    load_content(session, encode)


def find(session: Session, *, minutes: float, last: int = 10**9) -> list[str]:
    at = NOON + timedelta(minutes=minutes)
    return checks.find_wrongs(session, at=at, before=NOON - LATER, last_message=last, last_notice=0)


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
