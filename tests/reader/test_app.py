"""The deep reader over HTTP: answers, refusals, and what it keeps in the database."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, text

from ownerdesk.bootstrap import Core
from ownerdesk.model import DeepVector
from reader.app import Reader, make_app
from reader.cache import FORGET_AFTER, VectorCache, forget_vectors
from reader.engine import EngineDied, Vector
from tests.conftest import NOON, Clock
from tests.reader.conftest import make_reader, vector_of

TOKEN = {"Authorization": "Bearer reader-token"}


class Diary:
    """An engine that answers at once and keeps what it was asked."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        self.read += texts
        return [vector_of(text) for text in texts]


def visit(reader: Callable[[], Reader], walk: Callable[[Any], Awaitable[None]]) -> None:
    async def work() -> None:
        async with TestClient(TestServer(make_app(reader()))) as client:
            await walk(client)

    asyncio.run(work())


async def ask(client: ClientSession, *texts: str, **more: Any) -> list[list[float]]:
    response = await client.post("/vectors", json={"texts": texts, **more}, headers=TOKEN)
    assert response.status == 200, await response.text()
    answer = await response.json()
    assert (answer["model"], answer["size"]) == ("toy-3", 4)
    return [np.frombuffer(base64.b64decode(row), "<f2").tolist() for row in answer["vectors"]]


def test_health_names_the_model_and_vectors_come_in_the_order_asked() -> None:
    async def walk(client: ClientSession) -> None:
        health = await client.get("/health")
        assert await health.json() == {"model": "toy-3", "layers": 3, "size": 4}
        texts = ["b", "a", "b", "ñ 灯"]
        assert await ask(client, *texts) == [vector_of(t).tolist() for t in texts]
        assert diary.read == ["b", "a", "ñ 灯"]

    diary = Diary()
    visit(lambda: make_reader(diary.encode), walk)


@pytest.mark.parametrize(
    "given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}]
)
def test_nobody_is_answered_without_the_token(given: dict[str, str]) -> None:
    async def walk(client: ClientSession) -> None:
        response = await client.post("/vectors", json={"texts": ["a"]}, headers=given)
        assert response.status == 401
        assert diary.read == []
        assert await ask(client, "a")

    diary = Diary()
    visit(lambda: make_reader(diary.encode), walk)


@pytest.mark.parametrize(
    "body",
    [
        b"no json", b"[]", b"{}", b'{"texts": "a"}', b'{"texts": []}', b'{"texts": [1]}',
        b'{"texts": ["a"], "patience": true}', b'{"texts": ["a"], "patience": -1}',
        b'{"texts": ["a"], "patience": NaN}', b'{"texts": ["a"], "patience": "long"}',
        b'{"texts": [' + b",".join([b'"a"'] * 65) + b"]}", b'{"texts": ["' + b"a" * 4097 + b'"]}',
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused_and_not_repeated(body: bytes) -> None:
    async def walk(client: ClientSession) -> None:
        response = await client.post("/vectors", data=body, headers=TOKEN)
        assert response.status == 400
        assert "aaaa" not in await response.text()
        assert len(await ask(client, *["a"] * 64)) == 64
        assert len(await ask(client, "a" * 4096)) == 1

    visit(lambda: make_reader(Diary().encode), walk)


def test_empty_and_half_texts_have_a_defined_answer() -> None:
    async def walk(client: ClientSession) -> None:
        answers = await ask(client, "", " ", "\ud83d", "?")
        assert answers[0] == answers[1]
        assert answers[2] == answers[3]
        assert diary.read == [" ", "?"]

    diary = Diary()
    visit(lambda: make_reader(diary.encode), walk)


def test_a_busy_reader_sheds_what_would_wait_too_long_and_answers_the_patient() -> None:
    async def walk(client: ClientSession) -> None:
        first = asyncio.create_task(ask(client, "first"))
        await begun.wait()
        body = {"texts": ["second"], "patience": 0.05}
        response = await client.post("/vectors", json=body, headers=TOKEN)
        assert response.status == 503
        assert await response.json() == {"error": "busy"}
        patient = asyncio.create_task(ask(client, "third", patience=30))
        go.set()
        assert await first == [vector_of("first").tolist()]
        assert await patient == [vector_of("third").tolist()]

    begun, go = asyncio.Event(), asyncio.Event()

    async def encode(texts: Sequence[str]) -> list[Vector]:
        begun.set()
        await go.wait()
        return [vector_of(text) for text in texts]

    visit(lambda: make_reader(encode), walk)


def test_a_dead_engine_is_503_and_ends_the_part(caplog: pytest.LogCaptureFixture) -> None:
    async def walk(client: ClientSession) -> None:
        assert (await client.get("/health")).status == 200
        for _ in range(2):
            body = {"texts": ["a secret sentence"]}
            assert (await client.post("/vectors", json=body, headers=TOKEN)).status == 503
        assert readers[0].died.is_set()
        assert (await client.get("/health")).status == 503

    async def encode(texts: Sequence[str]) -> list[Vector]:
        raise EngineDied("gone")

    readers: list[Reader] = []

    def make() -> Reader:
        readers.append(make_reader(encode))
        return readers[0]

    visit(make, walk)
    assert "the engine died" in caplog.text
    assert "secret" not in caplog.text


def stored(core: Core) -> dict[bytes, DeepVector]:
    with core.sessions() as session:
        return {row.text_key: row for row in session.scalars(select(DeepVector))}


def test_a_text_is_read_once_for_all_replicas_and_only_its_hash_is_stored(core: Core) -> None:
    diaries = [Diary(), Diary()]

    async def walk(client: ClientSession) -> None:
        assert await ask(client, "one", "two") == [vector_of(t).tolist() for t in ("one", "two")]

    for diary in diaries:
        visit(lambda d=diary: make_reader(d.encode, VectorCache(core, "toy-3", 4)), walk)  # type: ignore[misc]
    assert [diary.read for diary in diaries] == [["one", "two"], []]
    rows = stored(core)
    assert set(rows) == {hashlib.sha256(word).digest() for word in (b"one", b"two")}
    row = rows[hashlib.sha256(b"one").digest()]
    assert (row.model, row.vector) == ("toy-3", vector_of("one").astype("<f2").tobytes())


def test_a_training_is_told_which_texts_were_read_before(core: Core) -> None:
    async def read(client: ClientSession) -> None:
        await ask(client, "one", "")

    visit(lambda: make_reader(Diary().encode, VectorCache(core, "toy-3", 4)), read)

    async def walk(client: ClientSession) -> None:
        response = await client.post("/kept", json={"texts": ["two", "one", ""]}, headers=TOKEN)
        assert await response.json() == {"model": "toy-3", "kept": [False, True, True]}
        for body, headers, status in ((b"{}", TOKEN, 400), (b'{"texts": ["a"]}', {}, 401)):
            assert (await client.post("/kept", data=body, headers=headers)).status == status

    visit(lambda: make_reader(Diary().encode, VectorCache(core, "toy-3", 4)), walk)

    async def walk_without(client: ClientSession) -> None:
        response = await client.post("/kept", json={"texts": ["one"]}, headers=TOKEN)
        assert (await response.json())["kept"] == [False]

    visit(lambda: make_reader(Diary().encode), walk_without)


def test_another_model_reads_anew(core: Core) -> None:
    diary = Diary()

    async def walk(client: ClientSession) -> None:
        await ask(client, "one")

    visit(lambda: make_reader(Diary().encode, VectorCache(core, "other-3", 4)), walk)
    visit(lambda: make_reader(diary.encode, VectorCache(core, "toy-3", 4)), walk)
    assert diary.read == ["one"]


def test_without_the_database_texts_are_read_anew_and_nobody_waits_for_it(core: Core) -> None:
    lost = Core(replace(core.settings, database_url="postgresql://x:x@127.0.0.1:1/x"))
    diary = Diary()

    async def walk(client: ClientSession) -> None:
        for _ in range(2):
            assert await ask(client, "one") == [vector_of("one").tolist()]

    try:
        visit(lambda: make_reader(diary.encode, VectorCache(lost, "toy-3", 4)), walk)
    finally:
        lost.close()
    assert diary.read == ["one", "one"]


def test_without_its_table_texts_are_read_anew(core: Core) -> None:
    core.transact_now(lambda session: session.execute(text("drop table deep_vectors")))
    diary = Diary()

    async def walk(client: ClientSession) -> None:
        assert await ask(client, "one") == [vector_of("one").tolist()]

    visit(lambda: make_reader(diary.encode, VectorCache(core, "toy-3", 4)), walk)
    assert diary.read == ["one"]


def test_what_nobody_asked_for_in_a_long_time_is_forgotten_and_what_is_used_stays(
    core: Core, clock: Clock
) -> None:
    async def walk(client: ClientSession) -> None:
        await ask(client, *texts)

    texts = ["used", "unused"]
    visit(lambda: make_reader(Diary().encode, VectorCache(core, "toy-3", 4)), walk)
    clock.now = NOON + FORGET_AFTER - timedelta(days=1)
    texts = ["used"]
    visit(lambda: make_reader(Diary().encode, VectorCache(core, "toy-3", 4)), walk)
    core.transact_now(forget_vectors, before=NOON + timedelta(hours=1))
    assert set(stored(core)) == {hashlib.sha256(b"used").digest()}
