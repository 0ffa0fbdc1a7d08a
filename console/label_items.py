"""A message to label as the inbox shows it: how it was read, what others say, and the form with what it begins with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.forms import BadForm, Form
from console.labelling_words import intent_names, labels_words, masked_words, verdict_names
from console.render import Desk
from console.words import Words
from ownerdesk.model import Conversation, LabelItem, LabelVote, Message, StaffMember
from ownerdesk.queries.label_items import list_alike, list_context, list_known_names
from ownerdesk.rules.labelling import OUT_OF_SCOPE, Labels
from ownerdesk.rules.masking import mask
from ownerdesk.rules.natures import Nature, nature_of
from ownerdesk.services.label_items import INTENTS, LONGEST

LIKELIEST = 3
MOST_MARKS = 50


@dataclass(frozen=True)
class Said:
    """One line of the conversation, masked. `is_it` is the message itself."""

    side: str
    text: str
    at: Any
    is_it: bool


@dataclass(frozen=True)
class Opinion:
    """What somebody said that the message is; `text` where they changed its words."""

    who: str
    words: str
    text: str
    at: Any
    is_own: bool


@dataclass(frozen=True)
class Likely:
    """A label the model thought of, with its probability."""

    name: str
    share: float


@dataclass(frozen=True)
class ShownItem:
    """The item in view. `typed` is what the fields of its form hold, `marks` as `[{"name", "start", "end"}]`."""

    item: LabelItem
    conversation: Conversation
    said: list[Said]
    masked: str
    intents: list[Likely]
    categories: list[Likely]
    proposed: str
    opinions: list[Opinion]
    is_disputed: bool
    alike: list[LabelItem]
    typed: dict[str, str]
    marks: list[Any]


def read_item(session: Session, desk: Desk, item: LabelItem, kept: Form | None) -> ShownItem:
    """Everything around one message; owners' words masked as they will be learnt from."""
    conversation = session.get_one(Conversation, item.message.conversation_id)
    names = list_known_names(session, conversation)
    opinions = _opinions(session, item, desk)
    own = next((vote for vote in item.votes if vote.staff_id == desk.member.id), None)
    _ = desk.words._
    return ShownItem(
        item=item,
        conversation=conversation,
        said=[_say(message, item, names) for message in list_context(session, item)],
        masked=masked_words(mask(item.message.text[:LONGEST], names)[1], _),
        intents=_likeliest(item.reading.get("ranking"), intent_names(_)),
        categories=_likeliest(item.reading.get("category_ranking"), desk.words.categories),
        proposed=labels_words(item.proposed, _),
        opinions=opinions,
        is_disputed=item.state == "disputed",
        alike=list_alike(session, desk.member, item),
        typed=dict(kept) if kept is not None else _begin(item, own),
        marks=_kept_marks(kept) if kept is not None else list((own.labels if own else {}).get("entities") or []),
    )  # fmt: skip


def _say(message: Message, item: LabelItem, names: Sequence[str]) -> Said:
    side = "owner" if message.direction == "in" else "us"
    text, _ = mask(message.text[:LONGEST], names)
    return Said(side, text, message.created_at, message.id == item.message_id)


def _likeliest(ranking: Mapping[str, Any] | None, names: Mapping[str, str]) -> list[Likely]:
    ranked = sorted((ranking or {}).items(), key=lambda one: -float(one[1]))[:LIKELIEST]
    return [Likely(names.get(name, name), float(share)) for name, share in ranked]


def _opinions(session: Session, item: LabelItem, desk: Desk) -> list[Opinion]:
    ids = [vote.staff_id for vote in item.votes]
    rows = session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    people = dict(rows.all())
    return [
        Opinion(
            who=people.get(vote.staff_id, "–"),
            words=vote_words(vote, desk.words),
            text=vote.text if vote.text != item.text and vote.verdict in ("labels", OUT_OF_SCOPE) else "",
            at=vote.at,
            is_own=vote.staff_id == desk.member.id,
        )
        for vote in item.votes
    ]  # fmt: skip


def vote_words(vote: LabelVote, words: Words) -> str:
    if vote.verdict == "labels":
        return labels_words(vote.labels, words._)
    return verdict_names(words._)[vote.verdict]


def _begin(item: LabelItem, own: LabelVote | None) -> dict[str, str]:
    """What one said before; else what staff or the owner said, filled up with what the model thought."""
    if own is not None and own.verdict == "labels":
        labels = Labels.of(own.labels)
        return {
            "text": own.text,
            "intent": labels.intent,
            "category": labels.category,
            "kind": labels.kind,
        }
    reading, proposed = item.reading, item.proposed
    ranking = reading.get("ranking") or {}
    intent = max(ranking, key=lambda name: ranking[name], default=str(reading.get("intent") or ""))
    intent, nature = str(proposed.get("intent") or intent), proposed.get("nature")
    if nature and nature != nature_of(intent):
        intent = "" if nature == Nature.OTHER else str(nature)
    if proposed.get("no_danger") and intent == "emergency":
        intent = ""
    return {
        "text": item.text,
        "intent": intent if intent in INTENTS else "",
        "category": str(proposed.get("category") or reading.get("category") or "other"),
        "kind": str(proposed.get("kind") or reading.get("kind") or ""),
    }


def parse_labels(form: Form) -> tuple[Labels, str]:
    """The labels a form chose and the words they are of, without the space around them. Raises BadForm."""
    text = form.get("text", "")
    lead = len(text) - len(text.lstrip())
    intent = form.get("intent", "")
    is_matter = nature_of(intent) is not Nature.OTHER
    labels = Labels(
        intent=intent,
        category=form.get("category", "other") if is_matter else "other",
        kind=form.get("kind", "") if intent == "emergency" else "",
        entities=tuple(
            {"name": mark["name"], "start": mark["start"] - lead, "end": mark["end"] - lead}
            for mark in _parse_marks(form.get("marks", ""))
        ),
    )
    return labels, text.strip()


def _parse_marks(text: str) -> list[dict[str, Any]]:
    try:
        marks = json.loads(text or "[]")
    except ValueError:
        raise BadForm("marks") from None
    if not isinstance(marks, list) or len(marks) > MOST_MARKS:
        raise BadForm("marks")
    for mark in marks:
        if not (
            isinstance(mark, dict)
            and isinstance(mark.get("name"), str)
            and all(type(mark.get(end)) is int for end in ("start", "end"))
        ):
            raise BadForm("marks")
    return marks


def _kept_marks(kept: Form) -> list[dict[str, Any]]:
    try:
        return _parse_marks(kept.get("marks", ""))
    except BadForm:
        return []
