"""llama.cpp inside this process, and the vector of a text made from what it says of each token.

The engine's own HTTP server gives a vector for every token; its Python call does not. That server listens on loopback, on
a random port, behind a key that only this process knows.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import numpy.typing as npt

from ownerdesk.adapters.deep_reader import UnusableModel, unusable

Vector = npt.NDArray[np.float16]

# One call of the engine holds at most this many texts, side by side.
MOST_AT_ONCE = 4
# Of a longer text the beginning and the end are read, where people put their point: time grows with the tokens, and a
# thousand characters of English fit.
MOST_TOKENS = 256
_ROOM = MOST_TOKENS + 64  # a tokenizer adds marks of its own
_CALL_SECONDS = 120.0


class EngineDied(Exception):
    """The engine does not answer any more; only a new process helps."""


class EncodingFailed(Exception):
    """The engine refused a text; it goes on."""


class Engine:
    """Loads the model at once, which takes seconds and blocks. Use `async with`."""

    def __init__(self, path: Path, *, threads: int) -> None:
        # Read when the library is loaded: idle threads sleep instead of spinning on cores that others need.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            import xllamacpp
        except ImportError as error:
            raise UnusableModel(
                f"The deep reader's engine is not installed ({error}). Run `make setup`, "
                "or leave DEEP_READER_MODEL empty."
            ) from None
        self._key = secrets.token_urlsafe(32)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_NONE
        params.embd_normalize = -1
        params.n_ctx = params.n_batch = MOST_AT_ONCE * _ROOM
        params.n_ubatch = _ROOM
        params.n_parallel = MOST_AT_ONCE
        params.kv_unified = True
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.warmup = params.fit_params = params.ui = params.endpoint_slots = False
        params.cache_ram_mib = params.n_ctx_checkpoints = 0
        params.n_threads_http = MOST_AT_ONCE
        params.api_keys = [self._key]
        params.verbosity = 0
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError:
            raise unusable(path, "llama.cpp cannot load it") from None
        self._url: str = self._server.listening_address
        self._http: aiohttp.ClientSession | None = None
        self.size = 0

    async def __aenter__(self) -> Engine:
        self._http = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=aiohttp.ClientTimeout(total=_CALL_SECONDS),
        )
        try:
            (vector,) = await self.encode(["The light on the landing is out."])
        except (EngineDied, EncodingFailed) as error:
            await self._http.close()
            raise UnusableModel(
                f"The model of DEEP_READER_MODEL gives no vectors ({error}). Take another one, "
                "or leave the setting empty; see docs/runbook.md."
            ) from None
        self.size = len(vector)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of at most MOST_AT_ONCE texts, none of them empty."""
        prompts = await asyncio.gather(*(self._shorten(text) for text in texts))
        answer = await self._post("/embedding", {"content": prompts})
        if not isinstance(answer, list) or len(answer) != len(texts):
            raise EncodingFailed("the engine's answer has another form than expected")
        return [pool(row["embedding"]) for row in sorted(answer, key=lambda row: row["index"])]

    async def _shorten(self, text: str) -> str | list[int]:
        """The text itself, or the tokens of its beginning and end. A token is at least one byte."""
        if len(text.encode()) < MOST_TOKENS:
            return text
        answer = await self._post("/tokenize", {"content": text, "add_special": True})
        tokens: list[int] = answer["tokens"]
        if len(tokens) <= MOST_TOKENS:
            return text
        head = MOST_TOKENS * 7 // 12
        return tokens[:head] + tokens[head - MOST_TOKENS :]

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        assert self._http is not None, "use `async with`"
        try:
            async with self._http.post(self._url + path, json=body) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise EngineDied(type(error).__name__) from error
        if response.status != 200:
            raise EncodingFailed(f"status {response.status}")
        return json.loads(content)


def pool(tokens: Sequence[Sequence[float]]) -> Vector:
    """The mean over all tokens and, behind it, the last token, which has seen all the others."""
    rows = np.asarray(tokens, dtype=np.float32)
    if rows.ndim != 2 or not len(rows) or not np.isfinite(rows).all():
        raise EncodingFailed("no finite numbers")
    return np.concatenate([rows.mean(axis=0), rows[-1]]).astype(np.float16)
