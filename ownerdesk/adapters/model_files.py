"""Reads what a model file of Rasa says of itself, without unpacking it or loading anything from it."""

from __future__ import annotations

import json
import tarfile
import zlib
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from ownerdesk.rules.model_files import ModelFile
from ownerdesk.rules.refusals import ModelFileRefused

METADATA = "metadata.json"
MOST_UNPACKED = 1024**3  # bytes
MOST_MEMBERS = 500
MOST_METADATA = 8 * 1024**2
# Rasa makes objects of what is written there.
RUN_WHEN_LOADED = "featurizer.json"


def read_model_file(path: Path) -> ModelFile:
    """From the first to the last member, once. Raises ModelFileRefused for what is no model of Rasa."""
    files: set[str] = set()
    code: dict[str, bytes] = {}
    metadata: dict[str, Any] | None = None
    unpacked = 0
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                name = str(PurePosixPath(member.name))
                unpacked += member.size
                if not _is_harmless(member) or unpacked > MOST_UNPACKED:
                    raise ModelFileRefused("no_model")
                if not member.isfile():
                    continue
                files.add(name)
                if len(files) > MOST_MEMBERS:
                    raise ModelFileRefused("no_model")
                if name == METADATA:
                    metadata = json.loads(_read(archive, member))
                elif PurePosixPath(name).name == RUN_WHEN_LOADED:
                    code[name] = _read(archive, member)
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError):
        raise ModelFileRefused("no_model") from None
    if metadata is None:
        raise ModelFileRefused("no_model")
    return _describe(metadata, frozenset(files), code)


def _is_harmless(member: tarfile.TarInfo) -> bool:
    """Files and folders that stay below the place where they are unpacked."""
    path = PurePosixPath(member.name)
    return (member.isfile() or member.isdir()) and not path.is_absolute() and ".." not in path.parts


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    if content is None or member.size > MOST_METADATA:
        raise ModelFileRefused("no_model")
    return content.read()


def _describe(metadata: Any, files: frozenset[str], code: dict[str, bytes]) -> ModelFile:
    try:
        parts = {
            f"{schema}: {name}": (node["uses"], node["config"])
            for schema in ("train_schema", "predict_schema")
            for name, node in metadata[schema]["nodes"].items()
        }
        # What it can read: sets of names in no order.
        domain = metadata["domain"]
        parts["domain"] = ("", sorted(map(str, domain["intents"])))
        return ModelFile(
            version=str(metadata["rasa_open_source_version"]),
            trained_at=str(metadata["trained_at"])[:40],
            parts=parts,
            files=files,
            code=code,
        )
    except (KeyError, TypeError, AttributeError):
        raise ModelFileRefused("no_model") from None


def read_like(path: Path) -> ModelFile | None:
    """A model that was made here, to compare with; None where the file is missing. Files never change their content."""
    return _read_known(path) if path.is_file() else None


@lru_cache(maxsize=2)
def _read_known(path: Path) -> ModelFile:
    return read_model_file(path)


def read_rasa_version(requirements: Path) -> str:
    """The version that the Rasa environment holds, from its list of packages."""
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if line.startswith("rasa=="):
            return line.removeprefix("rasa==").split()[0]
    raise ValueError(f"{requirements} names no version of Rasa")
