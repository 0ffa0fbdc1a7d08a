"""The life of an appeal under any sequence of steps, on the real services and the real database.

After every step the state is the table's, nobody open is without a responsible person and a next due time, exactly
one resolution is promised while somebody works on it and none otherwise, and the owner was told once of each cause.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Message, Promise, Rating
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import list_events, list_promises
from ownerdesk.rules.appeals import TRANSITIONS, AppealAction, is_worked_on
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.closure import (
    close_in_silence,
    confirm_solved,
    rate_appeal,
    remind_to_confirm,
    reopen_appeal,
)
from ownerdesk.services.emergencies import check_alarm, raise_emergency
from ownerdesk.services.events import OWNER, Actor
from ownerdesk.services.progress import (
    accept_appeal,
    arrive,
    defer_appeal,
    dispatch_appeal,
    end_deferral,
    resolve_appeal,
    set_out,
)
from ownerdesk.services.sweep import check_promise
from tests.look import count_ends
from tests.make import NOON, make_appeal, make_cast

EXAMPLES = int(os.environ.get("LIFE_EXAMPLES", "30"))
STEPS = 25


class Life(RuleBasedStateMachine):
    """One appeal. `state` is what the table says it should be."""

    engine: ClassVar[Engine]

    @initialize(
        nature=st.sampled_from(["help_seeking", "dissatisfaction", "paid_service"]),
        category=st.sampled_from(["lighting", "elevator"]),
    )
    def register(self, nature: str, category: str) -> None:
        self.connection = self.engine.connect()
        self.whole = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.now = NOON
        self.cast = make_cast(self.session)
        self.appeal = make_appeal(self.session, self.cast, nature=nature, category=category)
        self.source = self.session.get_one(Message, self.appeal.source_message_id)
        self.state = AppealState.RECEIVED
        self.clocks: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.session.close()
            self.whole.rollback()
            self.connection.close()

    def step(self, action: AppealAction, do: Callable[[], None]) -> bool:
        """Do it: allowed by the table or refused with nothing changed, told and recorded."""
        self.now += timedelta(seconds=1)
        target = TRANSITIONS.get((self.state, action))
        before = self.count()
        if target is None:
            with pytest.raises(WrongState):
                do()
            assert self.count() == before
            return False
        has_set_out = self.appeal.on_the_way_at is not None
        do()
        self.state = target
        if not (action == AppealAction.SET_OUT and has_set_out):
            assert self.count()[0] > before[0], "a fact was recorded"
        return True

    def count(self) -> tuple[int, int, int]:
        """Facts, promises and messages."""
        return tuple(  # type: ignore[return-value]
            self.session.scalar(select(func.count()).select_from(table))
            for table in (AppealEvent, Promise, Message)
        )

    @property
    def mara(self) -> Actor:
        return Actor.staff(self.cast.mara.id)

    @rule(boris=st.booleans())
    def accept(self, boris: bool) -> None:
        by = self.cast.boris if boris else self.cast.mara
        if self.step(
            AppealAction.ACCEPT,
            lambda: accept_appeal(self.session, self.appeal, by=by, at=self.now),
        ):
            assert self.appeal.responsible_id == by.id

    @rule(named=st.booleans())
    def dispatch(self, named: bool) -> None:
        self.step(
            AppealAction.DISPATCH,
            lambda: dispatch_appeal(
                self.session, self.appeal, department=self.cast.maintenance,
                operator=self.cast.ike if named else None, by=self.cast.mara, at=self.now,
            ),
        )  # fmt: skip

    @rule()
    def set_out(self) -> None:
        self.step(
            AppealAction.SET_OUT,
            lambda: set_out(self.session, self.appeal, by=self.mara, at=self.now),
        )

    @rule()
    def arrive(self) -> None:
        self.step(
            AppealAction.ARRIVE,
            lambda: arrive(self.session, self.appeal, by=self.mara, at=self.now),
        )

    @rule(hours=st.integers(1, 72))
    def defer(self, hours: int) -> None:
        self.step(
            AppealAction.DEFER,
            lambda: defer_appeal(
                self.session, self.appeal, until=self.now + timedelta(hours=hours),
                reason="a part is ordered", by=self.mara, at=self.now,
            ),
        )  # fmt: skip

    @rule()
    def come_back(self) -> None:
        """The return date comes; the clock may come for an appeal that is not put off at all."""
        if self.appeal.deferred_until is not None:
            self.now = max(self.now, self.appeal.deferred_until)
        end_deferral(self.session, self.appeal, at=self.now)
        if self.state == AppealState.DEFERRED:
            self.state = AppealState.ACCEPTED

    @rule()
    def resolve(self) -> None:
        if self.step(
            AppealAction.RESOLVE,
            lambda: resolve_appeal(
                self.session, self.appeal, resolution="Done", by=self.mara, at=self.now
            ),
        ):
            self.clocks.append(list_events(self.session, self.appeal.id)[-1].id)

    @rule()
    def confirm(self) -> None:
        if self.state == AppealState.CLOSED and self.appeal.closed_by == "owner":
            before = self.count()
            confirm_solved(self.session, self.appeal, at=self.now)
            assert self.count() == before
            return
        self.step(
            AppealAction.CONFIRM,
            lambda: confirm_solved(self.session, self.appeal, at=self.now),
        )

    @rule(how=st.sampled_from(["half", "notyet"]))
    def reopen(self, how: str) -> None:
        before, responsible = self.count(), self.appeal.responsible_id
        if self.appeal.reopened and (
            is_worked_on(self.state) or self.state == AppealState.DEFERRED
        ):
            reopen_appeal(self.session, self.appeal, how=how, at=self.now)
            assert self.count() == before, "pressed twice it reopens once"
            return
        if self.step(
            AppealAction.REOPEN,
            lambda: reopen_appeal(self.session, self.appeal, how=how, at=self.now),
        ):
            assert self.appeal.responsible_id == responsible

    @rule()
    def cancel(self) -> None:
        self.step(
            AppealAction.CANCEL, lambda: cancel_appeal(self.session, self.appeal, at=self.now)
        )

    @rule(stars=st.integers(1, 5))
    def rate(self, stars: int) -> None:
        if self.state != AppealState.CLOSED:
            with pytest.raises(WrongState):
                rate_appeal(self.session, self.appeal, stars=stars, at=self.now)
            return
        rate_appeal(self.session, self.appeal, stars=stars, at=self.now)
        ratings = self.session.scalars(select(Rating.stars)).all()
        assert ratings == [stars]

    @rule(nature=st.sampled_from(["help_seeking", "dissatisfaction", "consultation"]))
    def correct(self, nature: str) -> None:
        correct_appeal(self.session, self.appeal, nature=nature, actor=OWNER, at=self.now)

    @precondition(lambda self: self.appeal.severity != "emergency")
    @rule()
    def turn_into_emergency(self) -> None:
        self.step(
            AppealAction.ALARM,
            lambda: _raise(self),
        )

    @rule(minutes=st.integers(1, 400))
    def let_time_pass(self, minutes: int) -> None:
        """Every clock that is due comes, some of them twice, those of the past too."""
        self.now += timedelta(minutes=minutes)
        for promise in list_promises(self.session, self.appeal.id):
            for _ in range(2):
                check_promise(self.session, promise.id, at=self.now)
        check_alarm(self.session, self.appeal, at=self.now)

    @precondition(lambda self: self.clocks)
    @rule(data=st.data(), hours=st.sampled_from([24, 72]))
    def silence(self, data: st.DataObject, hours: int) -> None:
        clock = data.draw(st.sampled_from(self.clocks))
        closes = self.state == AppealState.RESOLVED and clock == self.clocks[-1]
        self.now += timedelta(hours=hours)
        do = remind_to_confirm if hours == 24 else close_in_silence
        for _ in range(2):
            do(self.session, self.appeal, clock, at=self.now)
        if closes and hours == 72:
            self.state = AppealState.CLOSED
            assert self.appeal.closed_by == "silence"

    @invariant()
    def the_state_is_that_of_the_table(self) -> None:
        self.session.flush()
        assert self.appeal.state == self.state

    @invariant()
    def nobody_open_is_forgotten(self) -> None:
        is_open = self.state not in (AppealState.CLOSED, AppealState.CANCELLED)
        assert self.appeal.responsible_id is not None
        assert self.appeal.department_id is not None
        assert (self.appeal.next_due_at is not None) is is_open
        assert (self.appeal.closed_at is None) is is_open

    @invariant()
    def what_is_promised_fits_the_state(self) -> None:
        promises = list_promises(self.session, self.appeal.id)
        assert all(count_ends(promise) <= 1 for promise in promises)
        standing = [p for p in promises if count_ends(p) == 0]
        told = [p for p in standing if p.kind in ("acceptance", "resolution")]
        wanted: list[str] = []
        is_put_off = self.state == AppealState.DEFERRED
        if is_worked_on(self.state) or is_put_off:
            waits = self.appeal.severity == "emergency" and self.state == AppealState.RECEIVED
            wanted = ["acceptance"] if waits else ["resolution"]
        assert [p.kind for p in told] == wanted
        assert all((p.stopped_at is not None) is is_put_off for p in standing)
        if is_worked_on(self.state):
            assert [p.due_at for p in told] == [self.appeal.next_due_at]
            assert len({p.kind for p in standing}) == len(standing)
        elif not is_put_off:
            assert standing == []

    @invariant()
    def every_cause_is_told_once(self) -> None:
        keys = self.session.scalars(
            select(Message.key).where(Message.conversation_id == self.cast.conversation.id)
        ).all()
        sent = [key for key in keys if key]
        assert len(sent) == len(set(sent))
        cards = [key for key in sent if key.startswith("card:")]
        assert len(cards) == 1


def _raise(life: Life) -> None:
    appeal: Appeal = raise_emergency(
        life.session,
        life.cast.conversation,
        life.source,
        kind="fire",
        found_by="owner",
        at=life.now,
    )
    assert appeal.id == life.appeal.id


def test_any_life_of_an_appeal_keeps_what_was_promised(shared_engine: Engine) -> None:
    Life.engine = shared_engine
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
