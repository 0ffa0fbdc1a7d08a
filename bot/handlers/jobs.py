"""Members of staff in their own chats: what they press on job cards, and what they write when they were asked.

Nothing that staff write goes to the reader: a text answers the question asked last, or is answered with what to press.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from bot.handlers.staff_scenes import StaffScene
from bot.texts import format_staff_refusal
from ownerdesk.model import Assignment, Conversation, Message, StaffMember
from ownerdesk.queries.assignments import get_assignment, list_jobs_of
from ownerdesk.queries.handovers import get_handover
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.assignments import JobAction, next_job_state
from ownerdesk.rules.buttons import button
from ownerdesk.rules.refusals import NotFound, OldButton, Refusal
from ownerdesk.services import assignments, outbox
from ownerdesk.services.awaiting import Awaited, await_text, stop_awaiting, take_awaited
from ownerdesk.services.handovers import accept_handover, decline_handover
from ownerdesk.services.job_cards import reason_names, refresh_job_cards
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.operator_chats import link_chat
from ownerdesk.texts import pick, translator

# Presses


def _job(scene: StaffScene) -> Assignment:
    """The job under the button, locked. In a group only those of its department; all else is pressed in one's own
    chat, where the questions that follow are nobody else's."""
    assignment = get_assignment(scene.session, scene.press.subject)
    chat = scene.conversation
    if chat.kind == "department":
        if scene.press.action != "jobyes" or chat.department_id != assignment.department_id:
            raise OldButton
    elif chat.staff_id != scene.member.id:
        raise NotFound
    return assignment


def _yes(scene: StaffScene) -> None:
    assignments.accept_job(scene.session, _job(scene), by=scene.member, at=scene.at)


def _no(scene: StaffScene) -> None:
    """First why; the reason goes to whoever sends the next."""
    job, chosen = _job(scene), scene.press.argument
    if job.operator_id != scene.member.id:
        raise NotFound
    next_job_state(job.state, JobAction.DECLINE)
    _ = translator(scene.conversation.language)
    if not chosen:
        rows = [[button(name, "jobno", job.id, code)] for code, name in reason_names(_).items()]
        scene.offer([*rows, [button(_("Back"), "jobno", job.id, "back")]])
    elif chosen == "back":
        refresh_job_cards(scene.session, job, at=scene.at)
    elif chosen == "other":
        await_text(scene.conversation, "job_reason", subject_id=job.id, at=scene.at)
        scene.say(_("In a few words: why can you not do it?"))
    elif chosen in reason_names(_):
        reason = reason_names(translator(job.appeal.project.language))[chosen]
        assignments.decline_job(scene.session, job, reason=reason, by=scene.member, at=scene.at)
    else:
        raise OldButton


def _go(scene: StaffScene) -> None:
    assignments.set_out(scene.session, _job(scene), by=scene.member, at=scene.at)


def _here(scene: StaffScene) -> None:
    assignments.arrive(scene.session, _job(scene), by=scene.member, at=scene.at)


def _done(scene: StaffScene) -> None:
    job = _job(scene)
    assignments.check_unfinished(job, by=scene.member)
    await_text(scene.conversation, "job_done", subject_id=job.id, at=scene.at)
    _ = translator(scene.conversation.language)
    scene.say(
        _(
            "{number}: what was done? Write it in one message; the owner will read it."
            " A photo is welcome too, with the words beneath it or before them."
        ).format(number=job.appeal.number)
    )


def _whole(scene: StaffScene) -> None:
    assignments.say_all_done(scene.session, _job(scene), by=scene.member, at=scene.at)
    scene.drop_buttons()


def _no_parts(scene: StaffScene) -> None:
    if _job(scene).operator_id != scene.member.id:
        raise NotFound
    stop_awaiting(scene.conversation, "job_parts")
    scene.drop_buttons()


def _help(scene: StaffScene) -> None:
    job = _job(scene)
    told = assignments.ask_for_help(
        scene.session, job, by=scene.member, key=scene.press_key, at=scene.at
    )
    _ = translator(scene.conversation.language)
    if told:
        names = ", ".join(member.name for member in told)
        scene.say(_("I have told {names} that you need help.").format(names=names))
    else:
        phone = job.appeal.project.phone
        scene.say(_("Nobody could be told. Please call {phone}.").format(phone=phone))


def _take_over(scene: StaffScene) -> None:
    handover = get_handover(scene.session, scene.press.subject)
    accept_handover(scene.session, handover, by=scene.member, at=scene.at)
    scene.drop_buttons()
    _ = translator(scene.conversation.language)
    scene.say(
        _("{number} is yours now; the owner knows your name.").format(number=handover.appeal.number)
    )


def _decline_handover(scene: StaffScene) -> None:
    handover = get_handover(scene.session, scene.press.subject)
    if handover.to_id != scene.member.id or scene.conversation.staff_id != scene.member.id:
        raise NotFound
    await_text(scene.conversation, "handover_reason", subject_id=handover.id, at=scene.at)
    _ = translator(scene.conversation.language)
    scene.say(_("In a few words: why can you not take it over?"))


JOB_ACTIONS: dict[str, Callable[[StaffScene], None]] = {
    "jobyes": _yes,
    "jobno": _no,
    "jobgo": _go,
    "jobhere": _here,
    "jobdone": _done,
    "jobwhole": _whole,
    "jobparts": _no_parts,
    "jobhelp": _help,
    "handyes": _take_over,
    "handno": _decline_handover,
}


# What they write


def take_staff_message(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """A message in the chat of a member of staff. A photo goes to the job it belongs to; words answer a question."""
    if message.answered_at is not None or conversation.staff_id is None:
        return
    try:
        member = get_staff_member(session, conversation.staff_id)
    except NotFound:
        return  # somebody who has left: nothing here is theirs any more
    awaited = take_awaited(conversation, at)
    if message.attachments:
        job = _job_of_files(session, member, awaited)
        if job is not None:
            message.appeal_id = job.appeal_id
        if not message.text:
            conversation.awaiting = _keep(awaited, at)
            _answer_files(session, conversation, message, job, at=at)
            return
    if awaited is None:
        _explain(session, conversation, message, member, at=at)
        return
    try:
        with session.begin_nested():
            _take_answer(session, conversation, message, member, awaited, at=at)
    except Refusal as refusal:
        _ = translator(conversation.language)
        _reply(session, conversation, message, format_staff_refusal(refusal, _), at=at)


def _keep(awaited: Awaited | None, at: datetime) -> dict[str, object] | None:
    """A photo does not answer the question: the words are still expected."""
    if awaited is None:
        return None
    holder = Conversation()
    await_text(holder, awaited.kind, subject_id=awaited.subject_id, at=at)
    return holder.awaiting


def _job_of_files(
    session: Session, member: StaffMember, awaited: Awaited | None
) -> Assignment | None:
    """The one that was asked about, else the one they accepted last."""
    if awaited is not None and awaited.kind in ("job_done", "job_parts") and awaited.subject_id:
        return session.get(Assignment, awaited.subject_id)
    running = [job for job in list_jobs_of(session, member.id) if job.state != "offered"]
    return running[-1] if running else None


def _answer_files(
    session: Session,
    conversation: Conversation,
    message: Message,
    job: Assignment | None,
    *,
    at: datetime,
) -> None:
    _ = translator(conversation.language)
    if job is not None:
        text = _("Thank you, it is with {number}.").format(number=job.appeal.number)
    else:
        text = _("You have no job that this could belong to, so I have not passed it on.")
    _reply(session, conversation, message, text, at=at)


def _reply(
    session: Session,
    conversation: Conversation,
    message: Message,
    text: str,
    *,
    at: datetime,
    buttons: outbox.Buttons | None = None,
) -> None:
    outbox.send(session, conversation, text, key=f"reply:{message.id}", at=at, buttons=buttons)
    mark_answered(session, message, "staff", at=at)


def _take_answer(
    session: Session,
    conversation: Conversation,
    message: Message,
    member: StaffMember,
    awaited: Awaited,
    *,
    at: datetime,
) -> None:
    _ = translator(conversation.language)
    subject = awaited.subject_id or 0
    if awaited.kind == "handover_reason":
        handover = get_handover(session, subject)
        decline_handover(session, handover, reason=message.text, by=member, at=at)
        text = _("I have passed your reason on; it stays where it was.")
        _reply(session, conversation, message, text, at=at)
        return
    job = get_assignment(session, subject)
    message.appeal_id = job.appeal_id
    if awaited.kind == "job_done":
        assignments.finish_job(session, job, done=message.text, by=member, at=at)
        _say_finished(session, conversation, message, job, at=at)
    elif awaited.kind == "job_parts":
        assignments.name_parts(session, job, message.text, by=member, at=at)
        _reply(session, conversation, message, _("Thank you, the parts are noted."), at=at)
    elif awaited.kind == "job_reason":
        assignments.decline_job(session, job, reason=message.text, by=member, at=at)
        _reply(session, conversation, message, _("All right, I ask somebody else."), at=at)
    else:
        _explain(session, conversation, message, member, at=at)


def _say_finished(
    session: Session, conversation: Conversation, message: Message, job: Assignment, *, at: datetime
) -> None:
    """What became of it, and one last question that need not be answered."""
    _ = translator(conversation.language)
    appeal = job.appeal
    rows: outbox.Buttons = [[button(_("No parts"), "jobparts", job.id)]]
    if appeal.state == "resolved":
        said = _("Thank you. The owner is asked whether {number} is solved.")
    elif job.role == "lead":
        said = _("Thank you. Others still have a part of {number}; it is finished with the last.")
        rows.insert(0, [button(_("Everything is done"), "jobwhole", job.id)])
    else:
        said = _("Thank you, your part of {number} is noted.")
    question = _("Which parts did you use? Write them, or press the button.")
    text = f"{said.format(number=appeal.number)}\n{question}"
    await_text(conversation, "job_parts", subject_id=job.id, at=at)
    _reply(session, conversation, message, text, at=at, buttons=rows)


def _explain(
    session: Session,
    conversation: Conversation,
    message: Message,
    member: StaffMember,
    *,
    at: datetime,
) -> None:
    _ = translator(conversation.language)
    lines = [
        _("This chat is for your jobs, {name}. Press the buttons under a job card.").format(
            name=member.name
        )
    ]
    running = list_jobs_of(session, member.id)
    lines += [f"• {job.appeal.number} {job.appeal.place}".rstrip() for job in running]
    if not running:
        lines.append(_("You have no job at the moment."))
    _reply(session, conversation, message, "\n".join(lines), at=at)


def try_link(
    session: Session, conversation: Conversation, message: Message, code: str, *, at: datetime
) -> None:
    """`/link CODE` in a private chat. A refusal still counts the try."""
    if message.answered_at is not None:
        return
    if not code:
        _ = translator(conversation.language)
        text = _("Write /link and the code that the console shows you.")
        _reply(session, conversation, message, text, at=at)
        return
    try:
        member = link_chat(session, conversation, code, at=at)
    except Refusal as refusal:
        text = format_staff_refusal(refusal, translator(conversation.language))
    else:
        _ = translator(conversation.language)
        text = _(
            "Hello {name}, this chat is yours now. Your jobs come here, each with its buttons."
        ).format(name=member.name)
    _reply(session, conversation, message, text, at=at)


def format_group_linked(names: dict[str, object], language: str) -> str:
    _ = translator(language)
    return _(
        "This group is linked to {department}. Jobs appear here, and whoever presses first takes one."
    ).format(department=pick(names, language))
