"""The deep reader as an HTTP service on loopback, and as a part that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import json
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ownerdesk.adapters.deep_reader import DeepModel, UnusableModel, find_model
from ownerdesk.bootstrap import Core
from ownerdesk.settings import Settings
from reader.cache import LIST_SECONDS, QUESTION_SECONDS, VectorCache
from reader.cutting import have_cut
from reader.engine import EncodingFailed, Engine, EngineDied, Vector
from reader.line import Encode, Line, TooBusy

logger = logging.getLogger(__name__)

MOST_TEXTS = 64
LONGEST_TEXT = 4096
LONGEST_PATIENCE = 3600.0
# 64 texts of 4096 emoji, each escaped to twelve signs, and the JSON around them.
MAX_BODY = 4 * 1024 * 1024
STOP_SECONDS = 1.5


@dataclass
class Reader:
    """What the handlers share. `died` is set when the engine is gone; the process then ends and is started anew."""

    model: DeepModel
    size: int
    token: str
    encode: Encode
    cache: VectorCache
    died: asyncio.Event = field(default_factory=asyncio.Event)
    line: Line = field(init=False)
    keeping: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.line = Line(self.encode)

    async def read(self, question: Question) -> list[Vector]:
        """Raises TooBusy, EncodingFailed or EngineDied."""
        texts = [tidy(text) for text in question.texts]
        is_question = len(texts) == 1
        seconds = QUESTION_SECONDS if is_question else LIST_SECONDS
        known = await self.cache.find(texts, seconds=seconds)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            vectors = await self.line.wait_for(
                missing, is_question=is_question, patience=question.patience
            )
            new = dict(zip(missing, vectors, strict=True))
            self._keep(new)
            known = known | new
        return [known[text] for text in texts]

    async def list_kept(self, texts: Sequence[str]) -> list[bool]:
        """For each of the texts, whether its vector costs nothing."""
        tidied = [tidy(text) for text in texts]
        kept = await self.cache.which(tidied)
        return [text in kept for text in tidied]

    def _keep(self, vectors: Mapping[str, Vector]) -> None:
        """Written behind the answer's back: nobody waits for it."""
        task = asyncio.create_task(self.cache.keep(vectors))
        self.keeping.add(task)
        task.add_done_callback(self.keeping.discard)


@dataclass(frozen=True)
class Question:
    """One request as it was asked. `patience` is in seconds; None waits as long as it takes."""

    texts: Sequence[str]
    patience: float | None


READER = web.AppKey("reader", Reader)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """A request that is answered with `status` and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        return _refuse(refused.status, str(refused))


def make_app(reader: Reader) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY, middlewares=[answer_refusals])
    app[READER] = reader
    app.router.add_get("/health", show_health)
    app.router.add_post("/vectors", answer)
    app.router.add_post("/kept", answer_kept)
    app.cleanup_ctx.append(_serve_line)
    return app


async def show_health(request: web.Request) -> web.Response:
    reader = request.app[READER]
    if reader.died.is_set():
        return _refuse(503, "the engine died")
    return web.json_response(
        {"model": reader.model.id, "layers": reader.model.layers, "size": reader.size}
    )


async def answer(request: web.Request) -> web.Response:
    reader, question = request.app[READER], await _read_question(request)
    try:
        vectors = await reader.read(question)
    except TooBusy:
        return _refuse(503, "busy")
    except EngineDied:
        return _refuse(503, "the engine died")
    except EncodingFailed as error:
        logger.error("reader: a list of %d could not be read, %s", len(question.texts), error)
        return _refuse(500, "the engine refused a text")
    return web.json_response(
        {
            "model": reader.model.id,
            "size": reader.size,
            "vectors": [
                base64.b64encode(vector.astype("<f2").tobytes()).decode() for vector in vectors
            ],
        }
    )


async def answer_kept(request: web.Request) -> web.Response:
    """Which of the texts have been read before: a training prefers those."""
    reader, question = request.app[READER], await _read_question(request)
    kept = await reader.list_kept(question.texts)
    return web.json_response({"model": reader.model.id, "kept": kept})


async def _read_question(request: web.Request) -> Question:
    """Raises Refused without the token or with a body that is no question."""
    given = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, f"Bearer {request.app[READER].token}".encode()):
        raise Refused(401, "another token is needed")
    try:
        return parse_question(await request.read())
    except ValueError as error:
        raise Refused(400, str(error)) from None


def parse_question(body: bytes) -> Question:
    """Raises ValueError with a reason that repeats nothing of the body."""
    try:
        content = json.loads(body)
    except ValueError:
        raise ValueError("the body is not JSON") from None
    texts: Any = content.get("texts") if isinstance(content, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("texts must be a list of strings")
    if not 1 <= len(texts) <= MOST_TEXTS:
        raise ValueError(f"texts must be 1 to {MOST_TEXTS}")
    if any(len(text) > LONGEST_TEXT for text in texts):
        raise ValueError(f"a text must not be longer than {LONGEST_TEXT} characters")
    patience: Any = content.get("patience")
    if patience is not None and (
        isinstance(patience, bool)
        or not isinstance(patience, int | float)
        or not 0 <= patience <= LONGEST_PATIENCE
    ):
        raise ValueError(f"patience must be a number of seconds up to {LONGEST_PATIENCE:.0f}")
    return Question(texts, patience)


def tidy(text: str) -> str:
    """Every text has an answer: half a character becomes a question mark, and nothing at all a space."""
    return text.encode("utf-8", "replace").decode() or " "


def _refuse(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)


async def _serve_line(app: web.Application) -> AsyncIterator[None]:
    reader = app[READER]

    async def serve() -> None:
        try:
            await reader.line.run()
        except Exception as error:
            # Whatever it was, the process ends and is started anew. The type alone: its text may quote an owner.
            logger.error("reader: the engine died: %s", type(error).__name__)
            reader.died.set()

    tasks = [asyncio.create_task(serve()), asyncio.create_task(reader.cache.keep_forgetting())]
    yield
    if reader.keeping:
        await asyncio.wait(reader.keeping, timeout=STOP_SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run(settings: Settings) -> None:
    """The part `reader`: blocks until it is told to stop. Raises UnusableModel; exit code 1 when the engine dies."""
    model = find_model(settings)
    if model is None:
        raise UnusableModel("DEEP_READER_MODEL is empty; set it to the path of a GGUF model.")
    engine = Engine(have_cut(model, settings.deep_reader_dir), threads=settings.deep_reader_threads)
    if not settings.database_url:
        logger.warning("reader: no database, so vectors are not kept")
    core = Core(settings) if settings.database_url else None
    try:
        died = asyncio.run(serve(settings, model, engine, core))
    finally:
        if core is not None:
            core.close()
    if died:
        raise SystemExit(1)


async def serve(settings: Settings, model: DeepModel, engine: Engine, core: Core | None) -> bool:
    """Serve until SIGTERM or SIGINT, or until the engine dies, which is what the answer says."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    async with engine:
        cache = VectorCache(core, model.id, engine.size)
        reader = Reader(model, engine.size, settings.deep_reader_token, engine.encode, cache)
        # Who hangs up leaves the line.
        runner = web.AppRunner(
            make_app(reader),
            access_log=None,
            shutdown_timeout=STOP_SECONDS,
            handler_cancellation=True,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", settings.deep_reader_port).start()
            logger.info("reader: model %s listens on port %d", model.id, settings.deep_reader_port)
            await asyncio.wait(
                [asyncio.create_task(event.wait()) for event in (stop, reader.died)],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            with contextlib.suppress(TimeoutError):
                await runner.cleanup()
    return reader.died.is_set()
