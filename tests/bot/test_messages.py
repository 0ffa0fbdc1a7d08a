"""Everything an owner can send, from the stored update to what is kept and what will be sent."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Handoff, InboxUpdate, Message
from ownerdesk.queries.conversations import find_conversation
from ownerdesk.services.handoffs import accept_handoff
from ownerdesk.services.inbox import store_update
from tests.look import find_sent, labels, list_keys
from tests.make import Cast, make_appeal
from tests.offline import Desk

OUT = "The light on the landing is out."


def told(desk: Desk, chat_id: int = 7001) -> list[str]:
    def work(session: Session) -> list[str]:
        conversation = find_conversation(session, chat_id)
        return list_keys(session, conversation) if conversation else []

    return desk.core.transact_now(work)


def last_in(desk: Desk, chat_id: int = 7001) -> Message:
    return desk.core.transact_now(
        lambda s: s.scalars(
            select(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.direction == "in", Conversation.chat_id == chat_id)
            .order_by(Message.id.desc())
        ).first()
    ) or pytest.fail("nothing was kept")


def appeals(desk: Desk) -> list[Appeal]:
    return desk.core.transact_now(lambda s: list(s.scalars(select(Appeal).order_by(Appeal.id))))


FILES: dict[str, dict[str, Any]] = {
    "photo": {"photo": [{"file_id": "small", "file_unique_id": "1", "width": 9, "height": 9},
                        {"file_id": "big", "file_unique_id": "2", "width": 90, "height": 90}]},
    "document": {"document": {"file_id": "d", "file_unique_id": "3", "file_name": "bill.pdf"}},
    "video": {"video": {"file_id": "v", "file_unique_id": "4", "width": 1, "height": 1,
                        "duration": 1}},
    "voice": {"voice": {"file_id": "o", "file_unique_id": "5", "duration": 3}},
    "location": {"location": {"latitude": 40.4, "longitude": -3.7}},
    "sticker": {"sticker": {"file_id": "s", "file_unique_id": "6", "type": "regular", "width": 1,
                            "height": 1, "is_animated": False, "is_video": False, "emoji": "👍"}},
    "unknown": {"dice": {"emoji": "🎲", "value": 3}},
}  # fmt: skip


def test_words_become_an_appeal_through_reader_and_action(desk: Desk, cast: Cast) -> None:
    desk.write(OUT)
    (appeal,) = appeals(desk)
    assert (appeal.nature, appeal.owner_id) == ("help_seeking", cast.alma.id)
    assert told(desk) == ["card"]
    assert last_in(desk).answered_how == "registered"


def test_an_update_that_comes_again_does_nothing_more(desk: Desk) -> None:
    update = desk.write(OUT)
    desk.handle(update["update_id"])
    assert len(appeals(desk)) == 1
    assert len(desk.reader.asked) == 1


def test_a_job_that_died_before_it_was_recorded_does_its_work_once(desk: Desk) -> None:
    update = desk.write(OUT)

    def forget(session: Session) -> None:
        session.get_one(InboxUpdate, update["update_id"]).handled_at = None

    desk.core.transact_now(forget)
    desk.handle(update["update_id"])
    assert len(appeals(desk)) == 1
    assert told(desk) == ["card"]


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_message_is_kept_and_answered(desk: Desk, kind: str) -> None:
    desk.write("", **FILES[kind])
    message = last_in(desk)
    assert message.kind == kind
    assert message.answered_at is not None
    assert told(desk) != []


def test_the_largest_size_of_a_photo_is_fetched(desk: Desk) -> None:
    desk.write("", **FILES["photo"])
    files = desk.core.transact_now(lambda s: s.merge(last_in(desk)).attachments)
    assert [file.telegram_file_id for file in files] == ["big"]


def test_a_caption_is_read_like_words(desk: Desk) -> None:
    desk.write("", caption=OUT, **FILES["photo"])
    (appeal,) = appeals(desk)
    assert appeal.summary == OUT
    assert desk.reader.asked[0]["text"] == OUT


def test_the_words_under_a_huge_file_are_read_and_the_file_is_refused(desk: Desk) -> None:
    document = {**FILES["document"]["document"], "file_size": 25_000_000}
    desk.write("", caption=OUT, document=document)
    assert len(appeals(desk)) == 1
    assert sorted(told(desk)) == ["card", "too_large"]


def test_with_the_reader_down_a_person_gets_it_and_nothing_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.turns.PAUSES_SECONDS", (0.0, 0.0))
    desk.reader.is_down = True
    desk.write(OUT)
    assert len(desk.reader.asked) == 3
    assert told(desk) == ["handoff"]
    handoff = desk.core.transact_now(lambda s: s.scalars(select(Handoff)).one())
    assert handoff.reason == "reader_down"
    desk.reader.is_down = False
    desk.write("More words")
    assert told(desk) == ["handoff", "waiting"]


def test_a_reader_that_is_still_starting_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.turns.START_PAUSE_SECONDS", 0.0)
    desk.reader.still_loading = 3
    desk.write(OUT)
    assert told(desk) == ["card"]
    assert desk.reader.still_loading == -1


def test_an_emergency_needs_no_reader(desk: Desk) -> None:
    desk.reader.is_down = True
    desk.write("There is a fire in the kitchen, help!")
    assert told(desk)[:2] == ["instructions", "card"]
    assert desk.reader.asked == []


def test_a_stranger_is_helped_in_danger_and_otherwise_asked_who_they_are(desk: Desk) -> None:
    desk.write(OUT, user=7900)
    assert told(desk, 7900) == ["register"]
    assert appeals(desk) == []
    desk.write("There is a fire in the kitchen, help!", user=7901)
    assert told(desk, 7901)[0] == "instructions"


def test_what_a_stranger_wrote_is_dealt_with_as_soon_as_they_are_known(
    desk: Desk, cast: Cast
) -> None:
    desk.write(OUT, user=7900)
    desk.understand("And the lift squeaks", "help_seeking", category="elevator")
    desk.write("And the lift squeaks", user=7900)
    contact = {"phone_number": "34600007001", "first_name": "Alma", "user_id": 7900}
    update = desk.write("", user=7900, contact=contact)
    assert [appeal.category for appeal in appeals(desk)] == ["lighting", "elevator"]
    assert {appeal.owner_id for appeal in appeals(desk)} == {cast.alma.id}
    desk.handle(update["update_id"])
    assert len(appeals(desk)) == 2


def test_a_forwarded_contact_of_a_stranger_is_refused_with_the_button(desk: Desk) -> None:
    contact = {"phone_number": "34600007001", "first_name": "Alma", "user_id": 7001}
    desk.write("", user=7900, contact=contact)
    (reply,) = desk.core.transact_now(
        lambda s: find_sent(s, find_conversation(s, 7900), "reply")  # type: ignore[arg-type]
    )
    assert "contact" in (reply.markup or {})
    assert "Birch House" not in reply.text


def test_a_number_that_a_known_owner_passes_on_goes_to_the_appeal(desk: Desk, cast: Cast) -> None:
    desk.write(OUT)
    desk.write("", contact={"phone_number": "34911222333", "first_name": "Plumber"})
    message = last_in(desk)
    assert (message.kind, message.appeal_id) == ("contact", appeals(desk)[0].id)
    assert told(desk) == ["card", "joined"]


def test_a_typed_code_registers_and_a_wrong_one_is_explained(desk: Desk, cast: Cast) -> None:
    from ownerdesk.services.owners import create_invite

    invite = desk.core.transact_now(lambda s: create_invite(s, cast.alma, at=desk.core.clock()))
    desk.write("ABCDEFGHJK", user=7900)
    assert last_in(desk, 7900).answered_how == "refused"
    desk.write(invite.code.lower(), user=7900)
    conversation = desk.core.transact_now(lambda s: find_conversation(s, 7900))
    assert conversation is not None
    assert conversation.owner_id == cast.alma.id


def test_a_word_of_ten_letters_from_a_known_owner_is_no_code(desk: Desk) -> None:
    desk.write("Electrical")
    assert len(appeals(desk)) == 1


def test_an_edit_is_the_same_message(desk: Desk) -> None:
    sent = desk.write(OUT)["message"]
    edited = {**sent, "text": "The lights on BOTH landings are out.", "edit_date": 1_800_000_001}
    desk.feed({"edited_message": edited})
    assert last_in(desk).text == "The lights on BOTH landings are out."
    assert told(desk) == ["card", "edited"]
    desk.feed({"edited_message": {**edited, "edit_date": 1_800_000_002}})
    assert told(desk) == ["card", "edited"], "nothing has changed"


def test_an_edit_into_danger_raises_the_alarm(desk: Desk) -> None:
    sent = desk.write(OUT)["message"]
    text = "There is a fire on the landing, help!"
    desk.feed({"edited_message": {**sent, "text": text, "edit_date": 1_800_000_001}})
    (appeal,) = appeals(desk)
    assert appeal.severity == "emergency"
    assert "instructions" in told(desk)


def test_a_place_that_moves_is_no_trouble(desk: Desk) -> None:
    sent = desk.write("", location={"latitude": 1.0, "longitude": 1.0, "live_period": 60})[
        "message"
    ]
    before = told(desk)
    moved = {**sent, "location": {"latitude": 2.0, "longitude": 1.0}, "edit_date": 1_800_000_001}
    desk.feed({"edited_message": moved})
    assert told(desk) == before


def test_an_edit_that_overtook_its_message_counts_as_the_message(desk: Desk) -> None:
    sent = {
        "message_id": 5000, "date": 1_800_000_000, "from": {"id": 7001, "is_bot": False,
        "first_name": "Alma"}, "chat": {"id": 7001, "type": "private"},
    }  # fmt: skip
    desk.feed({"edited_message": {**sent, "text": OUT, "edit_date": 1_800_000_001}})
    desk.feed({"message": {**sent, "text": "The lihgt is out"}})
    (appeal,) = appeals(desk)
    assert appeal.summary == OUT


def test_while_a_person_is_there_the_bot_says_nothing(desk: Desk, cast: Cast) -> None:
    desk.core.transact_now(
        lambda s: accept_handoff(
            s, s.get_one(Conversation, cast.conversation.id), by=cast.mara, at=desk.core.clock()
        )
    )
    before = told(desk)
    desk.write("Are you there?")
    desk.write("", **FILES["photo"])
    desk.write("", **FILES["sticker"])
    assert told(desk) == before
    assert desk.reader.asked == []


@pytest.mark.parametrize(
    "text",
    ["x" * 4096, "🙂" * 2000, "\u202eright to left", "<b>Robert'; drop table owners; --</b>",
     "\x00nul", "¿", "👍"],
)  # fmt: skip
def test_odd_words_are_answered_like_any(desk: Desk, text: str) -> None:
    desk.write(text)
    assert last_in(desk).answered_at is not None
    assert told(desk) != []


def test_names_are_stored_plain_and_shown_escaped(desk: Desk, cast: Cast) -> None:
    desk.write(
        "/start", **{"from": {"id": 7001, "is_bot": False, "first_name": "<b>Al</b> & \x00"}}
    )
    conversation = desk.core.transact_now(lambda s: find_conversation(s, 7001))
    assert conversation is not None
    assert conversation.name == "<b>Al</b> &"
    sent = desk.core.transact_now(lambda s: find_sent(s, conversation, "reply"))[0]
    assert "<b>Al</b> &" in sent.text
    assert not sent.is_html


def test_a_failing_handler_is_tried_again_and_then_a_person_gets_the_chat(
    desk: Desk, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.updates import MAX_ATTEMPTS, HandlingFailed

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake in the code")

    monkeypatch.setattr("bot.handlers.messages.take_in_text", fail)
    with pytest.raises(HandlingFailed):
        desk.write(OUT)
    update_id = desk.core.transact_now(lambda s: s.scalars(select(InboxUpdate.update_id)).one())
    for _ in range(MAX_ATTEMPTS - 2):
        with pytest.raises(HandlingFailed):
            desk.handle(update_id)
    desk.handle(update_id)
    update = desk.core.transact_now(lambda s: s.get_one(InboxUpdate, update_id))
    assert update.handled_at is not None
    assert (update.attempts, update.error) == (MAX_ATTEMPTS, "RuntimeError")
    handoff = desk.core.transact_now(lambda s: s.scalars(select(Handoff)).one())
    kept = last_in(desk)
    assert (handoff.reason, handoff.message_id, kept.text) == ("failed", kept.id, OUT)


def test_the_first_words_of_somebody_unknown_are_not_lost_by_a_failing_handler(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.updates import HandlingFailed

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake in the code")

    monkeypatch.setattr("bot.handlers.messages.take_in_text", fail)
    with pytest.raises(HandlingFailed):
        desk.write(OUT, user=7555)
    update_id = desk.core.transact_now(lambda s: s.scalars(select(InboxUpdate.update_id)).one())
    for _ in range(3):
        with pytest.raises(HandlingFailed):
            desk.handle(update_id)
    desk.handle(update_id)
    assert last_in(desk, 7555).text == OUT
    assert "handoff" in told(desk, 7555)


def test_an_update_that_cannot_be_read_is_given_up_and_holds_up_nobody(desk: Desk) -> None:
    from bot.updates import HandlingFailed

    def keep(session: Session) -> None:
        chat = {"id": 7001, "type": "private"}
        message = {"message_id": 9, "date": "yesterday", "chat": chat}
        store_update(session, {"update_id": 99, "message": message}, at=desk.core.clock())

    desk.core.transact_now(keep)
    for _ in range(4):
        with pytest.raises(HandlingFailed):
            desk.handle(99)
    desk.handle(99)
    update = desk.core.transact_now(lambda s: s.get_one(InboxUpdate, 99))
    assert update.handled_at is not None


def test_in_a_group_the_bot_says_where_it_works_and_keeps_nothing(desk: Desk) -> None:
    group = {"id": -5, "type": "group", "title": "Neighbours"}
    desk.write("Hello all", chat=group)
    assert desk.wire.named("sendMessage") == []
    desk.write("/status", chat=group)
    (call,) = desk.wire.named("sendMessage")
    assert call["chat_id"] == -5
    assert desk.core.transact_now(lambda s: find_conversation(s, -5)) is None


def test_blocked_and_unblocked_is_shown(desk: Desk) -> None:
    def change(status: str) -> Conversation | None:
        member = {"user": {"id": 100000001, "is_bot": True, "first_name": "Desk"}}
        old = {**member, "status": "member"}
        new = {**member, "status": status, **({"until_date": 0} if status == "kicked" else {})}
        desk.feed(
            {"my_chat_member": {
                "chat": {"id": 7001, "type": "private"}, "date": 1_800_000_000,
                "from": {"id": 7001, "is_bot": False, "first_name": "Alma"},
                "old_chat_member": old, "new_chat_member": new,
            }}
        )  # fmt: skip
        return desk.core.transact_now(lambda s: find_conversation(s, 7001))

    blocked = change("kicked")
    assert blocked is not None
    assert blocked.blocked_at is not None
    unblocked = change("member")
    assert unblocked is not None
    assert unblocked.blocked_at is None


def test_a_migrated_chat_keeps_its_conversation(desk: Desk, cast: Cast) -> None:
    desk.write("", chat={"id": 7001, "type": "group", "title": "T"}, migrate_to_chat_id=-1007)
    moved = desk.core.transact_now(lambda s: find_conversation(s, -1007))
    assert moved is not None
    assert moved.id == cast.conversation.id


def test_a_photo_after_the_words_joins_and_can_be_split_off(desk: Desk, cast: Cast) -> None:
    desk.core.transact_now(lambda s: make_appeal(s, Cast(**{
        name: s.merge(value) for name, value in vars(cast).items()})))  # fmt: skip
    desk.write("", **FILES["photo"])
    joined = desk.core.transact_now(lambda s: find_sent(s, cast.conversation, "joined"))[0]
    assert labels(joined) == ["split"]
