"""The words in which owners are spoken to: those of the catalogues, or what the company made of them.

They are read once in a transaction, and only where something is said; so that a text put into service is the one
that every process says in its next transaction, with nothing to restart and nothing that can be stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, object_session

from ownerdesk.model import BotTextSet, Conversation
from ownerdesk.rules.gaps import find_gaps
from ownerdesk.texts import LANGUAGES, Translate, supported, translator

DOMAIN = Path(__file__).parents[2] / "domain.yml"
_KEY = "bot_texts"


def voice_of(conversation: Conversation) -> Translate:
    """The function that callers name `_`, for what the owner of a conversation reads. A chat of staff hears the texts
    as they are."""
    session = object_session(conversation)
    if session is None or conversation.kind != "owner":
        return translator(conversation.language)
    return speak(session, conversation.project_id, conversation.language)


def speak(session: Session | None, project_id: int | None, language: str) -> Translate:
    """The same for a project and a language."""
    plain = translator(language)
    if session is None:
        return plain

    def say(text: str) -> str:
        own = list_own_texts(session, project_id, language).get(text)
        # A text of ours may have got other gaps since: then the company's own no longer fits it.
        if own is None or find_gaps(own) != find_gaps(text):
            return plain(text)
        return own

    return say


def list_own_texts(session: Session, project_id: int | None, language: str) -> Mapping[str, str]:
    """What the company says instead of a text, by its key; the project's own before that of all projects."""
    known: dict[tuple[int | None, str], dict[str, str]] = session.info.setdefault(_KEY, {})
    wanted = (project_id, supported(language))
    if wanted not in known:
        own = BotTextSet.texts[wanted[1]]
        rows = session.scalars(
            select(own)
            .where(
                BotTextSet.state == "in_service",
                or_(BotTextSet.project_id == project_id, BotTextSet.project_id.is_(None)),
                own.is_not(None),
            )
            .order_by(BotTextSet.project_id.nulls_first())
        )
        known[wanted] = {key: body for texts in rows for key, body in texts.items()}
    return known[wanted]


def forget_own_texts(session: Session) -> None:
    """Read them again at the next word of this transaction."""
    session.info.pop(_KEY, None)


def say_response(conversation: Conversation, text: str) -> str:
    """What Rasa itself says, or what the company says instead. Rasa sends the text without its name, so that it is
    found by the text: one that a model of another domain says is left as it is."""
    session = object_session(conversation)
    found = _responses_by_text().get(text)
    if session is None or found is None:
        return text
    name, language = found
    return list_own_texts(session, conversation.project_id, language).get(name, text)


@cache
def list_responses() -> Mapping[str, Mapping[str, list[str]]]:
    """Rasa's own responses by name and language, with their variations; English is what has no condition."""
    domain = yaml.safe_load(DOMAIN.read_text(encoding="utf-8"))
    responses: dict[str, dict[str, list[str]]] = {}
    for name, variations in domain["responses"].items():
        for variation in variations:
            conditions = variation.get("condition") or [{"value": "en"}]
            language = str(conditions[0]["value"])
            texts = responses.setdefault(name, {code: [] for code in LANGUAGES})
            texts.setdefault(language, []).append(str(variation["text"]).strip())
    return responses


@cache
def _responses_by_text() -> Mapping[str, tuple[str, str]]:
    return {
        text: (name, language)
        for name, by_language in list_responses().items()
        for language, texts in by_language.items()
        for text in texts
    }
