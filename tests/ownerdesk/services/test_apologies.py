"""Apologies and remedies (S6, S10): approved or edited by a person, or truthful by themselves; never above a limit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Apology, Appeal, Notice, Remedy, RemedyGrant
from ownerdesk.rules.liability import AdmitsLiability
from ownerdesk.rules.refusals import InThePast, MissingText, NotAllowed
from ownerdesk.services.apologies import (
    ManagerOnly,
    NotADraft,
    approve_apology,
    find_draft,
    send_by_itself,
)
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, defer_appeal, end_deferral
from ownerdesk.services.remedies import (
    InvalidAmount,
    OverLimit,
    RemedyNotFound,
    format_amount,
    grant_remedy,
    limit_of,
    list_remedies,
    parse_amount,
)
from ownerdesk.services.sweep import sweep_promises
from tests.look import find_sent, list_events, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast

WARNED, SPOKEN = NOON + timedelta(minutes=24), NOON + timedelta(minutes=28)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def find_remedy(session: Session, code: str) -> Remedy:
    return session.scalars(select(Remedy).where(Remedy.code == code)).one()


def draft(session: Session, appeal: Appeal) -> Apology:
    """What waits for approval once the warning has come."""
    (promise,) = list_open_promises(session, appeal)
    sweep_promises(session, at=promise.look_at)
    apology = find_draft(session, appeal.id)
    assert apology is not None
    return apology


def test_a_person_edits_the_apology_adds_a_remedy_and_sets_the_time(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    apology = draft(session, appeal)
    new_due = NOON + timedelta(hours=3)
    approve_apology(
        session, apology, by=cast.boris, words="I am sorry, the lamp has to be ordered.",
        new_due_at=new_due, remedy=find_remedy(session, "fee_credit"), amount=15, at=WARNED + LATER,
    )  # fmt: skip
    (told,) = find_sent(session, cast.conversation, "slip")
    assert told.text == (
        "I am sorry, the lamp has to be ordered. As a sign of goodwill I have arranged this for you:"
        " a credit on your next property fee (€15.00). I will have this solved by 16:00. — Boris T"
    )
    assert (apology.state, apology.approved_by_id) == ("approved", cast.boris.id)
    (promise,) = list_open_promises(session, appeal)
    assert (promise.due_at, promise.staff_id) == (new_due, cast.boris.id)
    (grant,) = session.scalars(select(RemedyGrant)).all()
    assert (grant.amount, grant.granted_by_id) == (Decimal("15.00"), cast.boris.id)
    sweep_promises(session, at=SPOKEN)
    send_by_itself(session, apology, at=SPOKEN)
    assert len(find_sent(session, cast.conversation, "slip")) == 1
    with pytest.raises(NotADraft):
        approve_apology(
            session, apology, by=cast.boris, words="Again", new_due_at=new_due, at=SPOKEN
        )


def test_an_apology_is_refused_for_what_must_not_be_sent(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    apology = draft(session, appeal)
    credit, later = find_remedy(session, "fee_credit"), NOON + timedelta(hours=3)
    base = {"by": cast.mara, "words": "Sorry.", "new_due_at": later, "at": WARNED + LATER}
    for refusal, changed in (
        (MissingText, {"words": "  "}),
        (AdmitsLiability, {"words": "It was our fault."}),
        (InThePast, {"new_due_at": WARNED}),
        (NotAllowed, {"by": cast.ike}),
        (OverLimit, {"remedy": credit, "amount": 1}),  # an agent has no limit for it
        (OverLimit, {"by": cast.boris, "remedy": credit, "amount": 21}),
    ):
        with pytest.raises(refusal), session.begin_nested():
            approve_apology(session, apology, **{**base, **changed})  # type: ignore[arg-type]
    assert find_sent(session, cast.conversation, "slip") == []
    assert session.scalars(select(RemedyGrant)).all() == []
    sweep_promises(session, at=SPOKEN)
    session.refresh(apology)
    assert apology.state == "sent_by_itself", "what nobody approved goes out as the truth is"


def test_the_second_slip_is_the_managers_to_approve_and_passes_in_no_case_in_silence(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    draft(session, appeal)
    sweep_promises(session, at=SPOKEN)
    second = draft(session, appeal)
    assert (second.slips, appeal.responsible_id) == (2, cast.boris.id)
    at = second.drafted_at + LATER
    words = {"words": second.words, "new_due_at": second.new_due_at}
    with pytest.raises(ManagerOnly):
        approve_apology(session, second, by=cast.mara, **words, at=at)  # type: ignore[arg-type]
    approve_apology(session, second, by=cast.boris, **words, at=at)  # type: ignore[arg-type]
    assert find_sent(session, cast.conversation, "slip")[-1].text.endswith("— Boris T")
    third = draft(session, appeal)
    sweep_promises(session, at=third.send_at)
    assert len(find_sent(session, cast.conversation, "slip")) == 3
    told = [n.topic for n in session.scalars(select(Notice)) if n.staff_id == cast.boris.id]
    assert "appeal.escalated" in told
    assert "promise.slipped" in told


def test_the_manager_reads_of_each_slip_what_the_owner_was_told(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    for _ in range(2):
        sweep_promises(session, at=draft(session, appeal).send_at)
    said = [message.text for message in find_sent(session, cast.conversation, "slip")]
    notices = session.scalars(
        select(Notice.words).where(Notice.topic == "promise.slipped").order_by(Notice.id)
    ).all()
    assert [text in words for text, words in zip(said, notices, strict=True)] == [True, True]
    assert notices[0] != notices[1], "two slips are two facts"


def test_the_reason_is_that_of_a_deferral(session: Session, cast: Cast, appeal: Appeal) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    by, until = Actor.staff(cast.mara.id), NOON + timedelta(hours=20)
    defer_appeal(session, appeal, until=until, reason="a part is missing", by=by, at=NOON)
    end_deferral(session, appeal, at=until)
    assert "a part is missing" in draft(session, appeal).words


def test_a_project_without_anybody_still_tells_the_owner(session: Session, cast: Cast) -> None:
    for member in (cast.mara, cast.boris):
        member.is_active = False
    session.flush()
    appeal = make_appeal(session, cast)
    assert appeal.responsible_id is None
    draft(session, appeal)
    sweep_promises(session, at=SPOKEN)
    (told,) = find_sent(session, cast.conversation, "slip")
    assert "nobody has been free" in told.text
    assert "—" not in told.text


def test_a_remedy_is_given_once_within_the_givers_limit_and_told(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    credit, call = find_remedy(session, "fee_credit"), find_remedy(session, "manager_call")
    for _ in range(2):
        grant_remedy(
            session, appeal, credit, amount=Decimal("12.50"), by=cast.boris, key="a", at=NOON
        )
    (told,) = find_sent(session, cast.conversation, "remedy")
    assert told.text == (
        "T-1001: as a sign of goodwill I have arranged this for you:"
        " a credit on your next property fee (€12.50). — Boris T"
    )
    with pytest.raises(OverLimit) as refused:
        grant_remedy(session, appeal, credit, amount=8, by=cast.boris, key="b", at=NOON)
    assert (refused.value.limit, refused.value.unit) == (20, "EUR")
    grant_remedy(session, appeal, credit, amount=Decimal("7.50"), by=cast.boris, key="c", at=NOON)
    grant_remedy(session, appeal, call, amount=1, by=cast.mara, key="d", at=NOON)
    for member, remedy in ((cast.mara, credit), (cast.mara, call), (cast.ike, call)):
        with pytest.raises(OverLimit):
            grant_remedy(session, appeal, remedy, amount=1, by=member, key="e", at=NOON)
    assert list_events(session, appeal).count("remedy.granted") == 3


def test_a_limit_is_that_of_the_best_role_in_this_project_alone(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    other = make_cast(session, code="U", chat_id=7002)
    credit = find_remedy(session, "fee_credit")
    assert limit_of(cast.boris, credit, cast.project.id) == 20
    assert limit_of(other.boris, credit, cast.project.id) == 0
    with pytest.raises(OverLimit):
        grant_remedy(session, appeal, credit, amount=1, by=other.boris, key="f", at=NOON)


def test_a_projects_own_remedy_takes_the_place_of_the_common_one(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    assert len(list_remedies(session, cast.project.id)) == 4
    own = Remedy(
        project_id=cast.project.id, code="fee_credit", names={"en": "Credit"}, unit="EUR",
        limits={"manager": 5}, is_offered=False,
    )  # fmt: skip
    session.add(own)
    session.flush()
    assert "fee_credit" not in [remedy.code for remedy in list_remedies(session, cast.project.id)]
    with pytest.raises(RemedyNotFound):
        grant_remedy(session, appeal, own, amount=1, by=cast.boris, key="g", at=NOON)


@pytest.mark.parametrize(
    ("text", "unit"), [("0", "EUR"), ("-1", "EUR"), ("nan", "EUR"), ("1.005", "EUR"), ("1.5", "times"),
                       ("inf", "EUR"), ("ten", "EUR"), ("1e20", "EUR")],
)  # fmt: skip
def test_an_amount_that_cannot_be_is_refused(text: str, unit: str) -> None:
    with pytest.raises(InvalidAmount):
        parse_amount(text, unit)
    assert parse_amount("1,50", "EUR") == Decimal("1.50")
    assert parse_amount("", "times") == 1


@pytest.mark.parametrize(
    ("language", "money"), [("en", "€12.50"), ("es", "12,50\N{NO-BREAK SPACE}€"), ("zh", "€12.50")]
)
def test_an_amount_is_written_as_the_owners_language_writes_it(language: str, money: str) -> None:
    assert format_amount(Decimal("12.5"), "EUR", language) == money
    assert format_amount(2, "times", language) == "2 ×"
