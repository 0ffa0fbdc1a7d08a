"""The catalogue of paid services."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import ServiceItem
from ownerdesk.rules.search import cut_words


def list_service_items(session: Session, project_id: int | None) -> list[ServiceItem]:
    """What a project offers: its own items and the common ones."""
    return list(
        session.scalars(
            select(ServiceItem)
            .where(
                ServiceItem.is_offered,
                or_(ServiceItem.project_id == project_id, ServiceItem.project_id.is_(None)),
            )
            .order_by(ServiceItem.id)
        )
    )


def find_item_by_code(session: Session, project_id: int | None, code: str) -> ServiceItem | None:
    items = [item for item in list_service_items(session, project_id) if item.code == code]
    return max(items, key=lambda item: item.project_id is not None, default=None)


def find_service_item(
    session: Session, text: str, *, category: str, project_id: int | None
) -> ServiceItem | None:
    """The item whose names and keywords the text speaks of most; the category breaks ties, and alone decides
    only where it has a single item."""
    items = list_service_items(session, project_id)
    spoken = set(cut_words(text))
    scored = [
        (_count_shared(item, spoken) * 2 + (item.category == category), item) for item in items
    ]
    best_score, best = max(scored, key=lambda pair: pair[0], default=(0, None))
    if best_score >= 2:
        return best
    fitting = [item for item in items if item.category == category]
    return fitting[0] if len(fitting) == 1 else None


def _count_shared(item: ServiceItem, spoken: set[str]) -> int:
    """How many keywords or names of the item the text holds whole, in any language."""
    phrases = [p for words in item.keywords.values() for p in words] + list(item.names.values())
    return sum(1 for phrase in phrases if (cut := set(cut_words(phrase))) and cut <= spoken)
