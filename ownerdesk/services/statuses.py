"""Telling an owner how their appeals stand, and which of them they may withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import list_own_appeals
from ownerdesk.queries.categories import name_categories
from ownerdesk.queries.merging import list_followed
from ownerdesk.rules.appeals import AppealAction, is_allowed
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from ownerdesk.services.cards import format_card, send_card
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.turning import follow_status_ask
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import html
from ownerdesk.wording import state_names


def tell_status(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """The state of what is open: the whole card for one, a list with buttons for several."""
    _ = voice_of(conversation)
    key = f"status:{message.id}"
    appeals = _list_running(session, conversation)
    if not appeals and conversation.owner_id is None:
        _say_unknown(session, conversation, key=key, at=at)
    elif not appeals:
        text = _("You have nothing open with us. If something is wrong, just write what it is.")
        outbox.send(session, conversation, text, key=key, at=at)
    elif len(appeals) == 1 and appeals[0].conversation_id == conversation.id:
        send_card(session, appeals[0], at=at, key=key)
    else:
        _list(session, conversation, appeals, key=key, title=_("Open:"), action="card", at=at)
    mark_answered(session, message, "status", at=at)
    meant = [_goes_on_as(session, appeal) for appeal in appeals]
    follow_status_ask(session, conversation, message, meant, at=at)


def _list_running(session: Session, conversation: Conversation) -> list[Appeal]:
    """What is open, and what goes on together with others' reports."""
    own = list_own_appeals(session, conversation, only_open=True)
    return [*own, *list_followed(session, conversation)]


def _goes_on_as(session: Session, appeal: Appeal) -> Appeal:
    """Without a lock: to look at."""
    if appeal.merged_into_id is None:
        return appeal
    return session.get_one(Appeal, appeal.merged_into_id)


def list_appeals_for_owner(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """The last ten appeals, open or not, each with a button for its card."""
    _ = voice_of(conversation)
    appeals = list_own_appeals(session, conversation, only_open=False)
    key = f"appeals:{message.id}"
    if appeals:
        _list(
            session, conversation, appeals, key=key, title=_("Your appeals:"), action="card", at=at
        )
    elif conversation.owner_id is None:
        _say_unknown(session, conversation, key=key, at=at)
    else:
        text = _("You have not asked us for anything yet. Just write what it is about.")
        outbox.send(session, conversation, text, key=key, at=at)
    mark_answered(session, message, "status", at=at)


def _say_unknown(session: Session, conversation: Conversation, *, key: str, at: datetime) -> None:
    """Somebody unknown may have plenty of appeals; we cannot tell which are theirs."""
    _ = voice_of(conversation)
    text = _(
        "I do not know your home yet, so I cannot look up your appeals. Press the button to share your phone"
        " number, or type the code from your invitation. A person can help you too: /human"
    )
    markup = {"contact": _("Share my phone number")}
    outbox.send(session, conversation, text, key=key, at=at, markup=markup)


def _list(
    session: Session,
    conversation: Conversation,
    appeals: Sequence[Appeal],
    *,
    key: str,
    title: str,
    action: str,
    at: datetime,
) -> None:
    _ = voice_of(conversation)
    names = name_categories(session, conversation.language, _)
    lines = [html("<b>{title}</b>", title=title)]
    for appeal in appeals:
        lines.append(
            html(
                "{number} · {category} · {state}",
                number=appeal.number,
                category=names[appeal.category],
                state=state_names(_)[_goes_on_as(session, appeal).state],
            )
        )
    rows = [[button(appeal.number, action, appeal.id)] for appeal in appeals]
    outbox.send(session, conversation, "\n".join(lines), key=key, at=at, buttons=rows, is_html=True)


def show_card(
    session: Session, conversation: Conversation, appeal: Appeal, *, key: str, at: datetime
) -> None:
    """The card again, further down. Another chat of the same owner gets a copy that is not kept up to date."""
    if appeal.conversation_id == conversation.id:
        send_card(session, appeal, at=at, key=key)
    else:
        text = format_card(session, appeal, at=at)
        outbox.send(session, conversation, text, key=key, at=at, is_html=True)


def ask_which_to_cancel(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """Withdrawing is always asked about once more, by button."""
    _ = voice_of(conversation)
    appeals = [
        appeal
        for appeal in list_own_appeals(session, conversation, only_open=True)
        if is_allowed(appeal.state, AppealAction.CANCEL)
    ]
    if appeals:
        names = name_categories(session, conversation.language, _)
        rows = [
            [
                button(
                    _("Withdraw {number}: {what}").format(number=a.number, what=names[a.category]),
                    "cancelok",
                    a.id,
                )
            ]
            for a in appeals
        ]
        rows.append([button(_("Keep"), "fixback", appeals[0].id)])
        text = _("What shall I withdraw?") if len(appeals) > 1 else _("Shall I withdraw it?")
        outbox.send(session, conversation, text, key=f"cancel?:{message.id}", at=at, buttons=rows)
    else:
        text = _("You have nothing open that could be withdrawn.")
        outbox.send(session, conversation, text, key=f"cancel?:{message.id}", at=at)
    mark_answered(session, message, "cancel_asked", at=at)


def find_waiting_for_word(session: Session, conversation: Conversation) -> Appeal | None:
    """The appeal whose owner is being asked whether it is solved."""
    for appeal in _list_running(session, conversation):
        if _goes_on_as(session, appeal).state == AppealState.RESOLVED:
            return appeal
    return None
