"""The catalogue of paid services."""

from __future__ import annotations

from collections import Counter

from sqlalchemy.orm import Session

from ownerdesk.model import ServiceItem
from ownerdesk.queries.content import list_offered
from ownerdesk.rules.search import cut_words


def list_service_items(session: Session, project_id: int | None) -> list[ServiceItem]:
    """What a project offers: its own items and the common ones."""
    return sorted(list_offered(session, ServiceItem, "code", project_id), key=lambda item: item.id)


def find_item_by_code(session: Session, project_id: int | None, code: str) -> ServiceItem | None:
    items = list_service_items(session, project_id)
    return next((item for item in items if item.code == code), None)


def find_service_item(
    session: Session, text: str, *, category: str, project_id: int | None
) -> ServiceItem | None:
    """The item whose names and keywords the text speaks of most; the category breaks ties, and alone decides
    only where it has a single item."""
    items = list_service_items(session, project_id)
    spoken = set(cut_words(text))
    phrases = {item.id: [set(cut_words(phrase)) for phrase in _phrases(item)] for item in items}
    items_with = Counter(word for cuts in phrases.values() for word in set().union(*cuts))

    def weigh(item: ServiceItem) -> float:
        """Phrases that the text holds whole. A word that several items have tells little: nearly every
        kind of cleaning is called cleaning."""
        held = [cut for cut in phrases[item.id] if cut <= spoken]
        return sum(1 / items_with[word] for cut in held for word in cut)

    best = max(items, key=lambda item: weigh(item) + (item.category == category) / 2, default=None)
    if best is not None and weigh(best) > 0:
        return best
    fitting = [item for item in items if item.category == category]
    return fitting[0] if len(fitting) == 1 else None


def _phrases(item: ServiceItem) -> list[str]:
    """Keywords and names in every language: owners mix them."""
    return [p for words in item.keywords.values() for p in words] + list(item.names.values())
