"""Replies: never unseen over another's head, never with holes, with their files, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Attachment, Message, Notice, Upload
from ownerdesk.queries.recaps import read_recaps
from ownerdesk.rules.answering import (
    HeldMeanwhile,
    TooManyFiles,
    UnfilledVariables,
    UnseenMessages,
    UploadGone,
)
from ownerdesk.rules.refusals import NotHeld
from ownerdesk.rules.uploads import MAX_CAPTION, MAX_FILES, FileKind
from ownerdesk.services.handoffs import accept_handoff, reply, request_handoff
from ownerdesk.services.messages import add_note
from ownerdesk.services.uploads import drop_upload, forget_uploads, keep_upload
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_message, make_staff

PHOTO = FileKind("photo", "roof.jpg", "image/jpeg")


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def _last(session: Session, cast: Cast) -> int:
    query = select(Message.id).where(Message.conversation_id == cast.conversation.id)
    return max(session.scalars(query), default=0)


def _keep(session: Session, cast: Cast, place: int = 0) -> int:
    return keep_upload(
        session, cast.conversation, PHOTO, size=10, path=f"uploads/{place}", by=cast.mara, at=NOON
    ).id


def test_what_came_meanwhile_is_shown_before_the_reply_goes_out(
    session: Session, cast: Cast
) -> None:
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    seen = _last(session, cast)
    make_message(session, cast.conversation, "Wait, it is on again")
    add_note(session, cast.conversation, "I know them", staff_id=cast.boris.id, at=NOON)
    add_note(session, cast.conversation, "My own", staff_id=cast.mara.id, at=NOON)
    with pytest.raises(UnseenMessages) as refused:
        reply(session, cast.conversation, "We come", by=cast.mara, key="a", at=NOON, seen=seen)
    assert refused.value.count == 2
    sent = reply(
        session, cast.conversation, "We come", by=cast.mara, key="a", at=NOON,
        seen=_last(session, cast),
    )  # fmt: skip
    make_message(session, cast.conversation, "Good")
    again = reply(session, cast.conversation, "We come", by=cast.mara, key="a", at=NOON, seen=seen)
    assert again.id == sent.id, "sent twice, it is once, whatever came since"


def test_over_anothers_head_only_knowingly_and_the_holder_is_told(
    session: Session, cast: Cast
) -> None:
    with pytest.raises(NotHeld):
        reply(session, cast.conversation, "Hello", by=cast.boris, key="b", at=NOON)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    for over in (None, cast.ike.id):
        with pytest.raises(HeldMeanwhile) as refused:
            reply(session, cast.conversation, "Hello", by=cast.boris, key="b", at=NOON, over=over)
        assert refused.value.holder == "Mara T"
    reply(session, cast.conversation, "Hello", by=cast.boris, key="b", at=NOON, over=cast.mara.id)
    assert cast.conversation.assignee_id == cast.mara.id
    (notice,) = session.scalars(select(Notice).where(Notice.staff_id == cast.mara.id))
    assert "Boris T has written" in notice.words


def test_variables_are_filled_in_the_owners_language_and_never_sent_raw(
    session: Session, cast: Cast
) -> None:
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    appeal = make_appeal(session, cast)
    sent = reply(
        session, cast.conversation, "{owner}: {number} by {due}, {me}, {home}", by=cast.mara,
        key="a", at=NOON, appeal=appeal,
    )  # fmt: skip
    assert sent.text.startswith(f"Alma Test: {appeal.number} by 13:30, Mara T, Birch House")
    for text in ("{price}", "{number}"):
        with pytest.raises(UnfilledVariables):
            reply(session, cast.conversation, text, by=cast.mara, key="c", at=NOON)


def test_files_go_out_in_order_the_first_with_the_text_as_its_caption(
    session: Session, cast: Cast
) -> None:
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    ids = [_keep(session, cast, n) for n in range(2)]
    first = reply(session, cast.conversation, "Look", by=cast.mara, key="a", at=NOON, uploads=ids)
    sent = session.scalars(select(Message).where(Message.staff_id == cast.mara.id)).all()
    assert [(m.kind, m.text) for m in sent] == [("photo", "Look"), ("photo", "")]
    assert sent[0].id == first.id
    assert [a.path for m in sent for a in m.attachments] == ["uploads/0", "uploads/1"]
    assert session.scalars(select(Upload)).all() == []
    with pytest.raises(UploadGone):
        reply(session, cast.conversation, "Again", by=cast.mara, key="b", at=NOON, uploads=ids)
    long = "y" * (MAX_CAPTION + 1)
    file_id = _keep(session, cast)
    reply(session, cast.conversation, long, by=cast.mara, key="c", at=NOON, uploads=[file_id])
    late = session.scalars(select(Message).order_by(Message.id.desc()).limit(2)).all()[::-1]
    assert [(m.kind, len(m.text)) for m in late] == [("text", len(long)), ("photo", 0)]


def test_a_file_is_its_writers_alone_and_is_forgotten_after_a_week(
    session: Session, cast: Cast
) -> None:
    file_id = _keep(session, cast)
    assert drop_upload(session, cast.conversation, file_id, by=cast.boris) is None
    for place in range(1, MAX_FILES):
        _keep(session, cast, place)
    with pytest.raises(TooManyFiles):
        _keep(session, cast)
    assert drop_upload(session, cast.conversation, file_id, by=cast.mara) == "uploads/0"
    assert forget_uploads(session, at=NOON + timedelta(days=6)) == []
    assert len(forget_uploads(session, at=NOON + timedelta(days=8))) == MAX_FILES - 1
    assert session.scalars(select(Attachment)).all() == []


def test_a_colleague_named_in_a_note_is_told_once_and_no_stranger_to_the_project_is(
    session: Session, cast: Cast
) -> None:
    other = make_cast(session, code="U", chat_id=7002)
    make_staff(session, other.project, "Nina U", "agent")
    appeal = make_appeal(session, cast)
    for _ in range(2):
        add_note(
            session, cast.conversation, "@Boris T and @Nina U and @Mara T: <b>look</b>",
            staff_id=cast.mara.id, at=NOON, appeal=appeal, key="note:1",
        )  # fmt: skip
    (notice,) = session.scalars(select(Notice).where(Notice.topic == "note.mentioned"))
    assert (notice.staff_id, notice.appeal_id) == (cast.boris.id, appeal.id)
    assert appeal.number in notice.words
    assert len(session.scalars(select(Message).where(Message.author == "note")).all()) == 1


def test_a_recap_is_made_of_what_is_stored_since_the_conversation_was_last_given_back(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast)
    first = make_message(session, cast.conversation, "The bin room smells")
    first.answered_how, first.answered_at = "clarified", NOON
    asked = make_message(session, cast.conversation, "A person please")
    handoff = request_handoff(session, cast.conversation, reason="asked", message=asked, at=NOON)
    make_message(session, cast.conversation, "/help")
    number = make_message(session, cast.conversation, "Alma 34600000000", kind="contact")
    number.answered_at = NOON
    make_message(session, cast.conversation, "Hello?", kind="photo")
    recap = read_recaps(session, [handoff])[handoff.id]
    assert recap.asked == ["The bin room smells", "A person please", "Hello?"]
    assert (recap.tried["clarified"], recap.waiting, recap.files) == (1, 2, 1)
    assert (recap.registered, [a.id for a in recap.open]) == ([appeal.number], [appeal.id])
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    handoff.returned_at = NOON + LATER
    session.flush()
    late = NOON + 2 * LATER
    make_message(session, cast.conversation, "Me again", at=late)
    second = request_handoff(session, cast.conversation, reason="asked", at=late)
    assert read_recaps(session, [second])[second.id].asked == ["Me again"]
