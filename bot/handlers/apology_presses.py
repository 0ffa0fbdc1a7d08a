"""The button under a warning to staff: send the drafted apology as it is."""

from __future__ import annotations

from bot.handlers.staff_scenes import StaffScene
from ownerdesk.rules.refusals import InThePast, NotAllowed, OldButton
from ownerdesk.services.apologies import (
    ApologyNotFound,
    ManagerOnly,
    NotADraft,
    approve_apology,
    get_apology,
)
from ownerdesk.texts import translator


def apologise(scene: StaffScene) -> None:
    """What cannot be sent as it is any more is for the console."""
    _ = translator(scene.member.language)
    try:
        apology = get_apology(scene.session, scene.press.subject)
        approve_apology(
            scene.session, apology, by=scene.member, words=apology.words,
            new_due_at=apology.new_due_at, at=scene.at,
        )  # fmt: skip
    except (NotADraft, InThePast, ApologyNotFound, NotAllowed):
        raise OldButton from None
    except ManagerOnly:
        scene.say(_("It is the second slip: only a manager can approve this apology."))
        return
    scene.drop_buttons()
    scene.say(_("The owner has been told, in your name."))
