"""The clock: events of people and jobs of the product in the order of their times, each in a transaction of its own,
and the checks after each."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, AppealEvent, Conversation, Message, Notice
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services.early_warnings import look_for_warnings
from ownerdesk.simulation import agents, checks, jobs, notices, operators, owners
from ownerdesk.simulation.checks import CheckFailed, find_wrongs
from ownerdesk.simulation.faults import Saying, draw_month
from ownerdesk.simulation.reactions import Reaction, Work, dice_of, minutes
from ownerdesk.simulation.town import Town, build_town

BEGINS = datetime(2026, 10, 12, 6, tzinfo=UTC)  # the clocks go back within the month
SETTLING = timedelta(
    days=5
)  # after the last day nothing new happens, and what is open goes its way

# As the worker's clocks have it.
LOOK_FOR_WARNINGS_EVERY = timedelta(minutes=10)
SWEEP_EVERY = timedelta(seconds=2)


class Simulation:
    """One run. `counts` holds what happened, by name; the same seed gives the same run. `trouble` is how much goes
    wrong, against an ordinary month."""

    def __init__(
        self, core: Core, *, days: int, homes: int, seed: int, trouble: float = 1.0
    ) -> None:
        self.core, self.days, self.homes, self.trouble = core, days, homes, trouble
        self.rng = Random(seed)  # noqa: S311 - play, not secrets
        self.now = BEGINS
        self.ends = BEGINS + timedelta(days=days)
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self._events: list[tuple[datetime, int, str, Work]] = []
        self._order = itertools.count()
        self._numbers = itertools.count(1)
        self._last_event = self._last_notice = self._last_message = 0
        self._looked_at = self._swept_at = BEGINS
        self.town: Town

    def run(self, say: Callable[[str], None] = lambda text: None) -> None:
        """Raises CheckFailed at the first thing that must never happen."""
        self.core.clock = lambda: self.now
        self.core.transact_now(checks.prepare)
        self.core.transact_now(jobs.prepare)
        self.town = self.core.transact_now(build_town, self.rng, homes=self.homes, at=BEGINS)
        self._draw()
        day = 0
        while self._advance():
            passed = (self.now - BEGINS).days
            if passed > day:
                day = passed
                say(f"day {day}: {sum(self.counts.values())} events")

    def _draw(self) -> None:
        """What happens by itself, and what owners, staff and the clock do whatever happens."""
        sayings, plans = draw_month(
            self.rng, self.town, begins=BEGINS, days=self.days, trouble=self.trouble
        )
        for saying in sayings:
            number = next(self._numbers)
            self._plan(
                saying.at, "owner writes",
                lambda s, at, x=saying, n=number: owners.write(s, x, number=n, at=at),  # type: ignore[misc]
            )  # fmt: skip
            if self.rng.random() < 0.1:
                self._plan_asking(saying)
        for plan in plans:
            self._plan(
                plan.at, "works are planned",
                lambda s, at, p=plan: notices.make_plan(s, p, self.town, at),  # type: ignore[misc]
            )  # fmt: skip
        for day in range(1, (self.ends + SETTLING - BEGINS).days + 1):
            morning = BEGINS + timedelta(days=day, hours=1)
            self._plan(morning, "manager looks at what is late", self._find_late)
            self._plan_block(morning)
        self._plan(BEGINS, "look for warnings", self._look_for_warnings)

    def _plan_asking(self, saying: Saying) -> None:
        """Some ask for news, some again and again, and some have had enough."""
        at = saying.at
        for words in self.rng.choice(
            (owners.NEWS[:1], owners.NEWS[:2], owners.NEWS, owners.SHARP[:1], owners.SHARP)
        ):
            number, at = next(self._numbers), at + minutes(self.rng, 5, 200)
            self._plan(
                at, "owner asks for news",
                lambda s, at, x=saying, w=words, n=number: owners.ask_for_news(  # type: ignore[misc]
                    s, x.chat, w, number=n, at=at
                ),
            )  # fmt: skip

    def _plan_block(self, morning: datetime) -> None:
        """Every third day somebody has blocked the bot for some hours."""
        if self.rng.random() < 1 / 3:
            staff_id = self.rng.choice(sorted(self.town.with_chats))
            at = morning + minutes(self.rng, 0, 900)
            self._plan(
                at, "staff block the bot", lambda s, at: operators.block_bot(s, staff_id, at)
            )
            self._plan(
                at + minutes(self.rng, 60, 600), "staff unblock the bot",
                lambda s, at: operators.unblock_bot(s, staff_id, at),
            )  # fmt: skip

    def _look_for_warnings(self, session: Session, at: datetime) -> None:
        look_for_warnings(session, at=at)
        self._plan(at + LOOK_FOR_WARNINGS_EVERY, "look for warnings", self._look_for_warnings)

    def _find_late(self, session: Session, at: datetime) -> None:
        """A manager who finds something late asks for it."""
        for appeal_id in agents.find_late(session, at):
            dice = dice_of(self.rng)
            self._plan(
                at + minutes(self.rng, 1, 60), "staff look",
                lambda s, t, i=appeal_id, d=dice: agents.handle(s, i, d, self.town, t),  # type: ignore[misc]
            )  # fmt: skip
            for action, low, high in (
                ("set_out", 65, 80),
                ("arrive", 85, 100),
                ("resolve", 120, 300),
            ):
                self._plan(
                    at + minutes(self.rng, low, high), f"operator: {action}",
                    lambda s, t, i=appeal_id, a=action: agents.step(s, i, a, self.town, t),  # type: ignore[misc]
                )  # fmt: skip

    def _plan(self, at: datetime, name: str, work: Work) -> None:
        heapq.heappush(self._events, (at, next(self._order), name, work))

    def _advance(self) -> bool:
        """Do what comes next, in one transaction with the look at it. False when the time is over."""
        return self.core.transact_now(self._do_next)

    def _do_next(self, session: Session) -> bool:
        """Jobs wanted at once come first, then whatever is first; promises before people."""
        horizon = self.ends + SETTLING
        event_at = self._events[0][0] if self._events else horizon
        morning = jobs.find_next_delivery(session) or horizon
        sweep_at = self._find_next_sweep(session) or horizon
        until = min(event_at, morning, sweep_at, horizon)
        job = jobs.find_next(session, until)
        if job is not None:
            self.now = max(self.now, job.due_at or self.now)
            name = job.name
            jobs.run(session, job, self.now)
        elif until >= horizon:
            return False
        elif sweep_at == until:
            self.now, name = max(self.now, sweep_at), "sweep of promises"
            jobs.sweep_promises(session, self.now)
            self._swept_at = self.now
        elif event_at <= morning:
            at, _, name, work = heapq.heappop(self._events)
            self.now = max(self.now, at)
            self._try(session, name, work)
        else:
            self.now, name = max(self.now, morning), "morning"
        self.counts[name] += 1
        session.flush()
        self._look(session, jobs.deliver(session, self.now), name)
        return True

    def _try(self, session: Session, name: str, work: Work) -> None:
        """People may be refused, and then nothing was changed; a job never is."""
        try:
            with session.begin_nested():
                work(session, self.now)
        except Refusal as refusal:
            session.expire_all()
            self.refusals[f"{name}: {type(refusal).__name__}"] += 1

    def _look(self, session: Session, delivered: list[int], after: str) -> None:
        """People see what is new, and it is checked what they see."""
        if self._is_settled(session):
            findings = find_wrongs(
                session,
                at=self.now,
                before=self._looked_at,
                last_message=self._last_message,
                last_notice=self._last_notice,
            )
            if findings:
                raise CheckFailed(findings, self.now, after)
            self._looked_at = self.now
            self._last_message = session.scalar(select(func.max(Message.id))) or 0
        self._show_phones(session, delivered)
        self._show_desk(session)

    def _is_settled(self, session: Session) -> bool:
        """Not while jobs of this very moment are still to be run: a worker would run them at once."""
        sweep_at = self._find_next_sweep(session)
        is_swept = sweep_at is None or sweep_at > self.now
        return is_swept and jobs.find_next(session, self.now) is None

    def _find_next_sweep(self, session: Session) -> datetime | None:
        """What a sweep leaves behind is looked at by the next."""
        look_at = jobs.find_next_sweep(session)
        return None if look_at is None else max(look_at, self._swept_at + SWEEP_EVERY)

    def _show_phones(self, session: Session, delivered: list[int]) -> None:
        rows = session.execute(
            select(Message, Conversation)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.id.in_(delivered), Conversation.blocked_at.is_(None))
            .order_by(Message.id)
        ).all()
        for message, chat in rows:
            reaction = (
                owners.read_message(self.rng, message)
                if chat.kind == "owner"
                else operators.read_message(self.rng, message, chat, self.town)
            )
            if reaction is not None:
                self._expect([reaction])

    def _show_desk(self, session: Session) -> None:
        rows = session.execute(
            select(AppealEvent, Appeal)
            .join(Appeal, Appeal.id == AppealEvent.appeal_id)
            .where(AppealEvent.id > self._last_event)
            .order_by(AppealEvent.id)
        ).all()
        for event, appeal in rows:
            self._last_event = event.id
            self._expect(agents.react_to_event(self.rng, event, appeal, self.town))
            self._expect(owners.react_to_event(self.rng, event, appeal))
        told = session.scalars(
            select(Notice).where(Notice.id > self._last_notice).order_by(Notice.id)
        ).all()
        seen: set[str] = set()
        for notice in told:
            self._last_notice = notice.id
            if notice.key not in seen:
                seen.add(notice.key)
                self._expect(notices.react_to_notice(self.rng, notice, self.town))

    def _expect(self, reactions: Iterable[Reaction]) -> None:
        for reaction in reactions:
            self._plan(self.now + reaction.delay, reaction.name, reaction.work)
