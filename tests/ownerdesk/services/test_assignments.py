"""Jobs: offered, taken by one, passed on when nobody answers, and followed to the end (S3, S4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Assignment, Conversation, Message, Notice, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import find_open_promise, list_promises
from ownerdesk.queries.assignments import get_assignment, list_assignments
from ownerdesk.rules.refusals import (
    JobOver,
    JobTaken,
    MissingText,
    NotFound,
    StaffNotFound,
    WrongState,
)
from ownerdesk.services import assignments as jobs
from ownerdesk.services.appeals import add_detail
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.closure import reopen_appeal
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import CHECK_OFFER, SKIP_BLOCKED_CHAT
from ownerdesk.services.messages import IncomingFile
from ownerdesk.services.offers import offer_support
from ownerdesk.services.outbox import record_blocked
from ownerdesk.services.progress import arrive, dispatch_appeal, resolve_appeal
from tests.look import find_sent, labels, list_events, list_jobs
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_department,
    make_group_chat,
    make_message,
    make_operator,
    make_staff_chat,
)

FIVE = timedelta(minutes=5)


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = make_cast(session)
    make_staff_chat(session, cast.ike, chat_id=8001)
    return cast


@pytest.fixture
def ada(session: Session, cast: Cast) -> StaffMember:
    return make_operator(session, cast, "Ada T", chat_id=8002)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def send(
    session: Session,
    cast: Cast,
    appeal: Appeal,
    operator: StaffMember | None = None,
) -> Assignment:
    """The agent sends it, to whom the test says, else to whoever is free."""
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=operator, by=cast.mara, at=NOON
    )
    return latest(session, appeal)


def latest(session: Session, appeal: Appeal) -> Assignment:
    return list_assignments(session, appeal.id)[-1]


def chat_of(session: Session, member: StaffMember) -> Conversation:
    return session.scalars(select(Conversation).where(Conversation.staff_id == member.id)).one()


def card_of(session: Session, job: Assignment, member: StaffMember) -> Message:
    chat = chat_of(session, member)
    return session.scalars(select(Message).where(Message.key == f"job:{job.id}:{chat.id}")).one()


def told(session: Session, member: StaffMember) -> list[str]:
    return list(session.scalars(select(Notice.words).where(Notice.staff_id == member.id)))


def test_a_job_is_offered_and_is_nobodys_until_it_is_accepted(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    assert (job.state, job.operator_id, job.role) == ("offered", cast.ike.id, "lead")
    assert (appeal.state, appeal.operator_id, appeal.responsible_id) == (
        "dispatched", None, cast.mara.id,
    )  # fmt: skip
    assert job.respond_by == NOON + FIVE
    (check,) = list_jobs(session, CHECK_OFFER)
    assert (check["assignment_id"], check["at"]) == (job.id, NOON + FIVE)
    assert "Ike T has the job" not in find_sent(session, cast.conversation, "card")[0].text
    jobs.accept_job(session, job, by=cast.ike, at=NOON + LATER)
    assert (job.state, appeal.operator_id) == ("accepted", cast.ike.id)
    assert "Ike T has the job" in find_sent(session, cast.conversation, "card")[0].text
    assert list_events(session, appeal)[-2:] == ["job.offered", "job.accepted"]


def test_an_operator_without_a_chat_is_told_by_other_means_as_ever(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    chat = chat_of(session, cast.ike)
    chat.kind, chat.staff_id = "owner", None
    session.flush()
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.mara, at=NOON
    )
    assert appeal.operator_id == cast.ike.id
    assert list_assignments(session, appeal.id) == []


def test_the_card_says_what_an_operator_needs_to_know(session: Session, cast: Cast) -> None:
    earlier = make_appeal(session, cast)
    cancel_appeal(session, earlier, at=NOON)
    photo = IncomingFile("photo", "file-1")
    appeal = make_appeal(session, cast)
    message = make_message(session, cast.conversation, "", kind="photo", files=[photo])
    add_detail(session, appeal, message, at=NOON)
    job = send(session, cast, appeal, cast.ike)
    card = card_of(session, job, cast.ike)
    for part in (
        "T-1002", "Birch House, entrance 2, flat 14", "The light on the landing is out.", "13:30",
        "T-1001", "Switch the circuit off", "13:05",
    ):  # fmt: skip
        assert part in card.text, part
    assert labels(card) == ["jobyes", "jobno"]
    (sent,) = find_sent(session, chat_of(session, cast.ike), "job_photo")
    assert (sent.photo_id, sent.kind, sent.text) == ("file-1", "photo", "T-1002")
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    session.refresh(card)
    assert labels(card) == ["jobgo", "jobhere", "jobdone", "jobhelp", "jobno"]


def test_what_the_owner_writes_is_escaped_on_the_card(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    source = session.get_one(Message, appeal.source_message_id)
    source.text = "<b>Water</b> & light"
    job = send(session, cast, appeal, cast.ike)
    assert "&lt;b&gt;Water&lt;/b&gt; &amp; light" in card_of(session, job, cast.ike).text


def test_what_the_owner_adds_later_reaches_whoever_has_the_job(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    files = [IncomingFile("photo", "file-2")]
    message = make_message(session, cast.conversation, "Mind the dog", kind="photo", files=files)
    add_detail(session, appeal, message, at=NOON)
    text, photo = find_sent(session, chat_of(session, cast.ike), "job_detail")
    assert "Mind the dog" in text.text
    assert photo.photo_id == "file-2"


def test_every_press_is_seen_by_the_owner_and_the_last_one_asks_them(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    jobs.set_out(session, job, by=cast.ike, at=NOON + LATER)
    assert appeal.on_the_way_at == NOON + LATER
    jobs.arrive(session, job, by=cast.ike, at=NOON + 2 * LATER)
    assert appeal.state == AppealState.IN_PROGRESS
    is_resolved = jobs.finish_job(
        session, job, done="A new lamp.", parts="1 LED 9 W", by=cast.ike, at=NOON + 3 * LATER
    )
    assert is_resolved
    assert (appeal.state, appeal.resolution, job.parts) == ("resolved", "A new lamp.", "1 LED 9 W")
    pushes = [m.text for prefix in ("coming", "solved?")
              for m in find_sent(session, cast.conversation, prefix)]  # fmt: skip
    assert "Ike T set out at 13:01, arrived at 13:02 and is starting" in pushes[0]
    assert "A new lamp." in pushes[1]
    assert "LED 9 W" not in "".join(pushes), "parts are the company's own business"
    assert [e for e in list_events(session, appeal) if e.startswith(("job.", "operator."))] == [
        "job.offered", "job.accepted", "operator.set_out", "operator.arrived", "job.done",
    ]  # fmt: skip
    card = card_of(session, job, cast.ike)
    assert labels(card) == []
    assert "Ike T has done it" in card.text


def test_an_operators_yes_to_a_job_sent_by_a_rule_is_the_first_answer(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=None, at=NOON
    )
    assert find_open_promise(session, appeal.id, "first_answer") is not None
    jobs.accept_job(session, latest(session, appeal), by=cast.ike, at=NOON + LATER)
    assert find_open_promise(session, appeal.id, "first_answer") is None
    kept = [p for p in list_promises(session, appeal.id) if p.kind == "first_answer"]
    assert [p.kept_at for p in kept] == [NOON + LATER], "nobody apologises for it any more"


def test_an_arrival_that_the_desk_has_entered_is_not_told_again_by_the_operators_press(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    arrive(session, appeal, by=Actor.staff(cast.mara.id), at=NOON)
    for step in (jobs.set_out, jobs.arrive):
        step(session, job, by=cast.ike, at=NOON + LATER)
    assert job.state == "arrived"
    assert len(find_sent(session, cast.conversation, "coming")) == 1


def test_a_step_pressed_twice_is_one_step(session: Session, cast: Cast, appeal: Appeal) -> None:
    job = send(session, cast, appeal, cast.ike)
    for step in (jobs.accept_job, jobs.set_out, jobs.arrive):
        step(session, job, by=cast.ike, at=NOON)
        step(session, job, by=cast.ike, at=NOON + LATER)
    assert len(find_sent(session, cast.conversation, "coming")) == 1
    assert list_events(session, appeal).count("job.accepted") == 1


def test_a_press_on_a_finished_job_is_refused_and_changes_nothing(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    jobs.finish_job(session, job, done="A new lamp.", by=cast.ike, at=NOON)
    before = list_events(session, appeal)
    for press in (
        lambda: jobs.accept_job(session, job, by=cast.ike, at=NOON + LATER),
        lambda: jobs.set_out(session, job, by=cast.ike, at=NOON + LATER),
        lambda: jobs.arrive(session, job, by=cast.ike, at=NOON + LATER),
        lambda: jobs.decline_job(session, job, reason="x", by=cast.ike, at=NOON + LATER),
        lambda: jobs.finish_job(session, job, done="Again", by=cast.ike, at=NOON + LATER),
        lambda: jobs.ask_for_help(session, job, by=cast.ike, key="1", at=NOON + LATER),
    ):
        with pytest.raises((JobOver, WrongState)):
            press()
    assert list_events(session, appeal) == before
    assert job.done == "A new lamp."


def test_a_job_of_somebody_else_looks_as_if_it_did_not_exist(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    job = send(session, cast, appeal, cast.ike)
    with pytest.raises(NotFound):
        jobs.accept_job(session, job, by=cast.mara, at=NOON)
    with pytest.raises(JobTaken) as refused:
        jobs.accept_job(session, job, by=ada, at=NOON)
    assert refused.value.holder == "Ike T"
    for step in (jobs.set_out, jobs.arrive):
        with pytest.raises(NotFound):
            step(session, job, by=ada, at=NOON)
    with pytest.raises(NotFound):
        jobs.decline_job(session, job, reason="x", by=ada, at=NOON)


def test_done_without_saying_what_is_refused(session: Session, cast: Cast, appeal: Appeal) -> None:
    job = send(session, cast, appeal, cast.ike)
    with pytest.raises(JobOver):
        jobs.finish_job(session, job, done="Early", by=cast.ike, at=NOON)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    with pytest.raises(MissingText):
        jobs.finish_job(session, job, done="  ", by=cast.ike, at=NOON)
    assert job.state == "accepted"


def test_a_declined_job_goes_to_the_next_on_duty_at_once(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    first = send(session, cast, appeal, cast.ike)
    jobs.decline_job(session, first, reason="another job", by=cast.ike, at=NOON + LATER)
    second = latest(session, appeal)
    assert (first.state, first.reason) == ("declined", "another job")
    assert (second.state, second.operator_id) == ("offered", ada.id)
    assert second.respond_by == NOON + LATER + FIVE
    assert labels(card_of(session, first, cast.ike)) == []


def test_declining_after_accepting_takes_the_name_off_the_owners_card(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    jobs.set_out(session, job, by=cast.ike, at=NOON)
    jobs.decline_job(session, job, reason="flat tyre", by=cast.ike, at=NOON)
    assert (appeal.operator_id, appeal.on_the_way_at) == (None, None)
    assert "Ike T" not in find_sent(session, cast.conversation, "card")[0].text
    assert latest(session, appeal).operator_id == ada.id


def test_without_an_answer_it_goes_to_the_next_then_to_the_head_then_to_the_managers(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    head = make_operator(session, cast, "Hilda T", chat_id=8003, on_duty=False)
    cast.maintenance.head_id = head.id
    job, at = send(session, cast, appeal, cast.ike), NOON
    for expected in (ada.id, head.id):
        at += FIVE
        jobs.expire_offer(session, job.id, at=at)
        assert job.state == "expired"
        job = latest(session, appeal)
        assert (job.state, job.operator_id) == ("offered", expected)
    at += FIVE
    jobs.expire_offer(session, job.id, at=at)
    assert latest(session, appeal).state == "expired"
    assert list_events(session, appeal).count("job.unclaimed") == 1
    for member in (head, cast.boris, cast.mara):
        assert any(
            "nobody of Maintenance has taken the job" in words for words in told(session, member)
        )
    assert appeal.responsible_id == cast.mara.id
    assert appeal.next_due_at is not None


def test_an_offer_is_looked_at_early_late_and_twice_and_goes_on_once(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.expire_offer(session, job.id, at=NOON + FIVE - timedelta(seconds=1))
    assert job.state == "offered"
    late = NOON + timedelta(hours=1)
    jobs.expire_offer(session, job.id, at=late)
    jobs.expire_offer(session, job.id, at=late)
    assert [row.state for row in list_assignments(session, appeal.id)] == ["expired", "offered"]
    assert latest(session, appeal).respond_by == late + FIVE, "never a time in the past"


def test_an_answer_just_after_the_time_counts_while_nobody_else_was_asked(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON + 2 * FIVE)
    jobs.expire_offer(session, job.id, at=NOON + 2 * FIVE)
    assert job.state == "accepted"


def test_an_empty_roster_is_told_to_head_and_manager_and_never_silent(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.expire_offer(session, job.id, at=NOON + FIVE)
    assert any("nobody of Maintenance" in words for words in told(session, cast.boris))
    assert len(told(session, cast.mara)) == 1, "the responsible person is told too, once"


def test_with_nobody_to_tell_the_record_says_so(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    appeal.responsible_id = None
    cast.boris.is_active = False
    jobs.expire_offer(session, job.id, at=NOON + FIVE)
    assert "job.unclaimed" in list_events(session, appeal)


def test_the_operator_who_blocked_the_bot_loses_the_offer_at_once(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    job = send(session, cast, appeal, cast.ike)
    card = card_of(session, job, cast.ike)
    record_blocked(session, card, at=NOON)
    (asked,) = list_jobs(session, SKIP_BLOCKED_CHAT)
    jobs.pass_on_jobs(session, asked["conversation_id"], at=NOON + LATER)
    jobs.pass_on_jobs(session, asked["conversation_id"], at=NOON + LATER)
    assert (job.state, job.reason) == ("expired", "blocked")
    assert latest(session, appeal).operator_id == ada.id
    assert len(list_assignments(session, appeal.id)) == 2


def test_an_accepted_job_of_somebody_who_blocked_the_bot_is_told_to_the_responsible_person(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    chat = chat_of(session, cast.ike)
    record_blocked(session, card_of(session, job, cast.ike), at=NOON)
    jobs.pass_on_jobs(session, chat.id, at=NOON)
    assert job.state == "accepted"
    assert any("Ike T has blocked the bot" in words for words in told(session, cast.mara))


def test_sending_a_job_to_somebody_who_blocked_the_bot_warns_the_sender(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    chat_of(session, cast.ike).blocked_at = NOON
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.mara, at=NOON
    )
    assert list_assignments(session, appeal.id) == []
    assert any("please call" in words for words in told(session, cast.mara))


def test_a_group_sees_the_job_and_the_first_takes_it(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    group = make_group_chat(session, cast.maintenance, chat_id=-100)
    job = send(session, cast, appeal)
    assert (job.state, job.operator_id) == ("offered", None)
    (card,) = find_sent(session, group, "job")
    assert labels(card) == ["jobyes"]
    jobs.accept_job(session, job, by=ada, at=NOON)
    with pytest.raises(JobTaken) as refused:
        jobs.accept_job(session, job, by=cast.ike, at=NOON)
    assert refused.value.holder == "Ada T"
    session.refresh(card)
    assert "Ada T has the job" in card.text
    assert labels(card) == []
    assert labels(card_of(session, job, ada))[0] == "jobgo"
    assert appeal.operator_id == ada.id


def test_a_group_that_does_not_answer_is_followed_by_one_operator_after_the_other(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    make_group_chat(session, cast.maintenance, chat_id=-100)
    job = send(session, cast, appeal)
    jobs.expire_offer(session, job.id, at=NOON + FIVE)
    assert latest(session, appeal).operator_id == ada.id


def test_only_people_of_the_department_take_its_jobs(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    make_group_chat(session, cast.maintenance, chat_id=-100)
    job = send(session, cast, appeal)
    with pytest.raises(NotFound):
        jobs.accept_job(session, job, by=cast.boris, at=NOON)


def test_the_appeal_is_resolved_when_all_parts_are_done(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    painters = make_department(session, cast.project, "painters", [])
    paco = make_operator(session, cast, "Paco T", chat_id=8004)
    paco.roles[0].department_id = painters.id
    lead = send(session, cast, appeal, ada)
    offer_support(session, appeal, painters, paco, at=NOON)
    support = latest(session, appeal)
    assert (support.role, support.operator_id) == ("support", paco.id)
    for job, by in ((lead, ada), (support, paco)):
        jobs.accept_job(session, job, by=by, at=NOON)
    assert "Ada T" in card_of(session, support, paco).text
    jobs.set_out(session, support, by=paco, at=NOON)
    assert appeal.on_the_way_at is None, "the leading part moves the appeal"
    assert "Paco T is on the way" in find_sent(session, cast.conversation, "coming")[0].text
    assert not jobs.finish_job(session, lead, done="Wired.", by=ada, at=NOON)
    assert appeal.state == AppealState.DISPATCHED
    assert jobs.finish_job(session, support, done="Painted.", by=paco, at=NOON)
    assert (appeal.state, appeal.resolution) == ("resolved", "Wired.\nPainted.")


def test_the_lead_may_say_that_the_whole_is_done(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember
) -> None:
    painters = make_department(session, cast.project, "painters", [])
    lead = send(session, cast, appeal, ada)
    offer_support(session, appeal, painters, None, at=NOON)
    assert any("nobody of Painters" in words for words in told(session, cast.boris))
    make_group_chat(session, painters, chat_id=-101)
    offer_support(session, appeal, painters, None, at=NOON)
    support = latest(session, appeal)
    jobs.accept_job(session, lead, by=ada, at=NOON)
    with pytest.raises(JobOver):
        jobs.say_all_done(session, lead, by=ada, at=NOON)
    jobs.finish_job(session, lead, done="Wired.", by=ada, at=NOON)
    jobs.say_all_done(session, lead, by=ada, at=NOON)
    jobs.say_all_done(session, lead, by=ada, at=NOON)
    assert (appeal.state, support.state) == ("resolved", "withdrawn")
    assert len(find_sent(session, cast.conversation, "solved?")) == 1


def test_a_supporting_department_of_another_project_is_refused(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    other = make_cast(session, code="U", chat_id=7002)
    with pytest.raises(StaffNotFound):
        offer_support(session, appeal, other.maintenance, None, at=NOON)


@pytest.mark.parametrize("end", ["cancelled", "resolved", "dispatched again"])
def test_what_goes_another_way_takes_the_job_back_and_tells_whoever_had_it(
    session: Session, cast: Cast, appeal: Appeal, ada: StaffMember, end: str
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    by = Actor.staff(cast.mara.id)
    if end == "cancelled":
        cancel_appeal(session, appeal, at=NOON + LATER)
    elif end == "resolved":
        resolve_appeal(session, appeal, resolution="Done", by=by, at=NOON + LATER)
    else:
        dispatch_appeal(
            session, appeal, department=cast.maintenance, operator=ada, by=cast.mara,
            at=NOON + LATER,
        )  # fmt: skip
    assert job.state == "withdrawn"
    (message,) = find_sent(session, chat_of(session, cast.ike), "job_off")
    assert "T-1001 was taken back" in message.text
    with pytest.raises((JobOver, WrongState)):
        jobs.set_out(session, job, by=cast.ike, at=NOON + LATER)


def test_help_is_called_from_the_responsible_person_and_the_head(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    cast.maintenance.head_id = cast.boris.id
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    called = jobs.ask_for_help(session, job, by=cast.ike, key="1", at=NOON)
    jobs.ask_for_help(session, job, by=cast.ike, key="1", at=NOON)
    assert {member.id for member in called} == {cast.mara.id, cast.boris.id}
    assert len([w for w in told(session, cast.boris) if "Ike T needs help with T-1001" in w]) == 1
    assert job.state == "accepted"


def test_after_a_reopening_everybody_may_be_asked_anew(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    job = send(session, cast, appeal, cast.ike)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    jobs.finish_job(session, job, done="Done.", by=cast.ike, at=NOON)
    reopen_appeal(session, appeal, how="half", at=NOON + LATER)
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.mara,
        at=NOON + 2 * LATER,
    )  # fmt: skip
    again = latest(session, appeal)
    assert (again.state, again.operator_id) == ("offered", cast.ike.id)
    jobs.accept_job(session, again, by=cast.ike, at=NOON + 2 * LATER)
    jobs.finish_job(session, again, done="Properly.", by=cast.ike, at=NOON + 3 * LATER)
    assert appeal.resolution == "Properly."


def test_a_job_that_does_not_exist_is_not_found(session: Session, cast: Cast) -> None:
    with pytest.raises(NotFound):
        get_assignment(session, 10**9)
