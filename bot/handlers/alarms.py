"""Presses by those who were rung: take an emergency on, look at it, warn the neighbours or not."""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers.staff_scenes import StaffScene
from ownerdesk.model import Appeal
from ownerdesk.queries.alarms import find_warning, get_alarmed_appeal, get_warning
from ownerdesk.services.alarms import alarm_buttons, format_alarm
from ownerdesk.services.emergencies import take_on
from ownerdesk.services.neighbours import (
    confirm_warning,
    dismiss_warning,
    format_done,
    format_proposal,
    is_open,
    warning_buttons,
)
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


ACTIONS: dict[str, Callable[[StaffScene], None]] = {
    "alarmok": _accept,
    "alarmcard": _details,
    "warnok": _warn,
    "warnno": _warn_nobody,
}
