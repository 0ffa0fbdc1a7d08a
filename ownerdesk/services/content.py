"""The content every installation starts with: articles, paid services, emergency instructions and plans, outside
parties, remedies, guides, canned replies.

Loading again adds what is missing and changes nothing that is there: staff edit the copies in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Article,
    CannedReply,
    EmergencyInstruction,
    EmergencyPlan,
    Guide,
    OutsideParty,
    Remedy,
    ServiceItem,
)
from ownerdesk.rules.search import cut_words

CONTENT_DIR = Path(__file__).parent.parent / "content"

Encode = Callable[[str], Sequence[float]]


def load_content(session: Session, encode: Encode) -> None:
    """Fill what an empty installation lacks. `encode` makes the sentence vector of a text."""
    _load_articles(session, encode)
    _load_service_items(session)
    _load_instructions(session)
    _load_plans(session)
    _load_outside_parties(session)
    _load_remedies(session)
    _load_guides(session)
    _load_replies(session)


def _read(name: str) -> Any:
    return yaml.safe_load((CONTENT_DIR / name).read_text(encoding="utf-8"))


def _load_articles(session: Session, encode: Encode) -> None:
    known = {
        (slug, language)
        for slug, language in session.execute(
            select(Article.slug, Article.language).where(Article.project_id.is_(None))
        )
    }
    for entry in _read("articles.yml"):
        for language, title in entry["titles"].items():
            if (entry["slug"], language) in known:
                continue
            article = Article(
                slug=entry["slug"],
                language=language,
                category=entry["category"],
                title=title,
                body=entry["bodies"][language].strip(),
                keywords=entry["keywords"][language],
            )
            index_article(article, encode)
            session.add(article)
    session.flush()


def index_article(article: Article, encode: Encode) -> None:
    """Make anew what an article is found by. Title and keywords count three times as much as the body: they say what
    it is about."""
    keywords = [str(word) for word in article.keywords]
    head = cut_words(f"{article.title} {' '.join(keywords)}")
    words = [*head, *head, *head, *cut_words(article.body)]
    article.words = func.to_tsvector("simple", " ".join(words))
    article.vector = list(encode(f"{article.title}. {', '.join(keywords)}"))


def _load_service_items(session: Session) -> None:
    known = set(session.scalars(select(ServiceItem.code).where(ServiceItem.project_id.is_(None))))
    for entry in _read("service_items.yml"):
        if entry["code"] in known:
            continue
        session.add(
            ServiceItem(
                code=entry["code"],
                category=entry["category"],
                department_code=entry["department"],
                names=entry["names"],
                descriptions=entry["descriptions"],
                keywords=entry["keywords"],
                price=entry["price"],
                currency=entry["currency"],
                price_unit=entry["price_unit"],
                duration_minutes=entry["duration_minutes"],
            )
        )
    session.flush()


def _load_instructions(session: Session) -> None:
    known = {
        (kind, language)
        for kind, language in session.execute(
            select(EmergencyInstruction.kind, EmergencyInstruction.language).where(
                EmergencyInstruction.project_id.is_(None)
            )
        )
    }
    for kind, texts in _read("emergency_instructions.yml").items():
        for language, body in texts.items():
            if (kind, language) not in known:
                session.add(EmergencyInstruction(kind=kind, language=language, body=body.strip()))
    session.flush()


def _load_plans(session: Session) -> None:
    known = set(
        session.scalars(select(EmergencyPlan.kind).where(EmergencyPlan.project_id.is_(None)))
    )
    for kind, plan in _read("emergency_plans.yml").items():
        if kind not in known:
            session.add(EmergencyPlan(kind=kind, **plan))
    session.flush()


def _load_outside_parties(session: Session) -> None:
    known = set(session.scalars(select(OutsideParty.code).where(OutsideParty.project_id.is_(None))))
    for entry in _read("outside_parties.yml"):
        if entry["code"] not in known:
            session.add(OutsideParty(**entry))
    session.flush()


def _load_remedies(session: Session) -> None:
    known = set(session.scalars(select(Remedy.code).where(Remedy.project_id.is_(None))))
    for entry in _read("remedies.yml"):
        if entry["code"] not in known:
            session.add(
                Remedy(**{name: entry[name] for name in ("code", "names", "unit", "limits")})
            )
    session.flush()


def _load_guides(session: Session) -> None:
    known = set(session.scalars(select(Guide.category).where(Guide.project_id.is_(None))))
    for category, guide in _read("guides.yml").items():
        if category not in known:
            session.add(Guide(category=category, steps=guide["steps"], tools=guide["tools"]))
    session.flush()


def _load_replies(session: Session) -> None:
    known = set(
        session.scalars(select(CannedReply.shortcut).where(CannedReply.project_id.is_(None)))
    )
    for entry in _read("canned_replies.yml"):
        if entry["shortcut"] not in known:
            session.add(CannedReply(**entry))
    session.flush()
