"""Knowledge articles as staff write them: one article is a row in each language, and what it is found by is made anew
whenever its words change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Article, StaffMember
from ownerdesk.rules.fields import (
    CategoryChoice,
    Field,
    Lists,
    Problem,
    Texts,
    Values,
    refuse,
)
from ownerdesk.rules.refusals import ChangedMeanwhile, NotFound
from ownerdesk.services.content import Encode, index_article
from ownerdesk.services.content_edits import (
    find_wrong_categories,
    lock_code,
    record_difference,
    version_of,
)
from ownerdesk.texts import LANGUAGES

SUBJECT = "article"
# An answer carries a title and a number too, and has to fit into one message.
LONGEST_BODY = 3500

FIELDS: tuple[Field, ...] = (
    Texts("titles", 120),
    Texts("bodies", LONGEST_BODY, is_long=True),
    Lists("keywords", 60, by=",", required=False),
    CategoryChoice("category"),
)


class ArticleNotFound(NotFound):
    """No such article in this project."""


def list_articles(session: Session, project_id: int | None) -> list[list[Article]]:
    """The rows of each article, by its slug: the project's own where it has any, else the common ones."""
    rows = session.scalars(
        select(Article)
        .where(or_(Article.project_id == project_id, Article.project_id.is_(None)))
        .order_by(Article.category, Article.slug, Article.project_id.nulls_last(), Article.id)
    )
    found: dict[str, list[Article]] = {}
    for row in rows:
        kept = found.setdefault(row.slug, [])
        if not kept or kept[0].project_id == row.project_id:
            kept.append(row)
    return list(found.values())


def get_article(session: Session, project_id: int | None, row_id: int) -> list[Article]:
    """The rows that count in a project for the article that one row belongs to. Raises ArticleNotFound."""
    row = session.get(Article, row_id)
    if row is None or row.project_id not in (None, project_id):
        raise ArticleNotFound
    return _list_own(session, project_id, row.slug) or _list_own(session, None, row.slug)


def _list_own(session: Session, project_id: int | None, slug: str) -> list[Article]:
    return list(
        session.scalars(
            select(Article)
            .where(Article.slug == slug, Article.project_id.is_not_distinct_from(project_id))
            .order_by(Article.id)
        )
    )


def values_of(rows: Sequence[Article]) -> Values:
    """An article as it stands in the form and in the audit log."""
    return {
        "titles": {row.language: row.title for row in rows},
        "bodies": {row.language: row.body for row in rows},
        "keywords": {row.language: list(row.keywords) for row in rows},
        "category": rows[0].category if rows else None,
        "is_offered": bool(rows) and rows[0].is_published,
    }


def add_article(
    session: Session,
    project_id: int | None,
    slug: str,
    values: Values,
    *,
    encode: Encode,
    by: StaffMember,
    at: datetime,
) -> list[Article]:
    """A new one, published at once. Raises Unusable, also for a slug that is taken here."""
    lock_code(session, SUBJECT, project_id, slug)
    new = {**values, "is_offered": True}
    return _write(session, project_id, slug, [], new, encode=encode, by=by, at=at)


def save_article(
    session: Session,
    project_id: int | None,
    row_id: int,
    values: Values,
    *,
    encode: Encode,
    seen: str = "",
    by: StaffMember,
    at: datetime,
) -> list[Article]:
    """Word it anew, or publish it or not (`is_offered`). A project that changes a common article gets its own, which
    takes its place there. Raises ArticleNotFound, ChangedMeanwhile, Unusable."""
    slug = get_article(session, project_id, row_id)[0].slug
    lock_code(session, SUBJECT, project_id, slug)
    rows = _list_own(session, project_id, slug) or _list_own(session, None, slug)
    before = values_of(rows)
    if seen and seen != version_of(before):
        raise ChangedMeanwhile
    return _write(
        session, project_id, slug, rows, {**before, **values}, encode=encode, by=by, at=at
    )


def find_problems(
    session: Session,
    project_id: int | None,
    slug: str,
    rows: Sequence[Article],
    values: Values,
) -> list[Problem]:
    """What of the values cannot be kept here though it was typed rightly; `rows` are what is there, none for something
    new. Values that were not typed rightly are left out."""
    problems = find_wrong_categories(session, FIELDS, values_of(rows) if rows else {}, values)
    if not rows and slug and _list_own(session, project_id, slug):
        problems.append(Problem("code", "taken"))
    if {"titles", "bodies"} <= set(values):
        titles, bodies = values["titles"], values["bodies"]
        problems += [
            Problem(f"{'bodies' if language in titles else 'titles'}.{language}", "missing")
            for language in LANGUAGES
            if (language in titles) is not (language in bodies)
        ]
    return problems


def _write(
    session: Session,
    project_id: int | None,
    slug: str,
    rows: Sequence[Article],
    values: Values,
    *,
    encode: Encode,
    by: StaffMember,
    at: datetime,
) -> list[Article]:
    titles, bodies = values["titles"], values["bodies"]
    before = values_of(rows) if rows else {}
    refuse(find_problems(session, project_id, slug, rows, values))
    own = {row.language: row for row in rows if row.project_id == project_id}
    for language in titles:
        article = own.get(language)
        is_new = article is None
        if article is None:
            article = Article(project_id=project_id, slug=slug, language=language)
        words: dict[str, Any] = {
            "title": titles[language],
            "body": bodies[language],
            "keywords": values["keywords"].get(language, []),
        }
        is_reworded = is_new or any(getattr(article, n) != v for n, v in words.items())
        for name, value in words.items():
            setattr(article, name, value)
        article.category, article.is_published = values["category"], values["is_offered"]
        if is_reworded:
            index_article(article, encode)
        session.add(article)
    gone = [row.id for language, row in own.items() if language not in titles]
    session.execute(delete(Article).where(Article.id.in_(gone)))
    session.flush()
    kept = _list_own(session, project_id, slug)
    record_difference(
        session, SUBJECT, kept[0].id, before, values_of(kept), code=slug, project_id=project_id,
        by=by, at=at,
    )  # fmt: skip
    return kept
