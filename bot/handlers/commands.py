"""Commands."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import ContextTypes

from bot.handlers.base import Handlers, conversation_of
from bot.handlers.jobs import take_staff_message, try_link
from bot.incoming import parse_message
from bot.texts import (
    format_ask_phone,
    format_help,
    format_refusal,
    format_registered,
    format_welcome,
)
from ownerdesk.model import Conversation, Message
from ownerdesk.queries.appeals import format_unit
from ownerdesk.queries.owners import list_homes
from ownerdesk.rules.buttons import button
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services import outbox
from ownerdesk.services.awaiting import await_text
from ownerdesk.services.enclosures import take_up_unread
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.intake import Question, is_stranger
from ownerdesk.services.messages import mark_answered, store_message
from ownerdesk.services.owners import QUIET_CHOICES, register_by_link
from ownerdesk.services.statuses import list_appeals_for_owner, tell_status
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import LANGUAGES, supported

Context = ContextTypes.DEFAULT_TYPE
LINK_PREFIX = "link_"
WELCOMED = "welcomed"  # how a message was answered that proved who the owner is
Work = Callable[[Session, Conversation, Message, datetime], None]
Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


class Commands(Handlers):
    """/start, /help, /new, /appeals, /status, /human, /language, /settings, /link for staff, and what is none of these."""

    def by_name(self) -> dict[str, Handler]:
        return {
            "start": self.start,
            "help": self._doing(say_help),
            "new": self._doing(ask_for_new),
            "appeals": self._doing(list_appeals),
            "status": self._doing(say_status),
            "human": self._doing(hand_over),
            "language": self._doing(ask_language),
            "settings": self._doing(show_settings),
        }

    def _doing(self, work: Work) -> Handler:
        async def handle(update: Update, context: Context) -> None:
            await self.core.transact(_run, update, work, at=self.core.clock())

        return handle

    async def start(self, update: Update, context: Context) -> None:
        """Greet; with an invitation in the link, register."""
        payload = context.args[0] if context.args else ""
        questions = await self.core.transact(
            _start, update, payload, self.core.settings.secret_key, at=self.core.clock()
        )
        await self.turns.take_all(questions, update.update_id)

    async def link(self, update: Update, context: Context) -> None:
        """A member of staff links this chat to themselves, with a code from the console."""
        code = context.args[0] if context.args else ""
        await self.core.transact(_link, update, code, at=self.core.clock())

    async def unknown(self, update: Update, context: Context) -> None:
        """A command nobody knows is explained; it is never read as words of the owner's."""
        await self.core.transact(_run, update, say_unknown, at=self.core.clock())


def _run(session: Session, update: Update, work: Work, *, at: datetime) -> None:
    conversation, message = _store(session, update, at=at)
    if conversation.kind != "owner":
        take_staff_message(session, conversation, message, at=at)
    elif message.answered_at is None:
        work(session, conversation, message, at)


def _link(session: Session, update: Update, code: str, *, at: datetime) -> None:
    conversation, message = _store(session, update, at=at)
    try_link(session, conversation, message, code, at=at)


def _store(session: Session, update: Update, *, at: datetime) -> tuple[Conversation, Message]:
    assert update.message is not None, "the filter lets only new messages through"
    conversation = conversation_of(session, update)
    return conversation, store_message(session, conversation, parse_message(update.message), at=at)


def _start(
    session: Session, update: Update, payload: str, secret_key: str, *, at: datetime
) -> list[Question]:
    conversation, message = _store(session, update, at=at)
    if payload.startswith(LINK_PREFIX):
        code = payload.removeprefix(LINK_PREFIX)
        try_link(session, conversation, message, code, at=at)
        return []
    if conversation.kind != "owner":
        take_staff_message(session, conversation, message, at=at)
        return []
    if message.answered_at is not None:
        return [] if is_stranger(conversation) else take_up_unread(session, conversation, at=at)
    if payload:
        try:
            register_by_link(session, conversation, payload=payload, secret_key=secret_key, at=at)
        except Refusal as refusal:
            text = format_refusal(refusal, voice_of(conversation))
            _reply(session, conversation, message, text, at, part=1)
    _ = voice_of(conversation)
    _reply(session, conversation, message, format_welcome(_, conversation.name), at)
    if is_stranger(conversation):
        outbox.send(
            session,
            conversation,
            format_ask_phone(_),
            key=f"ask_phone:{message.id}",
            at=at,
            markup={"contact": _("Share my phone number")},
        )
        return []
    if payload:
        say_registered(session, conversation, message, at)
        return take_up_unread(session, conversation, at=at)
    return []


def _reply(
    session: Session,
    conversation: Conversation,
    message: Message,
    text: str,
    at: datetime,
    *,
    part: int = 0,
    buttons: outbox.Buttons | None = None,
) -> None:
    key = f"reply:{message.id}:{part}"
    outbox.send(session, conversation, text, key=key, at=at, buttons=buttons)
    mark_answered(session, message, "replied", at=at)


def say_registered(
    session: Session, conversation: Conversation, message: Message, at: datetime
) -> None:
    """Name the homes, and take the phone button away."""
    _ = voice_of(conversation)
    assert conversation.owner_id is not None, "somebody was registered"
    homes = [
        format_unit(u, u.building, conversation.language)
        for u in list_homes(session, conversation.owner_id)
    ]
    outbox.send(
        session,
        conversation,
        format_registered(_, conversation.name, homes),
        key=f"registered:{message.id}",
        at=at,
        markup={"remove": True},
    )
    mark_answered(session, message, WELCOMED, at=at)


def say_help(session: Session, conversation: Conversation, message: Message, at: datetime) -> None:
    _reply(session, conversation, message, format_help(voice_of(conversation)), at)


def say_unknown(
    session: Session, conversation: Conversation, message: Message, at: datetime
) -> None:
    _ = voice_of(conversation)
    _reply(
        session,
        conversation,
        message,
        _("I do not know that command. /help shows what I can do."),
        at,
    )


def ask_for_new(
    session: Session, conversation: Conversation, message: Message, at: datetime
) -> None:
    """The next message is a matter of its own, whatever is open."""
    _ = voice_of(conversation)
    await_text(conversation, "new_appeal", at=at)
    _reply(session, conversation, message, _("Tell me in your own words: what is it about?"), at)


def list_appeals(
    session: Session, conversation: Conversation, message: Message, at: datetime
) -> None:
    list_appeals_for_owner(session, conversation, message, at=at)


def say_status(
    session: Session, conversation: Conversation, message: Message, at: datetime
) -> None:
    tell_status(session, conversation, message, at=at)


def hand_over(session: Session, conversation: Conversation, message: Message, at: datetime) -> None:
    if conversation.state == "person":
        _ = voice_of(conversation)
        _reply(session, conversation, message, _("A person is here with you; just write."), at)
        return
    request_handoff(session, conversation, reason="asked", message=message, at=at)


def ask_language(
    session: Session, conversation: Conversation, message: Message, at: datetime
) -> None:
    _send_languages(session, conversation, f"reply:{message.id}:0", at)
    mark_answered(session, message, "replied", at=at)


def ask_language_by_press(
    session: Session, conversation: Conversation, press_key: str, at: datetime
) -> None:
    """The same question from the settings."""
    _send_languages(session, conversation, f"press:{press_key}", at)


def _send_languages(session: Session, conversation: Conversation, key: str, at: datetime) -> None:
    _ = voice_of(conversation)
    rows = [[button(name, "lang", 0, code)] for code, name in LANGUAGES.items()]
    text = _("Which language shall I use?")
    outbox.send(session, conversation, text, key=key, at=at, buttons=rows)


def show_settings(
    session: Session, conversation: Conversation, message: Message, at: datetime
) -> None:
    """The language, the home new appeals are about, and whether steps of the work are told."""
    _ = voice_of(conversation)
    rows = settings_buttons(session, conversation)
    _reply(session, conversation, message, format_settings(session, conversation), at, buttons=rows)


def format_settings(session: Session, conversation: Conversation) -> str:
    _ = voice_of(conversation)
    lines = [_("Language: {language}").format(language=LANGUAGES[supported(conversation.language)])]
    homes = list_homes(session, conversation.owner_id) if conversation.owner_id else []
    for home in homes:
        if home.id == conversation.unit_id:
            lines.append(
                _("Home: {home}").format(
                    home=format_unit(home, home.building, conversation.language)
                )
            )
    lines.append(
        _("Messages on each step of the work: on")
        if conversation.progress_pushes
        else _("Messages on each step of the work: off")
    )
    if conversation.owner_id is not None:
        lines.append(_format_quiet(session, conversation))
    return "\n".join(lines)


def settings_buttons(session: Session, conversation: Conversation) -> outbox.Buttons:
    _ = voice_of(conversation)
    rows = [[button(_("Language"), "settings", 0, "lang")]]
    homes = list_homes(session, conversation.owner_id) if conversation.owner_id else []
    rows += [
        [button(format_unit(home, home.building, conversation.language), "home", home.id)]
        for home in homes
        if home.id != conversation.unit_id
    ]
    label = _("Fewer messages") if conversation.progress_pushes else _("More messages")
    rows.append([button(label, "pushes", 0, "off" if conversation.progress_pushes else "on")])
    if conversation.owner_id is not None:
        rows.append([button(_("Quiet hours"), "quiet")])
    return rows


def _format_quiet(session: Session, conversation: Conversation) -> str:
    _ = voice_of(conversation)
    starts, ends = outbox.quiet_hours_of(session, conversation)
    if starts == ends:
        return _("Quiet hours: none")
    return _("Quiet hours: {start}–{end}; what is urgent comes at any hour").format(
        start=f"{starts:%H:%M}", end=f"{ends:%H:%M}"
    )


def quiet_buttons(conversation: Conversation) -> outbox.Buttons:
    """The hours an owner may choose from."""
    _ = voice_of(conversation)
    labels = {choice: f"{a:%H:%M}–{b:%H:%M}" for choice, (a, b) in QUIET_CHOICES.items()}
    labels |= {"none": _("No quiet hours"), "usual": _("As is usual here")}
    rows = [[button(label, "quiet", 0, choice)] for choice, label in labels.items()]
    rows.append([button(_("Back"), "settings")])
    return rows
