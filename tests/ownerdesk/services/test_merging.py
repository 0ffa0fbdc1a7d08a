"""Merging: one number goes on, nobody is promised less than before, and every owner keeps hearing and is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealLink, Conversation, Owner, Promise, Remedy, Residency
from ownerdesk.queries.merging import find_by_number, list_merge_candidates
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services.apologies import approve_apology, draft_apology
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.closure import (
    close_in_silence,
    confirm_solved,
    rate_appeal,
    remind_to_confirm,
    reopen_appeal,
)
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import Actor
from ownerdesk.services.merging import (
    LosesUrgency,
    NotSameOwner,
    SameAppeal,
    link_appeals,
    merge_appeals,
)
from ownerdesk.services.progress import accept_appeal, defer_appeal, resolve_appeal
from ownerdesk.services.promises import promise_by_hand
from ownerdesk.services.statuses import find_waiting_for_word, tell_status
from ownerdesk.services.sweep import sweep_promises
from tests.look import find_sent, labels, list_events, list_jobs, list_keys, list_open_promises
from tests.make import (
    LATER,
    NOON,
    Cast,
    list_sent,
    make_appeal,
    make_cast,
    make_conversation,
    make_message,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def first(session: Session, cast: Cast) -> Appeal:
    appeal = make_appeal(session, cast)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    return appeal


@pytest.fixture
def theirs(session: Session, cast: Cast) -> Appeal:
    """What a neighbour reported, who reads Spanish."""
    berta = Owner(name="Berta Test", phone="+34600009999", language="es")
    session.add(berta)
    session.flush()
    session.add(Residency(owner_id=berta.id, unit_id=cast.unit.id, role="family"))
    chat = make_conversation(session, chat_id=7002, language="es")
    chat.owner_id, chat.project_id, chat.unit_id = berta.id, cast.project.id, cast.unit.id
    session.flush()
    mine, cast.conversation = cast.conversation, chat
    appeal = make_appeal(session, cast, at=NOON + LATER)
    cast.conversation = mine
    return appeal


def merge(session: Session, cast: Cast, appeal: Appeal, into: Appeal, how: str = "merged") -> None:
    merge_appeals(session, appeal, into, by=cast.mara, how=how, at=NOON + LATER)


def resolve(session: Session, cast: Cast, appeal: Appeal) -> None:
    by = Actor.staff(cast.mara.id)
    resolve_appeal(session, appeal, resolution="A new lamp", by=by, at=NOON + 2 * LATER)


def test_the_merged_number_points_to_the_other_and_ends(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    merge(session, cast, theirs, first)
    assert (theirs.state, theirs.closed_by, theirs.merged_into_id) == (
        "cancelled",
        "merged",
        first.id,
    )
    assert theirs.next_due_at is None
    assert list_events(session, theirs)[-1] == "appeal.merged"
    assert list_events(session, first)[-1] == "appeal.joined"
    (told,) = find_sent(session, theirs.conversation, "merged")
    assert theirs.number in told.text
    assert first.number not in told.text, "another owner's number is not theirs to know"
    (card,) = find_sent(session, theirs.conversation, "card")
    assert "Dealt with together" in card.text or "🔗" in card.text
    assert "Mara T" in card.text, "who answers for it now"


def test_a_duplicate_of_the_same_owner_names_where_it_goes_on(
    session: Session, cast: Cast, first: Appeal
) -> None:
    again = make_appeal(session, cast, at=NOON + LATER)
    merge(session, cast, again, first, "duplicate")
    assert again.closed_by == "duplicate"
    (told,) = find_sent(session, cast.conversation, "merged")
    assert first.number in told.text
    links = session.scalars(select(AppealLink).where(AppealLink.kind == "duplicate")).all()
    assert len(links) == 1
    before = len(list_sent(session, cast.conversation))
    resolve(session, cast, first)
    assert len(list_sent(session, cast.conversation)) == before + 1, "one chat is told once"


def test_what_another_owner_reported_is_no_duplicate(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    with pytest.raises(NotSameOwner):
        merge(session, cast, theirs, first, "duplicate")
    assert theirs.state == "received"


def test_the_earlier_promise_holds_for_both_and_none_ends_in_silence(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    promise_by_hand(session, first, by=cast.mara, due_at=NOON + 5 * HOUR, words="", at=NOON)
    (standing,) = list_open_promises(session, theirs)
    earlier = standing.due_at
    merge(session, cast, theirs, first)
    (carried,) = list_open_promises(session, first)
    assert (carried.due_at, carried.staff_id) == (earlier, cast.mara.id)
    assert list_open_promises(session, theirs) == []
    assert "promise.carried_over" in list_events(session, theirs)
    ends = session.scalars(select(Promise).where(Promise.appeal_id == theirs.id)).all()
    assert all(p.withdrawn_at or p.kept_at for p in ends)


def test_a_later_promise_of_the_merged_changes_nothing(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    promise_by_hand(session, theirs, by=cast.mara, due_at=NOON + 9 * HOUR, words="", at=NOON)
    (before,) = list_open_promises(session, first)
    merge(session, cast, theirs, first)
    assert [p.id for p in list_open_promises(session, first)] == [before.id]


def test_every_owner_hears_each_step_in_their_language_and_is_asked(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    merge(session, cast, theirs, first)
    until = NOON + 30 * HOUR
    by = Actor.staff(cast.mara.id)
    defer_appeal(session, first, until=until, reason="Teil", by=by, at=NOON + LATER)
    assert len(find_sent(session, theirs.conversation, "deferred")) == 1
    first.state = "accepted"
    resolve(session, cast, first)
    (question,) = find_sent(session, theirs.conversation, "solved?")
    assert theirs.number in question.text
    assert "¿" in question.text
    assert labels(question) == ["solved", "half", "notyet"]
    assert {b["data"].split(":")[2] for row in question.markup["inline"] for b in row} == {
        str(theirs.id)
    }
    assert len(find_sent(session, cast.conversation, "solved?")) == 1


def test_the_yes_of_one_owner_is_theirs_alone(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    merge(session, cast, theirs, first)
    with pytest.raises(WrongState):
        confirm_solved(session, theirs, at=NOON + LATER)
    resolve(session, cast, first)
    for _ in range(2):
        confirm_solved(session, theirs, at=NOON + HOUR)
    assert first.state == "resolved"
    assert list_events(session, first).count("owner.confirmed") == 1
    (asked,) = find_sent(session, theirs.conversation, "solved?")
    assert labels(asked) == ["stars"] * 5, "their question has turned into the next one"
    assert labels(find_sent(session, cast.conversation, "solved?")[0])[0] == "solved"
    rate_appeal(session, theirs, stars=5, at=NOON + HOUR)
    event_id = list_jobs(session, "remind_to_confirm")[0]["event_id"]
    remind_to_confirm(session, first, event_id, at=NOON + 25 * HOUR)
    assert len(find_sent(session, cast.conversation, "reminder")) == 1
    assert find_sent(session, theirs.conversation, "reminder") == [], (
        "who has answered is left alone"
    )
    close_in_silence(session, first, event_id, at=NOON + 80 * HOUR)
    assert first.state == "closed"
    assert find_sent(session, theirs.conversation, "lapsed") == []


def test_the_no_of_one_owner_opens_it_for_all(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    merge(session, cast, theirs, first)
    resolve(session, cast, first)
    confirm_solved(session, first, at=NOON + HOUR)
    reopen_appeal(session, theirs, how="notyet", at=NOON + 2 * HOUR)
    assert (first.state, theirs.state) == ("accepted", "cancelled")
    (mine,) = find_sent(session, cast.conversation, "reopened")
    (other,) = find_sent(session, theirs.conversation, "reopened")
    assert "not over for everybody" in mine.text
    assert theirs.number in other.text
    assert theirs.conversation.awaiting["kind"] == "reopen_reason"


def test_what_is_left_goes_on_when_the_owner_withdraws_the_first(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    merge(session, cast, theirs, first)
    due_at = list_open_promises(session, first)[0].due_at
    cancel_appeal(session, first, at=NOON + LATER)
    assert (theirs.state, theirs.merged_into_id, theirs.closed_at) == ("accepted", None, None)
    (promise,) = list_open_promises(session, theirs)
    assert promise.due_at == theirs.next_due_at == due_at
    assert theirs.responsible_id == cast.mara.id


def test_merging_a_second_time_takes_along_what_was_merged_before(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    third = make_appeal(session, cast, at=NOON)
    merge(session, cast, theirs, first)
    merge(session, cast, first, third)
    assert (theirs.merged_into_id, first.merged_into_id) == (third.id, third.id)
    accept_appeal(session, third, by=cast.mara, at=NOON + LATER)
    resolve(session, cast, third)
    assert len(find_sent(session, theirs.conversation, "solved?")) == 1


def test_only_what_is_worked_on_takes_another_over(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    with pytest.raises(SameAppeal):
        merge(session, cast, first, first)
    merge(session, cast, theirs, first)
    with pytest.raises(WrongState):
        merge(session, cast, theirs, make_appeal(session, cast))
    resolve(session, cast, first)
    with pytest.raises(WrongState):
        merge(session, cast, make_appeal(session, cast), first)


def test_an_emergency_is_not_lost_in_something_milder(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    message = make_message(session, cast.conversation, "Fire in the bin room")
    fire = raise_emergency(
        session, cast.conversation, message, kind="fire", found_by="owner", at=NOON
    )
    with pytest.raises(LosesUrgency):
        merge(session, cast, fire, theirs)
    assert fire.state == "received"


def test_related_appeals_are_linked_once_and_owners_hear_nothing(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    before = list_keys(session, cast.conversation)
    link_appeals(session, first, theirs, by=cast.mara, at=NOON)
    link_appeals(session, theirs, first, by=cast.mara, at=NOON)
    assert len(session.scalars(select(AppealLink).where(AppealLink.kind == "related")).all()) == 1
    assert list_events(session, first).count("appeal.linked") == 1
    assert list_keys(session, cast.conversation) == before


def test_an_appeal_is_found_by_its_number_as_people_write_it(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    digits = first.number.rpartition("-")[2]
    for written in (first.number, first.number.lower(), f" {digits} "):
        found = find_by_number(session, cast.project.id, written)
        assert found is not None
        assert found.id == first.id
    assert find_by_number(session, cast.project.id, "9") is None
    assert find_by_number(session, cast.project.id + 1, first.number) is None
    assert [a.id for a in list_merge_candidates(session, first)] == [theirs.id]


def test_an_owner_who_asks_is_shown_how_what_they_reported_goes_on(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    merge(session, cast, theirs, first)
    question = make_message(session, theirs.conversation, "¿Qué pasa con la luz?", at=NOON + HOUR)
    tell_status(session, theirs.conversation, question, at=NOON + HOUR)
    (shown,) = find_sent(session, theirs.conversation, "status")
    assert theirs.number in shown.text
    assert "Mara T" in shown.text
    resolve(session, cast, first)
    found = find_waiting_for_word(session, theirs.conversation)
    assert found is not None
    assert found.id == theirs.id


def make_fire(session: Session, cast: Cast, conversation: Conversation) -> Appeal:
    message = make_message(session, conversation, "Fire in the bin room")
    return raise_emergency(session, conversation, message, kind="fire", found_by="rule", at=NOON)


def test_what_somebody_unknown_reported_goes_on_when_another_unknown_withdraws(
    session: Session, cast: Cast
) -> None:
    one, other = (make_conversation(session, chat_id=chat_id) for chat_id in (7801, 7802))
    first, theirs = make_fire(session, cast, one), make_fire(session, cast, other)
    accept_appeal(session, first, by=cast.mara, at=NOON)
    merge(session, cast, theirs, first)
    message = make_message(session, other, "How far are you?")
    tell_status(session, other, message, at=NOON + LATER)
    assert theirs.number in find_sent(session, other, "status")[0].text
    cancel_appeal(session, first, at=NOON + LATER)
    assert (theirs.state, theirs.merged_into_id) == ("accepted", None)


def test_an_emergency_nobody_has_taken_on_is_alarmed_by_itself_when_the_first_is_withdrawn(
    session: Session, cast: Cast, theirs: Appeal
) -> None:
    first = make_fire(session, cast, cast.conversation)
    fire = make_fire(session, cast, make_conversation(session, chat_id=7801))
    merge(session, cast, theirs, first)
    merge(session, cast, fire, first)
    cancel_appeal(session, first, at=NOON + LATER)
    assert (fire.state, fire.merged_into_id, fire.closed_at) == ("received", None, None)
    assert len(list_open_promises(session, fire, "acceptance")) == 1
    assert list_events(session, fire).count("alarm.raised") == 2
    assert theirs.merged_into_id == fire.id, "no emergency goes on as something milder"


def test_each_owner_reads_in_their_own_language_why_a_time_does_not_hold(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    merge(session, cast, theirs, first)
    due_at = list_open_promises(session, first)[0].due_at
    sweep_promises(session, at=due_at - LATER)
    (mine,) = find_sent(session, cast.conversation, "slip")
    (other,) = find_sent(session, theirs.conversation, "slip")
    assert f"{first.number}: I am sorry" in mine.text
    assert f"{theirs.number}: " in other.text
    assert "I am sorry" not in other.text


def test_what_makes_up_for_a_slip_is_told_to_whom_it_is_given_alone(
    session: Session, cast: Cast, first: Appeal, theirs: Appeal
) -> None:
    merge(session, cast, theirs, first)
    (promise,) = list_open_promises(session, first)
    apology = draft_apology(session, first, promise, at=NOON + LATER)
    remedy = session.scalars(select(Remedy).where(Remedy.code == "fee_credit")).one()
    approve_apology(
        session, apology, by=cast.boris, words=apology.words, remedy=remedy, amount=15,
        new_due_at=promise.due_at + HOUR, at=NOON + LATER,
    )  # fmt: skip
    (mine,) = find_sent(session, cast.conversation, "slip")
    (other,) = find_sent(session, theirs.conversation, "slip")
    assert ["goodwill" in told.text for told in (mine, other)] == [True, False]
