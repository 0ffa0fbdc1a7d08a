"""The job card: what an operator needs to know of a job, with its buttons; edited as the work moves.

In the group of a department everybody sees it, and the first press takes it; whoever took it gets a card of their
own.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from ownerdesk.model import (
    Appeal,
    Assignment,
    Attachment,
    Conversation,
    Message,
)
from ownerdesk.queries.appeals import find_open_promise
from ownerdesk.queries.assignments import list_assignments, list_open_assignments
from ownerdesk.queries.categories import name_categories
from ownerdesk.queries.guides import find_guide
from ownerdesk.rules.assignments import JobAction, is_job_allowed
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from ownerdesk.texts import Translate, format_period, format_when, html, pick, translator
from ownerdesk.wording import kind_names, state_names

MAX_PHOTOS = 4
HISTORY = 3
WORDS_SHOWN = 600


def send_job_card(
    session: Session, assignment: Assignment, chat: Conversation, *, at: datetime
) -> Message:
    """Show a job in a chat, and the photos the owner sent with it."""
    appeal = assignment.appeal
    card = outbox.send(
        session,
        chat,
        format_job(session, assignment, chat, at=at),
        key=f"job:{assignment.id}:{chat.id}",
        at=at,
        appeal=appeal,
        buttons=job_buttons(assignment, chat),
        is_html=True,
    )
    for photo in _list_photos(session, appeal):
        outbox.send(
            session, chat, appeal.number, key=f"job_photo:{assignment.id}:{chat.id}:{photo.id}",
            at=at, appeal=appeal, photo_id=photo.telegram_file_id,
        )  # fmt: skip
    return card


def refresh_job_cards(session: Session, assignment: Assignment, *, at: datetime) -> None:
    """Edit every card of a job so that it tells the present state."""
    cards = session.scalars(
        select(Message).where(
            Message.appeal_id == assignment.appeal_id,
            Message.key.startswith(f"job:{assignment.id}:"),
        )
    ).all()
    for card in cards:
        chat = session.get_one(Conversation, card.conversation_id)
        outbox.revise(
            session,
            card,
            text=format_job(session, assignment, chat, at=at),
            buttons=job_buttons(assignment, chat),
        )


def refresh_jobs(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """What the appeal says has changed: whoever has a part of it sees that."""
    for assignment in list_open_assignments(session, appeal.id):
        refresh_job_cards(session, assignment, at=at)


def format_job(
    session: Session, assignment: Assignment, chat: Conversation, *, at: datetime
) -> str:
    """Number, what and where, the owner's words, times, history of the home, the guide, and how it stands."""
    appeal, language = assignment.appeal, chat.language
    _ = translator(language)
    zone = appeal.project.timezone

    def when(time: datetime) -> str:
        return format_when(time, timezone=zone, language=language, now=at)

    what = (
        kind_names(_)[appeal.kind]
        if appeal.kind
        else name_categories(session, language, _)[appeal.category]
    )
    mark = "🚨 " if appeal.severity == "emergency" else ""
    lines = [html("{mark}<b>{number}</b> · {what}", mark=mark, number=appeal.number, what=what)]
    lines.append(html("📍 {place}", place=appeal.place or _("The place is not known yet.")))
    lines.append(html("💬 “{words}”", words=_words_of(session, appeal)))
    if appeal.wished_from is not None and appeal.wished_until is not None:
        period = format_period(
            appeal.wished_from, appeal.wished_until, timezone=zone, language=language
        )
        lines.append(html("🗓 {wish}", wish=_("Wished for: {period}").format(period=period)))
    promise = find_open_promise(session, appeal.id, "resolution")
    if promise is not None:
        due = _("Promised to the owner by {when}").format(when=when(promise.due_at))
        lines.append(html("🕐 {due}", due=due))
    beside = _beside(session, assignment, language)
    if beside:
        lines.append(html("🤝 {beside}", beside=_("Together with: {parts}").format(parts=beside)))
    if assignment.state in ("offered", "accepted", "on_the_way", "arrived"):
        lines += _history(session, appeal, language, when)
        lines += _guide(appeal, language, _)
    lines.append("")
    lines.append(html("{state}", state=_state(assignment, _, when)))
    return "\n".join(lines)


def _words_of(session: Session, appeal: Appeal) -> str:
    """What the owner wrote; a second matter only has its own part of a message."""
    source = None
    if appeal.source_message_id is not None and not appeal.source_part:
        source = session.get(Message, appeal.source_message_id)
    words = source.text if source is not None and source.text else appeal.summary
    words = words or "…"
    return words if len(words) <= WORDS_SHOWN else words[: WORDS_SHOWN - 1] + "…"


def _beside(session: Session, assignment: Assignment, language: str) -> str:
    """The other parts of the appeal, each with who has it."""
    others = [
        pick(other.department.names, language)
        + (f" ({other.operator.name})" if other.operator is not None else "")
        for other in list_assignments(session, assignment.appeal_id)
        if other.id != assignment.id
        and other.department_id != assignment.department_id
        and other.state in ("offered", "accepted", "on_the_way", "arrived", "done")
    ]
    return ", ".join(others)


def _history(session: Session, appeal: Appeal, language: str, when: object) -> list[str]:
    """The last appeals of the home."""
    if appeal.unit_id is None:
        return []
    earlier = session.scalars(
        select(Appeal)
        .where(Appeal.unit_id == appeal.unit_id, Appeal.id != appeal.id)
        .order_by(Appeal.id.desc())
        .limit(HISTORY)
    ).all()
    if not earlier:
        return []
    assert callable(when)
    _ = translator(language)
    names = name_categories(session, language, _)
    lines = ["", html("<b>{title}</b>", title=_("Earlier at this home"))]
    for row in earlier:
        lines.append(
            html(
                "• {number} {what}, {when}: {state}",
                number=row.number,
                what=names[row.category],
                when=when(row.received_at),
                state=row.resolution or state_names(_)[row.state],
            )
        )
    return lines


def _guide(appeal: Appeal, language: str, _: Translate) -> list[str]:
    session = object_session(appeal)
    assert session is not None, "the appeal was read in a session"
    guide = find_guide(session, appeal.project_id, appeal.category, language)
    if guide is None:
        return []
    lines = ["", html("<b>{title}</b>", title=_("Guide"))]
    if guide.tools:
        lines.append(html("🧰 {tools}", tools=", ".join(guide.tools)))
    return lines + [html("{n}. {step}", n=n, step=s) for n, s in enumerate(guide.steps, start=1)]


def _state(assignment: Assignment, _: Translate, when: object) -> str:
    assert callable(when)
    name = assignment.operator.name if assignment.operator is not None else ""
    match assignment.state:
        case "offered":
            assert assignment.respond_by is not None, "an offer has its time"
            return _("⏳ Please answer by {when}.").format(when=when(assignment.respond_by))
        case "accepted":
            return _("✅ {name} has the job.").format(name=name)
        case "on_the_way":
            return _("🚶 {name} is on the way.").format(name=name)
        case "arrived":
            return _("🔧 {name} is there.").format(name=name)
        case "done":
            return _("🏁 {name} has done it: {what}").format(name=name, what=assignment.done or "")
        case "declined":
            return _("{name} cannot do it; somebody else is asked.").format(name=name)
        case "expired":
            return _("Nobody answered in time; somebody else is asked.")
        case _:
            return _("This job was taken back. There is nothing to do for you.")


def job_buttons(assignment: Assignment, chat: Conversation) -> outbox.Buttons | None:
    """What can be pressed now; in a group only that somebody takes it."""
    _ = translator(chat.language)

    def one(label: str, action: str) -> dict[str, object]:
        return button(label, action, assignment.id)

    state = assignment.state
    if chat.kind == "department":
        return [[one(_("I take it"), "jobyes")]] if state == "offered" else None
    rows: outbox.Buttons = []
    if is_job_allowed(state, JobAction.ACCEPT):
        rows.append([one(_("Accept"), "jobyes"), one(_("I can't"), "jobno")])
        return rows
    moves = []
    if is_job_allowed(state, JobAction.SET_OUT):
        moves.append(one(_("On my way"), "jobgo"))
    if is_job_allowed(state, JobAction.ARRIVE):
        moves.append(one(_("I am there"), "jobhere"))
    if moves:
        rows.append(moves)
    if is_job_allowed(state, JobAction.FINISH):
        rows.append([one(_("Done"), "jobdone"), one(_("I need help"), "jobhelp")])
    if is_job_allowed(state, JobAction.DECLINE):
        rows.append([one(_("I can't"), "jobno")])
    return rows or None


def _list_photos(session: Session, appeal: Appeal) -> list[Attachment]:
    """The latest photos the owner sent with the appeal, in order."""
    found = session.scalars(
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Message.appeal_id == appeal.id,
            Message.author == "owner",
            Attachment.kind == "photo",
            Attachment.telegram_file_id.is_not(None),
        )
        .order_by(Attachment.id.desc())
        .limit(MAX_PHOTOS)
    ).all()
    return list(reversed(found))


def pass_detail_on(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> None:
    """What the owner adds later reaches everybody who has a part of the appeal."""
    for assignment, chat in _list_chats(session, appeal):
        key = f"job_detail:{assignment.id}:{message.id}"
        _ = translator(chat.language)
        if message.text:
            words = message.text[:WORDS_SHOWN]
            text = _("{number}: the owner adds: “{words}”").format(
                number=appeal.number, words=words
            )
            outbox.send(session, chat, text, key=key, at=at, appeal=appeal)
        for photo in message.attachments:
            if photo.kind == "photo" and photo.telegram_file_id is not None:
                outbox.send(
                    session, chat, appeal.number, key=f"{key}:{photo.id}", at=at, appeal=appeal,
                    photo_id=photo.telegram_file_id,
                )  # fmt: skip


def pass_edit_on(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> None:
    """What the owner has corrected reaches them too."""
    for assignment, chat in _list_chats(session, appeal):
        _ = translator(chat.language)
        text = _("{number}: the owner has corrected it: “{words}”").format(
            number=appeal.number, words=message.text[:WORDS_SHOWN]
        )
        key = f"job_edit:{assignment.id}:{message.id}:{at.isoformat()}"
        outbox.send(session, chat, text, key=key, at=at, appeal=appeal)


def _list_chats(session: Session, appeal: Appeal) -> list[tuple[Assignment, Conversation]]:
    """The jobs that are out, each with the chat of whoever has it; what a whole group was offered has none."""
    found = []
    for assignment in list_open_assignments(session, appeal.id):
        if assignment.operator_id is None:
            continue
        chat = session.scalar(
            select(Conversation).where(Conversation.staff_id == assignment.operator_id)
        )
        if chat is not None:
            found.append((assignment, chat))
    return found


def reason_names(_: Translate) -> dict[str, str]:
    """Why an operator cannot do a job; `other` is in their own words."""
    return {
        "busy": _("I am on another job"),
        "skill": _("It needs another trade"),
        "parts": _("I lack a part or a tool"),
        "off": _("I am not on duty"),
        "other": _("Another reason"),
    }
