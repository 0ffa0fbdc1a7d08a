"""Delivery: what Telegram answers decides what becomes of a row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import httpx
import pytest
from sqlalchemy.orm import Session
from telegram.error import NetworkError

from ownerdesk.bootstrap import Core
from ownerdesk.model import Attachment, Conversation, Message
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from tests.make import NOON, make_conversation
from tests.offline import Wire, make_offline_bot
from worker.outbox import Outbox, make_markup


@dataclass
class Post:
    """The worker's outbox, with a chat to write to."""

    core: Core
    wire: Wire
    conversation: Conversation

    def send(self, text: str = "Hello", **fields: object) -> int:
        def work(session: Session) -> int:
            key = f"k:{fields.pop('key', 1)}"
            return outbox.send(
                session,
                self.conversation,
                text,
                key=key,
                at=NOON,
                **fields,  # type: ignore[arg-type]
            ).id

        return self.core.transact_now(work)

    def revise(self, message_id: int, text: str) -> None:
        self.core.transact_now(
            lambda s: outbox.revise(s, s.get_one(Message, message_id), text=text)
        )

    def deliver(self, *message_ids: int) -> None:
        async def run() -> None:
            box = Outbox(self.core, make_offline_bot(self.wire))
            for message_id in message_ids:
                await box.deliver(message_id)

        asyncio.run(run())

    def read(self, message_id: int) -> Message:
        return self.core.transact_now(lambda s: s.get_one(Message, message_id))


@pytest.fixture
def post(core: Core) -> Post:
    core.settings = replace(core.settings, outbox_rate=10_000.0, outbox_chat_rate=10_000.0)
    conversation = core.transact_now(lambda s: make_conversation(s, chat_id=7001))
    return Post(core, Wire(), conversation)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited; nobody waits."""
    waited: list[float] = []
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def note(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr("worker.limits.asyncio.sleep", note)
    return waited


def test_a_message_is_sent_once_whatever_number_of_jobs_come(post: Post) -> None:
    message_id = post.send("Hello <you>")
    post.deliver(message_id, message_id)
    (call,) = post.wire.named("sendMessage")
    assert (call["chat_id"], call["text"]) == (7001, "Hello <you>")
    assert "parse_mode" not in call, "plain text is sent plain"
    message = post.read(message_id)
    assert (message.state, message.telegram_message_id, message.sent_at) == ("sent", 501, NOON)


def test_our_html_goes_as_html_and_buttons_as_a_keyboard(post: Post) -> None:
    message_id = post.send("<b>T-1</b>", is_html=True, buttons=[[button("Yes", "solved", 4)]])
    post.deliver(message_id)
    (call,) = post.wire.named("sendMessage")
    assert call["parse_mode"] == "HTML"
    assert call["reply_markup"]["inline_keyboard"] == [
        [{"text": "Yes", "callback_data": "1:solved:4:"}]
    ]


def test_a_revised_message_is_edited_in_place(post: Post) -> None:
    message_id = post.send()
    post.deliver(message_id)
    post.revise(message_id, "Hello again")
    post.deliver(message_id, message_id)
    (edit,) = post.wire.named("editMessageText")
    assert (edit["message_id"], edit["text"]) == (501, "Hello again")
    assert post.read(message_id).state == "sent"
    assert len(post.wire.named("sendMessage")) == 1


def test_a_revision_recorded_in_the_moment_of_sending_still_reaches_the_phone(post: Post) -> None:
    message_id = post.send()
    post.deliver(message_id)

    def revise_unseen(session: Session) -> None:
        message = session.get_one(Message, message_id)
        message.text, message.revision = "Newer", 2  # the row said "queued" when it was read

    post.core.transact_now(revise_unseen)
    post.deliver(message_id)
    assert post.wire.named("editMessageText")[0]["text"] == "Newer"


def test_a_pause_that_telegram_asks_for_is_kept(post: Post, pauses: list[float]) -> None:
    post.wire.refuse("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7)
    message_id = post.send()
    post.deliver(message_id)
    assert len(post.wire.named("sendMessage")) == 2
    assert max(pauses) == pytest.approx(7, abs=0.5)
    assert post.read(message_id).state == "sent"


def test_a_pause_in_the_middle_of_a_long_text_repeats_no_part(
    post: Post, pauses: list[float]
) -> None:
    message_id = post.send("a" * 3000 + "\n\n" + "b" * 3000, buttons=[[button("Ok", "card", 1)]])
    original = post.wire.do_request
    sent = 0

    async def refuse_the_second(*args: object, **kwargs: object) -> tuple[int, bytes]:
        nonlocal sent
        sent += 1
        if sent == 2:
            post.wire.refuse("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3)
        return await original(*args, **kwargs)  # type: ignore[arg-type]

    post.wire.do_request = refuse_the_second  # type: ignore[method-assign,assignment]
    post.deliver(message_id)
    calls = post.wire.named("sendMessage")
    assert [call["text"][0] for call in calls] == ["a", "b", "b"]
    assert "reply_markup" not in calls[0]
    assert "reply_markup" in calls[2]
    message = post.read(message_id)
    assert (message.telegram_message_id, message.telegram_extra_ids) == (501, [502])


def test_emoji_are_counted_as_telegram_does(post: Post) -> None:
    message_id = post.send("🙂" * 3000)
    post.deliver(message_id)
    assert [len(call["text"]) for call in post.wire.named("sendMessage")] == [2048, 952]


def test_an_owner_who_blocked_the_bot_is_shown(post: Post) -> None:
    post.wire.refuse("sendMessage", 403, "Forbidden: bot was blocked by the user")
    message_id = post.send()
    post.deliver(message_id, message_id)
    assert post.read(message_id).state == "blocked"
    assert len(post.wire.named("sendMessage")) == 1
    blocked = post.core.transact_now(lambda s: s.get_one(Conversation, post.conversation.id))
    assert blocked.blocked_at == NOON


def test_what_telegram_refuses_is_recorded_with_its_words(post: Post) -> None:
    post.wire.refuse("sendMessage", 400, "Bad Request: chat not found")
    message_id = post.send()
    post.deliver(message_id, message_id)
    message = post.read(message_id)
    assert message.state == "failed"
    assert "not found" in (message.error or "")
    assert len(post.wire.named("sendMessage")) == 1


def test_a_chat_that_migrated_gets_it_under_its_new_id(post: Post) -> None:
    post.wire.refuse("sendMessage", 400, "Bad Request: group chat was upgraded to a supergroup chat",
                     migrate_to_chat_id=-1007)  # fmt: skip
    message_id = post.send()
    post.deliver(message_id)
    assert [call["chat_id"] for call in post.wire.named("sendMessage")] == [7001, -1007]
    assert post.read(message_id).state == "sent"


def test_a_chat_that_migrated_to_one_we_know_already_is_not_tried_for_ever(post: Post) -> None:
    post.core.transact_now(lambda s: make_conversation(s, chat_id=-1007))
    for _ in range(3):
        post.wire.refuse("sendMessage", 400, "Bad Request: upgraded", migrate_to_chat_id=-1007)
    message_id = post.send()
    post.deliver(message_id)
    assert len(post.wire.named("sendMessage")) == 1
    assert post.read(message_id).state == "failed"


def test_an_edit_that_changes_nothing_counts_as_done(post: Post) -> None:
    message_id = post.send()
    post.deliver(message_id)
    post.revise(message_id, "Same on the phone")
    post.wire.refuse(
        "editMessageText", 400, "Bad Request: message is not modified: specified new message…"
    )
    post.deliver(message_id)
    message = post.read(message_id)
    assert (message.state, message.sent_revision) == ("sent", 2)


@pytest.mark.parametrize("reason", ["message to edit not found", "message can't be edited"])
def test_an_edit_of_a_message_that_is_gone_is_sent_anew(post: Post, reason: str) -> None:
    message_id = post.send()
    post.deliver(message_id)
    post.revise(message_id, "What you must know")
    post.wire.refuse("editMessageText", 400, f"Bad Request: {reason}")
    post.deliver(message_id)
    assert [call["text"] for call in post.wire.named("sendMessage")] == [
        "Hello", "What you must know",
    ]  # fmt: skip
    assert post.read(message_id).telegram_message_id == 502


@pytest.mark.parametrize("error", [NetworkError("down"), httpx.ConnectError("down")])
def test_a_network_error_leaves_the_row_queued_and_the_job_to_be_tried_again(
    post: Post, error: Exception
) -> None:
    post.wire.break_down("sendMessage", error)
    message_id = post.send()
    with pytest.raises(NetworkError):
        post.deliver(message_id)
    assert post.read(message_id).state == "queued"
    post.deliver(message_id)
    assert post.read(message_id).state == "sent"


def test_the_phone_button_and_its_removal_are_keyboards_of_their_own() -> None:
    contact = make_markup({"contact": "Share"})
    assert contact is not None
    assert contact.to_dict()["keyboard"][0][0]["request_contact"] is True
    removed = make_markup({"remove": True})
    assert removed is not None
    assert removed.to_dict()["remove_keyboard"] is True
    assert make_markup(None) is None


def test_a_photo_that_telegram_has_is_named_and_not_uploaded(post: Post) -> None:
    message_id = post.send("T-1001", photo_id="file-1")
    post.deliver(message_id, message_id)
    (call,) = post.wire.named("sendPhoto")
    assert (call["photo"], call["caption"], call["chat_id"]) == ("file-1", "T-1001", 7001)
    message = post.read(message_id)
    assert (message.state, message.kind) == ("sent", "photo")
    assert post.wire.named("sendMessage") == []


def test_what_was_taken_back_before_it_was_sent_is_not_sent(post: Post) -> None:
    message_id = post.send()
    post.core.transact_now(lambda s: s.delete(s.get_one(Message, message_id)))
    post.deliver(message_id)
    assert post.wire.named("sendMessage") == []


def _enclose(post: Post, message_id: int, name: str, content: bytes | None) -> None:
    folder = post.core.settings.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    if content is not None:
        (folder / name).write_bytes(content)
    kind = post.read(message_id).kind
    file = Attachment(message_id=message_id, kind=kind, state="stored", name=name, path=name)
    post.core.transact_now(lambda s: s.add(file))


@pytest.mark.parametrize(("kind", "method"), [("photo", "sendPhoto"), ("document", "sendDocument")])
def test_a_file_of_staff_is_uploaded_once_with_its_words(
    post: Post, kind: str, method: str
) -> None:
    message_id = post.send("Look here", kind=kind)
    _enclose(post, message_id, "plan.bin", b"content")
    post.deliver(message_id, message_id)
    (call,) = post.wire.named(method)
    assert (call["chat_id"], call["caption"]) == (7001, "Look here")
    assert post.wire.named("sendMessage") == []
    assert post.read(message_id).state == "sent"


def test_a_picture_that_is_no_photo_for_telegram_goes_out_as_a_document(post: Post) -> None:
    message_id = post.send("Long", kind="photo")
    _enclose(post, message_id, "long.png", b"png")
    post.wire.refuse("sendPhoto", 400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    post.deliver(message_id)
    assert len(post.wire.named("sendDocument")) == 1
    assert post.read(message_id).state == "sent"


def test_a_file_that_is_gone_is_recorded_and_not_tried_for_ever(post: Post) -> None:
    message_id = post.send("", kind="document")
    _enclose(post, message_id, "gone.pdf", None)
    post.deliver(message_id)
    message = post.read(message_id)
    assert (message.state, message.error) == ("failed", "the file is gone")
