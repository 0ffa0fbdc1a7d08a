"""Rasa's client of the deep reader: None instead of waiting while messages are read, an error while training."""

from __future__ import annotations

import asyncio
import base64
import logging
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from nlu import deep_reader
from nlu.deep_reader import DeepReaderAway, DeepReaderClient, kept_before, vectors_for_training
from reader.app import make_app
from reader.engine import Vector
from tests.reader.conftest import make_reader, vector_of

REPOSITORY = Path(__file__).resolve().parents[2]
RASA_PYTHON = REPOSITORY / ".venv-rasa" / "bin" / "python"
TOKEN = "reader-token"


class Engine:
    """Answers at once, or when `go` is set."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.go = asyncio.Event()
        self.go.set()

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        self.read += texts
        await self.go.wait()
        return [vector_of(text) for text in texts]


Walk = Callable[[str, Engine], Awaitable[None]]


def with_reader(walk: Walk) -> Engine:
    async def work() -> Engine:
        engine = Engine()
        async with TestServer(make_app(make_reader(engine.encode))) as server:
            await walk(str(server.make_url("")), engine)
        return engine

    return asyncio.run(work())


def environ(url: str, token: str = TOKEN) -> dict[str, str]:
    return {"DEEP_READER_URL": url, "DEEP_READER_TOKEN": token}


@pytest.mark.parametrize("missing", ["DEEP_READER_URL", "DEEP_READER_TOKEN"])
def test_there_is_a_client_only_where_a_deep_reader_is_set(missing: str) -> None:
    told = environ("http://127.0.0.1:1")
    assert DeepReaderClient.from_environment(told) is not None
    assert DeepReaderClient.from_environment(told | {missing: ""}) is None
    with pytest.raises(DeepReaderAway, match="DEEP_READER_MODEL"):
        vectors_for_training(["a"], told | {missing: ""})


def test_a_vector_comes_back_for_any_text() -> None:
    async def walk(url: str, engine: Engine) -> None:
        client = DeepReaderClient(url, TOKEN)
        for text in ("The light is out", "", "😀" * 3000, "\ud800", "x" * 9000):
            vector = await client.vector(text, patience=20)
            assert vector is not None
            assert (vector.numbers.shape, vector.numbers.dtype) == ((4,), np.float16)
        again = await client.vector("again")
        assert again is not None
        assert np.array_equal(again.numbers, vector_of("again"))
        await client.close()

    with_reader(walk)


def test_a_slow_reader_costs_the_first_message_its_patience_and_the_next_ones_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def walk(url: str, engine: Engine) -> None:
        client = DeepReaderClient(url, TOKEN)
        engine.go.clear()
        assert await client.vector("my secret", patience=0.1) is None
        engine.go.set()
        assert await client.vector("second", patience=5) is None
        assert engine.read == ["my secret"]
        monkeypatch.setattr(client, "_away_until", 0.0)  # the pause is over
        assert await client.vector("third", patience=5) is not None
        await client.close()

    with_reader(walk)
    assert "Timeout" in caplog.text
    assert "secret" not in caplog.text


def test_another_token_and_a_reader_that_is_away_are_no_vector(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def walk(url: str, engine: Engine) -> None:
        for client in (DeepReaderClient(url, "wrong"), DeepReaderClient("http://127.0.0.1:9", "x")):
            assert await client.vector("hello") is None
            await client.close()
        assert engine.read == []

    with_reader(walk)
    assert "status 401" in caplog.text
    assert "not asked for 5 s" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"model": "m", "size": 4, "vectors": []},
        {"model": "m", "size": 4, "vectors": ["AAA"]},
        {"model": "m", "size": 4, "vectors": [base64.b64encode(b"123456").decode()]},
    ],
)
def test_an_answer_of_something_else_is_no_vector(answer: Any) -> None:
    async def work() -> None:
        async def reply(_: web.Request) -> web.Response:
            return web.json_response(answer)

        app = web.Application()
        app.router.add_post("/vectors", reply)
        async with TestServer(app) as server:
            client = DeepReaderClient(str(server.make_url("")), TOKEN)
            assert await client.vector("hello") is None
            await client.close()

    asyncio.run(work())


def test_one_client_serves_several_event_loops() -> None:
    client = DeepReaderClient("http://127.0.0.1:9", TOKEN)
    for _ in range(2):
        client._away_until = 0.0
        assert asyncio.run(client.vector("hello")) is None


def test_a_training_gets_every_text_once_and_a_row_for_each(
    caplog: pytest.LogCaptureFixture,
) -> None:
    texts = [f"text {number % 70}" for number in range(100)] + ["", "\ud800"]

    async def walk(url: str, engine: Engine) -> None:
        model_id, rows = await asyncio.to_thread(vectors_for_training, texts, environ(url))
        assert model_id == "toy-3"
        assert (rows.shape, rows.dtype) == ((102, 4), np.float16)
        for text, row in zip(texts[:100], rows, strict=False):
            assert np.array_equal(row, vector_of(text))
        assert sorted(engine.read) == sorted({*texts[:100], " ", "?"})
        kept = await asyncio.to_thread(kept_before, texts, environ(url))
        assert (kept.shape, kept.any()) == ((102,), False)  # this reader has no cache
        _, none = await asyncio.to_thread(vectors_for_training, [], environ(url))
        assert none.shape == (0, 4)

    caplog.set_level(logging.INFO)
    with_reader(walk)
    assert "72 of 72 texts read, about 0 s left" in caplog.text


def test_a_training_is_refused_when_the_reader_is_away_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deep_reader, "TRY_AGAIN_SECONDS", 0.01)
    with pytest.raises(DeepReaderAway, match="ownerdesk run reader"):
        vectors_for_training(["a"], environ("http://127.0.0.1:9"))

    async def walk(url: str, engine: Engine) -> None:
        with pytest.raises(DeepReaderAway, match="status 401"):
            await asyncio.to_thread(vectors_for_training, ["a"], environ(url, "wrong"))

    with_reader(walk)


def test_a_training_outlives_a_restart_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep_reader, "TRY_AGAIN_SECONDS", 0.01)

    async def work() -> None:
        refusals = [503, 503]

        async def reply(request: web.Request) -> web.Response:
            if refusals:
                return web.Response(status=refusals.pop())
            return web.json_response({"model": "m", "size": 4, "layers": 3})

        app = web.Application()
        app.router.add_get("/health", reply)
        async with TestServer(app) as server:
            url = str(server.make_url(""))
            model_id, rows = await asyncio.to_thread(vectors_for_training, [], environ(url))
            assert (model_id, rows.shape) == ("m", (0, 4))

    asyncio.run(work())


def test_it_works_in_rasas_own_environment() -> None:
    """An older Python and older libraries than the tests'."""
    program = (
        "import asyncio, sys; sys.path.insert(0, '.')\n"
        "from nlu.deep_reader import DeepReaderClient, vectors_for_training\n"
        "async def ask():\n"
        "    client = DeepReaderClient.from_environment()\n"
        "    vector = await client.vector('a light', patience=20)\n"
        "    await client.close()\n"
        "    return vector.numbers\n"
        "rows = vectors_for_training(['a light', 'b'])[1]\n"
        "assert (rows[0] == asyncio.run(ask())).all() and rows.shape == (2, 4)\n"
    )

    async def walk(url: str, engine: Engine) -> None:
        done = await asyncio.to_thread(
            subprocess.run,
            [RASA_PYTHON, "-c", program],
            cwd=REPOSITORY,
            env=environ(url),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    with_reader(walk)
