"""Models that are brought or thrown away, and admins who hear what Ownerdesk did by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import NluModel, Notice, StaffMember
from ownerdesk.rules.refusals import AlreadyExists, ModelUnfit, ShadowUnderWay, TrainingUnderWay
from ownerdesk.services import nlu_models, trainings
from ownerdesk.services.model_files import add_brought_model, note_unmeasured, throw_away
from ownerdesk.services.shadow_runs import start_shadow_run
from tests.conftest import NOON
from tests.make import Cast, make_cast, make_staff
from tests.ownerdesk.services.test_nlu_models import BASE, jobs, make_model, serve, write


@pytest.fixture
def at_work(rolled_back_core: Core) -> tuple[Session, Cast, StaffMember]:
    session = rolled_back_core.sessions()
    cast = make_cast(session)
    return session, cast, make_staff(session, None, "Root", "admin")


def bring(session: Session, by: StaffMember, **fields: Any) -> NluModel:
    values = {
        "file": "b.tar.gz", "size": 5, "base": BASE, "digest": "d1", "brought_as": "x.tar.gz",
        "trained_at": "",
    } | fields  # fmt: skip
    return add_brought_model(session, by=by, at=NOON, **values)


def told(session: Session, topic: str) -> list[tuple[int, str]]:
    rows = select(Notice).where(Notice.topic == topic)
    return [(notice.staff_id, notice.words) for notice in session.scalars(rows)]


def test_the_same_file_is_taken_once_and_again_after_it_was_thrown_away(
    at_work: tuple[Session, Cast, StaffMember],
) -> None:
    session, _, root = at_work
    model = bring(session, root)
    assert (model.state, model.report) == ("candidate", None)
    assert jobs(session, "report_on_model") == [{"model_id": model.id}]
    with pytest.raises(AlreadyExists):
        bring(session, root, file="c.tar.gz")
    assert throw_away(session, model, by=root, at=NOON) == "b.tar.gz"
    bring(session, root, file="c.tar.gz")


def test_only_what_never_served_is_thrown_away(at_work: tuple[Session, Cast, StaffMember]) -> None:
    session, cast, root = at_work
    old, new, next_one = (make_model(session, name) for name in ("old", "new", "next"))
    serve(session, old, cast)
    serve(session, new, cast, minutes=1)
    for model in (old, new):
        with pytest.raises(ModelUnfit):
            throw_away(session, model, by=root, at=NOON)
    start_shadow_run(session, next_one, by=root, base=BASE, lasts=timedelta(hours=1), at=NOON)
    with pytest.raises(ShadowUnderWay):
        throw_away(session, next_one, by=root, at=NOON)
    broken = make_model(session, "broken", state="broken")
    throw_away(session, broken, by=root, at=NOON)
    assert (broken.state, broken.reads_as) == ("pruned", None)


def test_what_cannot_be_measured_stays_a_candidate_with_its_reason(
    at_work: tuple[Session, Cast, StaffMember],
) -> None:
    session, _, root = at_work
    model = bring(session, root)
    note_unmeasured(session, model.id, "Rasa ended while starting")
    assert (model.state, model.error) == ("candidate", "Rasa ended while starting")


def test_admins_are_told_once_that_ownerdesk_rolled_back_by_itself(
    at_work: tuple[Session, Cast, StaffMember],
) -> None:
    session, cast, root = at_work
    old, new = make_model(session, "old"), make_model(session, "new")
    serve(session, old, cast)
    write(session, cast, 40, 2, minutes=-30)
    switch = serve(session, new, cast)
    write(session, cast, 30, 9, minutes=5)
    back = nlu_models.watch(session, switch.id, base=BASE, at=NOON + timedelta(minutes=6))
    assert back is not None
    [(staff_id, words)] = told(session, "model.rolled_back")
    assert staff_id == root.id
    assert "not understood and went to people" in words


def test_admins_are_told_when_there_is_nothing_to_go_back_to(
    at_work: tuple[Session, Cast, StaffMember],
) -> None:
    session, cast, root = at_work
    only = make_model(session, "only")
    write(session, cast, 40, 2, minutes=-30)
    switch = serve(session, only, cast)
    write(session, cast, 30, 9, minutes=5)
    assert nlu_models.watch(session, switch.id, base=BASE, at=NOON + timedelta(minutes=6)) is None
    assert [staff_id for staff_id, _ in told(session, "model.stuck")] == [root.id]


def test_a_model_that_no_reader_could_be_reached_with_may_be_tried_again(
    at_work: tuple[Session, Cast, StaffMember],
) -> None:
    session, cast, root = at_work
    serve(session, make_model(session, "old"), cast)
    new = make_model(session, "new")
    switch = nlu_models.put_into_service(session, new, by=root, base=BASE, at=NOON)
    nlu_models.fail_switch(session, switch.id, "Rasa is away", at=NOON, is_broken=False)
    assert new.state == "candidate"
    assert [staff_id for staff_id, _ in told(session, "model.failed")] == [root.id]
    nlu_models.put_into_service(session, new, by=root, base=BASE, at=NOON)


def test_the_second_press_is_told_who_was_first(at_work: tuple[Session, Cast, StaffMember]) -> None:
    session, cast, root = at_work
    trainings.request_training(session, by=root, at=NOON)
    with pytest.raises(TrainingUnderWay) as refusal:
        trainings.request_training(session, by=cast.mara, at=NOON)
    assert refusal.value.holder == "Root"
