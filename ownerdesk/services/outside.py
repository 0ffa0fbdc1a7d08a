""" "Not ours" is a resolution like any other: explained, with who to turn to and how, and its owner is still
asked whether that helped (S8). The list of outside parties is the staff's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, OutsideParty, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.rules.appeals import AppealAction, next_state
from ownerdesk.rules.refusals import PartyNotFound
from ownerdesk.services import outbox
from ownerdesk.services.audit import record_change
from ownerdesk.services.cards import closing_buttons
from ownerdesk.services.events import Actor, record
from ownerdesk.services.progress import MAX_RESOLUTION, accept_appeal, check_text, finish
from ownerdesk.texts import pick, translator

MAX_NAME = 200


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
    language = appeal.conversation.language
    _ = translator(language)
    turn_to = _("Please turn to {name}: {contact}").format(
        name=pick(party.names, language), contact=pick(party.contacts, language)
    )
    actor = Actor.staff(by.id)
    record(session, appeal, "appeal.outside", actor=actor, at=at, party=party.code)
    resolution = f"{explanation}\n{turn_to}"[:MAX_RESOLUTION]
    finish(session, appeal, resolution=resolution, by=actor, at=at)
    text = _("{number}: {explanation}\n\n{turn_to}\n\nDid that help you? — {name}")
    outbox.send(
        session,
        appeal.conversation,
        text.format(number=appeal.number, explanation=explanation, turn_to=turn_to, name=by.name),
        key=f"solved?:{appeal.id}:{appeal.reopened}",
        at=at,
        appeal=appeal,
        buttons=closing_buttons(appeal, _),
    )


def add_party(
    session: Session,
    *,
    project_id: int,
    code: str,
    name: str,
    contact: str,
    categories: Sequence[str],
    language: str,
    by: StaffMember,
    at: datetime,
) -> OutsideParty:
    """One of a project's own, in its language. With a code that is there, that one is changed and offered
    again. Raises MissingText, TooLong."""
    name = check_text("party", name, MAX_NAME)
    contact = check_text("party", contact, MAX_NAME)
    code = check_text("party", code, 40).lower().replace(" ", "_")
    party = session.query(OutsideParty).filter_by(project_id=project_id, code=code).one_or_none()
    if party is None:
        party = OutsideParty(project_id=project_id, code=code, names={}, contacts={})
        session.add(party)
    party.names = {"en": name, **party.names, language: name}
    party.contacts = {"en": contact, **party.contacts, language: contact}
    party.categories = list(categories)
    party.is_offered = True
    session.flush()
    record_change(
        session, "outside_party.saved", subject="outside_party", subject_id=party.id,
        after={"code": code}, staff_id=by.id, at=at,
    )  # fmt: skip
    return party


def offer_party(
    session: Session, party: OutsideParty, *, is_offered: bool, by: StaffMember, at: datetime
) -> None:
    """Offer it to colleagues, or leave it out of their list; what owners were told stays told."""
    before, party.is_offered = party.is_offered, is_offered
    record_change(
        session, "outside_party.saved", subject="outside_party", subject_id=party.id,
        before={"is_offered": before}, after={"is_offered": is_offered}, staff_id=by.id, at=at,
    )  # fmt: skip
    session.flush()
