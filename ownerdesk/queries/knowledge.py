"""The knowledge base: articles found by meaning and by words at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Float, func, literal, or_, select
from sqlalchemy.orm import Session

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
    """The articles of a language that answer best, the best first; a project's own and the common ones."""
    similarity = 1.0 - Article.vector.cosine_distance(vector)
    rank: ColumnElement[float] = literal(0.0)
    words = sorted(set(cut_words(question)))
    if words:
        query = func.to_tsquery("simple", " | ".join(f"'{word}'" for word in words))
        rank = func.ts_rank_cd(Article.words, query, 1, type_=Float)
    rows = session.execute(
        select(Article, similarity, rank)
        .where(
            Article.is_published,
            Article.language == supported(language),
            or_(Article.project_id == project_id, Article.project_id.is_(None)),
        )
        .order_by((similarity + WORD_WEIGHT * rank).desc())
        .limit(limit)
    )
    return [Match(article, float(close), float(value)) for article, close, value in rows]
