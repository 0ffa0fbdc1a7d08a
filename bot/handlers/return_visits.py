"""What an owner presses under the question of a return visit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ownerdesk.model import ReturnVisit
from ownerdesk.rules.refusals import OldButton, VisitEnded
from ownerdesk.services.visit_results import answer_visit, get_own_visit, wish_call

if TYPE_CHECKING:
    from bot.handlers.presses import Scene


def _visit(scene: Scene) -> ReturnVisit:
    return get_own_visit(scene.session, scene.conversation, scene.press.subject)


def _good(scene: Scene) -> None:
    _answer(scene, "satisfied")


def _back(scene: Scene) -> None:
    _answer(scene, "came_back")


def _answer(scene: Scene, result: str) -> None:
    try:
        answer_visit(scene.session, _visit(scene), result, at=scene.at)
    except VisitEnded:
        raise OldButton from None


def _call(scene: Scene) -> None:
    try:
        wish_call(scene.session, _visit(scene), at=scene.at)
    except VisitEnded:
        raise OldButton from None


ACTIONS: dict[str, Callable[[Scene], None]] = {
    "visitgood": _good,
    "visitback": _back,
    "visitcall": _call,
}
