""" "Not ours" (S8): explained, with who to turn to, and the owner is still asked."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, OutsideParty
from ownerdesk.queries.assignments import list_outside_parties
from ownerdesk.rules.refusals import MissingText, PartyNotFound, WrongState
from ownerdesk.services.closure import confirm_solved, reopen_appeal
from ownerdesk.services.content_edits import add_content, save_content
from ownerdesk.services.content_kinds import PARTIES
from ownerdesk.services.merging import merge_appeals
from ownerdesk.services.outside import resolve_as_outside
from tests.look import find_sent, labels, list_events
from tests.make import NOON, Cast, make_appeal, make_cast, make_conversation

WHY = "The street lamps belong to the city."


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def party(session: Session, code: str = "city") -> OutsideParty:
    return session.scalars(select(OutsideParty).where(OutsideParty.code == code)).one()


def test_the_owner_gets_a_reason_and_a_place_to_turn_to_and_is_asked(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    resolve_as_outside(session, appeal, party(session), explanation=WHY, by=cast.mara, at=NOON)
    (asked,) = find_sent(session, cast.conversation, "solved?")
    for part in (WHY, "the city's citizen service", "town hall", "Did that help you?", "Mara T"):
        assert part in asked.text
    assert labels(asked) == ["solved", "half", "notyet"]
    assert (appeal.state, appeal.responsible_id) == ("resolved", cast.mara.id)
    assert list_events(session, appeal)[-3:] == [
        "appeal.accepted", "appeal.outside", "appeal.resolved",
    ]  # fmt: skip


def test_the_owner_has_the_last_word(session: Session, cast: Cast, appeal: Appeal) -> None:
    resolve_as_outside(session, appeal, party(session), explanation=WHY, by=cast.mara, at=NOON)
    reopen_appeal(session, appeal, how="notyet", at=NOON)
    assert appeal.responsible_id == cast.mara.id
    resolve_as_outside(session, appeal, party(session), explanation=WHY, by=cast.mara, at=NOON)
    confirm_solved(session, appeal, at=NOON)
    assert appeal.state == "closed"
    with pytest.raises(WrongState):
        resolve_as_outside(session, appeal, party(session), explanation=WHY, by=cast.mara, at=NOON)


def test_no_without_a_reason_is_refused(session: Session, cast: Cast, appeal: Appeal) -> None:
    with pytest.raises(MissingText):
        resolve_as_outside(session, appeal, party(session), explanation=" ", by=cast.mara, at=NOON)
    assert appeal.state == "received"


def test_another_projects_party_and_one_no_longer_offered_are_not_found(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    other = make_cast(session, code="U", chat_id=7002)
    values = {"names": {"en": "P"}, "contacts": {"en": "1"}, "categories": ["lighting"]}
    theirs = add_content(
        session, PARTIES, other.project.id, "plumber", values, by=other.boris, at=NOON
    )
    gone = party(session, "developer")
    gone.is_offered = False
    for one in (theirs, gone):
        with pytest.raises(PartyNotFound):
            resolve_as_outside(session, appeal, one, explanation=WHY, by=cast.mara, at=NOON)
        assert one not in list_outside_parties(session, appeal)


def test_staff_maintain_the_list_and_what_fits_comes_first(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    values = {"names": {"en": "Lamp office"}, "contacts": {"en": "1"}, "categories": ["lighting"]}
    first = add_content(session, PARTIES, cast.project.id, "lamps", values, by=cast.boris, at=NOON)
    values["contacts"] = {"en": "2"}
    save_content(session, PARTIES, cast.project.id, first.id, values, by=cast.boris, at=NOON)
    assert list_outside_parties(session, appeal)[0] is first
    assert first.contacts["en"] == "2"


def test_each_owner_reads_in_their_own_language_who_to_turn_to(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    chat = make_conversation(session, chat_id=7002, language="es")
    chat.project_id = cast.project.id
    mine, cast.conversation = cast.conversation, chat
    theirs = make_appeal(session, cast)
    merge_appeals(session, theirs, appeal, by=cast.mara, at=NOON)
    resolve_as_outside(session, appeal, party(session), explanation=WHY, by=cast.mara, at=NOON)
    assert "Please turn to" in find_sent(session, mine, "solved?")[0].text
    assert "Please turn to" not in find_sent(session, chat, "solved?")[0].text
