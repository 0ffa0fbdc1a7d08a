"""Where an appeal is: the home its message names if it is the owner's, else the owner is asked.

An appeal is registered at once, for the home it would have had without the name; the question comes after it, and an
owner who does not answer loses nothing. Whether the home that was named exists is neither looked up nor told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message, Unit
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.appeals import format_unit
from ownerdesk.queries.owners import list_homes
from ownerdesk.rules.buttons import button
from ownerdesk.rules.periods import Period, parse_period
from ownerdesk.rules.places import ABOUT_OTHERS, Named, find_home_in_words, is_named
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services import outbox
from ownerdesk.services.awaiting import await_text
from ownerdesk.services.cards import refresh_card
from ownerdesk.services.events import OWNER, record
from ownerdesk.services.job_cards import refresh_jobs
from ownerdesk.services.jobs import LOOK_FOR_INCIDENT, enqueue
from ownerdesk.services.neighbours import follow_place
from ownerdesk.services.repeats import link_repeats
from ownerdesk.services.search import reindex_fact
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import translator

COMMON = "common"  # the argument of the button for what is nobody's home
MOST_BUTTONS = 8
ASKED_NATURES = ("help_seeking", "dissatisfaction", "paid_service")
WISHING_NATURES = ("help_seeking", "paid_service")


@dataclass(frozen=True)
class Placing:
    """The home of an appeal, and whether the owner has to say which one is meant."""

    unit: Unit | None
    is_unclear: bool = False


def place_message(
    session: Session, conversation: Conversation, message: Message, *, nature: str, category: str
) -> Placing:
    """The home that the message names among the owner's; the chosen one, else the first, where none is named.
    Never asked when it is known (S15)."""
    if conversation.owner_id is None:
        return Placing(None)
    homes = list_homes(session, conversation.owner_id)
    usual = next((unit for unit in homes if unit.id == conversation.unit_id), None)
    usual = usual or next(iter(homes), None)
    named = Named.of(message.reading)
    if not named.units or not homes:
        return Placing(usual)
    meant = [unit for unit in homes if is_named(unit, unit.building.name, named)]
    flats = [unit for unit in meant if unit.kind == "flat"]
    meant = flats or meant
    if len(meant) == 1:
        return Placing(meant[0])
    if meant:
        return Placing(usual if usual in meant else meant[0], is_unclear=usual not in meant)
    is_about_others = nature not in ASKED_NATURES or category in ABOUT_OTHERS
    return Placing(usual, is_unclear=not is_about_others)


def wish_of(message: Message, *, nature: str, timezone: str) -> Period | None:
    """When the owner would like it, as they said it in the message: counted from when they wrote that."""
    if nature not in WISHING_NATURES:
        return None
    for phrase in Named.of(message.reading).wished_times:
        period = parse_period(phrase, now=message.created_at, timezone=timezone)
        if period is not None:
            return period
    return None


def follow_wish(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> None:
    """A detail that says when: the card shows it."""
    wish = wish_of(message, nature=appeal.nature, timezone=appeal.project.timezone)
    if wish is None or appeal.state not in OPEN_STATES:
        return
    appeal.wished_from, appeal.wished_until = wish.start, wish.end
    session.flush()
    refresh_card(session, appeal, at=at)


def ask_which_home(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> None:
    """Ask where a new appeal is, when its message names a home that is not among the owner's. Called again it
    asks nothing new."""
    conversation = appeal.conversation
    placing = place_message(
        session, conversation, message, nature=appeal.nature, category=appeal.category
    )
    if not placing.is_unclear or conversation.owner_id is None:
        return
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        _(
            "I do not find the home you named among yours. Which place is {number} about? Press a button or write it."
        ).format(number=appeal.number),
        key=f"where:{appeal.id}",
        at=at,
        appeal=appeal,
        buttons=[
            *(
                [button(name, "where", appeal.id, str(unit.id))]
                for unit, name in _homes(session, conversation)
            ),
            [button(_("The building or the grounds"), "where", appeal.id, COMMON)],
        ],
    )
    await_text(conversation, "home", appeal_id=appeal.id, at=at)


def place_appeal(session: Session, appeal: Appeal, unit: Unit | None, *, at: datetime) -> None:
    """The owner says where it is: one of their homes, or (None) the building and its grounds. Said twice, it is
    recorded once. Raises WrongState once the appeal is done or withdrawn."""
    if appeal.state not in OPEN_STATES:
        raise WrongState(state=appeal.state, action="place")
    before = appeal.place
    appeal.place = (
        _format_common(appeal)
        if unit is None
        else format_unit(unit, unit.building, appeal.project.language)
    )
    appeal.unit = unit
    if unit is not None:
        appeal.building_id = unit.building_id
    if appeal.place == before:
        return
    session.flush()
    reindex_fact(session, appeal, before=before, after=appeal.place)
    record(session, appeal, "appeal.placed", actor=OWNER, at=at, before=before, after=appeal.place)
    follow_place(session, appeal, at=at)
    link_repeats(session, appeal, at=at)
    refresh_card(session, appeal, at=at)
    refresh_jobs(session, appeal, at=at)
    enqueue(session, LOOK_FOR_INCIDENT, appeal_id=appeal.id)


def claim_appeals(session: Session, conversation: Conversation, *, at: datetime) -> None:
    """The chat has proved whose it is: what it reported before is theirs, and is at their home, as it would have been
    from the beginning. Only an emergency is taken in from somebody unknown, and whoever comes must know where to."""
    unit = session.get(Unit, conversation.unit_id) if conversation.unit_id else None
    reported = session.scalars(
        select(Appeal)
        .where(Appeal.conversation_id == conversation.id, Appeal.owner_id.is_(None))
        .order_by(Appeal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for appeal in reported:
        appeal.owner_id = conversation.owner_id
        session.flush()
        is_placed = bool(appeal.place) or appeal.state not in OPEN_STATES
        if unit is not None and not is_placed and unit.building.project_id == appeal.project_id:
            place_appeal(session, appeal, unit, at=at)


def take_home(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> bool:
    """Whether a text was the answer to "which home?": the name or the number of one of the owner's, and no more."""
    conversation = appeal.conversation
    homes = _homes(session, conversation)
    position = find_home_in_words(
        message.text, [name for _, name in homes], [unit for unit, _ in homes]
    )
    if position is None or appeal.state not in OPEN_STATES:
        return False
    place_appeal(session, appeal, homes[position][0], at=at)
    return True


def format_placed(appeal: Appeal) -> str:
    """What the owner hears when they have said where it is."""
    _ = voice_of(appeal.conversation)
    return _("Thank you, {number} is about this place: {place}").format(
        number=appeal.number, place=appeal.place
    )


def _homes(session: Session, conversation: Conversation) -> list[tuple[Unit, str]]:
    if conversation.owner_id is None:
        return []
    homes = list_homes(session, conversation.owner_id)[:MOST_BUTTONS]
    return [(unit, format_unit(unit, unit.building, conversation.language)) for unit in homes]


def _format_common(appeal: Appeal) -> str:
    """The building of the home it was registered for, without the home."""
    _ = translator(appeal.project.language)
    if appeal.unit is None:
        return appeal.place or _("the grounds")
    return _("{building}, shared parts").format(building=appeal.unit.building.name)
