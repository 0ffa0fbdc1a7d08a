"""A copy of a model file without its upper layers, made once.

The engine cannot be told to stop at a layer, so it is given a file that ends there.
"""

from __future__ import annotations

import logging
import os
import secrets
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownerdesk.adapters.deep_reader import DeepModel, UnusableModel, unusable

if TYPE_CHECKING:
    from gguf import GGUFWriter, ReaderField, ReaderTensor

logger = logging.getLogger(__name__)


def have_cut(model: DeepModel, directory: Path) -> Path:
    """The cut copy of the model, made now if it is missing. Raises UnusableModel.

    Made in a process of its own, because reading a tokenizer of 150 000 words takes memory that is not given back.
    """
    target = directory / f"{model.id}.gguf"
    if target.exists():
        return target
    directory.mkdir(parents=True, exist_ok=True)
    logger.info("reader: keeping %d of %d layers in %s", model.layers, model.blocks, target)
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(write_cut, model, target).result()
    except BrokenProcessPool:
        raise unusable(model.path, "cutting it was ended, likely for want of memory") from None
    return target


def write_cut(model: DeepModel, target: Path) -> None:
    """Appears whole or not at all; of two processes that do this at once the later one wins."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        _copy(model, draft)
        draft.replace(target)
    except OSError as error:
        raise UnusableModel(
            f"The deep reader's copy of its model cannot be written to {target.parent} "
            f"({error.strerror or error}). Make room, or leave DEEP_READER_MODEL empty."
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def _copy(model: DeepModel, draft: Path) -> None:
    from gguf import GGUFReader, GGUFWriter

    try:
        source = GGUFReader(model.path)
    except Exception as error:  # a broken file fails in as many ways as it has fields
        raise unusable(
            model.path, f"it is broken or not whole ({type(error).__name__}: {error})"
        ) from None
    pieces = source.fields.get("split.count")
    if pieces is not None and pieces.contents() > 1:
        raise unusable(
            model.path, "it is one of several pieces; join them with `llama-gguf-split --merge`"
        )
    writer = GGUFWriter(draft, model.architecture)
    for key, field in source.fields.items():
        _copy_field(model, writer, key, field)
    for tensor in source.tensors:
        if _is_kept(tensor.name, model.layers):
            writer.add_tensor(tensor.name, _data(tensor), raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _copy_field(model: DeepModel, writer: GGUFWriter, key: str, field: ReaderField) -> None:
    if key.startswith("GGUF.") or key == "general.architecture":
        return  # the writer makes its own
    value: Any = field.contents()
    if key == "general.alignment":
        writer.add_custom_alignment(value)
    elif key == f"{model.architecture}.block_count":
        writer.add_key_value(key, model.layers, field.types[0])
    elif field.types[0].name != "ARRAY":
        writer.add_key_value(key, value, field.types[0])
    else:
        if key.startswith(f"{model.architecture}.") and len(value) == model.blocks:
            value = value[: model.layers]  # one number for each layer
        writer.add_key_value(key, value, field.types[0], sub_type=field.types[-1])


def _is_kept(name: str, layers: int) -> bool:
    """`output.weight` guesses the next word and is the largest tensor of all: the word table stands in for it."""
    if name == "output.weight":
        return False
    return not name.startswith("blk.") or int(name.split(".")[1]) < layers


def _data(tensor: ReaderTensor) -> np.ndarray[Any, Any]:
    """The last norm was learnt for the layer that is gone; with ones it leaves the directions as they are."""
    if tensor.name == "output_norm.weight":
        return np.ones_like(tensor.data)
    return tensor.data
