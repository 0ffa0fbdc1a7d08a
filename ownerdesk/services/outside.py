""" "Not ours" is a resolution like any other: explained, with who to turn to and how, and its owner is still
asked whether that helped (S8). The list of outside parties is the staff's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, OutsideParty, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.rules.appeals import AppealAction, next_state
from ownerdesk.rules.refusals import PartyNotFound
from ownerdesk.services.cards import closing_buttons
from ownerdesk.services.events import Actor, record
from ownerdesk.services.owner_news import tell_owners
from ownerdesk.services.progress import MAX_RESOLUTION, accept_appeal, check_text, finish
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import Translate, pick


def resolve_as_outside(
    session: Session,
    appeal: Appeal,
    party: OutsideParty,
    *,
    explanation: str,
    by: StaffMember,
    at: datetime,
) -> None:
    """Explain why it is not the company's duty, and who to turn to. An appeal nobody accepted is accepted by it: the
    explainer stays responsible until the owner is content.

    Raises WrongState, MissingText, TooLong, and PartyNotFound for one of another project or not offered any more.
    """
    if party.project_id not in (None, appeal.project_id) or not party.is_offered:
        raise PartyNotFound
    explanation = check_text("explanation", explanation, MAX_RESOLUTION // 2)
    if appeal.state == AppealState.RECEIVED:
        accept_appeal(session, appeal, by=by, at=at)
    appeal.state = next_state(appeal.state, AppealAction.RESOLVE)
    turn_to = _format_party(appeal, party, voice_of(appeal.conversation))
    actor = Actor.staff(by.id)
    record(session, appeal, "appeal.outside", actor=actor, at=at, party=party.code)
    resolution = f"{explanation}\n{turn_to}"[:MAX_RESOLUTION]
    finish(session, appeal, resolution=resolution, by=actor, at=at)

    def write(heard: Appeal, _: Translate) -> str:
        text = _("{number}: {explanation}\n\n{turn_to}\n\nDid that help you? — {name}")
        return text.format(
            number=heard.number, explanation=explanation,
            turn_to=_format_party(heard, party, _), name=by.name,
        )  # fmt: skip

    key = f"solved?:{appeal.id}:{appeal.reopened}"
    tell_owners(session, appeal, write, key=key, at=at, offer=closing_buttons)


def _format_party(heard: Appeal, party: OutsideParty, _: Translate) -> str:
    language = heard.conversation.language
    return _("Please turn to {name}: {contact}").format(
        name=pick(party.names, language), contact=pick(party.contacts, language)
    )
