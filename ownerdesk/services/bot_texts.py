"""The texts of the bot: which there are, and the company's own in their place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import BotText, StaffMember
from ownerdesk.rules.bot_texts import find_text_problem
from ownerdesk.rules.fields import Unusable
from ownerdesk.rules.refusals import ChangedMeanwhile, NotFound
from ownerdesk.services.content import CONTENT_DIR
from ownerdesk.services.content_edits import lock_code, record_difference, version_of
from ownerdesk.services.voice import forget_own_texts, list_responses
from ownerdesk.texts import LANGUAGES, translator

SUBJECT = "bot_text"
RESPONSES = "responses"


class TextNotFound(NotFound):
    """The bot says no such text."""


@dataclass(frozen=True)
class OwnerText:
    """One text an owner can be told. `file` is where it is said, `responses` for what Rasa says itself; `originals`
    are its variations by language."""

    key: str
    file: str
    originals: Mapping[str, list[str]]

    @property
    def id(self) -> str:
        """Names it in addresses."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:12]


@cache
def list_owner_texts() -> list[OwnerText]:
    """All of them, in the order of the files that say them."""
    listed = yaml.safe_load((CONTENT_DIR / "owner_texts.yml").read_text(encoding="utf-8"))
    texts = [
        OwnerText(text, file, {language: [translator(language)(text)] for language in LANGUAGES})
        for file, keys in listed.items()
        for text in keys
    ]
    rasa = [OwnerText(name, RESPONSES, said) for name, said in list_responses().items()]
    return texts + rasa


def get_owner_text(text_id: str) -> OwnerText:
    """Raises TextNotFound."""
    found = next((text for text in list_owner_texts() if text.id == text_id), None)
    if found is None:
        raise TextNotFound
    return found


def list_bodies(session: Session, project_id: int | None) -> dict[str, dict[str, str]]:
    """What is said instead, by key and language: exactly what is set for this project, or (None) for all."""
    rows = session.scalars(
        select(BotText).where(BotText.project_id.is_not_distinct_from(project_id))
    )
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row.key, {})[row.language] = row.body
    return found


def save_text(
    session: Session,
    project_id: int | None,
    text: OwnerText,
    bodies: Mapping[str, str],
    *,
    seen: str = "",
    by: StaffMember,
    at: datetime,
) -> None:
    """Say this instead, by language; a language left out or empty goes back to what is said otherwise. Every process
    says it from its next transaction on. Raises Unusable and ChangedMeanwhile."""
    new = {lang: body.strip() for lang, body in bodies.items() if body.strip()}
    problems = [
        find_text_problem(f"body.{language}", text.originals[language][0], body)
        for language, body in new.items()
    ]
    if any(problems):
        raise Unusable(*filter(None, problems))
    lock_code(session, SUBJECT, project_id, text.id)
    before = list_bodies(session, project_id).get(text.key, {})
    if seen and seen != version_of(before):
        raise ChangedMeanwhile
    rows = {
        row.language: row
        for row in session.scalars(
            select(BotText).where(
                BotText.key == text.key, BotText.project_id.is_not_distinct_from(project_id)
            )
        )
    }
    for language in LANGUAGES:
        row, body = rows.get(language), new.get(language)
        if body is None and row is not None:
            session.delete(row)
        elif body is not None and row is None:
            session.add(BotText(project_id=project_id, key=text.key, language=language, body=body))
        elif body is not None and row is not None:
            row.body = body
    session.flush()
    forget_own_texts(session)
    # The empty text stands for the original, so that the log shows what went as well as what came.
    record_difference(
        session, SUBJECT, None, {lang: before.get(lang, "") for lang in LANGUAGES},
        {lang: new.get(lang, "") for lang in LANGUAGES}, code=text.key, project_id=project_id,
        by=by, at=at,
    )  # fmt: skip
