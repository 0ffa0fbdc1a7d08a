"""Neighbours at risk (S12): proposed with an emergency, and warned once a person has confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, object_session

from ownerdesk.model import Appeal, Conversation, NeighbourWarning, StaffMember, Unit
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.alarms import (
    find_plan,
    find_warning,
    is_noted,
    list_chats_of_units,
    list_units,
    list_units_of,
    list_warned_beside,
)
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.appeals import AppealAction, is_worked_on
from ownerdesk.rules.buttons import button
from ownerdesk.rules.emergency_plans import ABOVE_AND_BELOW, ENTRANCE, NONE
from ownerdesk.rules.neighbours import Home, homes_at_risk
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services import outbox
from ownerdesk.services.events import BOT, Actor, record
from ownerdesk.services.jobs import CHECK_WARNING, enqueue
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.voice import speak, voice_of
from ownerdesk.texts import Translate, translator
from ownerdesk.wording import kind_names

# How long the question about the neighbours may stand unanswered before others are asked too.
ANSWER_WITHIN = timedelta(minutes=3)
# For so long the same words are not sent again for another emergency beside the first.
WARNED_FOR = timedelta(hours=1)
# So long after a warning it is still thought that somebody will say that it is over.
CLEARED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Reach:
    """Whom a warning reaches: the chats, and the homes none of whose people has a chat that delivers."""

    chats: list[Conversation]
    unreached: list[Unit]


def propose_warning(session: Session, appeal: Appeal, *, at: datetime) -> NeighbourWarning | None:
    """Work out which homes are at risk. Again it changes nothing, unless the place or the kind of the emergency has
    changed: then it is proposed anew. None where nobody is at risk or where the place is not known."""
    if appeal.severity != "emergency" or appeal.kind is None:
        return None
    rule = find_plan(session, appeal.project, appeal.kind).neighbours
    unit = appeal.unit
    building_id = unit.building_id if unit else appeal.building_id
    if rule == NONE or building_id is None:
        return None
    home = _as_home(unit) if unit else None
    units = [_as_home(other) for other in list_units_of(session, building_id)]
    risk = homes_at_risk(rule, home, units)
    found = find_warning(session, appeal.id)
    if not risk.unit_ids and found is None:
        return None
    if found is not None:
        is_same = found.kind == appeal.kind and found.unit_ids == list(risk.unit_ids)
        is_answered = found.confirmed_at is not None or found.dismissed_at is not None
        if is_same or (is_answered and found.kind == appeal.kind):
            return found
    warning = found or NeighbourWarning(appeal_id=appeal.id)
    warning.kind, warning.wanted, warning.scope = appeal.kind, rule, risk.scope
    warning.unit_ids, warning.proposed_at, warning.told = list(risk.unit_ids), at, 0
    warning.confirmed_at = warning.confirmed_by_id = warning.dismissed_at = None
    session.add(warning)
    session.flush()
    record(
        session, appeal, "neighbours.proposed", actor=BOT, at=at, homes=len(risk.unit_ids),
        wanted=rule, scope=risk.scope,
    )  # fmt: skip
    return warning


def _as_home(unit: Unit) -> Home:
    return Home(unit.id, unit.kind, unit.entrance, unit.floor, unit.number)


def ask_whether_to_warn(session: Session, appeal: Appeal, *, by: StaffMember, at: datetime) -> None:
    """Ask the person who took the emergency on; others are asked too when no answer comes."""
    warning = propose_warning(session, appeal, at=at)
    if warning is None or not is_open(warning):
        return
    _ask(session, warning, appeal, by, at=at)
    enqueue(session, CHECK_WARNING, at=at + ANSWER_WITHIN, warning_id=warning.id)


def follow_place(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The place of an emergency has become known, or another: the homes at risk are others, and whoever took it on
    is asked about those."""
    if propose_warning(session, appeal, at=at) is None or appeal.accepted_at is None:
        return
    if appeal.responsible is not None:
        ask_whether_to_warn(session, appeal, by=appeal.responsible, at=at)


def check_warning(session: Session, warning: NeighbourWarning, *, at: datetime) -> None:
    """Nobody has said whether to warn the neighbours: the supervisors are asked, once. Late or twice it does
    nothing more."""
    appeal = warning.appeal
    if not is_open(warning) or appeal.state not in OPEN_STATES or appeal.severity != "emergency":
        return
    people = list_supervisors(session, appeal.project)
    if appeal.responsible is not None:
        people.append(appeal.responsible)
    for member in dict.fromkeys(people):
        _ask(session, warning, appeal, member, at=at, again=True)


def _ask(
    session: Session,
    warning: NeighbourWarning,
    appeal: Appeal,
    member: StaffMember,
    *,
    at: datetime,
    again: bool = False,
) -> None:
    _ = translator(member.language)
    words = format_proposal(warning, member.language)
    if again:
        words = _("Nobody has answered yet.") + " " + words
    tell_staff(
        session,
        member,
        words,
        topic="neighbours",
        key=f"neighbours?:{appeal.id}:{warning.proposed_at.isoformat()}{':again' if again else ''}",
        at=at,
        appeal=appeal,
        buttons=warning_buttons(warning, member.language),
    )


def warning_buttons(warning: NeighbourWarning, language: str) -> outbox.Buttons:
    _ = translator(language)
    return [
        [button(_("Warn them"), "warnok", warning.id)],
        [button(_("Not needed"), "warnno", warning.id)],
    ]


def format_proposal(warning: NeighbourWarning, language: str) -> str:
    """Which homes, and why these."""
    _ = translator(language)
    return _("{number}: homes that may be at risk: {count} ({scope}). Shall I warn them?").format(
        number=warning.appeal.number,
        count=len(warning.unit_ids),
        scope=format_scope(warning, _),
    )


def format_scope(warning: NeighbourWarning, _: Translate) -> str:
    """Where was looked, and that it is wider than the plan asks where the place is not known well enough."""
    if warning.scope == ABOVE_AND_BELOW:
        return _("above and below")
    if warning.scope == ENTRANCE:
        if warning.wanted == ABOVE_AND_BELOW:
            return _("the whole entrance, because the floor is not known")
        return _("the whole entrance")
    if warning.wanted != warning.scope:
        return _("the whole building, because the entrance is not known")
    return _("the whole building")


def is_open(warning: NeighbourWarning) -> bool:
    """Whether a person has still to say whether to warn."""
    is_answered = warning.confirmed_at is not None or warning.dismissed_at is not None
    return bool(warning.unit_ids) and not is_answered


def find_reach(session: Session, warning: NeighbourWarning) -> Reach:
    """The reporter's own chats and homes are not among them."""
    appeal = warning.appeal
    chats: dict[int, Conversation] = {}
    reached: set[int] = set()
    for chat, unit_id in list_chats_of_units(session, warning.unit_ids):
        is_reporter = chat.id == appeal.conversation_id or (
            appeal.owner_id is not None and chat.owner_id == appeal.owner_id
        )
        if chat.blocked_at is None:
            reached.add(unit_id)
        if not is_reporter:
            chats[chat.id] = chat
    unreached = [u for u in list_units(session, warning.unit_ids) if u.id not in reached]
    return Reach(list(chats.values()), unreached)


def _ids(reach: Reach) -> set[int]:
    return {chat.id for chat in reach.chats}


def confirm_warning(
    session: Session, warning: NeighbourWarning, *, by: StaffMember, at: datetime
) -> Reach:
    """Warn everybody at risk, at any hour. Confirmed twice, or by two at once (the caller locks the row), each chat
    hears once, and so where two report one fire. Raises WrongState once the emergency is over."""
    appeal = warning.appeal
    if warning.confirmed_at is not None:
        return find_reach(session, warning)
    if appeal.state not in OPEN_STATES or appeal.severity != "emergency":
        raise WrongState(state=appeal.state, action=AppealAction.ALARM)
    reach = find_reach(session, warning)
    beside = [
        (other, _ids(find_reach(session, other)))
        for other in list_warned_beside(session, warning, at - WARNED_FOR)
        if _still_holds(other)
    ]
    for chat in reach.chats:
        words = format_warning(warning, chat.language)
        if any(
            chat.id in ids and format_warning(other, chat.language) == words
            for other, ids in beside
        ):
            continue
        outbox.send(
            session,
            chat,
            words,
            key=f"neighbours:{warning.id}:{warning.kind}:{chat.id}",
            at=at,
        )
    warning.confirmed_at, warning.confirmed_by_id, warning.dismissed_at = at, by.id, None
    warning.told = sum(chat.blocked_at is None for chat in reach.chats)
    session.flush()
    session.refresh(warning, ["confirmed_by"])
    record(
        session, appeal, "neighbours.warned", actor=Actor.staff(by.id), at=at, told=warning.told,
        homes=len(warning.unit_ids), unreached=len(reach.unreached),
    )  # fmt: skip
    return reach


def _still_holds(warning: NeighbourWarning) -> bool:
    """What it said holds until its emergency ends; sent after that, it has only just been said."""
    appeal = warning.appeal
    if appeal.resolved_at is None or warning.confirmed_at is None:
        return is_worked_on(appeal.state)
    return appeal.resolved_at <= warning.confirmed_at


def dismiss_warning(
    session: Session, warning: NeighbourWarning, *, by: StaffMember, at: datetime
) -> None:
    """A person says that nobody need be warned. May still be confirmed later. Raises WrongState where the neighbours
    have been warned."""
    if warning.confirmed_at is not None:
        raise WrongState(state=warning.appeal.state, action="dismiss")
    if warning.dismissed_at is not None:
        return
    warning.dismissed_at = at
    session.flush()
    record(session, warning.appeal, "neighbours.dismissed", actor=Actor.staff(by.id), at=at)


def give_all_clear(
    session: Session, warning: NeighbourWarning, *, by: StaffMember, at: datetime
) -> None:
    """Tell those who were warned that it is over, once; not those whom another such emergency still concerns: they
    hear it with that one's end. Raises WrongState where nobody was."""
    appeal = warning.appeal
    if warning.confirmed_at is None:
        raise WrongState(state=appeal.state, action="clear")
    if is_noted(session, appeal.id, "neighbours.cleared", kind=warning.kind):
        return
    beside = [
        _ids(find_reach(session, other))
        for other in list_warned_beside(session, warning, at - CLEARED_WITHIN)
    ]
    for chat in find_reach(session, warning).chats:
        if any(chat.id in ids for ids in beside):
            continue
        _ = voice_of(chat)
        outbox.send(
            session,
            chat,
            _("The emergency near you is over: {what}. Thank you for taking care.").format(
                what=kind_names(_)[warning.kind]
            ),
            key=f"neighbours.over:{warning.id}:{warning.kind}:{chat.id}",
            at=at,
        )
    record(
        session, appeal, "neighbours.cleared", actor=Actor.staff(by.id), at=at, kind=warning.kind
    )


def format_done(warning: NeighbourWarning, reach: Reach, language: str) -> str:
    """What whoever confirmed hears: also who has to be told in another way."""
    _ = translator(language)
    words = _("{number}: neighbours warned: {count}.").format(
        number=warning.appeal.number, count=warning.told
    )
    if reach.unreached:
        doors = ", ".join(unit.number for unit in reach.unreached[:20])
        if len(reach.unreached) > 20:
            doors += " …"
        words += " " + _("These homes have no chat; please knock or call: {doors}").format(
            doors=doors
        )
    return words


def format_warning(warning: NeighbourWarning, language: str) -> str:
    """Short words with what to do. The building is named, never the home or who reported it."""
    appeal = warning.appeal
    _ = speak(object_session(appeal), appeal.project_id, language)
    unit = appeal.unit
    place = unit.building.name if unit else appeal.building.name if appeal.building else ""
    if unit and unit.entrance and warning.scope != "building":
        place = _("{building}, entrance {entrance}").format(building=place, entrance=unit.entrance)
    what = f"⚠️ {kind_names(_)[warning.kind]} · {place}"
    todo = {
        "fire": _(
            "A fire has been reported near you. If the stairs are free of smoke, leave now by the stairs and close the doors."
            " If there is smoke in the stairs, stay in, shut and seal the door, and show yourself at a window. Do not use the lift."
        ),
        "gas_leak": _(
            "A smell of gas has been reported near you. No flames, no switches, no doorbells. Open a window, leave by the stairs,"
            " and use your phone only outside."
        ),
        "flooding": _(
            "Water is leaking near you. Please look at your ceilings, walls and floors now. If you see water, keep away from sockets and"
            " lamps, switch the electricity off if that is safe, and close your water valve. If you see none, there is nothing to do."
        ),
    }.get(
        warning.kind,
        _(
            "There is an emergency near you. Please stay away from the place and follow what helpers tell you."
        ),
    )
    end = _("In danger, call {emergency_number}. Write to me here about what you see.").format(
        emergency_number=appeal.project.emergency_number
    )
    return f"{what}\n{todo}\n{end}"
