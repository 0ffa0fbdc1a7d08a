"""Operators on their phones: linking, job cards, groups, and what they write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.handlers.jobs import JOB_ACTIONS
from ownerdesk.model import Appeal, Assignment, Attachment, Conversation, Handoff, Message
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.assignments import list_assignments
from ownerdesk.services.handovers import request_handover
from ownerdesk.services.operator_chats import create_chat_code
from ownerdesk.services.outbox import record_sent
from ownerdesk.services.progress import dispatch_appeal
from tests.look import labels, list_jobs
from tests.make import (
    NOON,
    Cast,
    make_appeal,
    make_department,
    make_group_chat,
    make_operator,
    make_staff_chat,
)
from tests.offline import Desk, person

T = TypeVar("T")
IKE, ADA, GROUP = 8001, 8002, -1009
PHOTO = [{"file_id": "p1", "file_unique_id": "u1", "width": 90, "height": 90, "file_size": 1000}]


class Crew:
    """The operators' phones."""

    def __init__(self, desk: Desk, cast: Cast) -> None:
        self.desk = desk
        self.cast = cast
        self._ids = iter(range(9001, 9999))

    def read(self, work: Callable[[Session], T]) -> T:
        return self.desk.core.transact_now(work)

    def cast_in(self, session: Session) -> Cast:
        rows = vars(self.cast).items()
        return Cast(**{name: session.get_one(type(row), row.id) for name, row in rows})

    def send(self, *, to_ike: bool = True) -> Appeal:
        """An appeal that the agent sends to Ike, or to the department."""

        def work(session: Session) -> Appeal:
            cast = self.cast_in(session)
            appeal = make_appeal(session, cast)
            dispatch_appeal(
                session, appeal, department=cast.maintenance,
                operator=cast.ike if to_ike else None, by=cast.mara, at=NOON,
            )  # fmt: skip
            return appeal

        return self.read(work)

    def job(self, appeal: Appeal) -> Assignment:
        return self.read(lambda s: list_assignments(s, appeal.id)[-1])

    def appeal(self, appeal: Appeal) -> Appeal:
        return self.read(lambda s: s.get_one(Appeal, appeal.id))

    def last(self, chat_id: int, prefix: str = "") -> Message:
        """The latest message of the chat, which the phone has by now."""

        def work(session: Session) -> Message:
            message = session.scalars(
                select(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(
                    Conversation.chat_id == chat_id, Message.direction == "out",
                    Message.key.startswith(prefix),
                )
                .order_by(Message.id.desc())
            ).first()  # fmt: skip
            assert message is not None, f"nothing was sent to {chat_id}"
            if message.telegram_message_id is None:
                record_sent(
                    session, message, telegram_ids=[next(self._ids)], revision=message.revision,
                    at=NOON,
                )  # fmt: skip
            return message

        return self.read(work)

    def press(
        self, chat_id: int, action: str, *, by: int = 0, argument: str = "", prefix: str = "job:"
    ) -> str:
        message = self.last(chat_id, prefix)
        for row in (message.markup or {}).get("inline", []):
            for button in row:
                _, name, _, value = button["data"].split(":")
                if name == action and argument in ("", value):
                    return self.press_data(chat_id, button["data"], by=by, on=message)
        return pytest.fail(f"no button {action} {argument} under {labels(message)}")

    def press_data(self, chat_id: int, data: str, *, by: int = 0, on: Message | None = None) -> str:
        on_id = on.telegram_message_id if on else 1
        chat = {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"}
        shown = {"message_id": on_id, "date": 1_800_000_000, "chat": chat, "text": "…"}
        return self.desk.press(data, user=by or chat_id, message=shown)

    def write_in_group(self, text: str, *, by: int = IKE) -> None:
        chat = {"id": GROUP, "type": "supergroup", "title": "Crew"}
        self.desk.write(text, user=by, chat=chat)

    def group_answers(self) -> list[str]:
        return [str(call["text"]) for call in self.desk.wire.named("sendMessage")]


@pytest.fixture
def crew(desk: Desk, cast: Cast) -> Crew:
    crew = Crew(desk, cast)

    def link(session: Session) -> None:
        own = crew.cast_in(session)
        make_staff_chat(session, own.ike, chat_id=IKE)
        make_operator(session, own, "Ada T", chat_id=ADA)

    crew.read(link)
    return crew


def test_a_code_from_the_console_links_a_chat_by_command_or_link(crew: Crew) -> None:
    def code(session: Session) -> str:
        cast = crew.cast_in(session)
        return create_chat_code(session, member=cast.mara, by=cast.boris, at=NOON)

    crew.desk.write(f"/link {crew.read(code)}", user=8010)
    assert "Hello Mara T" in crew.last(8010).text
    assert crew.read(lambda s: s.scalars(select(Conversation).where(Conversation.chat_id == 8010)).one()).kind == "staff"  # fmt: skip
    crew.desk.write(f"/start link_{crew.read(code)}", user=8011)
    assert "Hello Mara T" in crew.last(8011).text
    crew.desk.write("/link", user=8012)
    assert "/link and the code" in crew.last(8012).text


def test_wrong_codes_are_counted_and_an_owners_chat_is_refused_in_clear_words(crew: Crew) -> None:
    for _ in range(5):
        crew.desk.write("/link WRONGWRONG", user=8010)
        assert "not valid" in crew.last(8010).text
    crew.desk.write("/link WRONGWRONG", user=8010)
    assert "one try too many" in crew.last(8010).text
    crew.desk.write("/link WRONGWRONG")
    assert "another Telegram account" in crew.last(7001).text


def test_a_job_from_the_card_to_the_owners_question(crew: Crew) -> None:
    appeal = crew.send()
    assert crew.press(IKE, "jobyes") == ""
    assert crew.press(IKE, "jobgo") == ""
    assert crew.press(IKE, "jobhere") == ""
    assert crew.appeal(appeal).state == "in_progress"
    assert crew.press(IKE, "jobdone") == ""
    assert "what was done?" in crew.last(IKE).text
    crew.desk.write("", user=IKE, photo=PHOTO)
    assert "it is with T-1001" in crew.last(IKE).text
    crew.desk.write("A new lamp.", user=IKE)
    assert "Which parts" in crew.last(IKE).text
    crew.desk.write("1 LED 9 W", user=IKE)
    assert "noted" in crew.last(IKE).text
    after, job = crew.appeal(appeal), crew.job(appeal)
    assert (after.state, after.resolution) == ("resolved", "A new lamp.")
    assert (job.done, job.parts) == ("A new lamp.", "1 LED 9 W")
    assert "A new lamp." in crew.last(7001, "solved?").text
    photo = crew.read(lambda s: s.scalars(select(Attachment).join(Message).where(Message.author == "staff")).one())  # fmt: skip
    assert crew.read(lambda s: s.get_one(Message, photo.message_id)).appeal_id == appeal.id
    assert crew.desk.reader.asked == [], "nothing staff write is read"


def test_a_photo_with_words_beneath_it_answers_what_was_done(crew: Crew) -> None:
    appeal = crew.send()
    crew.press(IKE, "jobyes")
    crew.press(IKE, "jobdone")
    crew.desk.write("", user=IKE, photo=PHOTO, caption="A new lamp.")
    assert crew.job(appeal).done == "A new lamp."
    crew.press(IKE, "jobparts", prefix="reply:")
    crew.desk.write("Lunch?", user=IKE)
    assert crew.job(appeal).parts is None


def test_a_job_is_declined_with_a_reason_by_press_or_in_words(crew: Crew) -> None:
    appeal = crew.send()
    crew.press(IKE, "jobno")
    crew.press(IKE, "jobno", argument="back")
    assert crew.job(appeal).state == "offered"
    crew.press(IKE, "jobno")
    crew.press(IKE, "jobno", argument="skill")
    first = crew.read(lambda s: list_assignments(s, appeal.id))[0]
    assert (first.state, first.reason) == ("declined", "It needs another trade")
    crew.press(ADA, "jobno")
    crew.press(ADA, "jobno", argument="other")
    crew.desk.write("My ladder broke.", user=ADA)
    assert crew.job(appeal).reason == "My ladder broke."


def test_help_is_asked_for_and_the_operator_hears_who_was_told(crew: Crew) -> None:
    crew.send()
    crew.press(IKE, "jobyes")
    crew.press(IKE, "jobhelp")
    assert "I have told Mara T" in crew.last(IKE).text


def test_a_press_on_a_finished_job_is_answered_with_why_not(crew: Crew) -> None:
    appeal = crew.send()
    crew.press(IKE, "jobyes")
    crew.press(IKE, "jobdone")
    crew.desk.write("A new lamp.", user=IKE)
    job = crew.job(appeal)
    card = crew.last(IKE, "job:")
    for action in ("jobyes", "jobgo", "jobhere", "jobdone", "jobhelp", "jobno"):
        notice = crew.press_data(IKE, f"1:{action}:{job.id}:", on=card)
        assert "over" in notice or "moved on" in notice, action
    assert crew.job(appeal).done == "A new lamp."


def test_somebody_elses_job_is_answered_like_one_that_does_not_exist(crew: Crew) -> None:
    appeal = crew.send()
    job = crew.job(appeal)
    for action in sorted(JOB_ACTIONS):
        real = crew.press_data(ADA, f"1:{action}:{job.id}:")
        absent = crew.press_data(ADA, f"1:{action}:999999:")
        assert real == absent or "Ike T has this job" in real, action
    assert crew.job(appeal).state == "offered"


def test_staff_do_not_press_owners_buttons_in_their_chat(crew: Crew) -> None:
    crew.desk.write("Hello", user=IKE)
    message = crew.read(lambda s: s.scalars(select(Message).where(Message.author == "staff")).one())
    assert (
        crew.press_data(IKE, f"1:human:{message.id}:") == "This button is from an earlier message."
    )
    assert crew.read(lambda s: list(s.scalars(select(Handoff)))) == []


@pytest.mark.parametrize(
    "text", ["Hello", "/help", "/human", "/start", "/nonsense", "There is a fire!"]
)
def test_whatever_staff_write_unasked_is_answered_with_what_to_press(crew: Crew, text: str) -> None:
    crew.desk.write(text, user=IKE)
    assert "Press the buttons under a job card" in crew.last(IKE).text
    assert crew.desk.reader.asked == []
    assert crew.read(lambda s: list(s.scalars(select(Appeal)))) == []
    assert crew.read(lambda s: list(s.scalars(select(Handoff)))) == []


def test_stickers_places_contacts_and_edits_of_staff_make_no_appeal(crew: Crew) -> None:
    crew.desk.write("", user=IKE, location={"latitude": 1.0, "longitude": 2.0})
    crew.desk.write("", user=IKE, contact={"phone_number": "+34600007001", "first_name": "I"})
    update = crew.desk.write("Hello", user=IKE)
    message = {**update["message"], "text": "There is a fire!", "edit_date": 1_800_000_001}
    crew.desk.feed({"edited_message": message})
    chat = crew.read(lambda s: s.scalars(select(Conversation).where(Conversation.chat_id == IKE)).one())  # fmt: skip
    assert (chat.kind, chat.owner_id) == ("staff", None)
    assert crew.read(lambda s: list(s.scalars(select(Appeal)))) == []


def test_an_update_that_comes_twice_finishes_a_job_once(crew: Crew) -> None:
    appeal = crew.send()
    crew.press(IKE, "jobyes")
    crew.press(IKE, "jobdone")
    update = crew.desk.write("A new lamp.", user=IKE)
    crew.desk.handle(update["update_id"])
    assert crew.job(appeal).parts is None, "the same words are not taken for the parts"


def test_in_a_group_the_first_press_takes_it_and_the_second_hears_the_name(crew: Crew) -> None:
    crew.read(lambda s: make_group_chat(s, crew.cast_in(s).maintenance, chat_id=GROUP))
    appeal = crew.send(to_ike=False)
    card = crew.last(GROUP)
    data = card.markup["inline"][0][0]["data"]  # type: ignore[index]
    assert crew.press_data(GROUP, data, by=ADA, on=card) == ""
    assert crew.press_data(GROUP, data, by=IKE, on=card) == "Ada T has this job already."
    assert crew.press_data(GROUP, data, by=7001, on=card) == "I cannot find that any more."
    assert "Ada T has the job" in crew.last(GROUP).text
    assert crew.press(ADA, "jobgo") == ""
    assert crew.job(appeal).state == "on_the_way"


def test_only_taking_is_pressed_in_a_group_and_only_in_its_own(crew: Crew) -> None:
    def link(session: Session) -> None:
        cast = crew.cast_in(session)
        make_group_chat(session, make_department(session, cast.project, "p", []), chat_id=-2)
        make_group_chat(session, cast.maintenance, chat_id=GROUP)

    crew.read(link)
    job = crew.job(crew.send(to_ike=False))
    for chat, action in ((GROUP, "jobdone"), (GROUP, "jobno"), (-2, "jobyes"), (-3, "jobyes")):
        notice = crew.press_data(chat, f"1:{action}:{job.id}:", by=IKE)
        assert notice == "This button is from an earlier message."
    assert (
        crew.read(lambda s: s.scalar(select(Conversation).where(Conversation.chat_id == -3)))
        is None
    )


def test_a_group_is_linked_by_a_code_and_nothing_else_of_it_is_kept(crew: Crew) -> None:
    def code(session: Session) -> str:
        cast = crew.cast_in(session)
        return create_chat_code(session, department=cast.maintenance, by=cast.boris, at=NOON)

    crew.write_in_group("/link WRONGWRONG", by=8020)
    assert "not valid" in crew.group_answers()[-1]
    crew.write_in_group("/help", by=8020)
    assert "private chats" in crew.group_answers()[-1]
    crew.write_in_group(f"/link@desk_bot {crew.read(code)}", by=8020)
    assert "linked to Maintenance" in crew.group_answers()[-1]
    before = len(crew.group_answers())
    for text in ("/help", "Who takes it?"):
        crew.write_in_group(text, by=8020)
    assert len(crew.group_answers()) == before
    kept = crew.read(
        lambda s: list(s.scalars(select(Message.text).where(Message.direction == "in")))
    )
    assert kept == []


def test_an_operator_or_a_group_that_throws_the_bot_out_loses_offers_at_once(crew: Crew) -> None:
    crew.read(lambda s: make_group_chat(s, crew.cast_in(s).maintenance, chat_id=GROUP))

    def leave(chat: dict[str, Any], status: str) -> None:
        bot = {"id": 100000001, "is_bot": True, "first_name": "Desk"}
        crew.desk.feed(
            {"my_chat_member": {
                "chat": chat, "from": person(IKE), "date": 1_800_000_000,
                "old_chat_member": {"status": "member", "user": bot},
                "new_chat_member": {"status": status, "user": bot, "until_date": 0},
            }}
        )  # fmt: skip

    leave({"id": IKE, "type": "private"}, "kicked")
    leave({"id": GROUP, "type": "supergroup", "title": "Crew"}, "left")
    leave({"id": -4, "type": "supergroup", "title": "Strangers"}, "left")
    jobs = crew.read(lambda s: list_jobs(s, "skip_blocked_chat"))
    assert len(jobs) == 2
    assert (
        crew.read(lambda s: s.scalar(select(Conversation).where(Conversation.chat_id == -4)))
        is None
    )


def test_a_handover_is_answered_in_the_chat(crew: Crew) -> None:
    def ask(session: Session) -> Appeal:
        cast = crew.cast_in(session)
        appeal = make_appeal(session, cast)
        request_handover(
            session, get_appeal(session, appeal.id), to=cast.ike, reason="Yours.", by=cast.mara,
            at=NOON,
        )  # fmt: skip
        return appeal

    declined = crew.read(ask)
    assert crew.press(IKE, "handno", prefix="notice:") == ""
    crew.desk.write("I am on leave.", user=IKE)
    assert crew.appeal(declined).responsible_id == crew.cast.mara.id
    accepted = crew.read(ask)
    assert crew.press(IKE, "handyes", prefix="notice:") == ""
    assert crew.appeal(accepted).responsible_id == crew.cast.ike.id
    assert "I am Ike T" in crew.last(7001, "handover:").text
