"""Undo: as long as nobody has been told, what one has done is as if it had not been."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    AppealEvent,
    Assignment,
    Correction,
    HeldAction,
    Message,
    Promise,
    Remedy,
    RemedyGrant,
)
from ownerdesk.queries.assignments import list_round
from ownerdesk.services.assignments import accept_job, finish_job
from ownerdesk.services.cancelling import cancel_with_reason
from ownerdesk.services.corrections import correct_labels
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import Actor
from ownerdesk.services.holding import hold_back
from ownerdesk.services.merging import merge_appeals
from ownerdesk.services.outbox import record_sent
from ownerdesk.services.progress import (
    accept_appeal,
    defer_appeal,
    dispatch_appeal,
    resolve_appeal,
)
from ownerdesk.services.promises import promise_by_hand
from ownerdesk.services.remedies import grant_remedy
from ownerdesk.services.undo import (
    AlreadyTold,
    MovedOn,
    NothingToUndo,
    find_undoable,
    keep,
    undo,
    watch,
)
from tests.look import list_jobs, list_keys, list_open_promises
from tests.make import (
    LATER,
    NOON,
    Cast,
    list_sent,
    make_appeal,
    make_cast,
    make_message,
    make_operator,
)

HELD = timedelta(seconds=8)
THEN = NOON + LATER


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    appeal = make_appeal(session, cast)
    deliver_all(session)
    return appeal


def deliver_all(session: Session) -> None:
    """What is queued is on the phones, and the jobs that did it are gone."""
    session.flush()
    for message in session.scalars(select(Message).where(Message.state == "queued")):
        record_sent(session, message, telegram_ids=[message.id], revision=message.revision, at=NOON)
    session.execute(text("delete from procrastinate_jobs where task_name = 'deliver_message'"))
    session.flush()


def hold(
    session: Session, cast: Cast, appeal: Appeal, do: Callable[[], object], *others: Appeal,
    action: str = "accept",
) -> HeldAction | None:  # fmt: skip
    watched = watch(session, [appeal.id, *(o.id for o in others)])
    with hold_back(session, until=THEN + HELD) as held:
        do()
        return keep(session, watched, held, appeal, action=action, by=cast.mara, at=THEN)


def photograph(session: Session) -> dict[str, list[object]]:
    """All that an action may change, without what only counts up."""
    session.flush()
    seen: dict[str, list[object]] = {}
    for table in ("appeals", "promises", "messages", "assignments", "apologies", "conversations",
                  "remedy_grants", "appeal_links", "corrections", "notices"):  # fmt: skip
        rows = session.scalars(text(f"select to_jsonb(t) - 'version' from {table} t order by id"))
        seen[table] = list(rows)
    return seen


ACTIONS: dict[str, Callable[[Session, Cast, Appeal], object]] = {
    "accept": lambda s, c, a: accept_appeal(s, a, by=c.mara, at=THEN),
    "dispatch": lambda s, c, a: dispatch_appeal(
        s, a, department=c.maintenance, operator=None, by=c.mara, at=THEN
    ),
    "promise": lambda s, c, a: promise_by_hand(
        s, a, by=c.mara, due_at=NOON + timedelta(hours=4), words="", at=THEN
    ),
    "cancel": lambda s, c, a: cancel_with_reason(s, a, reason="Not possible", by=c.mara, at=THEN),
    "correct": lambda s, c, a: correct_labels(
        s, a, nature="dissatisfaction", category="elevator", by=c.mara, at=THEN
    ),
    "grant": lambda s, c, a: grant_remedy(
        s, a, s.scalars(select(Remedy).where(Remedy.unit == "times")).first() or _a_remedy(s),
        amount=1, by=c.boris, key="k", at=THEN,
    ),
}  # fmt: skip


def _a_remedy(session: Session) -> Remedy:
    remedy = Remedy(code="x", names={"en": "Flowers"}, unit="times", limits={"manager": 1})
    session.add(remedy)
    session.flush()
    return remedy


@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_was_done_is_as_if_it_had_not_been(
    session: Session, cast: Cast, appeal: Appeal, name: str
) -> None:
    make_operator(session, cast, "Olga", chat_id=9101)
    before, jobs = photograph(session), _count_jobs(session)
    held = hold(session, cast, appeal, lambda: ACTIONS[name](session, cast, appeal), action=name)
    assert held is not None
    assert photograph(session) != before
    assert find_undoable(session, appeal.id, by=cast.mara, at=THEN) is held
    undo(session, appeal, held.id, by=cast.mara, at=THEN + LATER / 20)
    assert photograph(session) == before
    again = 1 if name == "correct" else 0  # what is looked for anew under the old category
    assert _count_jobs(session) == jobs + again
    events = session.scalars(select(AppealEvent).where(AppealEvent.id.in_(held.changes["events"])))
    assert all(event.undone_at is not None for event in events)
    last = session.scalars(select(AppealEvent).order_by(AppealEvent.id.desc())).first()
    assert last is not None
    assert (last.name, last.data, last.staff_id) == (
        "action.undone",
        {"action": name},
        cast.mara.id,
    )


def _count_jobs(session: Session) -> int:
    return session.scalar(text("select count(*) from procrastinate_jobs")) or 0


def test_what_is_said_waits_and_a_second_try_can_say_it_again(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    deliver_all(session)
    by = Actor.staff(cast.mara.id)

    def resolve() -> None:
        resolve_appeal(session, appeal, resolution="Done", by=by, at=THEN)

    held = hold(session, cast, appeal, resolve, action="resolve")
    assert held is not None
    waiting = list_jobs(session, "deliver_message")
    assert waiting
    assert all(job["at"] == THEN + HELD for job in waiting)
    assert {job["lock"].split(":")[0] for job in waiting} == {"outbox.held"}
    undo(session, appeal, held.id, by=cast.mara, at=THEN)
    assert "solved?" not in list_keys(session, cast.conversation)
    assert appeal.state == "accepted"
    assert len(list_open_promises(session, appeal)) == 1
    resolve()
    assert list_keys(session, cast.conversation).count("solved?") == 1


def test_after_the_owner_was_told_it_is_refused(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    held = hold(session, cast, appeal, lambda: ACTIONS["promise"](session, cast, appeal))
    assert held is not None
    deliver_all(session)
    with pytest.raises(AlreadyTold):
        undo(session, appeal, held.id, by=cast.mara, at=THEN + HELD)
    assert held.undone_at is None


def test_while_a_message_is_on_its_way_it_is_refused(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    held = hold(session, cast, appeal, lambda: ACTIONS["promise"](session, cast, appeal))
    assert held is not None
    session.execute(
        text(
            "update procrastinate_jobs set status = 'doing' where id ="
            " (select min(id) from procrastinate_jobs where task_name = 'deliver_message')"
        )
    )
    with pytest.raises(AlreadyTold):
        undo(session, appeal, held.id, by=cast.mara, at=THEN)


def test_what_others_have_built_upon_stays(session: Session, cast: Cast, appeal: Appeal) -> None:
    held = hold(
        session, cast, appeal, lambda: accept_appeal(session, appeal, by=cast.mara, at=THEN)
    )
    assert held is not None
    defer_appeal(
        session, appeal, until=NOON + timedelta(days=2), reason="A part", at=THEN,
        by=Actor.staff(cast.boris.id),
    )  # fmt: skip
    with pytest.raises(MovedOn):
        undo(session, appeal, held.id, by=cast.mara, at=THEN)
    assert appeal.state == "deferred"


def test_only_who_did_it_can_take_it_back_and_twice_is_once(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    held = hold(
        session, cast, appeal, lambda: accept_appeal(session, appeal, by=cast.mara, at=THEN)
    )
    assert held is not None
    assert find_undoable(session, appeal.id, by=cast.boris, at=THEN) is None
    assert find_undoable(session, appeal.id, by=cast.mara, at=THEN + HELD) is None
    with pytest.raises(NothingToUndo):
        undo(session, appeal, held.id, by=cast.boris, at=THEN)
    for _ in range(2):
        undo(session, appeal, held.id, by=cast.mara, at=THEN)
    undone = select(func.count()).where(AppealEvent.name == "action.undone")
    assert session.scalar(undone) == 1
    with pytest.raises(NothingToUndo):
        undo(session, make_appeal(session, cast), held.id, by=cast.mara, at=THEN)


def test_an_emergency_holds_nothing_back(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, "Fire in the bin room")
    fire = raise_emergency(
        session, cast.conversation, message, kind="fire", found_by="owner", at=NOON
    )
    deliver_all(session)
    held = hold(session, cast, fire, lambda: accept_appeal(session, fire, by=cast.mara, at=THEN))
    assert held is None
    jobs = list_jobs(session, "deliver_message")
    assert jobs
    assert not any(job["lock"].startswith("outbox.held") for job in jobs)


def test_a_job_that_was_taken_back_and_given_again_can_still_be_finished(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    """The facts of the undone dispatch count for nothing: the first round is the present one."""
    olga = make_operator(session, cast, "Olga", chat_id=9101)
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=olga, by=cast.mara, at=NOON
    )
    (job,) = session.scalars(select(Assignment)).all()
    accept_job(session, job, by=olga, at=NOON)
    deliver_all(session)
    held = hold(
        session, cast, appeal,
        lambda: dispatch_appeal(
            session, appeal, department=cast.accounts, operator=None, by=cast.mara, at=THEN
        ),
        action="dispatch",
    )  # fmt: skip
    assert held is not None
    undo(session, appeal, held.id, by=cast.mara, at=THEN)
    session.refresh(job)
    assert job.state == "accepted"
    assert [row.id for row in list_round(session, appeal.id)] == [job.id]
    assert finish_job(session, job, done="A new lamp", by=olga, at=THEN)
    assert appeal.state == "resolved"


def test_a_merge_is_taken_back_for_both(session: Session, cast: Cast, appeal: Appeal) -> None:
    other = make_appeal(session, cast)
    deliver_all(session)
    before = photograph(session)
    held = hold(
        session, cast, other,
        lambda: merge_appeals(session, other, appeal, by=cast.mara, at=THEN),
        appeal, action="merge",
    )  # fmt: skip
    assert held is not None
    undo(session, other, held.id, by=cast.mara, at=THEN)
    assert photograph(session) == before
    assert other.merged_into_id is None


def test_a_correction_that_was_taken_back_teaches_nothing(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    held = hold(session, cast, appeal, lambda: ACTIONS["correct"](session, cast, appeal))
    assert held is not None
    assert session.scalar(select(func.count()).select_from(Correction)) == 1
    undo(session, appeal, held.id, by=cast.mara, at=THEN)
    assert session.scalar(select(func.count()).select_from(Correction)) == 0
    assert session.scalar(select(func.count()).select_from(RemedyGrant)) == 0
    assert session.scalars(select(Promise).where(Promise.withdrawn_at.is_not(None))).all() == []
    assert len(list_sent(session, cast.conversation)) >= 1
