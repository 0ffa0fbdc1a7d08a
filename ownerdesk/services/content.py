"""The content every installation starts with: articles, paid services, emergency instructions and plans, outside
parties, remedies.

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
    EmergencyInstruction,
    EmergencyPlan,
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
            body, keywords = entry["bodies"][language].strip(), entry["keywords"][language]
            session.add(
                Article(
                    slug=entry["slug"],
                    language=language,
                    category=entry["category"],
                    title=title,
                    body=body,
                    keywords=keywords,
                    words=func.to_tsvector("simple", " ".join(index_words(title, body, keywords))),
                    vector=list(encode(f"{title}. {', '.join(map(str, keywords))}")),
                )
            )
    session.flush()


def index_words(title: str, body: str, keywords: Sequence[object]) -> list[str]:
    """Title and keywords count three times as much as the body: they say what the article is about."""
    head = cut_words(f"{title} {' '.join(map(str, keywords))}")
    return [*head, *head, *head, *cut_words(body)]


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
