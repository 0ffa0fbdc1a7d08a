"""Working guides (S16), as job cards and pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Guide
from ownerdesk.texts import DEFAULT_LANGUAGE, supported


@dataclass(frozen=True)
class GuideTexts:
    """A guide in one language: what to do, in order, and what to bring."""

    steps: list[str]
    tools: list[str]


def find_guide(
    session: Session, project_id: int | None, category: str, language: str
) -> GuideTexts | None:
    """The project's own guide, else the common one; in English where the language lacks it. None where there is none
    or it is switched off."""
    guide = _find(session, project_id, category)
    if guide is None:
        return None
    return GuideTexts(_pick(guide.steps, language), _pick(guide.tools, language))


def count_steps(session: Session, project_id: int | None, category: str) -> int:
    """How many there are, in the language that has most; 0 without a guide."""
    guide = _find(session, project_id, category)
    return max(map(len, guide.steps.values()), default=0) if guide else 0


def _find(session: Session, project_id: int | None, category: str) -> Guide | None:
    guide = session.scalar(
        select(Guide)
        .where(
            Guide.category == category,
            or_(Guide.project_id == project_id, Guide.project_id.is_(None)),
        )
        .order_by(Guide.project_id.nulls_last())
        .limit(1)
    )
    return guide if guide is not None and guide.is_offered else None


def _pick(lists: dict[str, list[str]], language: str) -> list[str]:
    found = lists.get(supported(language)) or lists.get(DEFAULT_LANGUAGE)
    return list(found or next(iter(lists.values()), []))
