"""The inbox of messages to label: collected with the reason, labelled by people, and turned into examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Example, LabelItem, LabelVote, Message, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.emergency_phrases import detect_danger
from ownerdesk.queries.label_items import WAITING, list_known_names
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
from ownerdesk.rules.refusals import ItemSettled, StillPersonal, WrongLabels
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
}


def ask_for_label(
    session: Session, message_id: int, why: Why, proposed: Mapping[str, Any] | None = None
) -> None:
    """Have a message collected once this transaction is through. `proposed` is what somebody said that it is, the whole
    of it or only that there is `no_danger`. What is asked about one message is done in order: the latest word counts."""
    enqueue(
        session, COLLECT_MESSAGE, lock=f"label:{message_id}", message_id=message_id, why=why.value,
        proposed=dict(proposed or {}),
    )  # fmt: skip


def ask_if_teaching(session: Session, message: Message) -> None:
    """After a reading: have the message collected when the reading itself asks for a label."""
    for why in reasons_in(
        message.reading or {}, detect_danger(session, message.text), message_id=message.id
    ):
        ask_for_label(session, message.id, why)


def is_read(message: Message) -> bool:
    """Whether a reader has read it; what people said of it may be kept before."""
    return "intent" in (message.reading or {})


def collect(
    session: Session,
    message_id: int,
    *,
    why: str,
    proposed: Mapping[str, Any],
    vector: Sequence[float],
    at: datetime,
    reading: Mapping[str, Any] | None = None,
) -> LabelItem | None:
    """Put an owner's message into the inbox, or add a reason to the one that is there; twice changes nothing more.

    `reading` is that of a message which was dealt with unread. What nobody read at all, what holds no words, what the
    model and the rules agree about after all, and what people have settled already stays out. Returns None then.
    """
    message = session.get(Message, message_id)
    if message is None or message.direction != "in" or not message.text.strip():
        return None
    read = (message.reading or {}) if is_read(message) else (reading or {})
    if not read:
        return None
    sign = detect_danger(session, message.text)
    if why == Why.SIGNS and Why.SIGNS not in reasons_in(read, sign, message_id=message.id):
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
        language=read.get("language") or conversation.language,
        reading=dict(read),
        proposed=dict(proposed),
        reasons=[why],
        worth=worth_of([why], read),
        vector=list(vector),
        collected_at=at,
    )
    session.add(item)
    session.flush()
    item.group_id = _find_group(session, item, at=at) or item.id
    announce(session, "labelling", item=item.id)
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
    seen: str = "open",
    is_checked: bool = False,
) -> Example | None:
    """Say what a message is; who says it again corrects themselves. `text` is what the person found free of personal
    data, `is_checked` that they looked twice. `seen` is the state in which they saw the item: who has seen that others
    settled it may differ all the same. Returns the example, when that settled the matter.

    Raises ItemSettled when others settled it meanwhile, WrongLabels for labels that cannot be, StillPersonal for
    words that look personal and were not checked twice.
    """
    session.flush()
    session.refresh(item, with_for_update=True)
    own = next((vote for vote in item.votes if vote.staff_id == by.id), None)
    if item.state not in WAITING and own is None and seen != item.state:
        raise ItemSettled
    text = text.strip()
    if verdict == "labels" and (
        fault := labels.find_fault(INTENTS, text, read_categories(session).in_use)
    ):
        raise WrongLabels(fault)
    if verdict in ("labels", OUT_OF_SCOPE):
        if not 0 < len(text) <= LONGEST:
            raise WrongLabels("text")
        if not is_checked:
            _check_masked(session, item, text)
    kept = labels.as_record() if verdict == "labels" else {}
    if own is None:
        own = LabelVote(
            item_id=item.id, staff_id=by.id, verdict=verdict, labels=kept, text=text, at=at
        )
        item.votes.append(own)
    else:
        own.verdict, own.labels, own.text, own.at = verdict, kept, text, at
    return _settle(session, item, by=by, at=at)


def _settle(session: Session, item: LabelItem, *, by: StaffMember, at: datetime) -> Example | None:
    """What the votes come to now. The words are those of the latest who says what is agreed on."""
    votes = sorted(item.votes, key=lambda vote: (vote.at, vote.id or 0))
    said = [(vote.verdict, vote.labels) for vote in votes]
    outcome = settle(said)
    item.state = _STATES[outcome]
    _take_back(session, item, by=by, at=at)
    announce(session, "labelling", item=item.id)
    if outcome is not Settled.LABELS:
        return None
    labels = agreed_labels(said)
    text = next(vote.text for vote in reversed(votes) if _says(vote, labels))
    return _make_example(session, item, labels, text, by=by, at=at)


def _says(vote: LabelVote, labels: Labels) -> bool:
    said = Labels.of(vote.labels) if vote.verdict == "labels" else None
    if said is None:
        return vote.verdict == OUT_OF_SCOPE and labels.intent == OUT_OF_SCOPE
    return said == labels


def vote_alike(
    session: Session,
    item: LabelItem,
    alike: Sequence[LabelItem],
    *,
    by: StaffMember,
    verdict: str,
    labels: Labels,
    text: str,
    at: datetime,
    seen: str = "open",
    is_checked: bool = False,
) -> int:
    """A verdict as in `vote`, and the same for near-duplicates whose masked words the person has seen; marks are of the
    one message alone. Near-duplicates that others settled meanwhile stay as they are. Returns how many it was for."""
    # All are locked before the first is written, always in this order: two who label a group wait for each other.
    for one in sorted({item, *alike}, key=lambda one: one.id):
        session.refresh(one, with_for_update=True)
    vote(
        session, item, by=by, verdict=verdict, labels=labels, text=text, at=at, seen=seen,
        is_checked=is_checked,
    )  # fmt: skip
    same, count = replace(labels, entities=()), 1
    for one in alike:
        if one.group_id == item.group_id and one.state in WAITING:
            vote(
                session, one, by=by, verdict=verdict, labels=same, text=one.text, at=at,
                is_checked=True,
            )  # fmt: skip
            count += 1
    return count


def _check_masked(session: Session, item: LabelItem, text: str) -> None:
    """Only what the person wrote anew can be a name: those put in the place of names are in the text as it was."""
    conversation = session.get_one(Conversation, item.message.conversation_id)
    names = [
        name for name in list_known_names(session, conversation) if not mask(item.text, [name])[1]
    ]
    masked, kinds = mask(text, names)
    if masked != text:
        raise StillPersonal(kinds)


def _take_back(session: Session, item: LabelItem, *, by: StaffMember, at: datetime) -> None:
    """An example that was made of an earlier verdict."""
    for example in session.scalars(
        select(Example).where(Example.item_id == item.id, Example.removed_at.is_(None))
    ):
        remove_example(session, example, by=by, at=at)
    session.flush()


def _make_example(
    session: Session, item: LabelItem, labels: Labels, text: str, *, by: StaffMember, at: datetime
) -> Example | None:
    if _is_known(session, item, labels, text):
        return None
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


def _is_known(session: Session, item: LabelItem, labels: Labels, text: str) -> bool:
    """The very same words with the same labels teach nothing twice."""
    same = select(Example.id).where(
        Example.removed_at.is_(None),
        Example.text == text,
        Example.language == item.language,
        Example.intent == labels.intent,
        Example.category == (labels.category or "other"),
        Example.kind == labels.kind,
    )
    return session.scalar(same.limit(1)) is not None


def remove_example(session: Session, example: Example, *, by: StaffMember, at: datetime) -> None:
    """Out of the data set from now on; its row stays as history. Removing it again changes nothing."""
    if example.removed_at is not None:
        return
    example.removed_at, example.removed_by_id = at, by.id
    record_change(
        session, "example.removed", subject="example", subject_id=example.id, at=at, staff_id=by.id,
        before={"intent": example.intent, "category": example.category, "kind": example.kind},
    )  # fmt: skip
