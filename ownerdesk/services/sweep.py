"""The sweep: finds promises that have to be looked at, oldest first, and handles each exactly once a moment.

Any number of workers may sweep at once: an appeal is locked while its promises are looked at, and who finds it locked
passes on. After an outage each overdue promise is handled once, in order, and an appeal's owner gets one message.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ownerdesk.model import Apology, Appeal, Promise
from ownerdesk.queries.appeals import find_open_promise, get_appeal, list_open_promises
from ownerdesk.rules.appeals import is_worked_on
from ownerdesk.rules.policy import speak_at
from ownerdesk.services import outbox
from ownerdesk.services.apologies import draft_apology, send_by_itself
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.promises import SLIPPING, note_update
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when, translator
from ownerdesk.wording import promise_sentences, state_names

logger = logging.getLogger(__name__)

BATCH = 20
AGAIN_AFTER_FAILURE = timedelta(minutes=1)
# In order of weight. An alarm has a job of its own, every minute until a person accepts.
LOOKED_AT = (*SLIPPING, "next_update")


def sweep_promises(session: Session, *, at: datetime, limit: int = BATCH) -> int:
    """Look at up to `limit` promises whose moment has come. How many were found: fewer than `limit` means that
    nothing is left for now."""
    due = session.execute(
        select(Promise.id, Promise.appeal_id)
        .join(Appeal, Appeal.id == Promise.appeal_id)
        .where(
            Promise.look_at <= at,
            Promise.kept_at.is_(None),
            Promise.broken_at.is_(None),
            Promise.renegotiated_at.is_(None),
            Promise.withdrawn_at.is_(None),
            Promise.stopped_at.is_(None),
            Promise.kind.in_(LOOKED_AT),
        )
        .order_by(Promise.look_at, Promise.id)
        .limit(limit)
        .with_for_update(of=Appeal, skip_locked=True)
    ).all()
    for appeal_id in dict.fromkeys(row.appeal_id for row in due):
        try:
            with session.begin_nested():
                look_at_promises(session, get_appeal(session, appeal_id), at=at)
        except Exception:
            # One appeal that cannot be handled must not keep all the others from being looked at.
            logger.exception("appeal %s: its promises could not be looked at", appeal_id)
            session.execute(
                update(Promise)
                .where(Promise.id.in_([row.id for row in due if row.appeal_id == appeal_id]))
                .values(look_at=at + AGAIN_AFTER_FAILURE)
                .execution_options(synchronize_session=False)
            )
    return len(due)


def check_promise(session: Session, promise_id: int, *, at: datetime) -> None:
    """One promise, for the jobs of earlier versions: looks at its appeal as the sweep would."""
    promise = session.get(Promise, promise_id)
    if promise is not None:
        appeal = get_appeal(session, promise.appeal_id)
        session.refresh(promise)
        look_at_promises(session, appeal, at=at)


def look_at_promises(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """What has come to its moment: warned of, told to the owner, or told late. The appeal is locked."""
    session.flush()
    if not is_worked_on(appeal.state):
        _leave(session, appeal, at=at)
        return
    looked_at: set[int] = set()
    while (promise := _find_due(session, appeal, looked_at, at=at)) is not None:
        looked_at.add(promise.id)
        if promise.kind == "next_update":
            _look_at_update(session, appeal, promise, at=at)
        else:
            _look_at_slip(session, appeal, promise, at=at)


def _find_due(
    session: Session, appeal: Appeal, looked_at: set[int], *, at: datetime
) -> Promise | None:
    """The weightiest promise whose moment has come. Read anew each time: handling one may end another."""
    session.flush()
    due = [
        promise
        for promise in list_open_promises(session, appeal.id)
        if promise.kind in LOOKED_AT
        and promise.id not in looked_at
        and promise.stopped_at is None
        and promise.look_at <= at
    ]
    return min(due, key=lambda promise: LOOKED_AT.index(promise.kind), default=None)


def _leave(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Nothing is owed by a time while it is put off, done or withdrawn; a promise that still runs ends here."""
    for promise in list_open_promises(session, appeal.id):
        if promise.stopped_at is None and promise.kind != "acceptance":
            promise.withdrawn_at = at
    session.flush()


def _look_at_slip(session: Session, appeal: Appeal, promise: Promise, *, at: datetime) -> None:
    drafted = session.scalar(
        select(Apology).where(
            Apology.appeal_id == appeal.id, Apology.state == "draft", Apology.send_at > at
        )
    )
    others = drafted is not None and drafted.promise_id != promise.id
    if drafted is not None and others and drafted.send_at <= promise.due_at:
        # It slips together with the other, and is told with it.
        promise.look_at = drafted.send_at
        session.flush()
        return
    apology = session.scalar(
        select(Apology).where(Apology.promise_id == promise.id, Apology.state == "draft")
    )
    if apology is None:
        apology = draft_apology(session, appeal, promise, at=at)
    if apology.send_at <= at:
        send_by_itself(session, apology, at=at)


def _look_at_update(session: Session, appeal: Appeal, promise: Promise, *, at: datetime) -> None:
    """Somebody should write to the owner; where nobody does, the owner is told how things stand."""
    speaks_at = speak_at(promise.made_at, promise.due_at)
    if at >= speaks_at:
        _tell_how_it_stands(session, appeal, promise, at=at)
        return
    promise.warned_at, promise.look_at = at, speaks_at
    session.flush()
    member = appeal.responsible
    if member is not None:
        _ = translator(member.language)
        zone = appeal.project.timezone
        when = format_when(promise.due_at, timezone=zone, language=member.language, now=at)
        words = _("{number}: the owner has heard nothing for a while. Write a few words by {when}.")
        tell_staff(
            session, member, words.format(number=appeal.number, when=when),
            topic="promise.update", key=f"promise.update:{promise.id}", at=at, appeal=appeal,
        )  # fmt: skip


def _tell_how_it_stands(
    session: Session, appeal: Appeal, promise: Promise, *, at: datetime
) -> None:
    note_update(session, appeal, at=at)
    language = appeal.conversation.language
    _ = voice_of(appeal.conversation)
    text = _("{number}: there is nothing new yet. How it stands: {state}.").format(
        number=appeal.number, state=state_names(_)[appeal.state]
    )
    following = find_open_promise(session, appeal.id, "next_update")
    if following is not None:
        zone = appeal.project.timezone
        when = format_when(following.due_at, timezone=zone, language=language, now=at)
        text = f"{text} {promise_sentences(_)['next_update'].format(when=when)}"
    if appeal.responsible is not None:
        text = f"{text} — {appeal.responsible.name}"
    outbox.send(
        session,
        appeal.conversation,
        text,
        key=f"update:{promise.id}",
        at=at,
        appeal=appeal,
        can_wait=not promise.explanation.get("by_hand"),
    )
