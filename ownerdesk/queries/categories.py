"""The categories in use. They are read once in a transaction, so that one added or retired in the settings counts in
the next transaction of every process, with nothing to restart and nothing that can be stale."""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Category
from ownerdesk.rules.categories import OTHER, Categories, OwnCategory
from ownerdesk.rules.readings import Reading
from ownerdesk.rules.refusals import CategoryNotFound, InvalidField
from ownerdesk.texts import Translate
from ownerdesk.wording import category_names

logger = logging.getLogger(__name__)

_KEY = "categories"


def read_categories(session: Session) -> Categories:
    """Those shipped and the company's own."""
    known: Categories | None = session.info.get(_KEY)
    if known is None:
        with session.no_autoflush:
            rows = session.scalars(select(Category).order_by(Category.id)).all()
        known = Categories(
            tuple(
                OwnCategory(row.code, row.category_group, row.names, row.retired_at is not None)
                for row in rows
            )
        )
        session.info[_KEY] = known
    return known


def know_categories(session: Session, categories: Categories) -> None:
    """Take these in this transaction, and read none."""
    session.info[_KEY] = categories


def forget_categories(session: Session) -> None:
    """Read them again at the next question in this transaction."""
    session.info.pop(_KEY, None)


def name_categories(session: Session | None, language: str, _: Translate) -> dict[str, str]:
    """The names of all categories, retired ones too; `_` says the shipped ones as the company words them."""
    shipped = category_names(_)
    return read_categories(session).name_all(shipped, language) if session else shipped


def check_category(session: Session, category: str, *, present: str | None = None) -> str:
    """Refuse with InvalidField what cannot be chosen. What a row has at `present` it may keep."""
    if category != present and category not in read_categories(session).in_use:
        raise InvalidField("category")
    return category


def list_own_categories(session: Session) -> list[Category]:
    """The company's own, those in use first."""
    return list(
        session.scalars(select(Category).order_by(Category.retired_at.is_not(None), Category.id))
    )


def get_own_category(session: Session, category_id: int) -> Category:
    """Raises CategoryNotFound."""
    category = session.get(Category, category_id)
    if category is None:
        raise CategoryNotFound
    return category


def settle_category(session: Session, category: str, *, message_id: int) -> str:
    """A category as a model gives it; `other` for one that is not in use: it was retired since the training, or added
    after an older model came back into service."""
    if category in read_categories(session).in_use:
        return category
    logger.warning("message %s: category %r is not in use and read as other", message_id, category)
    return OTHER


def settle_reading(session: Session, reading: Reading, *, message_id: int) -> Reading:
    """The same for all that a reading says."""
    in_use = read_categories(session).in_use
    second = reading.second_matter
    if second is not None:
        category = settle_category(session, second.category, message_id=message_id)
        second = replace(second, category=category)
    return replace(
        reading,
        category=settle_category(session, reading.category, message_id=message_id),
        category_ranking={
            name: sure for name, sure in reading.category_ranking.items() if name in in_use
        },
        second_matter=second,
    )
