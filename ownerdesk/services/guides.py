"""Working guides: a few steps for each category, shown on the job card (S16)."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from ownerdesk.services.content import CONTENT_DIR
from ownerdesk.texts import supported


def find_guide(category: str, language: str) -> list[str]:
    """The steps in order, in English where the language lacks them; empty without a guide."""
    steps = _read_guides().get(category, {})
    return [str(step) for step in steps.get(supported(language)) or steps.get("en") or []]


@cache
def _read_guides() -> dict[str, Any]:
    guides: dict[str, Any] = yaml.safe_load(
        (CONTENT_DIR / "guides.yml").read_text(encoding="utf-8")
    )
    return guides
