"""The knowledge base with the shipped articles: the right one for a question, none where none answers."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.model import Article
from ownerdesk.queries.knowledge import Match, find_articles
from tests.make import make_cast
from tests.ownerdesk.queries.questions import ANSWERED, UNANSWERED


def ask(session: Session, question: str, language: str, project_id: int | None = None) -> Match:
    return find_articles(
        session, question, list(encode(question)), language=language, project_id=project_id
    )[0]


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_questions_find_the_article_that_answers_them(session: Session, language: str) -> None:
    missed = []
    for question, slug in ANSWERED[language]:
        best = ask(session, question, language)
        if best.article.slug != slug or not best.is_good:
            missed.append((question, best.article.slug, round(best.score, 3)))
    assert len(missed) <= 1, missed


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_questions_that_no_article_answers_go_to_a_person(session: Session, language: str) -> None:
    answered = [q for q in UNANSWERED[language] if ask(session, q, language).is_good]
    assert answered == []


def test_an_article_of_another_language_is_not_offered(session: Session) -> None:
    question = "What does my property fee cover?"
    assert ask(session, question, "es").article.language == "es"
    assert ask(session, question, "en").article.language == "en"


def test_an_unpublished_article_and_one_of_another_project_are_not_found(session: Session) -> None:
    here = make_cast(session)
    there = make_cast(session, code="U", chat_id=7002)
    question = "What does my property fee actually cover?"
    slug = "what-the-fee-covers"
    of_fee = (Article.slug == slug, Article.language == "en")
    session.execute(update(Article).where(*of_fee).values(project_id=there.project.id))
    assert ask(session, question, "en", here.project.id).article.slug != slug
    assert ask(session, question, "en", there.project.id).article.slug == slug
    session.execute(update(Article).where(*of_fee).values(is_published=False))
    assert ask(session, question, "en", there.project.id).article.slug != slug


@pytest.mark.parametrize("question", ["", "🙂🙂🙂", "' | '; drop table articles; --", "?" * 4096])
def test_odd_questions_are_searched_for_without_trouble(session: Session, question: str) -> None:
    assert isinstance(ask(session, question, "en").is_good, bool)
