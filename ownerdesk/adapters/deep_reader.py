"""The deep reader as the rest of the core knows it: what its model file is, and whether its process answers.

The process is `reader/`; the client that asks it for vectors lives in Rasa's environment (`nlu/deep_reader.py`).
"""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import aiohttp

from ownerdesk.settings import Settings

MAGIC = b"GGUF"
VERSIONS = (2, 3)
# Part of every model's id: raise it when `reader/cutting.py` cuts otherwise or vectors are pooled otherwise.
RECIPE = 1
_SAMPLES = 16
_SAMPLE_BYTES = 256 * 1024
_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_UNSIGNED = {0: "<B", 2: "<H", 4: "<I", 10: "<Q"}
_LONGEST_STRING = 16 * 1024 * 1024


class UnusableModel(Exception):
    """The file of DEEP_READER_MODEL cannot be read with; the text says why and what to do."""


@dataclass(frozen=True)
class DeepModel:
    """A model file as it is used: `layers` of its `blocks`. `id` names file content and layers."""

    path: Path
    architecture: str
    blocks: int
    layers: int
    id: str


def find_model(settings: Settings) -> DeepModel | None:
    """The model of DEEP_READER_MODEL; None when none is set. Raises UnusableModel without loading anything."""
    if settings.deep_reader_model is None:
        return None
    return inspect_model(settings.deep_reader_model, settings.deep_reader_layers)


def inspect_model(path: Path, wanted_layers: int) -> DeepModel:
    """Reads the beginning of the file and samples of the rest: cheap enough for every start of every part."""
    try:
        with path.open("rb") as file:
            architecture, blocks = _read_header(file)
            content = _sample(file)
    except FileNotFoundError:
        raise unusable(path, "there is no such file") from None
    except OSError as error:
        raise unusable(path, f"it cannot be read ({error.strerror or error})") from None
    except (struct.error, ValueError, KeyError) as error:
        raise unusable(path, f"it is no whole GGUF file ({error})") from None
    layers = count_layers(blocks, wanted_layers)
    return DeepModel(path, architecture, blocks, layers, f"{content}-{layers}")


def unusable(path: Path, reason: str) -> UnusableModel:
    return UnusableModel(
        f"DEEP_READER_MODEL cannot be used: {reason}. Put a GGUF language model at {path}, "
        "or leave the setting empty; see docs/runbook.md."
    )


def count_layers(blocks: int, wanted: int) -> int:
    """What a text means is settled in the middle of a model; the last layers only prepare the next word."""
    return wanted if wanted <= blocks else max(1, blocks * 3 // 5)


async def is_ready(url: str, model_id: str | None = None) -> bool:
    """Whether a deep reader answers there, and with this model when one is named."""
    limit = aiohttp.ClientTimeout(total=2.0)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as http,
            http.get(f"{url}/health") as response,
        ):
            if response.status != 200:
                return False
            described = await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
    return isinstance(described, dict) and model_id in (None, described.get("model"))


def _sample(file: BinaryIO) -> str:
    """Size, head, tail and some places between: a model of gigabytes is not read whole for its name."""
    size = file.seek(0, os.SEEK_END)
    digest = hashlib.sha256(f"{RECIPE} {size}".encode())
    last = max(0, size - _SAMPLE_BYTES)
    for number in range(_SAMPLES):
        file.seek(last * number // (_SAMPLES - 1))
        digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:12]


def _read_header(file: BinaryIO) -> tuple[str, int]:
    """Architecture and number of layers. They stand before the long lists of a tokenizer in every file seen so far;
    those are passed over if not."""
    if file.read(4) != MAGIC:
        raise ValueError("it does not begin with GGUF")
    version, _tensors, fields = _unpack(file, "<IQQ")
    if version not in VERSIONS:
        raise ValueError(f"version {version} is not known")
    numbers: dict[str, int] = {}
    architecture = ""
    for _ in range(fields):
        key = _read_string(file)
        (kind,) = _unpack(file, "<I")
        if key == "general.architecture" and kind == _STRING:
            architecture = _read_string(file)
        elif key.endswith(".block_count") and kind in _UNSIGNED:
            (numbers[key],) = _unpack(file, _UNSIGNED[kind])
        else:
            _pass_over(file, kind)
        blocks = numbers.get(f"{architecture}.block_count", 0)
        if architecture and blocks > 0:
            return architecture, blocks
    raise ValueError("it names no architecture with layers")


def _pass_over(file: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _read_string(file)
    elif kind == _ARRAY:
        inner, count = _unpack(file, "<IQ")
        if inner in _SIZES:
            file.seek(_SIZES[inner] * count, os.SEEK_CUR)
        else:
            for _ in range(count):
                _pass_over(file, inner)
    else:
        file.seek(_SIZES[kind], os.SEEK_CUR)


def _read_string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "<Q")
    if length > _LONGEST_STRING:
        raise ValueError("a name in it is too long")
    content = file.read(length)
    if len(content) < length:
        raise ValueError("it ends too early")
    return content.decode("utf-8", "replace")


def _unpack(file: BinaryIO, shape: str) -> tuple[int, ...]:
    return struct.unpack(shape, file.read(struct.calcsize(shape)))
