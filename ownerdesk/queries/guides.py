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
    guide = session.scalar(
        select(Guide)
        .where(
            Guide.category == category,
            or_(Guide.project_id == project_id, Guide.project_id.is_(None)),
        )
        .order_by(Guide.project_id.nulls_last())
        .limit(1)
    )
    if guide is None or not guide.is_offered:
        return None
    return GuideTexts(_pick(guide.steps, language), _pick(guide.tools, language))


def _pick(lists: dict[str, list[str]], language: str) -> list[str]:
    found = lists.get(supported(language)) or lists.get(DEFAULT_LANGUAGE)
    return list(found or next(iter(lists.values()), []))
