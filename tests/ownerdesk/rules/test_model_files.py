"""A model file is taken only when it was made like those that serve here; nothing of it is run to find out."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ownerdesk.adapters.model_files import read_like, read_model_file
from ownerdesk.rules.model_files import check_model_file
from ownerdesk.rules.refusals import ModelFileRefused
from tests.make_models import NODE, RASA, write_model

BASE = "0123456789abcdef"
NAME = f"{BASE}+7.tar.gz"


def check(path: Path, *, name: str = NAME, like: Path | None) -> str:
    """Why it is refused; empty when it is taken."""
    try:
        check_model_file(
            read_model_file(path), read_like(like) if like else None,
            name=name, version=RASA, base=BASE,
        )  # fmt: skip
    except ModelFileRefused as refusal:
        return refusal.why
    return ""


@pytest.fixture
def like(tmp_path: Path) -> Path:
    return write_model(tmp_path / "like.tar.gz", more={"components/label.npz": b"1"})


def test_a_model_that_was_made_alike_is_taken_whatever_number_the_browser_gave_it(
    tmp_path: Path, like: Path
) -> None:
    path = write_model(tmp_path / "m.tar.gz", more={"components/label.npz": b"22"})
    for name in (NAME, f"{BASE}.tar.gz", f"{BASE}+7 (1).tar.gz"):
        assert check(path, name=name, like=like) == ""
    assert read_model_file(path).trained_at == "2026-11-18T10:00:00"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: write_model(path, version="3.5.17"), "other_version"),
        (lambda path: write_model(path, node=NODE | {"uses": "rasa.DIET"}), "other_parts"),
        (lambda path: write_model(path, node=NODE | {"config": {}}), "other_parts"),
        (lambda path: write_model(path, more={"components/new.npz": b"1"}), "other_parts"),
        (
            lambda path: write_model(
                path, more={"components/train_RulePolicy0/featurizer.json": b"{}"}
            ),
            "other_parts",
        ),
        (lambda path: write_model(path, metadata=b"{}"), "no_model"),
        (lambda path: write_model(path, metadata=b"[]"), "no_model"),
        (lambda path: write_model(path, metadata=b"not json"), "no_model"),
        (lambda path: path.write_bytes(b"owner;flat"), "no_model"),
        (lambda path: path.write_bytes(b""), "no_model"),
        (lambda path: write_model(path, more={"../../outside": b"1"}), "no_model"),
        (lambda path: write_model(path, more={"/outside": b"1"}), "no_model"),
    ],
)
def test_what_is_no_model_of_ours_is_refused_with_the_reason(
    tmp_path: Path, like: Path, make: Callable[[Path], object], why: str
) -> None:
    path = tmp_path / "brought.tar.gz"
    make(path)
    assert check_or_read(path, like) == why


def check_or_read(path: Path, like: Path) -> str:
    try:
        return check(path, like=like)
    except ModelFileRefused as refusal:
        return refusal.why


def test_a_model_of_other_data_and_one_with_nothing_to_compare_are_refused(
    tmp_path: Path, like: Path
) -> None:
    path = write_model(tmp_path / "m.tar.gz")
    assert check(path, name="fedcba9876543210+7.tar.gz", like=like) == "other_base"
    assert check(path, name=f"{BASE}0.tar.gz", like=like) == "other_base"
    assert check(path, like=None) == "nothing_to_compare"
    assert check(path, like=tmp_path / "gone.tar.gz") == "nothing_to_compare"


def test_links_and_archives_that_would_fill_the_disk_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "link.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    with pytest.raises(ModelFileRefused):
        read_model_file(path)
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("big")
        member.size = 2 * 1024**3
        archive.fileobj.write(member.tobuf())  # type: ignore[union-attr]  # a header alone
    with pytest.raises(ModelFileRefused):
        read_model_file(path)


def test_half_a_file_is_no_model(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.tar.gz", more={"components/label.npz": bytes(range(256)) * 99})
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ModelFileRefused):
        read_model_file(path)
