"""The company's own emergency phrases: a draft is changed, tried on labelled messages, and put into service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import EmergencyPhraseSet, Example, StaffMember
from ownerdesk.queries.emergency_phrases import (
    changes_of,
    find_phrases_in_service,
    forget_phrases,
    get_phrase_set,
)
from ownerdesk.queries.staff import check_right
from ownerdesk.queries.trainings import list_examples
from ownerdesk.rules.access import Right
from ownerdesk.rules.emergency_phrases.changes import (
    COMMON_SHARE,
    Changes,
    as_plain,
    find_fault,
    with_changes,
)
from ownerdesk.rules.emergency_phrases.lexicon import (
    Phrase,
    list_shipped,
    load_lexicon,
    word_sequences,
)
from ownerdesk.rules.emergency_phrases.trials import Labelled, Trial, try_phrases
from ownerdesk.rules.natures import Nature, nature_of
from ownerdesk.rules.refusals import (
    ChangedMeanwhile,
    NothingToTryOn,
    PhraseSetNotFound,
    PhrasesMiss,
    PhrasesUntried,
    UnusablePhrase,
)
from ownerdesk.services.audit import record_change

SUBJECT = "emergency_phrases"
REAL = "Real messages"
MOST_ADDED = 500


def list_real_messages(session: Session) -> list[Labelled]:
    """The company's own test messages, as its staff labelled them."""
    return [as_labelled(example) for example in list_examples(session, use="test")]


def as_labelled(example: Example) -> Labelled:
    is_danger = nature_of(example.intent) is Nature.EMERGENCY
    return Labelled(REAL, str(example.id), example.text, example.language, is_danger)


def add_phrase(
    session: Session,
    phrase: Phrase,
    messages: Sequence[Labelled],
    *,
    by: StaffMember,
    at: datetime,
) -> EmergencyPhraseSet:
    """Add one to the draft, which begins as what is in service. `messages` are all test messages: a phrase that alarms
    more than three in a thousand everyday ones is a word that everybody uses. Raises NotAllowed and UnusablePhrase."""
    draft = _open_draft(session, by=by, at=at)
    changes = changes_of(draft)
    phrase = Phrase(phrase.language, phrase.idea, " ".join(phrase.text.split()))
    fault = find_fault(phrase)
    if fault is not None:
        raise UnusablePhrase(fault)
    if len(changes.added) >= MOST_ADDED:
        raise UnusablePhrase("many")
    new = Changes((*changes.added, phrase), changes.switched_off)
    if _is_known(phrase, changes):
        raise UnusablePhrase("known")
    everyday = [one for one in messages if not one.is_danger]
    before, after = (with_changes(load_lexicon(), one) for one in (changes, new))
    frightened = len(try_phrases(everyday, before, after).frightened)
    if frightened > COMMON_SHARE * len(everyday):
        raise UnusablePhrase("common", frightened)
    _write(draft, new)
    return draft


def _is_known(phrase: Phrase, changes: Changes) -> bool:
    """Whether every way to say it means the same already."""
    off = set(changes.switched_off)
    said = {
        way
        for one in (*list_shipped(), *changes.added)
        if one.idea == phrase.idea and one not in off
        for way in word_sequences(one)
    }
    return said.issuperset(word_sequences(phrase))


def remove_phrase(
    session: Session, phrase: Phrase, *, by: StaffMember, at: datetime
) -> EmergencyPhraseSet:
    """Take one of the company's own out of the draft. One that is not in it changes nothing."""
    draft = _open_draft(session, by=by, at=at)
    changes = changes_of(draft)
    left = tuple(one for one in changes.added if one != phrase)
    _write(draft, Changes(left, changes.switched_off))
    return draft


def switch_phrase(
    session: Session, phrase: Phrase, *, is_on: bool, by: StaffMember, at: datetime
) -> EmergencyPhraseSet:
    """Switch a shipped phrase off in the draft, or on again. Raises UnusablePhrase for one that is not shipped or that no
    sign is made of."""
    if phrase not in list_shipped() or find_fault(phrase) == "meaning":
        raise UnusablePhrase("meaning")
    draft = _open_draft(session, by=by, at=at)
    changes = changes_of(draft)
    off = [one for one in changes.switched_off if one != phrase]
    _write(draft, Changes(changes.added, tuple(off if is_on else [*off, phrase])))
    return draft


def discard_draft(session: Session, *, by: StaffMember, at: datetime) -> None:
    """Raises PhraseSetNotFound where there is none."""
    draft = _lock_draft(session, by)
    record_change(
        session, f"{SUBJECT}.discarded", subject=SUBJECT, subject_id=draft.id, at=at,
        staff_id=by.id, before=as_plain(changes_of(draft)),
    )  # fmt: skip
    session.delete(draft)
    session.flush()


def try_draft(
    session: Session, messages: Sequence[Labelled], *, by: StaffMember, at: datetime
) -> Trial:
    """Read the test messages and the company's own with the draft and with what is in service, and keep the outcome with
    the draft. Raises NotAllowed, PhraseSetNotFound, NothingToTryOn."""
    draft = _lock_draft(session, by)
    trial = _measure(session, draft, messages)
    draft.trial = {**trial.as_record(), "revision": draft.revision, "at": at.isoformat()}
    session.flush()
    return trial


def _measure(session: Session, draft: EmergencyPhraseSet, messages: Sequence[Labelled]) -> Trial:
    if not any(one.is_danger for one in messages):
        raise NothingToTryOn
    shipped = load_lexicon()
    before = with_changes(shipped, changes_of(find_phrases_in_service(session)))
    after = with_changes(shipped, changes_of(draft))
    return try_phrases([*messages, *list_real_messages(session)], before, after)


def put_into_service(
    session: Session,
    messages: Sequence[Labelled],
    *,
    seen: int,
    reason: str = "",
    by: StaffMember,
    at: datetime,
) -> EmergencyPhraseSet:
    """From the next message on every process reads with the draft. It is measured once more: what is in service may have
    changed since it was tried. `seen` is the revision the person saw.

    Raises NotAllowed, PhraseSetNotFound (somebody was quicker), ChangedMeanwhile, PhrasesUntried, and PhrasesMiss for a
    draft that misses emergencies which are found today, unless a `reason` is given.
    """
    draft = _lock_draft(session, by)
    if draft.revision != seen:
        raise ChangedMeanwhile
    if draft.trial is None or draft.trial["revision"] != draft.revision:
        raise PhrasesUntried
    missed = len(_measure(session, draft, messages).missed)
    reason = reason.strip()
    if missed and not reason:
        raise PhrasesMiss(missed)
    _switch(session, draft, "put", reason=reason if missed else "", by=by, at=at)
    return draft


def roll_back(
    session: Session, set_id: int | None, *, seen: int | None, by: StaffMember, at: datetime
) -> EmergencyPhraseSet:
    """Read with what was in service before, or (None) with the shipped phrases alone, at once: it is a version of its own.
    `seen` is the set that the person saw in service. Raises NotAllowed, PhraseSetNotFound, ChangedMeanwhile."""
    _take_turn(session, by)
    current = find_phrases_in_service(session)
    if (current.id if current is not None else None) != seen:
        raise ChangedMeanwhile
    changes = Changes()
    if set_id is not None:
        past = get_phrase_set(session, set_id)
        if past.state != "past":
            raise PhraseSetNotFound
        changes = changes_of(past)
    again = EmergencyPhraseSet(state="past", **changes.as_record(), made_by_id=by.id, made_at=at)
    session.add(again)
    session.flush()
    _switch(session, again, "rolled_back", reason="", by=by, at=at)
    return again


def _switch(
    session: Session,
    wanted: EmergencyPhraseSet,
    how: str,
    *,
    reason: str,
    by: StaffMember,
    at: datetime,
) -> None:
    current = find_phrases_in_service(session)
    before = as_plain(changes_of(current))
    if current is not None:
        current.state = "past"
        session.flush()  # one is in service at a time
    wanted.state, wanted.put_by_id, wanted.put_at, wanted.reason = "in_service", by.id, at, reason
    session.flush()
    after = as_plain(changes_of(wanted))
    record_change(
        session, f"{SUBJECT}.{how}", subject=SUBJECT, subject_id=wanted.id, at=at, staff_id=by.id,
        before=before, after={**after, "reason": reason} if reason else after,
    )  # fmt: skip
    forget_phrases(session)


def _take_turn(session: Session, by: StaffMember) -> None:
    """Two admins wait for each other."""
    check_right(by, None, Right.ADMINISTER)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(SUBJECT, 0))))


def _lock_draft(session: Session, by: StaffMember) -> EmergencyPhraseSet:
    _take_turn(session, by)
    draft = _find_draft_to_change(session)
    if draft is None:
        raise PhraseSetNotFound
    return draft


def _find_draft_to_change(session: Session) -> EmergencyPhraseSet | None:
    """Who waited for the row finds it only if it is a draft still."""
    query = select(EmergencyPhraseSet).where(EmergencyPhraseSet.state == "draft").with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _open_draft(session: Session, *, by: StaffMember, at: datetime) -> EmergencyPhraseSet:
    _take_turn(session, by)
    draft = _find_draft_to_change(session)
    if draft is None:
        record = changes_of(find_phrases_in_service(session)).as_record()
        draft = EmergencyPhraseSet(**record, revision=0, made_by_id=by.id, made_at=at)
        session.add(draft)
        session.flush()
    return draft


def _write(draft: EmergencyPhraseSet, changes: Changes) -> None:
    if changes == changes_of(draft):
        return
    record = changes.as_record()
    draft.added, draft.switched_off = record["added"], record["switched_off"]
    draft.revision += 1
