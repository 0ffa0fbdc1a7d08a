"""The card of an appeal: one short message that is edited as the appeal moves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session, object_session

from ownerdesk.model import Appeal, Message, Promise, StaffMember
from ownerdesk.model.labels import OPEN_STATES, AppealState
from ownerdesk.model.promises import TOLD
from ownerdesk.queries.appeals import format_unit, list_open_promises
from ownerdesk.queries.categories import name_categories
from ownerdesk.queries.merging import is_same_owner, list_merged
from ownerdesk.rules.appeals import AppealAction, is_allowed, reopening_of
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from ownerdesk.services.voice import speak, voice_of
from ownerdesk.texts import Translate, format_period, format_when, html, pick
from ownerdesk.wording import (
    kind_names,
    nature_names,
    promise_sentences,
    state_names,
)


def send_card(session: Session, appeal: Appeal, *, at: datetime, key: str = "") -> Message:
    """Send the card of a new appeal, or (with a key of its own) show it again further down the chat, which
    then is the one that is kept up to date."""
    message = outbox.send(
        session,
        appeal.conversation,
        format_card(session, appeal, at=at),
        key=key or f"card:{appeal.id}",
        at=at,
        appeal=appeal,
        buttons=card_buttons(session, appeal),
        is_html=True,
    )
    appeal.card_message_id = message.id
    session.flush()
    return message


def refresh_card(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Edit the card so that it tells the present state, and those of what was merged into the appeal. An appeal
    without a card stays without one."""
    for shown in (appeal, *list_merged(session, appeal.id)):
        if shown.card_message_id is None:
            continue
        card = session.get_one(Message, shown.card_message_id)
        outbox.revise(
            session,
            card,
            text=format_card(session, shown, at=at),
            buttons=card_buttons(session, shown),
        )


def format_card(session: Session, appeal: Appeal, *, at: datetime) -> str:
    """Number, what was understood, place, state, who is responsible, and the promised time."""
    language = appeal.conversation.language
    _ = voice_of(appeal.conversation)
    kind = (
        kind_names(_)[appeal.kind]
        if appeal.kind
        else name_categories(session, language, _)[appeal.category]
    )
    label = _("{nature}: {what}").format(nature=nature_names(_)[appeal.nature], what=kind)
    lines = [
        html("<b>{number}</b> · {label}", number=appeal.number, label=label),
    ]
    if appeal.place:
        lines.append(html("📍 {place}", place=_place(appeal, language)))
    elif appeal.severity == "emergency" and appeal.state in OPEN_STATES:
        # Whoever comes must know where to, and only somebody unknown can tell.
        lines.append("📍 " + _("Where is it? Please write building, entrance and floor."))
    wish = _wish(appeal)
    if wish:
        lines.append(html("🗓 {wish}", wish=_("Wished for: {period}").format(period=wish)))
    if appeal.price is not None:
        lines.append(html("💶 {price}", price=f"{appeal.price:.2f} EUR"))
    target = appeal
    if appeal.merged_into_id is not None:
        target = session.get_one(Appeal, appeal.merged_into_id)
        lines.append(html("🔗 {text}", text=_pointer(appeal, target, _)))
    state = _state(target, language, at)
    lines.append(html("{icon} {state}", icon=_STATE_ICONS[target.state], state=state))
    if target.state == AppealState.CANCELLED and target.ended_reason:
        lines.append(html("💬 {reason}", reason=target.ended_reason))
    if target.state not in (AppealState.CLOSED, AppealState.CANCELLED):
        lines.append(html("👤 {who}", who=_responsible(target, language)))
        lines += _promise_lines(session, target, language, at)
    return "\n".join(lines)


def _pointer(appeal: Appeal, target: Appeal, _: Translate) -> str:
    """Where a merged appeal goes on; of another owner's appeal nothing is told but that it is there."""
    if is_same_owner(appeal, target):
        return _("Goes on as {number}").format(number=target.number)
    return _("Dealt with together with the same report of others")


def _place(appeal: Appeal, language: str) -> str:
    """What was kept is in the project's language, for staff; an owner with another reads their own."""
    if appeal.unit is None or language == appeal.project.language:
        return appeal.place or ""
    return format_unit(appeal.unit, appeal.unit.building, language)


def _wish(appeal: Appeal) -> str:
    if appeal.wished_from is None or appeal.wished_until is None:
        return ""
    return format_period(
        appeal.wished_from,
        appeal.wished_until,
        timezone=appeal.project.timezone,
        language=appeal.conversation.language,
    )


_STATE_ICONS = {
    "received": "📥",
    "accepted": "✅",
    "dispatched": "🧰",
    "in_progress": "🔧",
    "deferred": "⏸",
    "resolved": "🏁",
    "closed": "🔒",
    "cancelled": "✖️",
}


def _state(appeal: Appeal, language: str, at: datetime) -> str:
    project = appeal.project
    _ = speak(object_session(appeal), project.id, language)

    def when(time: datetime) -> str:
        return format_when(time, timezone=project.timezone, language=language, now=at)

    if appeal.state == AppealState.DEFERRED and appeal.deferred_until:
        return _("Postponed until {when}: {reason}").format(
            when=when(appeal.deferred_until), reason=appeal.deferred_reason
        )
    if appeal.state == AppealState.DISPATCHED and appeal.on_the_way_at and appeal.operator:
        return _("{name} has been on the way since {when}").format(
            name=appeal.operator.name, when=when(appeal.on_the_way_at)
        )
    if appeal.state == AppealState.DISPATCHED and appeal.operator:
        return _("{name} has the job").format(name=appeal.operator.name)
    if appeal.state == AppealState.IN_PROGRESS and appeal.operator:
        text = _("{name} is working on it").format(name=appeal.operator.name)
    elif appeal.state == AppealState.CANCELLED and appeal.closed_by == "staff":
        text = _("Ended by us")
    else:
        text = state_names(_)[appeal.state]
    since = _began_at(appeal)
    return f"{text} · {when(since)}" if since else text


def _began_at(appeal: Appeal) -> datetime | None:
    """When the state on the card began, where that is kept: each step is shown with its time (S3)."""
    return {
        AppealState.RECEIVED: appeal.received_at,
        AppealState.ACCEPTED: appeal.accepted_at,
        AppealState.IN_PROGRESS: appeal.arrived_at,
        AppealState.RESOLVED: appeal.resolved_at,
        AppealState.CLOSED: appeal.closed_at,
    }.get(AppealState(appeal.state))


def _responsible(appeal: Appeal, language: str) -> str:
    _ = speak(object_session(appeal), appeal.project_id, language)
    if appeal.responsible is not None:
        return _("Responsible: {name}").format(name=appeal.responsible.name)
    assert appeal.department is not None, "the table refuses an appeal with neither"
    return _("Responsible: {name}").format(name=pick(appeal.department.names, language))


def _promise_lines(session: Session, appeal: Appeal, language: str, at: datetime) -> list[str]:
    """What runs, signed; where something stands still because of a question, that before it."""
    _ = speak(object_session(appeal), appeal.project_id, language)
    lines = []
    if appeal.asked_owner_at is not None:
        lines.append(
            html("⏸ {text}", text=_("I am waiting for your answer; the time stands still."))
        )
    for promise in list_open_promises(session, appeal.id):
        if promise.kind not in TOLD or promise.stopped_at is not None:
            continue
        maker = session.get(StaffMember, promise.staff_id) if promise.staff_id else None
        signed = f" — {maker.name}" if maker else ""
        text = format_promise(appeal, promise, at=at, language=language)
        lines.append(html("🕐 {text}{signed}", text=text, signed=signed))
    return lines


def format_promise(appeal: Appeal, promise: Promise, *, at: datetime, language: str = "") -> str:
    """What was promised, with its time, in the owner's language or the one given; not signed."""
    language = language or appeal.conversation.language
    _ = speak(object_session(appeal), appeal.project_id, language)
    when = format_when(promise.due_at, timezone=appeal.project.timezone, language=language, now=at)
    if not promise.words:
        return promise_sentences(_)[promise.kind].format(when=when)
    if when.split()[-1] in promise.words:
        return promise.words
    return f"{promise.words} {_('By {when}.').format(when=when)}"


def card_buttons(session: Session, appeal: Appeal) -> outbox.Buttons | None:
    """What the owner can do now. What was merged is answered for as what it goes on as; in the same chat that one
    has its own card."""
    _ = voice_of(appeal.conversation)
    rows: outbox.Buttons = []
    target = appeal
    if appeal.merged_into_id is not None:
        target = session.get_one(Appeal, appeal.merged_into_id)
        if target.conversation_id == appeal.conversation_id:
            return None
    if is_allowed(appeal.state, AppealAction.CANCEL):
        rows.append(
            [
                button(_("Correct this"), "fix", appeal.id),
                button(_("Add photo"), "photo", appeal.id),
            ]
        )
        rows.append([button(_("Cancel"), "cancel", appeal.id)])
    elif is_allowed(target.state, AppealAction.CONFIRM):
        rows += closing_buttons(appeal, _)
    elif is_allowed(target.state, reopening_of(target.state, target.closed_by)):
        rows += reopening_buttons(appeal, _)
    return rows or None


def reopening_buttons(appeal: Appeal, _: Translate) -> outbox.Buttons:
    """What is over and is not solved."""
    return [[button(_("It is not solved: reopen"), "reopen", appeal.id)]]


def closing_buttons(appeal: Appeal, _: Translate) -> outbox.Buttons:
    """The question that only the owner answers (S6)."""
    return [
        [button(_("Yes, solved"), "solved", appeal.id)],
        [
            button(_("Half done"), "half", appeal.id),
            button(_("Not yet"), "notyet", appeal.id),
        ],
    ]
