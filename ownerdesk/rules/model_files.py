"""Whether a model file that somebody brings could serve here: told from what is written in it, before it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ownerdesk.rules.refusals import ModelFileRefused

MOST_MEGABYTES = 200  # ten times what one has


@dataclass(frozen=True)
class ModelFile:
    """What a model file says of itself. `parts` are the components of the pipeline with their settings, `files` the
    names in it, `code` what would be run rather than read when it is loaded, by name."""

    version: str
    trained_at: str
    parts: Mapping[str, Any]
    files: frozenset[str]
    code: Mapping[str, bytes]


def is_of_base(name: str, base: str) -> bool:
    """A file's name begins with the base it was made on; a browser may have put a number behind."""
    return name.startswith((f"{base}.", f"{base}+", f"{base} "))


def check_model_file(
    found: ModelFile, like: ModelFile | None, *, name: str, version: str, base: str
) -> None:
    """Raises ModelFileRefused unless it was made by this version of Rasa, on the same data, code and deep reader
    (`base`, by the file's name), with the same components as `like`, a model that was made here."""
    if found.version != version:
        raise ModelFileRefused("other_version", detail=found.version, expected=version)
    if like is None:
        raise ModelFileRefused("nothing_to_compare")
    different = sorted(
        {
            part.rpartition(".")[2].rpartition(" ")[2].rstrip("0123456789")
            for part in {*found.parts, *like.parts}
            if found.parts.get(part) != like.parts.get(part)
        }
    )
    if different:
        raise ModelFileRefused("other_parts", detail=", ".join(different[:3]))
    if not found.files <= like.files or found.code != like.code:
        raise ModelFileRefused("other_parts")
    if not is_of_base(name, base):
        raise ModelFileRefused("other_base", detail=name[:80], expected=base)
