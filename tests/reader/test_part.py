"""The part as a process: it comes up with a real model, stops when told, and says in one line why it does not start."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import aiohttp
import pytest

from ownerdesk.adapters.deep_reader import DeepModel, is_ready
from ownerdesk.settings import Settings
from ownerdesk.supervisor.checks import find_free_port
from reader.app import serve
from reader.engine import Engine, EngineDied, Vector
from tests.reader.conftest import LAYERS, vector_of

COMMAND = [sys.executable, "-m", "ownerdesk", "run", "reader"]
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def deep_settings(settings: Settings, smollm: Path) -> Settings:
    return replace(
        settings,
        deep_reader_model=smollm,
        deep_reader_layers=LAYERS,
        deep_reader_port=find_free_port(),
        deep_reader_threads=1,
    )


def test_it_comes_up_with_a_real_model_answers_and_stops_when_told(
    deep_settings: Settings, small_cut: Path
) -> None:
    deep_settings.deep_reader_dir.mkdir()
    (deep_settings.deep_reader_dir / small_cut.name).hardlink_to(small_cut)
    with subprocess.Popen(
        COMMAND, env=deep_settings.to_environ(), cwd=REPOSITORY, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            asyncio.run(ask(deep_settings, small_cut.stem))
            process.terminate()
            _, log = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "secret" not in log


async def ask(settings: Settings, model_id: str) -> None:
    for _ in range(600):
        if await is_ready(settings.deep_reader_url, model_id):
            break
        await asyncio.sleep(0.1)
    assert await is_ready(settings.deep_reader_url, model_id)
    assert not await is_ready(settings.deep_reader_url, "another-16")
    headers = {"Authorization": f"Bearer {settings.deep_reader_token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(
            f"{settings.deep_reader_url}/vectors", json={"texts": ["a secret", ""]}
        ) as response,
    ):
        answer = await response.json()
        assert (answer["model"], len(answer["vectors"])) == (model_id, 2)


@pytest.mark.parametrize("content", [None, b"", b"no model at all", b"GGUF"])
def test_a_file_that_is_no_model_is_one_line_with_the_fix(
    deep_settings: Settings, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    env = replace(deep_settings, deep_reader_model=path).to_environ()
    done = subprocess.run(
        COMMAND, env=env, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("ownerdesk: DEEP_READER_MODEL cannot be used: ")
    assert line.endswith("or leave the setting empty; see docs/runbook.md.")


def test_without_a_model_the_part_says_which_setting_is_empty(settings: Settings) -> None:
    done = subprocess.run(
        COMMAND,
        env=settings.to_environ(),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "DEEP_READER_MODEL is empty" in done.stderr


class DyingEngine:
    """Comes up, and is gone when it is first asked."""

    size = 4

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        if texts == ["die"]:
            raise EngineDied("gone")
        return [vector_of(text) for text in texts]


def test_when_the_engine_dies_the_part_ends_to_be_started_anew(
    deep_settings: Settings, small_model: DeepModel
) -> None:
    async def work() -> None:
        engine = cast(Engine, DyingEngine())
        running = asyncio.create_task(serve(deep_settings, small_model, engine, None))
        url = deep_settings.deep_reader_url
        headers = {"Authorization": f"Bearer {deep_settings.deep_reader_token}"}
        for _ in range(100):
            if await is_ready(url):
                break
            await asyncio.sleep(0.05)
        async with aiohttp.ClientSession(headers=headers) as http:
            for text, status in (("live", 200), ("die", 503)):
                async with http.post(f"{url}/vectors", json={"texts": [text]}) as response:
                    assert response.status == status
        assert await asyncio.wait_for(running, 10) is True

    asyncio.run(work())
