"""The inbox of messages to label: collected with the reason, labelled by people, and turned into examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Example, LabelItem, LabelVote, Message, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.emergency_phrases import detect_danger
from ownerdesk.queries.label_items import list_known_names
from ownerdesk.rules.labelling import (
    ALIKE,
    OUT_OF_SCOPE,
    Labels,
    Settled,
    Why,
    agreed_labels,
    reasons_in,
    settle,
    use_of,
    worth_of,
)
from ownerdesk.rules.masking import mask
from ownerdesk.rules.natures import NATURE_OF_INTENT
from ownerdesk.rules.refusals import ItemSettled, WrongLabels
from ownerdesk.services.audit import record_change
from ownerdesk.services.jobs import COLLECT_MESSAGE, enqueue
from ownerdesk.services.live import announce

INTENTS = tuple(intent for intent in NATURE_OF_INTENT if intent != "nlu_fallback")
GROUPED_WITHIN = timedelta(days=90)
LONGEST = 2000
_STATES = {
    Settled.OPEN: "open",
    Settled.DISPUTED: "disputed",
    Settled.LABELS: "settled",
    Settled.DELETE: "deleted",
    Settled.SKIP: "skipped",
}


def ask_for_label(
    session: Session, message_id: int, why: Why, proposed: Mapping[str, Any] | None = None
) -> None:
    """Have a message collected once this transaction is through. `proposed` is what somebody said that it is."""
    enqueue(
        session, COLLECT_MESSAGE, message_id=message_id, why=why.value, proposed=dict(proposed or {})
    )  # fmt: skip


def ask_if_teaching(session: Session, message: Message) -> None:
    """After a reading: have the message collected when the reading itself asks for a label."""
    for why in reasons_in(
        message.reading or {}, detect_danger(session, message.text), message_id=message.id
    ):
        ask_for_label(session, message.id, why)


def collect(
    session: Session,
    message_id: int,
    *,
    why: str,
    proposed: Mapping[str, Any],
    vector: Sequence[float],
    at: datetime,
) -> LabelItem | None:
    """Put an owner's message into the inbox, or add a reason to the one that is there; twice changes nothing more.

    What nobody read, what holds no words, and what people have settled already stays out. Returns None then.
    """
    message = session.get(Message, message_id)
    if (
        message is None
        or message.direction != "in"
        or not message.text.strip()
        or not message.reading
    ):
        return None
    item = session.scalar(
        select(LabelItem).where(LabelItem.message_id == message.id).with_for_update()
    )
    if item is not None:
        if item.state not in ("open", "disputed"):
            return None
        item.reasons = list(dict.fromkeys([*item.reasons, why]))
        item.proposed = {**item.proposed, **proposed}
        item.worth = worth_of(item.reasons, item.reading)
        return item
    conversation = session.get_one(Conversation, message.conversation_id)
    text, _ = mask(message.text[:LONGEST], list_known_names(session, conversation))
    item = LabelItem(
        message_id=message.id,
        project_id=conversation.project_id,
        text=text,
        language=message.reading.get("language") or conversation.language,
        reading=message.reading,
        proposed=dict(proposed),
        reasons=[why],
        worth=worth_of([why], message.reading),
        vector=list(vector),
        collected_at=at,
    )
    session.add(item)
    session.flush()
    item.group_id = _find_group(session, item, at=at) or item.id
    announce(session, "labelling", project=item.project_id)
    return item


def _find_group(session: Session, item: LabelItem, *, at: datetime) -> int | None:
    """The group of the nearest message that is much the same."""
    distance = LabelItem.vector.cosine_distance(item.vector)
    return session.scalar(
        select(LabelItem.group_id)
        .where(
            LabelItem.id != item.id,
            LabelItem.language == item.language,
            LabelItem.collected_at > at - GROUPED_WITHIN,
            distance <= 1 - ALIKE,
        )
        .order_by(distance)
        .limit(1)
    )


def vote(
    session: Session,
    item: LabelItem,
    *,
    by: StaffMember,
    verdict: str,
    labels: Labels,
    text: str,
    at: datetime,
) -> Example | None:
    """Say what a message is; who says it again corrects themselves. `text` is what the person found free of personal
    data. Returns the example, when that settled the matter.

    Raises ItemSettled when it was settled before by others, WrongLabels for labels that cannot be.
    """
    session.flush()
    session.refresh(item, with_for_update=True)
    own = next((vote for vote in item.votes if vote.staff_id == by.id), None)
    if item.state not in ("open", "disputed", "skipped") and own is None:
        raise ItemSettled
    text = text.strip()
    if verdict == "labels" and (
        fault := labels.find_fault(INTENTS, text, read_categories(session).in_use)
    ):
        raise WrongLabels(fault)
    if verdict in ("labels", OUT_OF_SCOPE) and not 0 < len(text) <= LONGEST:
        raise WrongLabels("text")
    kept = labels.as_record() if verdict == "labels" else {}
    if own is None:
        own = LabelVote(
            item_id=item.id, staff_id=by.id, verdict=verdict, labels=kept, text=text, at=at
        )
        item.votes.append(own)
    else:
        own.verdict, own.labels, own.text, own.at = verdict, kept, text, at
    votes = [(vote.verdict, vote.labels) for vote in item.votes]
    outcome = settle(votes)
    item.state = _STATES[outcome]
    _take_back(session, item, by=by, at=at)
    announce(session, "labelling", project=item.project_id)
    if outcome is not Settled.LABELS:
        return None
    return _make_example(session, item, agreed_labels(votes), text, by=by, at=at)


def _take_back(session: Session, item: LabelItem, *, by: StaffMember, at: datetime) -> None:
    """An example that was made of an earlier verdict."""
    for example in session.scalars(
        select(Example).where(Example.item_id == item.id, Example.removed_at.is_(None))
    ):
        remove_example(session, example, by=by, at=at)
    session.flush()


def _make_example(
    session: Session, item: LabelItem, labels: Labels, text: str, *, by: StaffMember, at: datetime
) -> Example:
    example = Example(
        item_id=item.id,
        text=text,
        language=item.language,
        intent=labels.intent,
        category=labels.category or "other",
        kind=labels.kind,
        entities=[dict(entity) for entity in labels.entities],
        use=use_of(item.group_id or item.id),
        source=item.reasons[0],
        added_by_id=by.id,
        added_at=at,
    )
    session.add(example)
    session.flush()
    record_change(
        session, "example.added", subject="example", subject_id=example.id, at=at, staff_id=by.id,
        after=labels.as_record() | {"use": example.use},
    )  # fmt: skip
    return example


def remove_example(session: Session, example: Example, *, by: StaffMember, at: datetime) -> None:
    """Out of the data set from now on; its row stays as history. Removing it again changes nothing."""
    if example.removed_at is not None:
        return
    example.removed_at, example.removed_by_id = at, by.id
    record_change(
        session, "example.removed", subject="example", subject_id=example.id, at=at, staff_id=by.id,
        before={"intent": example.intent, "category": example.category, "kind": example.kind},
    )  # fmt: skip
