"""Presses by those who were rung: take an emergency on, look at it, say whether a weak sign is one, warn the
neighbours or not."""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers.staff_scenes import StaffScene
from ownerdesk.model import Appeal, Conversation, Message
from ownerdesk.model.labels import KINDS
from ownerdesk.queries.alarms import find_warning, get_alarmed_appeal, get_warning
from ownerdesk.queries.messages import get_message_for_staff
from ownerdesk.rules.access import Right
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.rules.refusals import OldButton
from ownerdesk.services.alarms import alarm_buttons, format_alarm
from ownerdesk.services.emergencies import deny_danger, raise_emergency, take_on
from ownerdesk.services.matters import raise_second_matter
from ownerdesk.services.neighbours import (
    confirm_warning,
    dismiss_warning,
    format_done,
    format_proposal,
    is_open,
    warning_buttons,
)
from ownerdesk.services.weak_signs import end_question
from ownerdesk.texts import translator


def _accept(scene: StaffScene) -> None:
    """The first has it; everybody else is told who that is."""
    appeal = get_alarmed_appeal(scene.session, scene.member, scene.press.subject)
    take_on(scene.session, appeal, by=scene.member, at=scene.at)
    _ = translator(scene.member.language)
    scene.drop_buttons()
    you_have_it = _("You have {number}. The owner knows that you are coming to it.")
    scene.say(f"{you_have_it.format(number=appeal.number)}\n{_who(appeal, scene.member.language)}")


def _details(scene: StaffScene) -> None:
    """What is known, whether it is taken, and what may be pressed."""
    appeal = get_alarmed_appeal(scene.session, scene.member, scene.press.subject)
    language = scene.member.language
    _ = translator(language)
    lines = [format_alarm(appeal, language), _who(appeal, language)]
    rows = alarm_buttons(appeal, scene.member)[:1] if appeal.state == "received" else []
    if appeal.state != "received" and appeal.responsible is not None:
        lines.append(_("{name} has taken it on.").format(name=appeal.responsible.name))
    warning = find_warning(scene.session, appeal.id)
    if warning is not None and is_open(warning):
        lines.append(format_proposal(warning, language))
        rows += warning_buttons(warning, language)
    scene.say("\n".join(lines), buttons=rows or None)


def _who(appeal: Appeal, language: str) -> str:
    """Who reported it, with their phone where it is known."""
    _ = translator(language)
    owner = appeal.conversation.owner
    if owner is None:
        return _("Reported by somebody unknown: {name}").format(name=appeal.conversation.name)
    return _("Reported by {name}, {phone}").format(name=owner.name, phone=owner.phone or "–")


def _warn(scene: StaffScene) -> None:
    warning = get_warning(scene.session, scene.member, scene.press.subject)
    reach = confirm_warning(scene.session, warning, by=scene.member, at=scene.at)
    scene.drop_buttons()
    scene.say(format_done(warning, reach, scene.member.language))


def _warn_nobody(scene: StaffScene) -> None:
    warning = get_warning(scene.session, scene.member, scene.press.subject)
    dismiss_warning(scene.session, warning, by=scene.member, at=scene.at)
    _ = translator(scene.member.language)
    scene.drop_buttons()
    scene.say(_("Nobody is warned."))


def _look(scene: StaffScene) -> tuple[Message, Conversation]:
    """The owner's message that holds a weak sign of danger."""
    return get_message_for_staff(
        scene.session, scene.member, scene.press.subject, Right.WORK_APPEALS
    )


def _is_danger(scene: StaffScene) -> None:
    """The alarm is raised with all that belongs to it; taking it on is a press of its own."""
    message, conversation = _look(scene)
    kind = scene.press.argument if scene.press.argument in KINDS else "other"
    end_question(scene.session, conversation, message, by=scene.member)
    appeal = raise_emergency(
        scene.session, conversation, message, kind=kind, found_by="staff", at=scene.at
    )
    _say_raised(scene, appeal)


def _is_second_danger(scene: StaffScene) -> None:
    message, conversation = _look(scene)
    second = SecondMatter.of(message.reading)
    if second is None:
        raise OldButton
    end_question(scene.session, conversation, message, by=scene.member)
    appeal = raise_second_matter(
        scene.session, conversation, message, second, found_by="staff", at=scene.at
    )
    _say_raised(scene, appeal)


def _say_raised(scene: StaffScene, appeal: Appeal) -> None:
    _ = translator(scene.member.language)
    scene.say(_("The alarm {number} is raised.").format(number=appeal.number))


def _is_no_danger(scene: StaffScene) -> None:
    message, conversation = _look(scene)
    deny_danger(scene.session, conversation, message, by=scene.member, at=scene.at)


ACTIONS: dict[str, Callable[[StaffScene], None]] = {
    "alarmok": _accept,
    "alarmcard": _details,
    "lookyes": _is_danger,
    "looksecond": _is_second_danger,
    "lookno": _is_no_danger,
    "warnok": _warn,
    "warnno": _warn_nobody,
}
