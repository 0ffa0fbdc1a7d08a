"""Who is read first: questions before lists, within the asker's patience, and nobody waits for a dead engine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest

from reader import line as line_module
from reader.engine import MOST_AT_ONCE, EncodingFailed, EngineDied, Vector
from reader.line import Line, TooBusy
from tests.reader.conftest import vector_of


class SlowEngine:
    """Works only when told to; keeps what it was asked, call by call."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.error: Exception | None = None
        self.called = asyncio.Event()
        self._enough = 0
        self._enough_called = asyncio.Event()
        self._turns = asyncio.Semaphore(0)

    def let(self, turns: int) -> None:
        for _ in range(turns):
            self._turns.release()

    async def wait_for_calls(self, number: int) -> None:
        self._enough = number
        await self._enough_called.wait()

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        self.calls.append(list(texts))
        if len(self.calls) == self._enough:
            self._enough_called.set()
        self.called.set()
        await self._turns.acquire()
        if self.error is not None:
            raise self.error
        return [vector_of(text) for text in texts]


@contextlib.asynccontextmanager
async def open_line(engine: SlowEngine) -> AsyncIterator[Line]:
    line = Line(engine.encode)
    task = asyncio.create_task(line.run())
    yield line
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def ask(
    line: Line, *texts: str, is_question: bool = False, patience: float | None = None
) -> asyncio.Task[list[Vector]]:
    return asyncio.create_task(line.wait_for(texts, is_question=is_question, patience=patience))


def test_a_question_goes_before_the_rest_of_a_list_and_lists_keep_their_order() -> None:
    async def work() -> None:
        engine = SlowEngine()
        async with open_line(engine) as line:
            long = [f"{number} " + "a" * 100 for number in range(3)]
            lists = [ask(line, *long), ask(line, "another list")]
            await engine.called.wait()
            question = ask(line, "is it me?", is_question=True)
            await asyncio.sleep(0)
            engine.let(1)
            await engine.wait_for_calls(2)
            assert engine.calls == [[long[0]], ["is it me?"]]
            engine.let(10)
            assert [v.tolist() for v in await question] == [vector_of("is it me?").tolist()]
            answers = await asyncio.gather(*lists)
            assert [v.tolist() for v in answers[0]] == [vector_of(text).tolist() for text in long]
            assert [text for call in engine.calls for text in call] == [
                long[0],
                "is it me?",
                *long[1:],
                "another list",
            ]

    asyncio.run(work())


def test_many_short_questions_share_a_call_once_the_pace_is_known() -> None:
    async def work() -> None:
        engine = SlowEngine()
        engine.let(1000)
        async with open_line(engine) as line:
            for _ in range(30):
                await ask(line, "short", is_question=True)
            engine.calls.clear()
            await asyncio.gather(*(ask(line, f"q{n}", is_question=True) for n in range(9)))
            assert max(map(len, engine.calls)) == MOST_AT_ONCE

    asyncio.run(work())


def test_what_cannot_begin_in_time_is_refused_and_what_has_begun_is_finished() -> None:
    async def work() -> None:
        engine = SlowEngine()
        async with open_line(engine) as line:
            begun = ask(line, "first", is_question=True, patience=0.05)
            await engine.called.wait()
            late = ask(line, "second", is_question=True, patience=0.05)
            with pytest.raises(TooBusy):
                await late
            engine.let(1)
            assert len(await begun) == 1
            engine.let(1)
            await ask(line, "third", is_question=True, patience=5)
            assert engine.calls == [["first"], ["third"]]  # nobody reads for one who was refused

    asyncio.run(work())


def test_a_line_that_is_too_long_is_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "LONGEST_LINE", 1)

    async def work() -> None:
        engine = SlowEngine()
        async with open_line(engine) as line:
            waiting = [ask(line, "is being read")]
            await engine.called.wait()
            waiting.append(ask(line, "waits"))
            await asyncio.sleep(0)
            with pytest.raises(TooBusy):
                await ask(line, "one too many")
            question = ask(line, "a question has a line of its own", is_question=True)
            engine.let(10)
            await asyncio.gather(*waiting, question)

    asyncio.run(work())


def test_who_hangs_up_leaves_the_line() -> None:
    async def work() -> None:
        engine = SlowEngine()
        async with open_line(engine) as line:
            first = ask(line, "first")
            await engine.called.wait()
            gone = ask(line, "gone")
            await asyncio.sleep(0)
            gone.cancel()
            engine.let(10)
            await first
            await ask(line, "last")
            assert ["gone"] not in engine.calls

    asyncio.run(work())


def test_a_refused_text_fails_its_own_request_only() -> None:
    async def work() -> None:
        engine = SlowEngine()
        engine.let(1)
        async with open_line(engine) as line:
            engine.error = EncodingFailed("status 500")
            with pytest.raises(EncodingFailed):
                await ask(line, "bad")
            engine.error = None
            engine.let(1)
            assert len(await ask(line, "good")) == 1

    asyncio.run(work())


def test_when_the_engine_dies_everybody_in_the_line_hears_it_and_so_does_who_comes_later() -> None:
    async def work() -> None:
        engine = SlowEngine()
        engine.error = EngineDied("gone")
        line = Line(engine.encode)
        running = asyncio.create_task(line.run())
        waiting = [ask(line, "a", "b"), ask(line, "c"), ask(line, "d", is_question=True)]
        await engine.called.wait()
        engine.let(1)
        answers = await asyncio.gather(*waiting, running, return_exceptions=True)
        assert [type(answer) for answer in answers] == [EngineDied] * 4
        with pytest.raises(EngineDied):
            await ask(line, "e")

    asyncio.run(work())
