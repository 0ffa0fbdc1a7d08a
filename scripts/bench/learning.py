"""A training beside a steady stream of owners' messages, and the switch to the model that comes of it and back.

The stream is open: a message is written every half second whether or not the one before was answered. The trainer,
the models and the switch are the product's own.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import (
    Appeal,
    Conversation,
    Example,
    Message,
    ModelSwitch,
    StaffMember,
    Training,
)
from ownerdesk.queries.trainings import find_model_of
from ownerdesk.services.nlu_models import put_into_service, roll_back
from ownerdesk.services.trainings import request_training
from ownerdesk.settings import Settings, load_settings
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import model_base
from scripts.bench import ours
from scripts.bench.figures import percentile
from tests.stack import Stack
from tests.trained import lend_models

EVERY_SECONDS = 0.5
BEFORE_SECONDS = 120.0
AROUND_SECONDS = 5.0  # written on after a switch
LOOK_SECONDS = 0.5
TRAINING_LIMIT_SECONDS = 3600.0
SWITCH_LIMIT_SECONDS = 180.0
REASON = "measured, not served with"
TAUGHT = (
    ("The lift mirror is full of stickers again", "help_seeking", "cleaning"),
    ("Nine days for one bulb, you outdo yourselves", "dissatisfaction", "lighting"),
    ("How long may the bicycle stand in the hall?", "consultation", "neighbours"),
    ("Que alguien me cuelgue las cortinas, pago lo que sea", "paid_service", "home_repair"),
    ("地库的灯一闪一闪的", "help_seeking", "lighting"),
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """One message of the stream: when it was written, and the seconds until its answer, None when none came."""

    at: float
    owner: int
    seconds: float | None


@dataclass
class Stream:
    """Owners writing, one after the other, every so often."""

    owners: ours.Owners
    written: list[Written] = field(default_factory=list)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        first = ours.FIRST_OWNER
        started = time.perf_counter()
        for number, owner in enumerate(itertools.cycle(range(first, first + ours.OWNERS))):
            await asyncio.sleep(max(0.0, started + number * EVERY_SECONDS - time.perf_counter()))
            task = asyncio.create_task(self._write(owner))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _write(self, owner: int) -> None:
        at = time.perf_counter()
        try:
            seconds: float | None = await self.owners.write(owner)
        except TimeoutError:
            seconds = None
        self.written.append(Written(at, owner, seconds))

    async def settle(self) -> None:
        """Wait for the answers that are still to come."""
        await asyncio.gather(*self._under_way)

    def between(self, since: float, until: float) -> list[Written]:
        return [one for one in self.written if since <= one.at < until]


@dataclass(frozen=True)
class Switch:
    """From the press to the last Rasa; what was written from a moment before until a moment after, how much of it was
    answered, and how much of it made two appeals or is stored twice."""

    name: str
    seconds: float
    written: int
    answered: int
    doubled: int


@dataclass(frozen=True)
class Result:
    training_seconds: float
    report_seconds: float
    phases: dict[str, list[Written]]
    switches: list[Switch]


async def measure(*, quick: bool) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="ownerdesk-bench-"))
    try:
        models = await asyncio.to_thread(lend_models, folder / "models")
        async with ours.installation(folder, models_dir=models) as (stack, state):
            await asyncio.to_thread(ours.register, stack.database_url)
            core = Core(_settings(stack))
            stream = Stream(ours.Owners(state))
            await stream.owners.load("warm-up", at_once=4, turns=60)
            writing = asyncio.create_task(stream.run())
            try:
                return await _walk(core, stream, before=BEFORE_SECONDS / (4 if quick else 1))
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
                await stream.settle()
                core.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(stack: Stack) -> Settings:
    environ = {"DATABASE_URL": stack.database_url, "OWNERDESK_DATA": str(stack.data_dir)}
    return load_settings(environ)


async def _walk(core: Core, stream: Stream, *, before: float) -> Result:
    base = model_base(core.settings, REPOSITORY)
    admin_id = await core.transact(_teach, core)
    began = time.perf_counter()
    await asyncio.sleep(before)
    pressed = time.perf_counter()
    training_id = await core.transact(
        lambda session: request_training(session, by=None, at=core.clock()).id
    )
    trained, reported = await _follow(core, training_id)
    await asyncio.sleep(AROUND_SECONDS)
    switches = [
        await _switch(core, stream, "put into service", training_id, admin_id, base),
        await _switch(core, stream, "rolled back", None, admin_id, base),
    ]
    phases = {
        "before": stream.between(began, pressed),
        "while it trains": stream.between(pressed, trained),
        "while it reads the test messages": stream.between(trained, reported),
        "during, all": stream.between(pressed, reported),
    }
    return Result(trained - pressed, reported - trained, phases, switches)


def _teach(session: Session, core: Core) -> int:
    """Somebody who may do it all, and a few messages of the company's own. Returns the person's id."""
    admin = StaffMember(name="Bench Admin", email="bench@example.com")
    session.add(admin)
    session.flush()
    for text, intent, category in TAUGHT:
        language = "zh" if not text.isascii() else "es" if text.startswith("Que") else "en"
        session.add(
            Example(
                text=text, language=language, intent=intent, category=category, use="train",
                source="staff", added_by_id=admin.id, added_at=core.clock(),
            )
        )  # fmt: skip
    return admin.id


async def _follow(core: Core, training_id: int) -> tuple[float, float]:
    """When the model was whole, and when its report was there."""
    deadline = time.perf_counter() + TRAINING_LIMIT_SECONDS
    trained = 0.0
    while time.perf_counter() < deadline:
        training = await core.transact(lambda session: session.get_one(Training, training_id))
        if training.stage in ("report", "done") and not trained:
            trained = time.perf_counter()
        if training.state == "done":
            return trained, time.perf_counter()
        if training.state in ("failed", "cancelled"):
            raise RuntimeError(f"the training {training.state}: {training.error}")
        await asyncio.sleep(LOOK_SECONDS)
    raise TimeoutError("the training took too long")


async def _switch(
    core: Core, stream: Stream, name: str, training_id: int | None, admin_id: int, base: str
) -> Switch:
    """To the model of the training, or back where none is named."""

    def press(session: Session) -> int:
        by, at = session.get_one(StaffMember, admin_id), core.clock()
        if training_id is None:
            return roll_back(session, by=by, base=base, at=at).id
        model = find_model_of(session, training_id)
        assert model is not None
        return put_into_service(session, model, by=by, base=base, override=REASON, at=at).id

    since = time.perf_counter() - AROUND_SECONDS
    pressed = time.perf_counter()
    switch_id = await core.transact(press)
    while True:
        done, error = await core.transact(_look_at_switch, switch_id)
        if done:
            break
        if error or time.perf_counter() > pressed + SWITCH_LIMIT_SECONDS:
            raise RuntimeError(f"the model was not {name}: {error}")
        await asyncio.sleep(0.05)
    took = time.perf_counter() - pressed
    await asyncio.sleep(AROUND_SECONDS)
    until = time.perf_counter()
    await stream.settle()
    written = stream.between(since, until)
    answered, doubled = await core.transact(_count_answers, [one.owner for one in written])
    return Switch(name, took, len(written), answered, doubled)


def _look_at_switch(session: Session, switch_id: int) -> tuple[bool, str | None]:
    switch = session.get_one(ModelSwitch, switch_id)
    return switch.done_at is not None, switch.error


def _count_answers(session: Session, owners: Sequence[int]) -> tuple[int, int]:
    """Of the latest message of each: how many are answered and their answer sent, and how many are there twice."""
    last = (
        select(func.max(Message.id).label("id"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.direction == "in", Conversation.chat_id.in_(owners))
        .group_by(Conversation.id)
        .subquery()
    )
    answered = session.scalar(
        select(func.count())
        .select_from(Message)
        .join(last, last.c.id == Message.id)
        .where(Message.answered_at.is_not(None))
    )
    twice = session.scalars(
        select(Appeal.source_message_id)
        .join(last, last.c.id == Appeal.source_message_id)
        .group_by(Appeal.source_message_id)
        .having(func.count() > 1)
    ).all()
    return answered or 0, len(twice)


async def print_figures(*, quick: bool) -> None:
    """About ten minutes on a quiet machine with two cores; most of it is the training."""
    result = await measure(quick=quick)
    whole = result.training_seconds + result.report_seconds
    print(
        f"\nLearning: from pressing to the report {_span(whole)} ({_span(result.training_seconds)} until the model, "
        f"{_span(result.report_seconds)} for its report); a message every {EVERY_SECONDS} s\n"
    )
    print("| owners' messages | written | unanswered | p50 ms | p95 ms |\n|---|---|---|---|---|")
    for name, written in result.phases.items():
        print(f"| {name} | {_row(written)} |")
    before, during = (_p95(result.phases[name]) for name in ("before", "during, all"))
    print(f"\np95 during a training is {during / before:.2f} times that before.\n")
    print("| switch | seconds | written meanwhile | answered | twice |\n|---|---|---|---|---|")
    for switch in result.switches:
        print(
            f"| {switch.name} | {switch.seconds:.1f} | {switch.written} | {switch.answered} | {switch.doubled} |",
            flush=True,
        )


def _span(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _p95(written: Sequence[Written]) -> float:
    return percentile([one.seconds for one in written if one.seconds is not None], 95)


def _row(written: Sequence[Written]) -> str:
    seconds = [one.seconds for one in written if one.seconds is not None]
    p50, p95 = (percentile(seconds, share) * 1000 for share in (50, 95))
    return f"{len(written)} | {len(written) - len(seconds)} | {p50:.0f} | {p95:.0f}"
