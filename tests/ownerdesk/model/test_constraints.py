"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import (
    AccountLink,
    Apology,
    Appeal,
    AppealLink,
    Assignment,
    Base,
    BotTextSet,
    Calendar,
    Category,
    ChatCode,
    DataCheck,
    DispatchRule,
    Drill,
    DutyException,
    EarlyWarning,
    EmergencyPhraseSet,
    EmergencyPlan,
    Example,
    Handoff,
    Handover,
    ImprovementPlan,
    Incident,
    IncidentFollower,
    LabelItem,
    LabelVote,
    Message,
    ModelSwitch,
    NeighbourWarning,
    NluModel,
    OwnerImport,
    Promise,
    Remedy,
    RemedyGrant,
    ReturnVisit,
    SpecialDay,
    Term,
    Training,
    Transfer,
)
from ownerdesk.model.knowledge import VECTOR_SIZE
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.closure import confirm_solved, rate_appeal
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import Actor
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.messages import IncomingFile
from ownerdesk.services.owners import create_invite
from ownerdesk.services.progress import accept_appeal, defer_appeal, resolve_appeal
from tests.make import NOON, Cast, make_appeal, make_cast, make_message

# One change that each check must refuse; the rows are those of `fill`.
REFUSED: dict[str, tuple[str, str]] = {
    "ck_appeals_state": ("appeals", "state = 'lost', next_due_at = now()"),
    "ck_appeals_nature": ("appeals", "nature = 'praise'"),
    "ck_appeals_category": ("appeals", "category = 'Bad weather'"),
    "ck_appeals_kind": ("appeals", "kind = 'dragon'"),
    "ck_appeals_severity": ("appeals", "severity = 'mild'"),
    "ck_appeals_responsible": ("appeals", "responsible_id = null, department_id = null"),
    "ck_appeals_next_due": ("appeals where state = 'received'", "next_due_at = null"),
    "ck_appeals_wished_period": ("appeals", "wished_from = now()"),
    "ck_appeals_source_part": ("appeals", "source_part = 2"),
    "ck_appeals_return_date": ("appeals where state = 'deferred'", "deferred_until = null"),
    "ck_appeal_events_actor": ("appeal_events", "actor = 'nobody'"),
    "ck_promises_kind": ("promises", "kind = 'hope'"),
    "ck_ratings_stars": ("ratings", "stars = 6"),
    "ck_conversations_state": ("conversations", "state = 'lost'"),
    "ck_messages_direction": ("messages", "direction = 'up'"),
    "ck_messages_author": ("messages", "author = 'ghost'"),
    "ck_messages_state": ("messages", "state = 'lost'"),
    "ck_attachments_state": ("attachments", "state = 'lost'"),
    "ck_handoffs_reason": ("handoffs", "reason = 'boredom'"),
    "ck_residencies_role": ("residencies", "role = 'guest'"),
    "ck_residencies_verified_by": ("residencies", "verified_by = 'hearsay'"),
    "ck_units_kind": ("units", "kind = 'castle'"),
    "ck_staff_roles_role": ("staff_roles", "role = 'king'"),
    "ck_duty_shifts_weekday": ("duty_shifts", "weekday = 7"),
    "ck_conversations_kind": ("conversations", "kind = 'channel'"),
    "ck_conversations_staff": ("conversations", "kind = 'staff'"),
    "ck_conversations_department": ("conversations", "kind = 'department'"),
    "ck_promises_stopped": ("promises", "stopped_at = now()"),
    "ck_terms_kind": ("terms", "kind = 'hope'"),
    "ck_terms_nature": ("terms", "nature = 'praise'"),
    "ck_terms_category": ("terms", "category = 'Bad weather'"),
    "ck_terms_severity": ("terms", "severity = 'mild'"),
    "ck_terms_minutes": ("terms", "minutes = 0"),
    "ck_apologies_state": ("apologies", "state = 'forgotten'"),
    "ck_remedy_grants_amount": ("remedy_grants", "amount = 0"),
    "ck_special_days_source": ("special_days", "source = 'rumour'"),
    "ck_dispatch_rules_category": ("dispatch_rules", "category = 'Bad weather'"),
    "ck_dispatch_rules_times": ("dispatch_rules", "starts = '08:00'"),
    "ck_assignments_role": ("assignments", "role = 'bystander'"),
    "ck_assignments_state": ("assignments", "state = 'lost'"),
    "ck_handovers_two": ("handovers", "to_id = from_id"),
    "ck_chat_codes_one": ("chat_codes", "staff_id = null"),
    "ck_emergency_plans_kind": ("emergency_plans", "kind = 'dragon'"),
    "ck_emergency_plans_neighbours": ("emergency_plans", "neighbours = 'everybody'"),
    "ck_neighbour_warnings_kind": ("neighbour_warnings", "kind = 'dragon'"),
    "ck_neighbour_warnings_wanted": ("neighbour_warnings", "wanted = 'everybody'"),
    "ck_neighbour_warnings_scope": ("neighbour_warnings", "scope = 'everybody'"),
    "ck_drills_kind": ("drills", "kind = 'dragon'"),
    "ck_incidents_kind": ("incidents", "kind = 'rumour'"),
    "ck_incidents_state": ("incidents", "state = 'lost'"),
    "ck_incidents_category": ("incidents", "category = 'Bad weather'"),
    "ck_incidents_planned_times": ("incidents", "kind = 'planned', starts_at = null"),
    "ck_incident_followers_answer": ("incident_followers", "answer = 'maybe'"),
    "ck_appeal_links_kind": ("appeal_links", "kind = 'rhyme'"),
    "ck_appeal_links_two": ("appeal_links", "other_id = appeal_id"),
    "ck_return_visits_reason": ("return_visits", "reason = 'boredom'"),
    "ck_return_visits_result": ("return_visits", "result = 'lost'"),
    "ck_early_warnings_subject": ("early_warnings", "subject = 'weather'"),
    "ck_early_warnings_feedback": ("early_warnings", "feedback = 'maybe'"),
    "ck_appeals_stars": ("appeals", "stars = 6"),
    "ck_appeals_merged": ("appeals where state = 'cancelled'", "merged_into_id = id"),
    "ck_appeals_merged_state": ("appeals where state = 'received'", "merged_into_id = id + 1"),
    "ck_account_links_kind": ("account_links", "kind = 'rumour'"),
    "ck_owners_facts_agreed": ("owners", """facts = '{"cars": 2}'"""),
    "ck_residencies_share": ("residencies", "share = 101"),
    "ck_staff_theme": ("staff", "theme = 'pink'"),
    "ck_duty_exceptions_kind": ("duty_exceptions", "kind = 'late'"),
    "ck_duty_exceptions_days": ("duty_exceptions", "last_day = first_day - 1"),
    "ck_duty_exceptions_extra": ("duty_exceptions", "kind = 'extra'"),
    "ck_transfers_to": ("transfers", "to_id = null"),
    "ck_owner_imports_state": ("owner_imports", "state = 'lost'"),
    "ck_emergency_phrase_sets_state": ("emergency_phrase_sets", "state = 'weather'"),
    "ck_bot_text_sets_state": ("bot_text_sets", "state = 'weather'"),
    "ck_categories_code": ("categories", "code = 'Bad weather'"),
    "ck_categories_category_group": ("categories", "category_group = 'weather'"),
    "ck_improvement_plans_category": ("improvement_plans", "category = 'Bad weather'"),
    "ck_improvement_plans_checked": ("improvement_plans", "has_worked = true"),
    "ck_improvement_plans_done_first": (
        "improvement_plans",
        "checked_at = now(), has_worked = true",
    ),
    "ck_label_items_state": ("label_items", "state = 'lost'"),
    "ck_label_votes_verdict": ("label_votes", "verdict = 'maybe'"),
    "ck_examples_use": ("examples", "use = 'decoration'"),
    "ck_data_checks_state": ("data_checks", "state = 'lost'"),
    "ck_trainings_state": ("trainings", "state = 'lost'"),
    "ck_nlu_models_state": ("nlu_models", "state = 'lost'"),
    "ck_model_switches_kind": ("model_switches", "kind = 'whim'"),
}


def fill(session: Session) -> None:
    """A row in every table that has a check, with a received, a deferred, a rated and a cancelled appeal among
    them."""
    cast = make_cast(session)
    by = Actor.staff(cast.mara.id)
    make_appeal(session, cast)
    rated = make_appeal(session, cast)
    accept_appeal(session, rated, by=cast.mara, at=NOON)
    resolve_appeal(session, rated, resolution="Done", by=by, at=NOON)
    confirm_solved(session, rated, at=NOON)
    rate_appeal(session, rated, stars=5, at=NOON)
    deferred = make_appeal(session, cast)
    accept_appeal(session, deferred, by=cast.mara, at=NOON)
    until = NOON + timedelta(days=1)
    defer_appeal(session, deferred, until=until, reason="a part", by=by, at=NOON)
    cancel_appeal(session, make_appeal(session, cast), at=NOON)
    photo = make_message(
        session, cast.conversation, "", kind="photo", files=[IncomingFile("photo", "f")]
    )
    raise_emergency(session, cast.conversation, photo, kind="fire", found_by="owner", at=NOON)
    handoff = request_handoff(session, cast.conversation, reason="asked", at=NOON)
    create_invite(session, cast.alma, at=NOON)
    _fill_beside(session, cast, rated, deferred)
    _fill_office(session, cast, handoff)
    _fill_learning(session, cast, photo)
    session.flush()


def _fill_beside(session: Session, cast: Cast, appeal: Appeal, other: Appeal) -> None:
    """The tables around appeals, of which the services write more than a row needs."""
    project, soon = cast.project.id, NOON + timedelta(hours=1)
    calendar = Calendar(project_id=project, name="office", periods=[[]] * 7)
    remedy = Remedy(code="call", names={"en": "A call"}, unit="times", limits={"manager": 1})
    incident = Incident(
        project_id=project, kind="fault", category="elevator", titles={"en": "Lift"}, state="proposed",
        proposed_at=NOON,
    )  # fmt: skip
    session.add_all([calendar, remedy, incident])
    session.flush()
    promise = session.scalars(select(Promise).where(Promise.appeal_id == appeal.id)).first()
    assert promise is not None, "every appeal was promised something"
    session.add_all(
        [
            SpecialDay(calendar_id=calendar.id, day=NOON.date(), name="Holiday", source="staff"),
            Term(project_id=project, kind="resolution", minutes=30),
            Apology(
                appeal_id=appeal.id, promise_id=promise.id, state="draft", slips=1, reason="a part",
                words="Sorry", new_due_at=soon, drafted_at=NOON, send_at=soon,
            ),
            RemedyGrant(
                appeal_id=appeal.id, remedy_id=remedy.id, amount=1, granted_by_id=cast.boris.id,
                granted_at=NOON, key="k",
            ),
            DispatchRule(project_id=project, position=1, department_id=cast.maintenance.id),
            Assignment(
                appeal_id=appeal.id, department_id=cast.maintenance.id, operator_id=cast.ike.id,
                role="lead", state="done", offered_at=NOON,
            ),
            Handover(
                appeal_id=appeal.id, from_id=cast.mara.id, to_id=cast.boris.id, reason="leave",
                requested_at=NOON, respond_by=soon,
            ),
            ChatCode(code_hash="x", staff_id=cast.ike.id, created_at=NOON, expires_at=soon),
            EmergencyPlan(project_id=project, kind="fire", steps=[]),
            NeighbourWarning(
                appeal_id=appeal.id, kind="fire", wanted="entrance", scope="entrance", unit_ids=[],
                proposed_at=NOON,
            ),
            Drill(project_id=project, kind="fire", started_by_id=cast.boris.id, started_at=NOON),
            IncidentFollower(
                incident_id=incident.id, conversation_id=cast.conversation.id, added_at=NOON
            ),
            AppealLink(appeal_id=appeal.id, other_id=other.id, kind="related", made_at=NOON),
            ReturnVisit(
                appeal_id=appeal.id, closure=7, reason="major", from_at=NOON, due_at=soon
            ),
            EarlyWarning(
                project_id=project, subject="project", subject_id=project, cause="more_than_usual",
                reason={}, key="w", raised_at=NOON,
            ),
        ]
    )  # fmt: skip


def _fill_office(session: Session, cast: Cast, handoff: Handoff) -> None:
    """The tables of the people who work here, and of what they do beside appeals."""
    soon, today = NOON + timedelta(hours=1), NOON.date()
    session.add_all(
        [
            AccountLink(
                staff_id=cast.ike.id, kind="invite", token_hash="x", created_by_id=cast.boris.id,
                created_at=NOON, expires_at=soon,
            ),
            DutyException(staff_id=cast.mara.id, kind="absent", first_day=today, last_day=today),
            Transfer(
                handoff_id=handoff.id, from_id=cast.mara.id, to_id=cast.boris.id, reason="leave",
                requested_at=NOON, respond_by=soon,
            ),
            OwnerImport(state="checked", file_name="owners.csv", created_at=NOON),
            ImprovementPlan(
                project_id=cast.project.id, cause="Old lamps", plan="New lamps",
                staff_id=cast.boris.id, due_on=today, made_at=NOON, made_by_id=cast.boris.id,
            ),
        ]
    )  # fmt: skip


def _fill_learning(session: Session, cast: Cast, message: Message) -> None:
    """The tables of what is learnt from messages, and of the models that learnt it."""
    item = LabelItem(
        message_id=message.id, text="The light is out.", language="en", reading={}, reasons=[],
        worth=0.5, vector=[0.0] * VECTOR_SIZE, collected_at=NOON,
    )  # fmt: skip
    model = NluModel(file="m", size=1, base="b", made_at=NOON, data={}, state="candidate")
    session.add_all([item, model])
    session.flush()
    session.add_all(
        [
            LabelVote(item_id=item.id, staff_id=cast.mara.id, verdict="skip", text=item.text),
            Example(
                text=item.text, language="en", intent="help_seeking", category="lighting",
                use="train", source="label", added_by_id=cast.mara.id, added_at=NOON,
            ),
            Training(requested_at=NOON),
            DataCheck(requested_by_id=cast.mara.id, requested_at=NOON),
            BotTextSet(made_by_id=cast.mara.id, made_at=NOON),
            EmergencyPhraseSet(made_by_id=cast.mara.id, made_at=NOON),
            Category(
                code="pond", category_group="community", names={"en": "Pond"},
                department_code="maintenance", added_by_id=cast.mara.id, added_at=NOON,
            ),
            ModelSwitch(model_id=model.id, kind="put", requested_at=NOON),
        ]
    )  # fmt: skip


def test_every_check_of_the_model_is_tried_here() -> None:
    checks = {
        str(check.name)
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert checks == set(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_a_row_that_must_not_be_is_refused(session: Session, name: str) -> None:
    fill(session)
    target, change = REFUSED[name]
    table, _, condition = target.partition(" where ")
    where = f" where {condition}" if condition else ""
    rows: Any = session.execute(text(f"select count(*) from {table}{where}")).scalar()
    assert rows, "there is a row to be changed"
    with pytest.raises(IntegrityError, match=name):
        session.execute(text(f"update {table} set {change}{where}"))


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("appeals", "source_message_id source_part"),
        ("messages", "key"),
        ("ratings", "appeal_id"),
        ("owners", "phone"),
        ("staff", "email"),
        ("conversations", "chat_id"),
        ("invites", "code"),
        ("projects", "code"),
    ],
)
def test_what_must_be_one_is_unique(session: Session, table: str, columns: str) -> None:
    unique = {
        tuple(column.name for column in constraint.columns)
        for constraint in Base.metadata.tables[table].constraints
        if constraint.__visit_name__ == "unique_constraint"
    }
    assert tuple(columns.split()) in unique


def test_two_promises_of_one_kind_are_never_open_at_once(session: Session) -> None:
    fill(session)
    doubled = session.execute(
        text(
            "select appeal_id, kind from promises where kept_at is null and broken_at is null"
            " and renegotiated_at is null and withdrawn_at is null"
            " group by appeal_id, kind having count(*) > 1"
        )
    ).all()
    assert doubled == []
