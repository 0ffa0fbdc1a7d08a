"""The cut copy of a model file: what is kept, what is left out, and what is no model at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from ownerdesk.adapters.deep_reader import DeepModel, UnusableModel, count_layers, inspect_model
from reader.cutting import have_cut, write_cut
from tests.reader.conftest import LAYERS, write_model


def test_the_cut_keeps_the_lower_layers_and_everything_around_them(tmp_path: Path) -> None:
    model = inspect_model(write_model(tmp_path / "toy.gguf"), 3)
    write_cut(model, tmp_path / "cut.gguf")
    before, after = GGUFReader(tmp_path / "toy.gguf"), GGUFReader(tmp_path / "cut.gguf")
    kept = {tensor.name: np.array(tensor.data) for tensor in after.tensors}
    assert set(kept) == {
        "token_embd.weight",
        "output_norm.weight",
        *(f"blk.{number}.attn_q.weight" for number in range(3)),
    }
    assert (kept.pop("output_norm.weight") == 1).all()
    originals = {tensor.name: tensor.data for tensor in before.tensors}
    assert all((data == originals[name]).all() for name, data in kept.items())
    assert after.fields["toy.block_count"].contents() == 3
    assert after.fields["toy.attention.head_count_kv"].contents() == [1, 2, 3]
    assert after.alignment == 64
    for same in ("general.name", "tokenizer.ggml.tokens"):
        assert after.fields[same].contents() == before.fields[same].contents()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.gguf", "toy.gguf"]


def test_a_cut_is_made_once_and_named_by_the_models_id(tmp_path: Path) -> None:
    model = inspect_model(write_model(tmp_path / "toy.gguf"), 3)
    path = have_cut(model, tmp_path / "reader")
    assert path == tmp_path / "reader" / f"{model.id}.gguf"
    path.write_bytes(b"as it was")
    assert have_cut(model, tmp_path / "reader").read_bytes() == b"as it was"


def test_a_cut_of_a_real_model_has_fewer_layers_and_the_same_words(
    small_model: DeepModel, small_cut: Path
) -> None:
    assert small_model.blocks == 30
    cut = inspect_model(small_cut, 16)
    assert (cut.architecture, cut.blocks) == ("llama", LAYERS)
    assert small_cut.stat().st_size < small_model.path.stat().st_size / 2


@pytest.mark.parametrize(
    ("blocks", "wanted", "kept"),
    [(28, 16, 16), (16, 16, 16), (12, 16, 7), (1, 16, 1), (28, 99, 16)],
)
def test_a_model_with_fewer_layers_uses_three_fifths_of_them(
    blocks: int, wanted: int, kept: int
) -> None:
    assert count_layers(blocks, wanted) == kept


def test_the_id_changes_with_the_content_and_with_the_layers_and_not_with_the_place(
    tmp_path: Path,
) -> None:
    first = write_model(tmp_path / "a.gguf")
    same = tmp_path / "b.gguf"
    same.write_bytes(first.read_bytes())
    other = bytearray(first.read_bytes())
    other[-100] ^= 1
    (tmp_path / "c.gguf").write_bytes(other)
    identity = inspect_model(first, 3).id
    assert identity.endswith("-3")
    assert inspect_model(same, 3).id == identity
    assert inspect_model(first, 2).id != identity
    assert inspect_model(tmp_path / "c.gguf", 3).id != identity


def test_no_file_garbage_and_a_folder_are_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "garbage.gguf").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "empty.gguf").touch()
    (tmp_path / "begun.gguf").write_bytes(b"GGUF\x03\x00\x00\x00" + bytes(range(64)))
    for name in ("missing.gguf", "garbage.gguf", "empty.gguf", "begun.gguf", "."):
        with pytest.raises(UnusableModel, match=r"DEEP_READER_MODEL cannot be used.*leave the"):
            inspect_model(tmp_path / name, 16)


def test_a_file_that_was_not_fetched_whole_is_refused_and_leaves_no_copy(tmp_path: Path) -> None:
    content = write_model(tmp_path / "toy.gguf").read_bytes()
    (tmp_path / "toy.gguf").write_bytes(content[:-200])
    model = inspect_model(tmp_path / "toy.gguf", 3)
    with pytest.raises(UnusableModel, match="not whole"):
        have_cut(model, tmp_path / "reader")
    assert list((tmp_path / "reader").iterdir()) == []


def test_one_of_several_pieces_is_refused(tmp_path: Path) -> None:
    model = inspect_model(write_model(tmp_path / "toy.gguf", pieces=2), 3)
    with pytest.raises(UnusableModel, match="llama-gguf-split"):
        write_cut(model, tmp_path / "cut.gguf")
