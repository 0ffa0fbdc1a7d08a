"""The inbox: every update stored once, in the transaction that asks for its handling."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import InboxUpdate
from ownerdesk.services.inbox import (
    find_chat_id,
    mark_handled,
    note_attempt,
    read_open_update,
    store_update,
)
from ownerdesk.services.jobs import HANDLE_UPDATE
from tests.look import list_jobs
from tests.make import LATER, NOON


def body(update_id: int = 1, text: str = "Hello", chat_id: int = 7001) -> dict[str, Any]:
    return {"update_id": update_id, "message": {"chat": {"id": chat_id}, "text": text}}


def test_an_update_delivered_twice_is_handled_once(session: Session) -> None:
    assert store_update(session, body(), at=NOON) is True
    assert store_update(session, body(text="Hello!"), at=NOON) is False
    (job,) = list_jobs(session, HANDLE_UPDATE)
    assert job["update_id"] == 1
    stored = session.get_one(InboxUpdate, 1)
    assert stored.body["message"]["text"] == "Hello"


def test_updates_of_one_chat_share_a_lock_whatever_order_they_come_in(session: Session) -> None:
    for update_id in (7, 3, 5):
        store_update(session, body(update_id), at=NOON)
    store_update(session, body(8, chat_id=7002), at=NOON)
    store_update(session, {"update_id": 9, "poll": {"id": "1"}}, at=NOON)
    locks = [job["lock"] for job in list_jobs(session, HANDLE_UPDATE)]
    assert locks == ["chat:7001"] * 3 + ["chat:7002", "update:9"]


@pytest.mark.parametrize("text", ["a\x00b", "half a pair \ud800", "\udc00\x00"])
def test_what_the_database_cannot_keep_is_left_out_and_blocks_nothing(
    session: Session, text: str
) -> None:
    wanted = body(text=text)
    wanted["message"]["entities"] = [{"custom": text}]
    assert store_update(session, wanted, at=NOON)
    session.expire_all()
    stored = session.get_one(InboxUpdate, 1).body["message"]["text"]
    assert stored == text.replace("\x00", "").encode("utf-8", "ignore").decode()


@pytest.mark.parametrize("update_id", [None, "1", 1.5])
def test_a_body_without_an_update_id_is_refused(session: Session, update_id: object) -> None:
    with pytest.raises(ValueError, match="update_id"):
        store_update(session, {"update_id": update_id}, at=NOON)


@pytest.mark.parametrize(
    ("update", "chat_id"),
    [
        ({"message": {"chat": {"id": 5}}}, 5),
        ({"edited_message": {"chat": {"id": -100}}}, -100),
        ({"callback_query": {"from": {"id": 6}, "message": {"chat": {"id": 5}}}}, 5),
        ({"callback_query": {"from": {"id": 6}}}, 6),
        ({"my_chat_member": {"chat": {"id": 5}}}, 5),
        ({"message": "rubbish"}, None),
        ({"message": {"chat": {"id": "x"}}}, None),
        ({}, None),
    ],
)
def test_the_chat_of_an_update_is_found(update: dict[str, Any], chat_id: int | None) -> None:
    assert find_chat_id(update) == chat_id


def test_handled_once_it_is_not_open_again_and_attempts_are_counted(session: Session) -> None:
    store_update(session, body(), at=NOON)
    assert note_attempt(session, 1, error="ValueError" * 100) == 1
    assert note_attempt(session, 1, error="ValueError") == 2
    assert read_open_update(session, 1) is not None
    mark_handled(session, 1, at=NOON)
    mark_handled(session, 1, at=NOON + LATER)
    session.expire_all()
    assert session.get_one(InboxUpdate, 1).handled_at == NOON
    assert read_open_update(session, 1) is None
    assert session.scalar(select(func.count()).select_from(InboxUpdate)) == 1
