"""Presses about incidents: follow, "something else", and the answer at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ownerdesk.queries.appeals import get_own_appeal
from ownerdesk.services.follower_answers import say_not_yet, say_solved
from ownerdesk.services.incident_news import heading_of
from ownerdesk.services.incidents import follow, say_something_else
from ownerdesk.services.voice import voice_of

if TYPE_CHECKING:
    from bot.handlers.presses import Scene


def _follow(scene: Scene) -> None:
    incident = follow(scene.session, scene.conversation, scene.press.subject)
    scene.drop_buttons()
    _ = voice_of(scene.conversation)
    text = _("I will write to you whenever there is news: {title}.")
    scene.say(text.format(title=heading_of(incident, scene.conversation.language)))


def _something_else(scene: Scene) -> None:
    appeal = get_own_appeal(scene.session, scene.conversation, scene.press.subject)
    is_new = say_something_else(scene.session, appeal, at=scene.at)
    scene.drop_buttons()
    if is_new:
        _ = voice_of(scene.conversation)
        text = _("Thank you; I go on with {number} by itself.")
        scene.say(text.format(number=appeal.number), appeal)


def _over(scene: Scene) -> None:
    say_solved(scene.session, scene.conversation, scene.press.subject, at=scene.at)
    scene.drop_buttons()


def _not_over(scene: Scene) -> None:
    say_not_yet(scene.session, scene.conversation, scene.press.subject, at=scene.at)
    scene.drop_buttons()


INCIDENT_ACTIONS: Mapping[str, Callable[[Scene], None]] = {
    "follow": _follow,
    "notthis": _something_else,
    "incok": _over,
    "incnot": _not_over,
}
