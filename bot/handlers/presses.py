"""Presses of buttons: parsed in one place, checked against the presser and the state, always answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from telegram import Update
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from bot.handlers import alarms, return_visits
from bot.handlers.apology_presses import apologise
from bot.handlers.base import Handlers, conversation_of, find_group, is_from_group
from bot.handlers.commands import (
    ask_language_by_press,
    format_settings,
    quiet_buttons,
    settings_buttons,
)
from bot.handlers.incidents import INCIDENT_ACTIONS
from bot.handlers.jobs import JOB_ACTIONS
from bot.handlers.staff_scenes import StaffScene
from bot.texts import format_refusal, format_staff_refusal
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.model import Appeal, Conversation, Message
from ownerdesk.model.labels import KINDS, NATURES, SECOND
from ownerdesk.queries.appeals import format_unit, get_own_appeal
from ownerdesk.queries.categories import name_categories, read_categories
from ownerdesk.queries.messages import find_own_message, find_sent_message
from ownerdesk.queries.owners import get_project_of, list_homes
from ownerdesk.queries.paid_services import find_item_by_code
from ownerdesk.queries.staff import get_member_of_chat
from ownerdesk.rules.appeals import AppealAction, is_allowed
from ownerdesk.rules.buttons import Press, button, parse_data
from ownerdesk.rules.labelling import Why
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.rules.refusals import OldButton, Refusal, WrongState
from ownerdesk.services import closure, outbox
from ownerdesk.services.appeals import attach_message, correct_appeal, register_appeal, split_off
from ownerdesk.services.awaiting import await_text, is_new_expected, stop_awaiting
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.cards import card_buttons, refresh_card
from ownerdesk.services.conversations import choose_language
from ownerdesk.services.emergencies import drop_alarm, raise_emergency, say_no_danger
from ownerdesk.services.events import OWNER
from ownerdesk.services.handoffs import request_handoff, withdraw_handoff
from ownerdesk.services.intake import ask_to_register, is_stranger
from ownerdesk.services.knowledge import answer_question
from ownerdesk.services.label_items import ask_for_label
from ownerdesk.services.matters import (
    keep_together,
    notice_second_matter,
    open_second_matter,
    raise_second_matter,
)
from ownerdesk.services.owners import choose_home, choose_quiet_hours, get_own_home
from ownerdesk.services.paid_services import offer_service, order_service
from ownerdesk.services.places import COMMON, format_placed, place_appeal
from ownerdesk.services.statuses import show_card
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import supported, translator
from ownerdesk.wording import category_group_names, nature_names

logger = logging.getLogger(__name__)

# What members of staff press, by the module that handles it.
STAFF_ACTIONS: dict[str, Callable[[StaffScene], None]] = {
    **alarms.ACTIONS,
    **JOB_ACTIONS,
    "apologise": apologise,
}

RECORD_PAUSES = (0.1, 0.3)


class NotRecorded(Exception):
    """The message under the button has no row yet: a phone shows it some milliseconds before its delivery is
    recorded. One that was delivered twice, because the worker died in between, has its second copy recorded."""


@dataclass(frozen=True)
class Scene:
    """A press in its conversation, inside an open transaction. `shown` is the message the button hangs on,
    None where it is not one of ours; `press_key` tells repeated deliveries of one press apart from a new one."""

    session: Session
    conversation: Conversation
    press: Press
    shown: Message | None
    press_key: str
    at: datetime

    @property
    def appeal(self) -> Appeal:
        """The presser's own appeal; raises AppealNotFound for any other."""
        return get_own_appeal(self.session, self.conversation, self.press.subject)

    @property
    def correctable_appeal(self) -> Appeal:
        """The same, while it is worked on; raises WrongState once it is done or withdrawn."""
        appeal = self.appeal
        if not is_allowed(appeal.state, AppealAction.CANCEL):
            raise WrongState(state=appeal.state, action="correct")
        return appeal

    @property
    def message(self) -> Message:
        """The presser's own message; raises OldButton for any other."""
        message = find_own_message(self.session, self.conversation, self.press.subject)
        if message is None:
            raise OldButton
        return message

    @property
    def second_matter(self) -> SecondMatter:
        """What else the presser's message holds; raises OldButton where it holds nothing else."""
        second = SecondMatter.of(self.message.reading)
        if second is None:
            raise OldButton
        return second

    def notice_second_matter(self, message: Message) -> None:
        """The press dealt with what the message is about first."""
        notice_second_matter(self.session, self.conversation, message, at=self.at)

    def drop_buttons(self) -> None:
        """The question under the button is answered."""
        if self.shown is not None:
            outbox.revise(self.session, self.shown)

    def offer(self, rows: outbox.Buttons) -> None:
        """Other buttons under the same message; raises OldButton where there is none to put them under."""
        if self.shown is None:
            raise OldButton
        outbox.revise(self.session, self.shown, buttons=rows)

    def say(
        self, text: str, appeal: Appeal | None = None, buttons: outbox.Buttons | None = None
    ) -> None:
        outbox.send(
            self.session,
            self.conversation,
            text,
            key=f"press:{self.press_key}",
            at=self.at,
            appeal=appeal,
            buttons=buttons,
        )


class Presses(Handlers):
    """Callback queries."""

    async def press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Do what was pressed, and answer the callback in any case: with nothing, or with why not."""
        query = update.callback_query
        assert query is not None, "the handler gets only these"
        notice = await self._press(update)
        try:
            await query.answer(notice or None, show_alert=bool(notice))
        except TelegramError as error:
            # Too old after a restart: the press was done all the same, and the chat shows it.
            logger.info("update %s: press not answered: %s", update.update_id, type(error).__name__)

    async def _press(self, update: Update) -> str:
        for pause in RECORD_PAUSES:
            try:
                return await self.core.transact(_press, update, True, at=self.core.clock())
            except NotRecorded:
                await asyncio.sleep(pause)
        return await self.core.transact(_press, update, False, at=self.core.clock())


def _press(session: Session, update: Update, waits: bool, *, at: datetime) -> str:
    """The notice to show; empty when the chat itself shows what happened. Raises NotRecorded, if it `waits`."""
    query = update.callback_query
    assert query is not None, "the handler gets only these"
    is_group = is_from_group(update)
    conversation = find_group(session, update) if is_group else conversation_of(session, update)
    if conversation is None:  # a group that nobody has linked
        return format_staff_refusal(
            OldButton(), translator(supported(query.from_user.language_code))
        )
    shown_id = query.message.message_id if query.message else None
    try:
        press = parse_data(query.data or "")
        shown = find_sent_message(session, conversation, shown_id) if shown_id else None
        if shown is None and waits:
            raise NotRecorded
        with session.begin_nested():  # a refusal takes back what it had begun
            if press.action in STAFF_ACTIONS:
                member = get_member_of_chat(session, query.from_user.id)
                STAFF_ACTIONS[press.action](
                    StaffScene(session, conversation, member, press, shown, query.id, at)
                )
            elif conversation.kind != "owner":
                raise OldButton
            else:
                ACTIONS[press.action](Scene(session, conversation, press, shown, query.id, at))
    except Refusal as refusal:
        logger.info("update %s: press refused: %s", update.update_id, type(refusal).__name__)
        words = format_refusal if conversation.kind == "owner" else format_staff_refusal
        return words(refusal, voice_of(conversation))
    return ""


def _card(scene: Scene) -> None:
    show_card(
        scene.session, scene.conversation, scene.appeal, key=f"press:{scene.press_key}", at=scene.at
    )


def _fix(scene: Scene) -> None:
    """Correct this: which part?"""
    appeal = scene.correctable_appeal
    _ = voice_of(scene.conversation)
    rows = [
        [
            button(_("Kind of matter"), "fixnat", appeal.id),
            button(_("What it is about"), "fixgrp", appeal.id),
        ]
    ]
    if (
        scene.conversation.owner_id
        and len(list_homes(scene.session, scene.conversation.owner_id)) > 1
    ):
        rows.append([button(_("Which home"), "fixhome", appeal.id)])
    if appeal.nature != "emergency":
        action = "seconddanger" if appeal.source_part == SECOND else "danger"
        source_id = appeal.source_message_id or 0
        rows.append([button(_("It is an emergency"), action, source_id, "other")])
    rows.append([button(_("Back"), "fixback", appeal.id)])
    scene.offer(rows)


def _fix_nature(scene: Scene) -> None:
    appeal, chosen = scene.correctable_appeal, scene.press.argument
    _ = voice_of(scene.conversation)
    if not chosen:
        names = nature_names(_)
        choices = [n for n in NATURES if n not in ("emergency", "other", appeal.nature)]
        scene.offer(
            [[button(names[n], "fixnat", appeal.id, n)] for n in choices]
            + [[button(_("Back"), "fixback", appeal.id)]]
        )
        return
    if chosen not in NATURES or chosen == "emergency":
        raise OldButton
    was_emergency = appeal.nature == "emergency"
    correct_appeal(scene.session, appeal, nature=chosen, actor=OWNER, at=scene.at)
    if was_emergency:
        withdraw_handoff(scene.session, scene.conversation, reason="emergency", at=scene.at)
    _restore_card(scene, appeal)


def _fix_group(scene: Scene) -> None:
    appeal = scene.correctable_appeal
    _ = voice_of(scene.conversation)
    names = category_group_names(_)
    groups = read_categories(scene.session).groups
    rows = [[button(names[group], "fixcat", appeal.id, group)] for group in groups]
    rows.append([button(_("Something else"), "fixcat", appeal.id, "other")])
    rows.append([button(_("Back"), "fixback", appeal.id)])
    scene.offer(rows)


def _fix_category(scene: Scene) -> None:
    appeal, chosen = scene.correctable_appeal, scene.press.argument
    _ = voice_of(scene.conversation)
    categories = read_categories(scene.session)
    if chosen in categories.groups:
        names = name_categories(scene.session, scene.conversation.language, _)
        rows = [[button(names[c], "fixcat", appeal.id, c)] for c in categories.groups[chosen]]
        scene.offer([*rows, [button(_("Back"), "fixgrp", appeal.id)]])
        return
    if chosen not in categories.in_use:
        raise OldButton
    correct_appeal(scene.session, appeal, category=chosen, actor=OWNER, at=scene.at)
    _restore_card(scene, appeal)


def _fix_home(scene: Scene) -> None:
    appeal, chosen = scene.correctable_appeal, scene.press.argument
    if scene.conversation.owner_id is None:
        raise OldButton
    if not chosen:
        homes = list_homes(scene.session, scene.conversation.owner_id)
        rows = [
            [
                button(
                    format_unit(u, u.building, scene.conversation.language),
                    "fixhome",
                    appeal.id,
                    str(u.id),
                )
            ]
            for u in homes
        ]
        scene.offer(rows)
        return
    unit = get_own_home(scene.session, scene.conversation, scene.press.argument_id)
    correct_appeal(scene.session, appeal, unit=unit, actor=OWNER, at=scene.at)
    _restore_card(scene, appeal)


def _where(scene: Scene) -> None:
    """Which home is it about? The answer takes the buttons' place."""
    appeal, chosen = scene.appeal, scene.press.argument
    if chosen == COMMON:
        place_appeal(scene.session, appeal, None, at=scene.at)
    else:
        unit = get_own_home(scene.session, scene.conversation, scene.press.argument_id)
        place_appeal(scene.session, appeal, unit, at=scene.at)
    stop_awaiting(scene.conversation, "home")
    if scene.shown is None:
        scene.say(format_placed(appeal), appeal)
    elif scene.shown.id != appeal.card_message_id:
        outbox.revise(scene.session, scene.shown, text=format_placed(appeal))


def _fix_back(scene: Scene) -> None:
    appeal = scene.appeal
    if scene.shown is not None and scene.shown.id == appeal.card_message_id:
        _restore_card(scene, appeal)
    else:
        scene.drop_buttons()


def _restore_card(scene: Scene, appeal: Appeal) -> None:
    """Put the card's own buttons back, also where nothing was changed."""
    refresh_card(scene.session, appeal, at=scene.at)
    if scene.shown is not None:
        scene.offer(card_buttons(scene.session, appeal) or [])


def _photo(scene: Scene) -> None:
    appeal = scene.appeal
    _ = voice_of(scene.conversation)
    await_text(scene.conversation, "photo", appeal_id=appeal.id, at=scene.at)
    scene.say(
        _("Send the photo now; I will put it with {number}.").format(number=appeal.number), appeal
    )


def _cancel(scene: Scene) -> None:
    appeal = scene.appeal
    _ = voice_of(scene.conversation)
    scene.offer(
        [
            [button(_("Yes, withdraw it"), "cancelok", appeal.id)],
            [button(_("Keep"), "fixback", appeal.id)],
        ]
    )


def _cancel_for_good(scene: Scene) -> None:
    appeal = scene.appeal
    cancel_appeal(scene.session, appeal, at=scene.at)
    if appeal.nature == "emergency":
        withdraw_handoff(scene.session, scene.conversation, reason="emergency", at=scene.at)
    if scene.shown is not None and scene.shown.id != appeal.card_message_id:
        scene.drop_buttons()
    _ = voice_of(scene.conversation)
    scene.say(_("{number} is withdrawn.").format(number=appeal.number), appeal)


def _split(scene: Scene) -> None:
    scene.drop_buttons()
    split_off(scene.session, scene.conversation, scene.message, at=scene.at)


def _read(scene: Scene) -> None:
    """The owner chose what an unsure message means; it is dealt with as if the reader had been sure."""
    message, nature = scene.message, scene.press.argument
    if nature not in NATURES:
        raise OldButton
    scene.drop_buttons()
    reading = message.reading or {}
    message.reading = {**reading, "chosen": nature}
    if nature != "emergency":
        ask_for_label(scene.session, message.id, Why.CLARIFIED, {"nature": nature})
    category = reading.get("category", "other")
    session, conversation, at = scene.session, scene.conversation, scene.at
    conversation.misses = 0
    if nature == "emergency":
        kind = reading.get("kind", "other")
        raise_emergency(session, conversation, message, kind=kind, found_by="owner", at=at)
        scene.notice_second_matter(message)
        return
    drop_alarm(session, conversation, message, at=at)
    if is_stranger(conversation):
        ask_to_register(session, conversation, message, at=at)
    elif nature == "consultation":
        vector = list(encode(message.text))
        answer_question(session, conversation, message, category=category, vector=vector, at=at)
    elif nature == "paid_service":
        offer_service(session, conversation, message, category=category, at=at)
    else:
        register_appeal(
            session, conversation, message, nature=nature, category=category, at=at,
            may_join=not is_new_expected(conversation, at),
        )  # fmt: skip
    scene.notice_second_matter(message)


def _add_to(scene: Scene) -> None:
    """The owner says which appeal an unsure message goes on with."""
    message = scene.message
    appeal = get_own_appeal(scene.session, scene.conversation, scene.press.argument_id)
    scene.drop_buttons()
    if message.appeal_id is None:
        attach_message(scene.session, appeal, message, at=scene.at)
        ask_for_label(scene.session, message.id, Why.CLARIFIED, {"intent": "add_detail"})
        scene.conversation.misses = 0
        _ = voice_of(scene.conversation)
        scene.say(_("I have added this to {number}.").format(number=appeal.number), appeal)
        scene.notice_second_matter(message)


def _human(scene: Scene) -> None:
    scene.drop_buttons()
    request_handoff(
        scene.session, scene.conversation, reason="asked", message=scene.message, at=scene.at
    )


def _danger(scene: Scene) -> None:
    scene.drop_buttons()
    message = scene.message
    kind = scene.press.argument if scene.press.argument in KINDS else "other"
    reading_kind = (message.reading or {}).get("kind", kind)
    raise_emergency(
        scene.session,
        scene.conversation,
        message,
        kind=reading_kind if kind == "other" else kind,
        found_by="owner",
        at=scene.at,
    )
    scene.notice_second_matter(message)


def _second_danger(scene: Scene) -> None:
    """The danger is in the second matter: what the message made first stays what it is."""
    second, argument = scene.second_matter, scene.press.argument
    scene.drop_buttons()
    raise_second_matter(
        scene.session,
        scene.conversation,
        scene.message,
        second,
        kind=argument if argument in KINDS and argument != "other" else None,
        found_by="owner",
        at=scene.at,
    )


def _no_danger(scene: Scene) -> None:
    scene.drop_buttons()
    message = scene.message
    say_no_danger(scene.session, scene.conversation, message, at=scene.at)
    scene.notice_second_matter(message)


def _second(scene: Scene) -> None:
    """What else the message holds becomes an appeal of its own."""
    second = scene.second_matter
    if is_stranger(scene.conversation):
        raise OldButton
    scene.drop_buttons()
    open_second_matter(scene.session, scene.conversation, scene.message, second, at=scene.at)


def _no_second(scene: Scene) -> None:
    message = scene.message
    scene.drop_buttons()
    keep_together(scene.session, message, at=scene.at)


def _solved(scene: Scene) -> None:
    closure.confirm_solved(scene.session, scene.appeal, at=scene.at)


def _not_yet(scene: Scene) -> None:
    appeal = scene.appeal
    if appeal.nature == "consultation" and not appeal.reopened:
        # The article was no answer: a person is what the owner asked for.
        closure.reopen_appeal(scene.session, appeal, how="not_answered", at=scene.at)
        request_handoff(
            scene.session,
            scene.conversation,
            reason="no_answer_found",
            appeal=appeal,
            at=scene.at,
            tell=False,
        )
        return
    closure.reopen_appeal(scene.session, appeal, how=scene.press.action, at=scene.at)


def _stars(scene: Scene) -> None:
    stars = scene.press.argument
    if stars not in ("1", "2", "3", "4", "5"):
        raise OldButton
    scene.drop_buttons()
    closure.rate_appeal(scene.session, scene.appeal, stars=int(stars), at=scene.at)


def _order(scene: Scene) -> None:
    project = get_project_of(scene.session, scene.conversation)
    item = find_item_by_code(scene.session, project.id, scene.press.argument)
    if item is None:
        raise OldButton
    message = scene.message
    scene.drop_buttons()
    order_service(scene.session, scene.conversation, message, item, at=scene.at)
    scene.notice_second_matter(message)


def _no_order(scene: Scene) -> None:
    scene.drop_buttons()
    _ = voice_of(scene.conversation)
    scene.say(_("All right, nothing is ordered."))


def _ask_price(scene: Scene) -> None:
    """The catalogue's offer is not what the owner meant: the wish is registered for a person."""
    message = scene.message
    scene.drop_buttons()
    category = (message.reading or {}).get("category", "other")
    register_appeal(
        scene.session,
        scene.conversation,
        message,
        nature="paid_service",
        category=category,
        at=scene.at,
        may_join=False,
    )
    scene.notice_second_matter(message)


def _language(scene: Scene) -> None:
    choose_language(scene.session, scene.conversation, scene.press.argument)
    scene.drop_buttons()
    _ = voice_of(scene.conversation)
    scene.say(_("I write in English now."))


def _home(scene: Scene) -> None:
    unit = get_own_home(scene.session, scene.conversation, scene.press.subject)
    choose_home(scene.session, scene.conversation, unit)
    _show_settings(scene)


def _pushes(scene: Scene) -> None:
    scene.conversation.progress_pushes = scene.press.argument == "on"
    _show_settings(scene)


def _quiet(scene: Scene) -> None:
    """Which hours, or the chosen ones."""
    if not scene.press.argument:
        scene.offer(quiet_buttons(scene.conversation))
        return
    choose_quiet_hours(scene.session, scene.conversation, scene.press.argument)
    _show_settings(scene)


def _settings(scene: Scene) -> None:
    if scene.press.argument == "lang":
        ask_language_by_press(scene.session, scene.conversation, scene.press_key, scene.at)
    else:
        _show_settings(scene)


def _show_settings(scene: Scene) -> None:
    text = format_settings(scene.session, scene.conversation)
    buttons = settings_buttons(scene.session, scene.conversation)
    if scene.shown is None:
        scene.say(text, buttons=buttons)
    else:
        outbox.revise(scene.session, scene.shown, text=text, buttons=buttons)


ACTIONS: dict[str, Callable[[Scene], None]] = {
    "card": _card,
    "fix": _fix,
    "fixnat": _fix_nature,
    "fixgrp": _fix_group,
    "fixcat": _fix_category,
    "fixhome": _fix_home,
    "fixback": _fix_back,
    "where": _where,
    "photo": _photo,
    "cancel": _cancel,
    "cancelok": _cancel_for_good,
    "split": _split,
    "addto": _add_to,
    "read": _read,
    "human": _human,
    "danger": _danger,
    "nodanger": _no_danger,
    "seconddanger": _second_danger,
    "second": _second,
    "nosecond": _no_second,
    "solved": _solved,
    "half": _not_yet,
    "notyet": _not_yet,
    "reopen": _not_yet,
    "stars": _stars,
    "order": _order,
    "noorder": _no_order,
    "askprice": _ask_price,
    "lang": _language,
    "home": _home,
    "pushes": _pushes,
    "quiet": _quiet,
    "settings": _settings,
    **INCIDENT_ACTIONS,
    **return_visits.ACTIONS,
}
