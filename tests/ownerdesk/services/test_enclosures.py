"""Photos, files, voice, places and stickers: answered sensibly, and put with the appeal they belong to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Message
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.awaiting import await_text
from ownerdesk.services.enclosures import (
    refuse_large,
    take_in_file,
    take_in_sticker,
    take_up_unread,
)
from ownerdesk.services.handoffs import accept_handoff, request_handoff
from ownerdesk.services.intake import take_in_text
from ownerdesk.services.jobs import FETCH_FILE
from ownerdesk.services.messages import MAX_FILE_BYTES, IncomingFile
from tests.look import find_sent, labels, list_handoffs, list_jobs, list_keys
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_conversation, make_message


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def make_file(
    session: Session,
    cast: Cast,
    kind: str = "photo",
    *,
    at: datetime = NOON,
    size: int = 9,
    **fields: Any,
) -> Message:
    file = IncomingFile(kind, f"file-{kind}", f"{kind}.bin", "image/jpeg", size)
    text = fields.pop("text", "")
    conversation = fields.pop("conversation", cast.conversation)
    return make_message(session, conversation, text, kind=kind, files=[file], at=at, **fields)


def test_a_photo_is_put_with_the_appeal_last_added_to(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    photo = make_file(session, cast, at=NOON + LATER)
    take_in_file(session, cast.conversation, photo, at=NOON + LATER)
    assert photo.appeal_id == appeal.id
    assert list_keys(session, cast.conversation) == ["card", "joined"]
    (job,) = list_jobs(session, FETCH_FILE)
    assert job["attachment_id"] == photo.attachments[0].id
    assert photo.attachments[0].state == "pending"


def test_a_photo_before_the_words_waits_for_them(session: Session, cast: Cast) -> None:
    photo = make_file(session, cast)
    take_in_file(session, cast.conversation, photo, at=NOON)
    assert photo.answered_how == "asked_words"
    at = NOON + timedelta(minutes=25)
    words = make_message(session, cast.conversation, "The stairs are wet", at=at)
    question = take_in_text(session, cast.conversation, words, at=at)
    assert question is not None
    appeal = register_appeal(
        session, cast.conversation, words, nature="help_seeking", category="cleaning", at=at,
        may_join=question.may_join,
    )  # fmt: skip
    assert photo.appeal_id == words.appeal_id == appeal.id


def test_after_new_a_photo_does_not_go_to_the_open_appeal(session: Session, cast: Cast) -> None:
    make_appeal(session, cast)
    await_text(cast.conversation, "new_appeal", at=NOON)
    photo = make_file(session, cast)
    take_in_file(session, cast.conversation, photo, at=NOON)
    assert photo.appeal_id is None
    assert photo.answered_how == "asked_words"


def test_the_photo_that_was_asked_for_goes_where_it_was_asked_for(
    session: Session, cast: Cast
) -> None:
    first = make_appeal(session, cast)
    make_appeal(session, cast, category="elevator", at=NOON + LATER)
    await_text(cast.conversation, "photo", appeal_id=first.id, at=NOON)
    photo = make_file(session, cast, at=NOON + LATER)
    take_in_file(session, cast.conversation, photo, at=NOON + LATER)
    assert photo.appeal_id == first.id
    assert first.number in find_sent(session, cast.conversation, "reply")[0].text


def test_a_photo_of_another_day_is_asked_about(session: Session, cast: Cast) -> None:
    make_appeal(session, cast)
    at = NOON + timedelta(days=2)
    photo = make_file(session, cast, at=at)
    take_in_file(session, cast.conversation, photo, at=at)
    assert photo.answered_how == "asked_words"


def test_the_pictures_of_an_album_are_answered_together(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    album = [make_file(session, cast, media_group_id="album-1") for _ in range(3)]
    for photo in album:
        take_in_file(session, cast.conversation, photo, at=NOON)
    assert [photo.appeal_id for photo in album] == [appeal.id] * 3
    assert list_keys(session, cast.conversation) == ["card", "joined"]
    assert all(photo.answered_at for photo in album)


def test_an_album_before_the_words_follows_them_whole(session: Session, cast: Cast) -> None:
    album = [make_file(session, cast, media_group_id="album-1") for _ in range(3)]
    for photo in album:
        take_in_file(session, cast.conversation, photo, at=NOON)
    assert len(list_keys(session, cast.conversation)) == 1
    appeal = make_appeal(session, cast)
    assert [photo.appeal_id for photo in album] == [appeal.id] * 3


def test_a_file_that_is_too_large_is_refused_with_the_limit_and_noted(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast)
    video = make_file(session, cast, "video", size=MAX_FILE_BYTES + 1)
    take_in_file(session, cast.conversation, video, at=NOON)
    assert video.answered_how == "too_large"
    assert video.appeal_id == appeal.id
    assert "20 MB" in find_sent(session, cast.conversation, "too_large")[0].text
    assert list_jobs(session, FETCH_FILE) == []
    assert video.attachments[0].state == "too_large"


def test_the_words_under_a_file_that_is_too_large_are_read_all_the_same(
    session: Session, cast: Cast
) -> None:
    video = make_file(session, cast, "video", size=MAX_FILE_BYTES + 1, text="The pump is loud")
    assert refuse_large(session, cast.conversation, video, at=NOON)
    assert take_in_text(session, cast.conversation, video, at=NOON) is not None
    fitting = make_file(session, cast, "video", size=MAX_FILE_BYTES, text="Fits")
    assert not refuse_large(session, cast.conversation, fitting, at=NOON)


@pytest.mark.parametrize("kind", ["voice", "unknown"])
def test_what_no_machine_here_understands_goes_to_a_person(
    session: Session, cast: Cast, kind: str
) -> None:
    appeal = make_appeal(session, cast)
    message = make_file(session, cast, kind)
    take_in_file(session, cast.conversation, message, at=NOON)
    (handoff,) = list_handoffs(session, cast.conversation)
    assert (handoff.reason, handoff.appeal_id) == ("not_understood", appeal.id)
    assert message.appeal_id == appeal.id
    assert message.answered_how == "handed_over"


def test_a_place_is_kept_with_its_coordinates(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    place = make_message(
        session, cast.conversation, "", kind="location",
        files=[IncomingFile("location", latitude=40.4, longitude=-3.7)],
    )  # fmt: skip
    take_in_file(session, cast.conversation, place, at=NOON)
    assert place.appeal_id == appeal.id
    assert (place.attachments[0].latitude, place.attachments[0].longitude) == (40.4, -3.7)
    assert place.attachments[0].state == "none"


def test_a_sticker_is_a_nod_unless_a_person_is_there(session: Session, cast: Cast) -> None:
    sticker = make_message(session, cast.conversation, "👍", kind="sticker")
    take_in_sticker(session, cast.conversation, sticker, at=NOON)
    assert list_keys(session, cast.conversation) == ["reply"]
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    told = list_keys(session, cast.conversation)
    another = make_message(session, cast.conversation, "👍", kind="sticker")
    take_in_sticker(session, cast.conversation, another, at=NOON)
    assert list_keys(session, cast.conversation) == told


def test_neither_stickers_nor_contacts_are_evidence(session: Session, cast: Cast) -> None:
    sticker = make_message(session, cast.conversation, "👍", kind="sticker")
    contact = make_message(session, cast.conversation, "Alma +34600", kind="contact")
    make_appeal(session, cast)
    assert (sticker.appeal_id, contact.appeal_id) == (None, None)


def test_files_for_people_wait_with_the_rest(session: Session, cast: Cast) -> None:
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    photo = make_file(session, cast)
    take_in_file(session, cast.conversation, photo, at=NOON)
    assert photo.answered_how == "waiting"
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    told = list_keys(session, cast.conversation)
    another = make_file(session, cast)
    take_in_file(session, cast.conversation, another, at=NOON)
    assert list_keys(session, cast.conversation) == told


def test_what_a_stranger_sent_is_dealt_with_once_they_are_known(
    session: Session, cast: Cast
) -> None:
    stranger = make_conversation(session, chat_id=7999)
    photo = make_file(session, cast, conversation=stranger)
    take_in_file(session, stranger, photo, at=NOON)
    assert photo.answered_how == "asked_to_register"
    stranger.owner_id, stranger.project_id = cast.alma.id, cast.project.id
    assert take_up_unread(session, stranger, at=NOON) == []
    assert list_keys(session, stranger) == ["register", "reply"], "what is it about?"
    assert photo.answered_at == NOON


def test_a_strangers_photo_follows_the_words_that_came_with_it(
    session: Session, cast: Cast
) -> None:
    stranger = make_conversation(session, chat_id=7999)
    photo = make_file(session, cast, conversation=stranger)
    words = make_message(session, stranger, "The stairs are wet")
    for message in (photo, words):
        message.answered_at, message.answered_how = NOON, "asked_to_register"
    stranger.owner_id, stranger.project_id = cast.alma.id, cast.project.id
    (question,) = take_up_unread(session, stranger, at=NOON)
    assert question.message_id == words.id
    appeal = register_appeal(
        session, stranger, words, nature="help_seeking", category="cleaning", at=NOON
    )
    assert photo.appeal_id == appeal.id


@pytest.mark.parametrize("minutes", [45, 5 * 60])
def test_what_came_with_the_words_belongs_to_them_however_late_the_appeal_is_made(
    session: Session, cast: Cast, minutes: int
) -> None:
    before = make_file(session, cast, at=NOON - LATER)
    words = make_message(session, cast.conversation, "The stairs are wet")
    after = make_file(session, cast, at=NOON + LATER)
    unrelated = make_file(session, cast, at=NOON - timedelta(hours=2))
    appeal = register_appeal(
        session, cast.conversation, words, nature="help_seeking", category="cleaning",
        at=NOON + timedelta(minutes=minutes),
    )  # fmt: skip
    assert [photo.appeal_id for photo in (before, after)] == [appeal.id, appeal.id]
    assert unrelated.appeal_id is None


def test_danger_under_a_voice_message_is_raised_before_anybody_has_listened(
    session: Session, cast: Cast
) -> None:
    voice = make_file(session, cast, "voice", text="Fire in my kitchen, please come!")
    for _ in range(2):
        take_in_file(session, cast.conversation, voice, at=NOON)
    assert voice.answered_how == "emergency"
    assert list_keys(session, cast.conversation) == ["instructions", "card"]


def test_a_photo_that_was_asked_for_goes_where_it_was_asked_for_with_words_under_it_too(
    session: Session, cast: Cast
) -> None:
    asked = make_appeal(session, cast)
    make_appeal(session, cast, category="elevator", at=NOON + LATER)
    await_text(cast.conversation, "photo", appeal_id=asked.id, at=NOON + LATER)
    at = NOON + 2 * LATER
    words = make_message(session, cast.conversation, "One moment", at=at)
    assert take_in_text(session, cast.conversation, words, at=at) is not None
    photo = make_file(session, cast, text="Here it is", at=at)
    assert take_in_text(session, cast.conversation, photo, at=at) is None
    assert photo.appeal_id == asked.id
    assert asked.number in find_sent(session, cast.conversation, "reply")[-1].text


def test_a_photo_after_the_stars_can_be_split_off_like_words(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    await_text(cast.conversation, "rating_comment", appeal_id=appeal.id, at=NOON)
    take_in_file(session, cast.conversation, make_file(session, cast), at=NOON)
    assert labels(find_sent(session, cast.conversation, "reply")[-1]) == ["split"]


def test_the_rest_of_an_album_is_not_lost_with_a_first_file_that_is_too_large(
    session: Session, cast: Cast
) -> None:
    film = make_file(session, cast, "video", size=MAX_FILE_BYTES + 1, media_group_id="album")
    photos = [make_file(session, cast, media_group_id="album") for _ in range(2)]
    for message in (film, *photos):
        take_in_file(session, cast.conversation, message, at=NOON)
    assert list_keys(session, cast.conversation) == ["too_large", "reply"], "what is it about?"
