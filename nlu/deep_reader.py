"""Asks the deep reader for vectors, from inside Rasa's environment. The other end is `reader/app.py`.

While messages are read nothing here raises and nothing waits longer than it was told to: without an answer the fast
reader decides alone. A training, however, is refused when the deep reader is away.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import numpy as np

logger = logging.getLogger(__name__)

LONGEST_TEXT = 4096  # the reader refuses longer ones
PAUSE_SECONDS = 5.0
BATCH = 32
KEPT_BATCH = 64
BATCH_LIMIT_SECONDS = 300.0
TRIES = 4
TRY_AGAIN_SECONDS = 5.0
REPORT_EVERY_SECONDS = 10.0


DEEP_VECTOR = "deep_vector"  # under this name a vector comes with the metadata of a message
MOST_LETTERS = 600  # of a longer message the beginning and the end are asked about


@dataclass(frozen=True)
class DeepVector:
    """What a deep reader made of one text: float16 numbers, and the id of the model that made them."""

    model: str
    numbers: np.ndarray


class DeepReaderAway(RuntimeError):
    """A training needs vectors and nobody gives them; the text says what to do."""


class DeepReaderClient:
    """One for a process; connections are kept. `vector` is for the event loop that reads messages."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._http: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._away_until = 0.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> DeepReaderClient | None:
        """From DEEP_READER_URL and DEEP_READER_TOKEN; None when there is no deep reader."""
        env = os.environ if environ is None else environ
        url, token = env.get("DEEP_READER_URL", ""), env.get("DEEP_READER_TOKEN", "")
        return cls(url, token) if url and token else None

    async def vector(self, text: str, patience: float = 1.5) -> DeepVector | None:
        """The vector of one text, or None after at most `patience` seconds.

        After a failure nobody is asked for PAUSE_SECONDS: a reader that is away costs one message its wait, not all.
        """
        if time.monotonic() < self._away_until:
            return None
        body = {"texts": [text[:LONGEST_TEXT]], "patience": patience}
        try:
            async with self._session().post(
                f"{self._url}/vectors", json=body, timeout=aiohttp.ClientTimeout(total=patience)
            ) as response:
                if response.status == 200:
                    model, vectors = parse_answer(await response.read())
                    return DeepVector(model, vectors[0])
                reason = f"status {response.status}"
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:  # noqa: UP041 - they differ in 3.10
            reason = type(error).__name__
        self._away_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("deep reader: no vector (%s), not asked for %.0f s", reason, PAUSE_SECONDS)
        return None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _session(self) -> aiohttp.ClientSession:
        """Made on first use, and anew in another event loop, which has no use for the connections of the first."""
        loop = asyncio.get_running_loop()
        if self._http is None or self._http.closed or self._loop is not loop:
            self._loop = loop
            self._http = aiohttp.ClientSession(headers=_headers(self._token))
        return self._http


def vectors_for_training(
    texts: Sequence[str], environ: Mapping[str, str] | None = None
) -> tuple[str, np.ndarray]:
    """The model's id, and one row of float16 for each text. Blocks; what was read before comes from the reader's cache.

    Raises DeepReaderAway when there is no deep reader, when it stays away, or when its model changes meanwhile.
    """
    url, token = _reader_of(environ)
    described = _call(url, token, "/health", None)
    model_id, size = str(described["model"]), int(described["size"])
    places: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        places.setdefault(text[:LONGEST_TEXT], []).append(number)
    rows = np.zeros((len(texts), size), dtype=np.float16)
    # Texts of a like length take a like time, so that the time left can be told.
    different = sorted(places, key=len, reverse=True)
    for batch in _reported(different):
        answered_by, vectors = parse_answer(_call(url, token, "/vectors", {"texts": batch}))
        if answered_by != model_id or vectors.shape != (len(batch), size):
            raise DeepReaderAway("The deep reader's model changed during the training: train anew.")
        for text, vector in zip(batch, vectors, strict=True):
            rows[places[text]] = vector
    return model_id, rows


def kept_before(texts: Sequence[str], environ: Mapping[str, str] | None = None) -> np.ndarray:
    """For each text whether its vector comes from the reader's cache (bool). Blocks. Raises DeepReaderAway."""
    url, token = _reader_of(environ)
    kept: list[bool] = []
    for start in range(0, len(texts), KEPT_BATCH):
        batch = [text[:LONGEST_TEXT] for text in texts[start : start + KEPT_BATCH]]
        kept += _call(url, token, "/kept", {"texts": batch})["kept"]
    return np.asarray(kept, dtype=bool)


def _reader_of(environ: Mapping[str, str] | None) -> tuple[str, str]:
    """Address and token. Raises DeepReaderAway when there are none."""
    env = os.environ if environ is None else environ
    url, token = env.get("DEEP_READER_URL", "").rstrip("/"), env.get("DEEP_READER_TOKEN", "")
    if not url or not token:
        raise DeepReaderAway(
            "DEEP_READER_URL and DEEP_READER_TOKEN are not set: train with `ownerdesk train`, "
            "and DEEP_READER_MODEL set to a GGUF model."
        )
    return url, token


def parse_answer(answer: bytes | Mapping[str, Any]) -> tuple[str, np.ndarray]:
    """Model id and vectors of an answer to `/vectors`. Raises ValueError for anything else."""
    content = json.loads(answer) if isinstance(answer, bytes) else answer
    try:
        size = int(content["size"])
        rows = [
            np.frombuffer(base64.b64decode(row, validate=True), dtype="<f2")
            for row in content["vectors"]
        ]
        vectors = np.stack(rows).astype(np.float16)
        if vectors.shape[1] != size:
            raise ValueError("a vector has another length than announced")
        return str(content["model"]), vectors
    except (KeyError, TypeError) as error:
        raise ValueError(f"no answer of a deep reader ({type(error).__name__})") from None


def _reported(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in batches; how many are done and how long the rest may take goes to the log."""
    started_at = said_at = time.monotonic()
    letters = sum(map(len, texts)) or 1
    read = 0
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        yield batch
        read += sum(map(len, batch))
        now, done = time.monotonic(), start + len(batch)
        if now - said_at >= REPORT_EVERY_SECONDS or done == len(texts):
            said_at = now
            left = (now - started_at) * (letters - read) / max(read, 1)
            logger.info(
                "deep reader: %d of %d texts read, about %.0f s left", done, len(texts), left
            )


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _call(url: str, token: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
    """One request of a training, tried again while the reader is busy or being restarted."""
    request = urllib.request.Request(  # noqa: S310 - the address is the supervisor's
        url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={**_headers(token), "Content-Type": "application/json"},
    )
    # A proxy for the way out has no business between two processes of one machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    reason = ""
    for attempt in range(TRIES):
        if attempt:
            logger.warning("deep reader: %s, trying again in %.0f s", reason, TRY_AGAIN_SECONDS)
            time.sleep(TRY_AGAIN_SECONDS)
        try:
            with opener.open(request, timeout=BATCH_LIMIT_SECONDS) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            reason = f"status {error.code}"
            if error.code < 500:
                break  # it will not say anything else the next time
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = type(error).__name__
    raise DeepReaderAway(
        f"The deep reader at {url} does not answer ({reason}). Look at log/reader.log, start it with "
        "`ownerdesk run reader`, or leave DEEP_READER_MODEL empty to train without it."
    )
