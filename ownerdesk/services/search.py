"""The words that appeals are found by, written in the transaction that writes what they are taken from.

What the bot says is not among them: its sentences are the same for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ARRAY, String, cast, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealWords, Conversation
from ownerdesk.queries.appeals import find_latest_open
from ownerdesk.rules.search import cut_for_index

# An appeal has at most so many different words and a few; what is written after that is not searched for.
MAX_WORDS = 1000
# Of one text so many characters are looked at: a message in Telegram has at most 4096.
MAX_TEXT = 8192


def index_appeal(session: Session, appeal: Appeal, *, said: str) -> None:
    """A new appeal, found by its number, home, owner, summary and what was said. It has been flushed."""
    owner = appeal.conversation.owner
    name = owner.name if owner else appeal.conversation.name
    _add(session, appeal.id, (appeal.number, appeal.place, name, appeal.summary, said))


def index_text(session: Session, appeal_id: int, text: str) -> None:
    """Something more was written about the appeal."""
    if text.strip():
        _add(session, appeal_id, (text,))


def index_said(session: Session, conversation: Conversation, text: str) -> None:
    """Something was said in a chat while a person holds it, about no appeal by name: it is found with the one that is
    open there."""
    if conversation.kind != "owner" or not text.strip():
        return
    appeal = find_latest_open(session, conversation)
    if appeal is not None:
        index_text(session, appeal.id, text)


def reindex_fact(session: Session, appeal: Appeal, *, before: str, after: str) -> None:
    """A home or an owner's name was put right: the appeal is found by the new one and by the old one no more."""
    if before == after:
        return
    gone = [w for w in cut_for_index(before) if w not in cut_for_index(appeal.summary)]
    session.execute(
        update(AppealWords)
        .where(AppealWords.appeal_id == appeal.id)
        .values(words=func.ts_delete(AppealWords.words, cast(gone, ARRAY(String))))
    )
    _add(session, appeal.id, (after,))


def _add(session: Session, appeal_id: int, texts: Iterable[str]) -> None:
    """One statement; two writers of one appeal take turns at its row, and neither's words are lost."""
    words = cut_for_index("\n".join(text[:MAX_TEXT] for text in texts))[:MAX_WORDS]
    if not words:
        return
    new = insert(AppealWords).values(
        appeal_id=appeal_id, words=func.array_to_tsvector(cast(words, ARRAY(String)))
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=["appeal_id"],
            set_={"words": AppealWords.words.op("||")(new.excluded.words)},
            where=func.length(AppealWords.words) < MAX_WORDS,
        )
    )
