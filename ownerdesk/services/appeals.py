"""Appeals: registered from an owner's message, added to, split, corrected."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Building,
    Conversation,
    Message,
    Project,
    StaffMember,
    Unit,
)
from ownerdesk.model.labels import WHOLE, AppealState
from ownerdesk.queries.appeals import find_appeal_of_message, find_latest_open, format_unit
from ownerdesk.queries.categories import check_category, settle_category
from ownerdesk.queries.merging import follow_merge
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import find_department_for, list_on_duty, list_supervisors
from ownerdesk.rules.appeals import is_worked_on
from ownerdesk.rules.buttons import button
from ownerdesk.rules.labelling import Why
from ownerdesk.rules.moods import mood_of
from ownerdesk.rules.places import Named
from ownerdesk.rules.policy import Policy, severity_of
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.services import outbox
from ownerdesk.services.awaiting import PATIENCE, stop_expecting_new
from ownerdesk.services.cards import refresh_card, send_card
from ownerdesk.services.dispatch import dispatch_by_rules
from ownerdesk.services.events import BOT, OWNER, Actor, record
from ownerdesk.services.job_cards import pass_detail_on, pass_edit_on, refresh_jobs
from ownerdesk.services.jobs import LOOK_FOR_INCIDENT, enqueue
from ownerdesk.services.label_items import ask_for_label
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.neighbours import follow_place
from ownerdesk.services.places import ask_which_home, follow_wish, place_message, wish_of
from ownerdesk.services.promises import due_from_now, make_promise, withdraw_promises
from ownerdesk.services.repeats import link_repeats
from ownerdesk.services.search import index_appeal, index_text, reindex_fact
from ownerdesk.services.turning import follow_message
from ownerdesk.services.voice import voice_of

SUMMARY_LENGTH = 300
FILES_BESIDE = PATIENCE  # as long as the bot waits for the words that explain a photo
FILE_KINDS = ("photo", "document", "video", "voice", "location")


def register_appeal(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    nature: str,
    category: str,
    at: datetime,
    kind: str | None = None,
    may_join: bool = True,
) -> Appeal:
    """Make an appeal of a message, or add the message to the appeal it goes on with.

    Called again for the same message it returns what the first call made and does nothing else. Messages in a
    row about the same thing join (`Policy.join_minutes`); the owner can split them again.
    """
    known = find_appeal_of_message(session, message.id)
    if known is not None:
        return known
    if message.answered_at is not None and message.appeal_id is not None:
        return session.get_one(Appeal, message.appeal_id)
    if may_join:
        running = _find_running(
            session, conversation, message, nature=nature, category=category, at=at
        )
        if running is not None:
            add_detail(session, running, message, at=at)
            return running
    appeal = create_appeal(
        session, conversation, message, nature=nature, category=category, kind=kind, at=at
    )
    if appeal.severity != "emergency":
        make_promise(
            session, appeal, "resolution", due_at=due_from_now(appeal, at=at), actor=BOT, at=at
        )
    send_card(session, appeal, at=at)
    ask_which_home(session, appeal, message, at=at)
    mark_answered(session, message, "registered", at=at)
    dispatch_by_rules(session, appeal, at=at)
    return appeal


def create_appeal(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    nature: str,
    category: str,
    at: datetime,
    kind: str | None = None,
    severity: str | None = None,
    part: int = WHOLE,
) -> Appeal:
    """The row, its number, its responsible person and its first event; no promise and no message yet.

    `part` is what of the message it is made of. The message itself stays with the appeal of its first matter.
    """
    category = settle_category(session, category, message_id=message.id)
    unit = place_message(session, conversation, message, nature=nature, category=category).unit
    project = unit.building.project if unit else get_project_of(session, conversation)
    wish = wish_of(message, nature=nature, timezone=project.timezone)
    department = find_department_for(session, project.id, category)
    # Objects, not ids, where the card needs them: the session keeps them, and nothing is read twice.
    appeal = Appeal(
        project=project,
        number=take_number(session, project),
        conversation=conversation,
        owner_id=conversation.owner_id,
        unit=unit,
        building_id=unit.building_id if unit else None,
        source_message_id=message.id,
        source_part=part,
        nature=nature,
        category=category,
        kind=kind,
        severity=severity or severity_of(nature, category),
        state=AppealState.RECEIVED,
        summary=summarize(_words_of(message, part)),
        place=format_unit(unit, unit.building if unit else None, project.language),
        department=department,
        responsible=find_receiver(session, project, at),
        wished_from=wish.start if wish else None,
        wished_until=wish.end if wish else None,
        next_due_at=at,
        received_at=at,
        last_message_at=at,
    )
    session.add(appeal)
    session.flush()
    index_appeal(session, appeal, said=_words_of(message, part))
    if part == WHOLE:
        message.appeal_id = appeal.id
        _take_files_beside(session, conversation, message, appeal, at=at)
        stop_expecting_new(conversation)
    conversation.misses = 0
    record(
        session,
        appeal,
        "appeal.received",
        actor=OWNER,
        at=at,
        message_id=message.id,
        nature=nature,
        category=category,
        severity=appeal.severity,
    )
    enqueue(session, LOOK_FOR_INCIDENT, appeal_id=appeal.id)
    message.mood = mood_of(message.text)
    link_repeats(session, appeal, at=at)
    return appeal


def take_number(session: Session, project: Project) -> str:
    """The next number people see. The row lock makes numbers unique and without gaps per commit."""
    taken = session.scalar(
        update(Project)
        .where(Project.id == project.id)
        .values(next_appeal_number=Project.next_appeal_number + 1)
        .returning(Project.next_appeal_number - 1)
        .execution_options(synchronize_session=False)
    )
    return f"{project.code}-{taken}"


def find_receiver(session: Session, project: Project, at: datetime) -> StaffMember | None:
    """Who is responsible first (S8): the least loaded agent on duty, else the project's manager. None leaves
    it in the department's queue."""
    for candidates in (list_on_duty(session, project, at), list_supervisors(session, project)):
        if candidates:
            return candidates[0]
    return None


def add_detail(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> None:
    """Add a message to an appeal and tell the owner, with a way to split it off again."""
    if message.answered_at is not None and message.appeal_id is not None:
        return
    attach_message(session, appeal, message, at=at)
    follow_wish(session, appeal, message, at=at)
    _ = voice_of(appeal.conversation)
    outbox.send(
        session,
        appeal.conversation,
        _("I have added this to {number}.").format(number=appeal.number),
        key=f"joined:{message.id}",
        at=at,
        appeal=appeal,
        buttons=[[button(_("This is something else"), "split", message.id)]],
    )
    mark_answered(session, message, "joined", at=at)


def attach_message(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> None:
    """Put a message with an appeal, without a word to the owner."""
    message.appeal_id = appeal.id
    appeal.last_message_at = at
    index_text(session, appeal.id, message.text)
    target = follow_merge(session, appeal)
    for told in {appeal.id: appeal, target.id: target}.values():
        record(
            session, told, "message.added", actor=OWNER, at=at, message_id=message.id,
            kind=message.kind,
        )  # fmt: skip
    pass_detail_on(session, appeal, message, at=at)
    follow_message(session, appeal, message, at=at)


def follow_edit(
    session: Session, appeal: Appeal, message: Message, *, earlier: str, at: datetime
) -> None:
    """The owner has corrected a message of the appeal: where it made the appeal, alarms and lists show the new words,
    and so does whoever has a part of it."""
    is_source = appeal.source_message_id == message.id and appeal.source_part == WHOLE
    if is_source and appeal.summary == summarize(earlier):  # not what staff said of it
        appeal.summary = summarize(message.text)
        session.flush()
        refresh_jobs(session, appeal, at=at)
    pass_edit_on(session, appeal, message, at=at)


def split_off(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> Appeal:
    """ "This is something else": the message becomes an appeal of its own. Pressed twice, it stays one."""
    known = find_appeal_of_message(session, message.id)
    if known is not None:
        return known
    joined = session.get(Appeal, message.appeal_id) if message.appeal_id else None
    reading = message.reading or {}
    nature = reading.get("nature", "help_seeking")
    if nature in ("other", "emergency"):
        nature = "help_seeking"
    appeal = create_appeal(
        session,
        conversation,
        message,
        nature=nature,
        category=reading.get("category", "other"),
        at=at,
    )
    if joined is not None:
        record(
            session, joined, "message.split_off", actor=OWNER, at=at, message_id=message.id,
            appeal_id=appeal.id,
        )  # fmt: skip
    make_promise(
        session, appeal, "resolution", due_at=due_from_now(appeal, at=at), actor=BOT, at=at
    )
    send_card(session, appeal, at=at)
    ask_which_home(session, appeal, message, at=at)
    dispatch_by_rules(session, appeal, at=at)
    return appeal


def correct_appeal(
    session: Session,
    appeal: Appeal,
    *,
    actor: Actor,
    at: datetime,
    nature: str | None = None,
    category: str | None = None,
    unit: Unit | None = None,
) -> None:
    """Put right what was misunderstood; the old and the new labels are kept for retraining.

    A change of severity changes what is promised; a change of category the department. Raises InvalidField for a
    category that cannot be chosen.
    """
    before = {"nature": appeal.nature, "category": appeal.category, "unit_id": appeal.unit_id}
    appeal.nature = nature or appeal.nature
    if category and check_category(session, category, present=appeal.category) != appeal.category:
        appeal.category = category
        department = find_department_for(session, appeal.project_id, category)
        appeal.department_id = department.id if department else None
    if unit is not None:
        appeal.unit_id, appeal.unit, appeal.building_id = unit.id, unit, unit.building_id
        place, building = appeal.place, session.get(Building, unit.building_id)
        appeal.place = format_unit(unit, building, appeal.project.language)
        reindex_fact(session, appeal, before=place, after=appeal.place)
    after = {"nature": appeal.nature, "category": appeal.category, "unit_id": appeal.unit_id}
    if after == before:
        return
    if appeal.nature != "emergency":
        appeal.kind = None
        severity = severity_of(appeal.nature, appeal.category)
        if severity != appeal.severity:
            appeal.severity = severity
            _promise_again(session, appeal, actor=actor, at=at)
    session.flush()
    record(session, appeal, "appeal.corrected", actor=actor, at=at, before=before, after=after)
    labels = {"nature": appeal.nature, "category": appeal.category}
    is_reread = labels != {name: before[name] for name in labels}
    if is_reread and appeal.source_message_id and appeal.source_part == WHOLE:
        why = Why.STAFF if actor.kind == "staff" else Why.OWNER
        ask_for_label(session, appeal.source_message_id, why, labels)
    follow_place(session, appeal, at=at)
    link_repeats(session, appeal, at=at)
    refresh_card(session, appeal, at=at)
    dispatch_by_rules(session, appeal, at=at)
    refresh_jobs(session, appeal, at=at)
    enqueue(session, LOOK_FOR_INCIDENT, appeal_id=appeal.id)


def _promise_again(session: Session, appeal: Appeal, *, actor: Actor, at: datetime) -> None:
    """The severity changed: the old promises no longer mean anything."""
    if not is_worked_on(appeal.state):
        return
    withdraw_promises(session, appeal, at=at)
    due_at = due_from_now(appeal, at=at)
    make_promise(session, appeal, "resolution", due_at=due_at, actor=actor, at=at)


def _find_running(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    nature: str,
    category: str,
    at: datetime,
) -> Appeal | None:
    """The open appeal that a message goes on with: lately added to, about the same thing, and not about another
    home."""
    latest = find_latest_open(session, conversation)
    if latest is None or latest.state == AppealState.RESOLVED:
        return None
    policy = Policy.of(latest.project.settings)
    if at - latest.last_message_at > timedelta(minutes=policy.join_minutes):
        return None
    same = latest.category == category and latest.nature not in ("paid_service", "consultation")
    if not same or nature not in ("help_seeking", "dissatisfaction"):
        return None
    if Named.of(message.reading).units:
        placing = place_message(session, conversation, message, nature=nature, category=category)
        if (
            not placing.is_unclear
            and placing.unit is not None
            and placing.unit.id != latest.unit_id
        ):
            return None
    return latest


def _words_of(message: Message, part: int) -> str:
    second = None if part == WHOLE else SecondMatter.of(message.reading)
    return second.text if second is not None else message.text


def summarize(text: str) -> str:
    """One line of at most 300 characters."""
    text = " ".join(text.split())
    return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1] + "…"


def _take_files_beside(
    session: Session, conversation: Conversation, message: Message, appeal: Appeal, *, at: datetime
) -> None:
    """Photos sent just before or after the words that explain them belong to the appeal too, however late it is made
    of them: after a question, or once a stranger has said who they are."""
    said_at = message.created_at
    waiting = session.scalars(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.direction == "in",
            Message.kind.in_(FILE_KINDS),
            Message.appeal_id.is_(None),
            or_(
                Message.created_at.between(said_at - FILES_BESIDE, said_at + FILES_BESIDE),
                Message.created_at >= at - FILES_BESIDE,
            ),
        )
    )
    for message in waiting:
        message.appeal_id = appeal.id
        index_text(session, appeal.id, message.text)
