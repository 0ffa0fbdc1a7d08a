"""The engine: vectors that can be checked by hand, an answer for every text, and a model it cannot load."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ownerdesk.adapters.deep_reader import UnusableModel, inspect_model
from reader.cutting import have_cut
from reader.engine import MOST_TOKENS, EncodingFailed, Engine, EngineDied, Vector, pool
from tests.reader.conftest import write_model

TEXTS = ["The light on the landing is out.", "Se ha ido la luz", "电梯坏了"]
ODD = ["", "😀", "👩‍👩‍👧‍👦" * 500, "a\x00b\x07", "x" * 4096, "�", "\n", "<|im_end|>", "灯" * 4096]


def encode(cut: Path, texts: list[str]) -> list[Vector]:
    async def work() -> list[Vector]:
        async with Engine(cut, threads=1) as engine:
            return [(await engine.encode([text or " "]))[0] for text in texts]

    return asyncio.run(work())


def ask(engine: Engine, path: str, body: dict[str, Any], key: str) -> Any:
    request = urllib.request.Request(
        engine._url + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def test_a_vector_is_the_mean_of_all_tokens_and_then_the_last_one(small_cut: Path) -> None:
    async def work() -> None:
        async with Engine(small_cut, threads=1) as engine:
            vectors = await engine.encode(TEXTS)
            assert engine.size == 2 * 576
            for text, vector in zip(TEXTS, vectors, strict=True):
                told = ask(engine, "/embedding", {"content": text}, engine._key)
                tokens: list[list[float]] = told[0]["embedding"]
                assert len(tokens) == len(ask(engine, "/tokenize", {"content": text}, engine._key)["tokens"])  # fmt: skip
                mean = [sum(column) / len(tokens) for column in zip(*tokens, strict=True)]
                assert vector.dtype == np.float16
                assert np.allclose(vector, mean + tokens[-1], rtol=0.02, atol=0.02)

    asyncio.run(work())


def test_texts_differ_and_the_same_text_stays_the_same(small_cut: Path) -> None:
    first, second, again = encode(small_cut, [TEXTS[0], TEXTS[1], TEXTS[0]])
    assert np.allclose(first, again, atol=0.01)
    assert not np.allclose(first, second, atol=0.1)


def test_every_text_has_an_answer_however_odd_or_long(small_cut: Path) -> None:
    for vector in encode(small_cut, ODD):
        assert vector.shape == (2 * 576,)
        assert np.isfinite(vector).all()


def test_of_a_long_text_beginning_and_end_are_read(small_cut: Path) -> None:
    async def work() -> None:
        async with Engine(small_cut, threads=1) as engine:
            assert await engine._shorten("one two") == "one two"
            words = [f"word{number}" for number in range(900)]
            tokens = await engine._shorten(" ".join(words))
            assert isinstance(tokens, list)
            assert len(tokens) == MOST_TOKENS
            text = ask(engine, "/detokenize", {"tokens": tokens}, engine._key)["content"]
            assert text.startswith("word0 word1 ")
            assert text.endswith("word899")

    asyncio.run(work())


def test_the_engines_own_server_answers_nobody_without_its_key(small_cut: Path) -> None:
    async def work() -> None:
        async with Engine(small_cut, threads=1) as engine:
            assert engine._url.startswith("http://127.0.0.1:")
            with pytest.raises(urllib.error.HTTPError, match="401"):
                ask(engine, "/embedding", {"content": ["hello"]}, "guess")

    asyncio.run(work())


def test_an_engine_that_is_gone_is_told_from_a_text_it_refuses(small_cut: Path) -> None:
    async def work() -> None:
        async with Engine(small_cut, threads=1) as engine:
            with pytest.raises(EncodingFailed, match="status 400"):
                await engine.encode([""])
            engine._url = "http://127.0.0.1:9"
            with pytest.raises(EngineDied):
                await engine.encode(["hello"])

    asyncio.run(work())


def test_a_model_that_llama_cpp_does_not_know_is_refused_with_what_to_do(tmp_path: Path) -> None:
    model = inspect_model(write_model(tmp_path / "toy.gguf"), 3)
    with pytest.raises(UnusableModel, match=r"llama\.cpp cannot load it.*DEEP_READER_MODEL|DEEP"):
        Engine(have_cut(model, tmp_path), threads=1)


@pytest.mark.parametrize("tokens", [[], [[float("nan"), 1.0]], [1.0, 2.0]])
def test_what_is_no_list_of_finite_vectors_is_not_pooled(tokens: list[Any]) -> None:
    with pytest.raises(EncodingFailed):
        pool(tokens)
    assert pool([[1.0, 2.0], [3.0, 6.0]]).tolist() == [2.0, 4.0, 3.0, 6.0]
