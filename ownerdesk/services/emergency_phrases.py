"""The company's own emergency phrases: a draft is changed, tried on labelled messages, and put into service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ownerdesk.model import EmergencyPhraseSet, Example, StaffMember
from ownerdesk.queries.emergency_phrases import (
    PHRASES,
    changes_of,
    find_phrases_in_service,
    forget_phrases,
)
from ownerdesk.queries.staff import check_right
from ownerdesk.queries.trainings import list_examples
from ownerdesk.queries.versions import get_past
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
    NothingToTryOn,
    PhrasesMiss,
    PhrasesUntried,
    UnusablePhrase,
)
from ownerdesk.services import versions

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
    """Raises NotAllowed, and VersionNotFound where there is none."""
    check_right(by, None, Right.ADMINISTER)
    versions.discard_draft(session, PHRASES, _describe, by=by, at=at)


def try_draft(
    session: Session, messages: Sequence[Labelled], *, by: StaffMember, at: datetime
) -> Trial:
    """Read the test messages and the company's own with the draft and with what is in service, and keep the outcome with
    the draft. Raises NotAllowed, VersionNotFound, NothingToTryOn."""
    check_right(by, None, Right.ADMINISTER)
    draft = versions.lock_draft(session, PHRASES)
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
    seen: str,
    reason: str = "",
    by: StaffMember,
    at: datetime,
) -> EmergencyPhraseSet:
    """From the next message on every process reads with the draft. It is measured once more: what is in service may have
    changed since it was tried. `seen` is the draft as the person saw it.

    Raises NotAllowed, VersionNotFound (somebody was quicker), ChangedMeanwhile, PhrasesUntried, and PhrasesMiss for a
    draft that misses emergencies which are found today, unless a `reason` is given.
    """
    check_right(by, None, Right.ADMINISTER)
    draft = versions.lock_draft(session, PHRASES, seen=seen)
    if draft.trial is None or draft.trial["revision"] != draft.revision:
        raise PhrasesUntried
    missed = len(_measure(session, draft, messages).missed)
    reason = reason.strip()
    if missed and not reason:
        raise PhrasesMiss(missed)
    why = reason if missed else ""
    versions.put_into_service(session, PHRASES, draft, _describe, reason=why, by=by, at=at)
    forget_phrases(session)
    return draft


def roll_back(
    session: Session, set_id: int | None, *, seen: int | None, by: StaffMember, at: datetime
) -> EmergencyPhraseSet:
    """Read with what was in service before, or (None) with the shipped phrases alone, at once: it is a version of its own.
    `seen` is the set that the person saw in service. Raises NotAllowed, VersionNotFound, ChangedMeanwhile."""
    check_right(by, None, Right.ADMINISTER)

    def again() -> EmergencyPhraseSet:
        past = get_past(session, PHRASES, set_id) if set_id is not None else None
        return EmergencyPhraseSet(**changes_of(past).as_record(), made_by_id=by.id, made_at=at)

    back = versions.put_back(session, PHRASES, again, _describe, seen=seen, by=by, at=at)
    forget_phrases(session)
    return back


def _describe(
    before: EmergencyPhraseSet | None, after: EmergencyPhraseSet | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    return as_plain(changes_of(before)), as_plain(changes_of(after))


def _open_draft(session: Session, *, by: StaffMember, at: datetime) -> EmergencyPhraseSet:
    check_right(by, None, Right.ADMINISTER)

    def begin(current: EmergencyPhraseSet | None) -> EmergencyPhraseSet:
        record = changes_of(current).as_record()
        return EmergencyPhraseSet(**record, revision=0, made_by_id=by.id, made_at=at)

    return versions.open_draft(session, PHRASES, begin)


def _write(draft: EmergencyPhraseSet, changes: Changes) -> None:
    if changes == changes_of(draft):
        return
    record = changes.as_record()
    draft.added, draft.switched_off = record["added"], record["switched_off"]
    draft.revision += 1
