"""Emergency phrases of the company's own: tried, gated, put into service, rolled back, and never in the alarm's way."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import (
    Appeal,
    AuditEntry,
    Conversation,
    EmergencyPhraseSet,
    Example,
    StaffMember,
)
from ownerdesk.queries.emergency_phrases import (
    detect_danger,
    find_draft,
    find_phrases_in_service,
    forget_phrases,
    refresh_phrases,
)
from ownerdesk.rules.emergencies import detect
from ownerdesk.rules.emergency_phrases import in_service
from ownerdesk.rules.emergency_phrases.lexicon import Phrase, list_shipped
from ownerdesk.rules.emergency_phrases.trials import Labelled
from ownerdesk.rules.refusals import (
    ChangedMeanwhile,
    NotAllowed,
    NothingToTryOn,
    PhrasesMiss,
    PhrasesUntried,
    UnusablePhrase,
    VersionNotFound,
)
from ownerdesk.services.emergency_phrases import (
    add_phrase,
    discard_draft,
    put_into_service,
    remove_phrase,
    roll_back,
    switch_phrase,
    try_draft,
)
from ownerdesk.services.intake import take_in_text
from tests.make import NOON, Cast, make_cast, make_message, make_staff

DRAGON = Phrase("en", "on_fire", "dragon breath")
SPOKEN = "There is dragon breath in the kitchen"
TESTS = [
    Labelled("t", "1", "a child is drowning in the pool", "en", is_danger=True),
    Labelled("t", "2", SPOKEN, "en", is_danger=True),
    *(
        Labelled("t", f"h{n}", f"the house needs lamp {n}", "en", is_danger=False)
        for n in range(50)
    ),
]
DROWNING = tuple(p for p in list_shipped() if p.idea == "drowning")


@pytest.fixture(autouse=True)
def shipped_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process reads with is its own; here it begins and ends with the shipped phrases."""
    monkeypatch.setattr(in_service, "_now", None)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def root(session: Session, cast: Cast) -> StaffMember:
    return make_staff(session, None, "Root", "admin")


def put(session: Session, root: StaffMember, **fields: Any) -> EmergencyPhraseSet:
    draft = find_draft(session) or add_phrase(session, DRAGON, TESTS, by=root, at=NOON)
    try_draft(session, TESTS, by=root, at=NOON)
    return put_into_service(session, TESTS, seen=draft.seen_as, by=root, at=NOON, **fields)


def test_a_phrase_alarms_from_the_next_message_on(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    conversation = session.get_one(Conversation, cast.conversation.id)
    assert detect_danger(session, SPOKEN) is None
    add_phrase(session, DRAGON, TESTS, by=root, at=NOON)
    forget_phrases(session)
    assert detect_danger(session, SPOKEN) is None, "a draft counts for nothing"
    put(session, root)
    message = make_message(session, conversation, SPOKEN)
    assert take_in_text(session, conversation, message, at=NOON) is None
    [appeal] = session.scalars(select(Appeal))
    assert (appeal.nature, appeal.kind) == ("emergency", "fire")
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.subject == "emergency_phrases"))
    assert entry.action == "emergency_phrases.put"
    assert entry.after == {"added": ["en: dragon breath (on_fire)"], "switched_off": []}


def test_only_an_admin_of_everything_writes_phrases(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    boss = make_staff(session, None, "Boss", "head_office")
    with pytest.raises(NotAllowed):
        add_phrase(session, DRAGON, TESTS, by=boss, at=NOON)
    add_phrase(session, DRAGON, TESTS, by=root, at=NOON)
    for refused in (
        lambda: try_draft(session, TESTS, by=boss, at=NOON),
        lambda: put_into_service(session, TESTS, seen="1.1", by=boss, at=NOON),
        lambda: roll_back(session, None, seen=None, by=boss, at=NOON),
        lambda: discard_draft(session, by=boss, at=NOON),
    ):
        with pytest.raises(NotAllowed):
            refused()


@pytest.mark.parametrize(
    ("phrase", "fault"),
    [
        (Phrase("en", "on_fire", "house"), "common"),
        (Phrase("en", "on_fire", "is on fire"), "known"),
        (Phrase("en", "on_fire", "(dragon"), "syntax"),
        (Phrase("en", "weather", "dragon breath"), "meaning"),
    ],
)
def test_what_would_alarm_everybody_or_says_nothing_new_is_refused(
    session: Session, cast: Cast, root: StaffMember, phrase: Phrase, fault: str
) -> None:
    with pytest.raises(UnusablePhrase) as refused:
        add_phrase(session, phrase, TESTS, by=root, at=NOON)
    assert refused.value.fault == fault
    assert refused.value.count == (50 if fault == "common" else 0)


def test_a_trial_shows_what_changes_and_the_companys_own_messages_count(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    session.add(
        Example(
            text="dragon breath on the roof", language="en", intent="consultation",
            category="other", kind="", entities=[], use="test", source="sample",
            added_by_id=root.id, added_at=NOON,
        )
    )  # fmt: skip
    add_phrase(session, DRAGON, TESTS, by=root, at=NOON)
    trial = try_draft(session, TESTS, by=root, at=NOON)
    assert [one.found for one in trial.emergencies] == [1, 2]
    assert [one.found for one in trial.false_alarms] == [0, 1]
    draft = find_draft(session)
    assert draft is not None
    assert draft.trial is not None
    assert draft.trial["changed"] == 2
    assert draft.trial["messages"][0]["text"] == "dragon breath on the roof"


def test_an_untried_or_changed_draft_does_not_get_into_service(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    with pytest.raises(VersionNotFound):
        put_into_service(session, TESTS, seen="0.0", by=root, at=NOON)
    draft = add_phrase(session, DRAGON, TESTS, by=root, at=NOON)
    seen = draft.seen_as
    with pytest.raises(PhrasesUntried):
        put_into_service(session, TESTS, seen=seen, by=root, at=NOON)
    with pytest.raises(NothingToTryOn):
        try_draft(session, [], by=root, at=NOON)
    try_draft(session, TESTS, by=root, at=NOON)
    more = Phrase("en", "on_fire", "lava flows")
    add_phrase(session, more, TESTS, by=root, at=NOON)
    with pytest.raises(ChangedMeanwhile):
        put_into_service(session, TESTS, seen=seen, by=root, at=NOON)
    with pytest.raises(PhrasesUntried):
        put_into_service(session, TESTS, seen=draft.seen_as, by=root, at=NOON)
    remove_phrase(session, more, by=root, at=NOON)
    with pytest.raises(PhrasesUntried):
        put_into_service(session, TESTS, seen=draft.seen_as, by=root, at=NOON)
    assert find_phrases_in_service(session) is None


def test_the_gate_holds_against_a_draft_that_misses_emergencies_unless_a_reason_is_given(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    for phrase in DROWNING:
        switch_phrase(session, phrase, is_on=False, by=root, at=NOON)
    trial = try_draft(session, TESTS, by=root, at=NOON)
    assert [one.message.id for one in trial.missed] == ["1"]
    draft = find_draft(session)
    assert draft is not None
    with pytest.raises(PhrasesMiss) as refused:
        put_into_service(session, TESTS, seen=draft.seen_as, reason="  ", by=root, at=NOON)
    assert refused.value.count == 1
    assert detect_danger(session, "a child is drowning") is not None
    put_into_service(session, TESTS, seen=draft.seen_as, reason="Film shoot", by=root, at=NOON)
    assert draft.reason == "Film shoot"
    assert detect_danger(session, "a child is drowning") is None


def test_a_shipped_phrase_is_switched_on_again_and_an_unknown_one_refused(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    switch_phrase(session, DROWNING[0], is_on=False, by=root, at=NOON)
    draft = switch_phrase(session, DROWNING[0], is_on=True, by=root, at=NOON)
    assert draft.switched_off == []
    for unknown in (DRAGON, next(p for p in list_shipped() if p.idea == "filling")):
        with pytest.raises(UnusablePhrase):
            switch_phrase(session, unknown, is_on=False, by=root, at=NOON)


def test_rolled_back_in_one_press_it_is_as_before_and_can_come_back(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    first = put(session, root)
    assert detect_danger(session, SPOKEN) is not None
    bare = roll_back(session, None, seen=first.id, by=root, at=NOON)
    assert detect_danger(session, SPOKEN) is None
    assert first.state == "past"
    with pytest.raises(ChangedMeanwhile):
        roll_back(session, first.id, seen=first.id, by=root, at=NOON)
    again = roll_back(session, first.id, seen=bare.id, by=root, at=NOON)
    assert again.added == first.added
    assert detect_danger(session, SPOKEN) is not None
    with pytest.raises(VersionNotFound):
        roll_back(session, 999_999, seen=again.id, by=root, at=NOON)
    states = session.scalars(select(EmergencyPhraseSet.state).order_by(EmergencyPhraseSet.id))
    assert list(states) == ["past", "past", "in_service"]


def test_a_new_draft_begins_with_what_is_in_service_and_can_be_discarded(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    put(session, root)
    draft = add_phrase(
        session, Phrase("es", "on_fire", "aliento de dragón"), TESTS, by=root, at=NOON
    )
    assert [row[2] for row in draft.added] == ["dragon breath", "aliento de dragón"]
    discard_draft(session, by=root, at=NOON)
    assert find_draft(session) is None
    with pytest.raises(VersionNotFound):
        discard_draft(session, by=root, at=NOON)


def test_a_draft_begun_anew_is_not_the_one_that_somebody_saw(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    seen = add_phrase(session, DRAGON, TESTS, by=root, at=NOON).seen_as
    discard_draft(session, by=root, at=NOON)
    other = add_phrase(session, Phrase("en", "on_fire", "lava flows"), TESTS, by=root, at=NOON)
    try_draft(session, TESTS, by=root, at=NOON)
    assert other.revision == 1, "as that of the draft that is gone"
    with pytest.raises(ChangedMeanwhile):
        put_into_service(session, TESTS, seen=seen, by=root, at=NOON)
    assert find_phrases_in_service(session) is None


def test_when_the_phrases_cannot_be_read_the_last_known_alarm_and_the_message_is_not_lost(
    session: Session, cast: Cast, root: StaffMember, caplog: pytest.LogCaptureFixture
) -> None:
    put(session, root)
    assert detect_danger(session, SPOKEN) is not None
    session.execute(text("alter table emergency_phrase_sets rename to elsewhere"))
    forget_phrases(session)
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, conversation, SPOKEN)
    with caplog.at_level(logging.ERROR):
        assert take_in_text(session, conversation, message, at=NOON) is None
    [appeal] = session.scalars(select(Appeal))
    assert appeal.nature == "emergency"
    assert "stays in service" in caplog.text
    assert "dragon" not in caplog.text


def test_a_set_that_cannot_be_used_leaves_the_shipped_phrases_in_service(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    session.add(
        EmergencyPhraseSet(
            state="in_service", added=[["en", "on_fire", "(broken"]], made_by_id=root.id,
            made_at=NOON,
        )
    )  # fmt: skip
    session.flush()
    assert detect_danger(session, "the bin is on fire") is not None
    assert in_service.version_in_service() is None


def test_another_process_reads_with_them_in_its_next_transaction(core: Core) -> None:
    core.transact_now(make_cast)
    core.transact_now(lambda s: put(s, make_staff(s, None, "Root", "admin")))
    assert detect(SPOKEN) is None, "this process has looked for no danger since"
    core.transact_now(refresh_phrases)
    assert detect(SPOKEN) is not None
