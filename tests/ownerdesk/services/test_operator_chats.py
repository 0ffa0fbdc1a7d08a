"""Linking chats of staff: a code is good once, for a day, and one Telegram account has one part."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import ChatCode, Conversation
from ownerdesk.queries.staff import get_member_of_chat
from ownerdesk.rules.refusals import ChatInUse, TooManyTries, WrongCode
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.notices import find_staff_chat
from ownerdesk.services.operator_chats import create_chat_code, link_chat, link_group
from tests.look import find_sent, list_handoffs
from tests.make import NOON, Cast, make_appeal, make_cast, make_conversation, make_message

DAY = timedelta(hours=24)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def chat(session: Session) -> Conversation:
    return make_conversation(session, chat_id=8001)


def test_a_code_links_a_chat_once_in_the_members_language(
    session: Session, cast: Cast, chat: Conversation
) -> None:
    cast.ike.language = "es"
    code = create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON)
    stored = session.scalars(select(ChatCode)).one()
    assert code not in stored.code_hash
    link_chat(session, chat, code.lower(), at=NOON + DAY)
    assert (chat.kind, chat.staff_id, chat.language) == ("staff", cast.ike.id, "es")
    assert get_member_of_chat(session, 8001) is cast.ike
    other = make_conversation(session, chat_id=8002)
    with pytest.raises(WrongCode):
        link_chat(session, other, code, at=NOON)


@pytest.mark.parametrize("why", ["unknown", "expired", "for a department", "left"])
def test_a_code_that_is_not_good_is_refused(
    session: Session, cast: Cast, chat: Conversation, why: str
) -> None:
    code, at = create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON), NOON
    if why == "unknown":
        code = "AAAAAAAAAA"
    elif why == "expired":
        at = NOON + DAY + timedelta(seconds=1)
    elif why == "for a department":
        code = create_chat_code(session, department=cast.maintenance, by=cast.boris, at=NOON)
    else:
        cast.ike.is_active = False
    with pytest.raises(WrongCode):
        link_chat(session, chat, code, at=at)
    assert chat.kind == "owner"


def test_guessing_is_slowed_down(session: Session, cast: Cast, chat: Conversation) -> None:
    code = create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON)
    for _ in range(5):
        with pytest.raises(WrongCode):
            link_chat(session, chat, "WRONGWRONG", at=NOON)
    with pytest.raises(TooManyTries):
        link_chat(session, chat, code, at=NOON)
    link_chat(session, chat, code, at=NOON + timedelta(hours=1, minutes=1))
    assert chat.staff_id == cast.ike.id


def test_an_owners_chat_is_never_a_colleagues_too(session: Session, cast: Cast) -> None:
    code = create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON)
    with pytest.raises(ChatInUse):
        link_chat(session, cast.conversation, code, at=NOON)
    make_appeal(session, cast)
    cast.conversation.owner_id = None  # a stranger who has reported something
    with pytest.raises(ChatInUse):
        link_chat(session, cast.conversation, code, at=NOON)
    assert cast.conversation.kind == "owner"


def test_a_colleagues_chat_is_not_another_colleagues(
    session: Session, cast: Cast, chat: Conversation
) -> None:
    link_chat(
        session, chat, create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON), at=NOON
    )
    code = create_chat_code(session, member=cast.mara, by=cast.boris, at=NOON)
    with pytest.raises(ChatInUse):
        link_chat(session, chat, code, at=NOON)


def test_a_new_phone_takes_the_place_of_the_old_one(
    session: Session, cast: Cast, chat: Conversation
) -> None:
    link_chat(
        session, chat, create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON), at=NOON
    )
    new = make_conversation(session, chat_id=8002)
    link_chat(
        session, new, create_chat_code(session, member=cast.ike, by=cast.ike, at=NOON), at=NOON
    )
    assert find_staff_chat(session, cast.ike.id) is new
    assert (chat.kind, chat.staff_id) == ("owner", None)
    assert "Another chat is linked" in find_sent(session, chat, "let_go")[0].text


def test_a_handoff_asked_for_before_the_link_ends(
    session: Session, cast: Cast, chat: Conversation
) -> None:
    request_handoff(session, chat, reason="unknown_person", at=NOON)
    link_chat(
        session, chat, create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON), at=NOON
    )
    assert chat.state == "bot"
    assert all(h.returned_at is not None for h in list_handoffs(session, chat))


def test_what_a_colleague_writes_is_stored_as_theirs(
    session: Session, cast: Cast, chat: Conversation
) -> None:
    link_chat(
        session, chat, create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON), at=NOON
    )
    message = make_message(session, chat, "Hello")
    assert (message.author, message.staff_id) == ("staff", cast.ike.id)


def test_a_group_becomes_a_departments(session: Session, cast: Cast, chat: Conversation) -> None:
    def link(code: str, chat_id: int = -100) -> None:
        link_group(session, chat_id=chat_id, title="Crew", tried_by=chat, code=code, at=NOON)

    with pytest.raises(WrongCode):
        link(create_chat_code(session, member=cast.ike, by=cast.boris, at=NOON))
    link(create_chat_code(session, department=cast.maintenance, by=cast.boris, at=NOON))
    group = session.scalars(select(Conversation).where(Conversation.kind == "department")).one()
    assert (group.chat_id, group.department_id, group.name) == (-100, cast.maintenance.id, "Crew")
    with pytest.raises(ChatInUse):
        link(create_chat_code(session, department=cast.accounts, by=cast.boris, at=NOON))
    link(create_chat_code(session, department=cast.maintenance, by=cast.boris, at=NOON), -200)
    session.refresh(group)
    assert group.chat_id == -200, "the department has moved to another group"


def test_guessing_in_a_group_is_slowed_down_by_whoever_types(
    session: Session, cast: Cast, chat: Conversation
) -> None:
    for chat_id in range(-105, -100):
        with pytest.raises(WrongCode):
            link_group(
                session, chat_id=chat_id, title="G", tried_by=chat, code="WRONGWRONG", at=NOON
            )
    with pytest.raises(TooManyTries):
        link_group(session, chat_id=-1, title="G", tried_by=chat, code="WRONGWRONG", at=NOON)
