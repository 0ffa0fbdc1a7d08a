"""Registration: a chat proves which owner it is, or learns nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Owner, Residency, Unit
from ownerdesk.rules.refusals import (
    NotFound,
    NotYourContact,
    TooManyTries,
    UnknownPhone,
    WrongCode,
)
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.owners import (
    create_invite,
    format_start_payload,
    get_own_home,
    register_by_code,
    register_by_link,
    register_by_phone,
)
from tests.look import find_sent
from tests.make import LATER, NOON, Cast, make_cast, make_conversation, make_message

SECRET = "secret-key"


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def stranger(session: Session, cast: Cast) -> Conversation:
    return make_conversation(session, chat_id=7900)


@pytest.mark.parametrize(
    "phone", ["+34600007001", "34600007001", "0034 600 00 70 01", "+34 (600) 007-001"]
)
def test_the_senders_own_number_in_any_notation_links_the_chat(
    session: Session, cast: Cast, stranger: Conversation, phone: str
) -> None:
    owner = register_by_phone(session, stranger, phone=phone, contact_user_id=7900, at=NOON)
    assert owner.id == stranger.owner_id == cast.alma.id
    assert (stranger.unit_id, stranger.project_id) == (cast.unit.id, cast.project.id)
    residency = session.scalars(select(Residency)).one()
    assert (residency.verified_by, residency.verified_at) == ("phone", NOON)


@pytest.mark.parametrize("contact_user_id", [7001, None])
def test_a_forwarded_contact_links_nothing(
    session: Session, cast: Cast, stranger: Conversation, contact_user_id: int | None
) -> None:
    with pytest.raises(NotYourContact):
        register_by_phone(
            session, stranger, phone="+34600007001", contact_user_id=contact_user_id, at=NOON
        )
    assert stranger.owner_id is None


def test_a_number_nobody_was_imported_with_links_nothing(
    session: Session, stranger: Conversation
) -> None:
    for phone in ("+34600009999", "no number"):
        with pytest.raises(UnknownPhone):
            register_by_phone(session, stranger, phone=phone, contact_user_id=7900, at=NOON)
    assert stranger.owner_id is None


def test_a_signed_link_links_one_chat_and_again_the_same(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    invite = create_invite(session, cast.alma, at=NOON)
    payload = format_start_payload(invite, SECRET)
    assert len(payload) <= 64, "Telegram's limit for the payload of a link"
    assert set(payload) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    for at in (NOON, NOON + LATER):
        register_by_link(session, stranger, payload=payload, secret_key=SECRET, at=at)
    assert stranger.owner_id == cast.alma.id
    assert (invite.used_at, invite.used_by_id) == (NOON, stranger.id)
    other = make_conversation(session, chat_id=7901)
    with pytest.raises(WrongCode):
        register_by_link(session, other, payload=payload, secret_key=SECRET, at=NOON)
    assert other.owner_id is None


def test_a_forged_or_expired_link_links_nothing(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    invite = create_invite(session, cast.alma, at=NOON)
    good = format_start_payload(invite, SECRET)
    for payload in (invite.code, f"{invite.code}-", good[:-1] + "x", good.lower(), "ref_ñ", "-",
                    format_start_payload(invite, "another secret")):  # fmt: skip
        with pytest.raises(WrongCode):
            register_by_link(session, stranger, payload=payload, secret_key=SECRET, at=NOON)
    with pytest.raises(WrongCode):
        register_by_link(
            session, stranger, payload=good, secret_key=SECRET, at=NOON + timedelta(days=31)
        )
    assert stranger.owner_id is None


def test_a_typed_code_works_in_any_case_and_with_space(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    invite = create_invite(session, cast.alma, at=NOON)
    register_by_code(session, stranger, code=f" {invite.code.lower()} ", at=NOON)
    assert stranger.owner_id == cast.alma.id
    assert session.scalars(select(Residency)).one().verified_by == "invite"


def test_after_five_wrong_codes_even_the_right_one_waits_an_hour(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    invite = create_invite(session, cast.alma, at=NOON)
    for _ in range(5):
        with pytest.raises(WrongCode):
            register_by_code(session, stranger, code="AAAAAAAAAA", at=NOON)
    with pytest.raises(TooManyTries):
        register_by_code(session, stranger, code=invite.code, at=NOON)
    assert invite.used_at is None
    register_by_code(session, stranger, code=invite.code, at=NOON + timedelta(minutes=61))
    assert (stranger.owner_id, stranger.wrong_codes) == (cast.alma.id, 0)


def test_a_residency_that_ended_gives_no_home(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    session.scalars(select(Residency)).one().ended_at = NOON
    register_by_phone(session, stranger, phone="+34600007001", contact_user_id=7900, at=NOON)
    assert stranger.unit_id is None
    with pytest.raises(NotFound):
        get_own_home(session, stranger, cast.unit.id)


def test_only_ones_own_home_can_be_chosen(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    neighbour = Unit(building_id=cast.unit.building_id, number="15")
    session.add(neighbour)
    session.flush()
    assert get_own_home(session, cast.conversation, cast.unit.id).id == cast.unit.id
    for conversation, unit in ((cast.conversation, neighbour), (stranger, cast.unit)):
        with pytest.raises(NotFound):
            get_own_home(session, conversation, unit.id)


def test_a_flat_comes_before_a_parking_place(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    owner = Owner(name="Bo Test", phone="+34600111222")
    place = Unit(building_id=cast.unit.building_id, kind="parking", number="P1")
    session.add_all([owner, place])
    session.flush()
    for unit in (place, cast.unit):
        session.add(Residency(owner_id=owner.id, unit_id=unit.id))
    session.flush()
    register_by_phone(session, stranger, phone="+34600111222", contact_user_id=7900, at=NOON)
    assert stranger.unit_id == cast.unit.id


def test_the_owners_language_is_taken_unless_the_chat_chose_one(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    cast.alma.language = "es"
    register_by_phone(session, stranger, phone="+34600007001", contact_user_id=7900, at=NOON)
    assert stranger.language == "es"
    chosen = make_conversation(session, chat_id=7902)
    chosen.language_chosen = True
    invite = create_invite(session, cast.alma, at=NOON)
    register_by_code(session, chosen, code=invite.code, at=NOON)
    assert chosen.language == "en"


def test_an_emergency_of_somebody_unknown_is_at_their_home_once_they_say_who_they_are(
    session: Session, cast: Cast, stranger: Conversation
) -> None:
    message = make_message(session, stranger, "Fire in my kitchen!")
    appeal = raise_emergency(session, stranger, message, kind="fire", found_by="rule", at=NOON)
    assert (appeal.owner_id, appeal.unit_id) == (None, None)
    register_by_phone(
        session, stranger, phone="+34600007001", contact_user_id=7900, at=NOON + LATER
    )
    assert (appeal.owner_id, appeal.unit_id) == (cast.alma.id, cast.unit.id)
    (card,) = find_sent(session, stranger, "card")
    assert "Birch House" in card.text
    assert "Where is it?" not in card.text
