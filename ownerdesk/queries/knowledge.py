"""The knowledge base: articles found by meaning and by words at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Float, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from ownerdesk.model import Article
from ownerdesk.rules.search import cut_words
from ownerdesk.texts import supported

# Both were set on the questions of tests/ownerdesk/queries/questions.py: meaning alone confuses articles about
# one subject, words alone find one for every question that names a building.
WORD_WEIGHT = 0.35
GOOD_SCORE = 0.31


@dataclass(frozen=True)
class Match:
    """An article that may answer. `similarity` is the cosine to the question, `words` the full-text rank."""

    article: Article
    similarity: float
    words: float

    @property
    def score(self) -> float:
        return self.similarity + WORD_WEIGHT * self.words

    @property
    def is_good(self) -> bool:
        """Whether it answers; below that a person answers better."""
        return self.score >= GOOD_SCORE


def find_articles(
    session: Session,
    question: str,
    vector: Sequence[float],
    *,
    language: str,
    project_id: int | None,
    limit: int = 3,
) -> list[Match]:
    """The articles of a language that answer best, the best first; a project's own and the common ones, of which its
    own of the same name takes the place, also where that is not published."""
    similarity = 1.0 - Article.vector.cosine_distance(vector)
    rank: ColumnElement[float] = literal(0.0)
    words = sorted(set(cut_words(question)))
    if words:
        query = func.to_tsquery("simple", " | ".join(f"'{word}'" for word in words))
        rank = func.ts_rank_cd(Article.words, query, 1, type_=Float)
    own = aliased(Article)
    is_replaced = exists().where(own.project_id == project_id, own.slug == Article.slug)
    rows = session.execute(
        select(Article, similarity, rank)
        .where(
            Article.is_published,
            Article.language == supported(language),
            or_(Article.project_id == project_id, and_(Article.project_id.is_(None), ~is_replaced)),
        )
        .order_by((similarity + WORD_WEIGHT * rank).desc())
        .limit(limit)
    )
    return [Match(article, float(close), float(value)) for article, close, value in rows]


def search_articles(
    session: Session, text: str, *, language: str, project_id: int | None, limit: int = 8
) -> Sequence[Article]:
    """What somebody typing looks for, in one language: all the words, the last one perhaps not finished, or a part of
    the title; where nothing has them all, any of them. Nothing typed finds the first by title."""
    own = select(Article).where(
        Article.is_published,
        Article.language == supported(language),
        or_(Article.project_id == project_id, Article.project_id.is_(None)),
    )
    words = cut_words(text)
    if not words:
        return session.scalars(own.order_by(Article.title).limit(limit)).all()
    title = Article.title.icontains(text.strip(), autoescape=True)
    quoted = [f"'{word}'" for word in words]
    for wanted in (" & ".join([*quoted[:-1], f"{quoted[-1]}:*"]), " | ".join(quoted)):
        query = func.to_tsquery("simple", wanted)
        rank = func.ts_rank_cd(Article.words, query, 1, type_=Float)
        found = session.scalars(
            own.where(or_(Article.words.op("@@")(query), title))
            .order_by(title.desc(), rank.desc(), Article.title)
            .limit(limit)
        ).all()
        if found:
            return found
    return []
