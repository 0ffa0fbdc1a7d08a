"""Trainings one at a time, models into service behind gates, and back again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import AuditEntry, ModelSwitch, NluModel, Training
from ownerdesk.queries.trainings import find_model_in_service
from ownerdesk.rules.refusals import (
    GateClosed,
    ModelUnfit,
    NothingToRollBackTo,
    ShadowUnderWay,
    SwitchUnderWay,
    TrainingOver,
    TrainingUnderWay,
)
from ownerdesk.services import nlu_models as service
from ownerdesk.services import trainings
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.shadow_runs import end_shadow_run, start_shadow_run
from tests.conftest import NOON
from tests.make import Cast, make_cast, make_conversation, make_message
from tests.ownerdesk.rules.test_gates import report

BASE = "base"


@pytest.fixture
def at_work(rolled_back_core: Core) -> tuple[Session, Cast]:
    session = rolled_back_core.sessions()
    return session, make_cast(session)


def make_model(
    session: Session, name: str, *, state: str = "candidate", figures: dict[str, Any] | None = None
) -> NluModel:
    model = NluModel(
        file=f"{name}.tar.gz", size=1, base=BASE, made_at=NOON, data={}, state=state,
        report=figures if figures is not None else report(),
    )  # fmt: skip
    session.add(model)
    session.flush()
    return model


def serve(session: Session, model: NluModel, cast: Cast, *, minutes: int = 0) -> ModelSwitch:
    at = NOON + timedelta(minutes=minutes)
    switch = service.put_into_service(session, model, by=cast.boris, base=BASE, at=at)
    service.complete_switch(session, switch.id, at=at)
    return switch


def jobs(session: Session, name: str) -> list[dict[str, Any]]:
    query = "SELECT args FROM procrastinate_jobs WHERE task_name = :name ORDER BY id"
    return list(session.execute(text(query), {"name": name}).scalars())


def test_one_training_at_a_time_and_a_second_press_is_told_so(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    training = trainings.request_training(session, by=cast.boris, at=NOON)
    assert jobs(session, "train_model") == [{"training_id": training.id}]
    with pytest.raises(TrainingUnderWay):
        trainings.request_training(session, by=cast.mara, at=NOON)
    trainings.cancel_training(session, training, by=cast.mara, at=NOON)
    assert training.state == "cancelled"
    with pytest.raises(TrainingOver):
        trainings.cancel_training(session, training, by=cast.mara, at=NOON)
    assert not trainings.begin_training(session, training.id, at=NOON)
    trainings.request_training(session, by=cast.mara, at=NOON)


def test_a_training_whose_trainer_died_is_begun_again_once(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    training = trainings.request_training(session, by=cast.boris, at=NOON)
    assert trainings.begin_training(session, training.id, at=NOON)
    assert trainings.begin_training(session, training.id, at=NOON)
    assert not trainings.begin_training(session, training.id, at=NOON)
    assert (training.state, training.error) == ("failed", "the trainer died twice")


def test_a_running_training_hears_of_the_cancelling_at_its_next_step(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    training = trainings.request_training(session, by=cast.boris, at=NOON)
    trainings.begin_training(session, training.id, at=NOON)

    def step() -> bool:
        return trainings.note_progress(
            session, training.id, stage="training", progress=0.4, seconds_left=60, line="half"
        )

    assert step()
    trainings.cancel_training(session, training, by=cast.boris, at=NOON)
    assert not step()
    trainings.fail_training(session, training.id, "cancelled", at=NOON)
    row = session.get_one(Training, training.id)
    assert (row.state, row.log, row.progress) == ("cancelled", "half\nhalf\n", 0.4)


def test_a_model_goes_into_service_in_one_audited_act(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    old, new = make_model(session, "old"), make_model(session, "new")
    serve(session, old, cast)
    switch = service.put_into_service(session, new, by=cast.boris, base=BASE, at=NOON)
    assert (old.state, new.state) == ("in_service", "going_in")
    assert jobs(session, "put_into_service")[-1] == {"switch_id": switch.id}
    service.complete_switch(session, switch.id, at=NOON)
    service.complete_switch(session, switch.id, at=NOON)  # delivered twice
    assert (old.state, new.state) == ("retired", "in_service")
    assert find_model_in_service(session) is new
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "model.put")).all()[-1]
    assert (entry.before, entry.after) == (
        {"model": "old.tar.gz"},
        {"model": "new.tar.gz", "reason": ""},
    )


def test_a_model_that_misses_an_emergency_stays_out_unless_an_admin_says_why(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    serve(session, make_model(session, "old"), cast)
    worse = make_model(session, "worse", figures=report(alarmed=90))
    with pytest.raises(GateClosed) as closed:
        service.put_into_service(session, worse, by=cast.boris, base=BASE, override=" ", at=NOON)
    assert [gate.name for gate in closed.value.gates] == ["emergencies_low"]
    assert worse.state == "candidate"
    switch = service.put_into_service(
        session,
        worse,
        by=cast.boris,
        base=BASE,
        override="ten test messages are mislabelled",
        at=NOON,
    )
    assert switch.reason == "ten test messages are mislabelled"


def test_a_model_of_another_version_or_that_serves_already_is_refused(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    model = make_model(session, "one")
    with pytest.raises(ModelUnfit) as unfit:
        service.put_into_service(session, model, by=cast.boris, base="newer", at=NOON)
    assert unfit.value.why == "other_version"
    serve(session, model, cast)
    with pytest.raises(ModelUnfit):
        service.put_into_service(session, model, by=cast.boris, base=BASE, at=NOON)


def test_two_admins_who_press_at_once_switch_once(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    serve(session, make_model(session, "old"), cast)
    first, second = make_model(session, "first"), make_model(session, "second")
    service.put_into_service(session, first, by=cast.boris, base=BASE, at=NOON)
    with pytest.raises(SwitchUnderWay):
        service.put_into_service(session, second, by=cast.mara, base=BASE, at=NOON)
    assert second.state == "candidate"


def test_a_model_that_does_not_load_is_broken_and_the_old_one_serves_on(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    old, new = make_model(session, "old"), make_model(session, "new")
    serve(session, old, cast)
    switch = service.put_into_service(session, new, by=cast.boris, base=BASE, at=NOON)
    service.fail_switch(session, switch.id, "it was made by Rasa 3.5", at=NOON)
    assert (old.state, new.state, new.error) == ("in_service", "broken", "it was made by Rasa 3.5")


def test_rolling_back_takes_one_press_and_goes_to_any_of_the_last(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    models = [make_model(session, f"m{n}") for n in range(3)]
    with pytest.raises(NothingToRollBackTo):
        service.roll_back(session, by=cast.boris, base=BASE, at=NOON)
    for number, model in enumerate(models):
        serve(session, model, cast, minutes=number)
    switch = service.roll_back(session, by=cast.boris, base=BASE, at=NOON)
    assert (switch.model, switch.kind) == (models[1], "roll_back")
    service.complete_switch(session, switch.id, at=NOON + timedelta(minutes=9))
    again = service.roll_back(session, by=cast.boris, base=BASE, to=models[0], at=NOON)
    assert again.model is models[0]


def test_only_the_last_ten_are_kept(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    models = [make_model(session, f"m{n}") for n in range(13)]
    for number, model in enumerate(models):
        serve(session, model, cast, minutes=number)
    assert service.list_prunable(session) == [models[1], models[0]]
    service.mark_pruned(session, models[0])
    assert service.list_prunable(session) == [models[1]]


def write(session: Session, cast: Cast, count: int, handoffs: int, *, minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    for number in range(count):
        message = make_message(session, cast.conversation, "hm", at=at)
        if number < handoffs:
            chat = make_conversation(session, chat_id=90_000 + minutes * 1000 + number)
            chat.project_id = cast.project.id
            request_handoff(session, chat, reason="not_understood", message=message, at=at)


def test_a_model_that_sends_owners_to_people_is_taken_back_by_itself(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    old, new = make_model(session, "old"), make_model(session, "new")
    serve(session, old, cast)
    write(session, cast, 40, 2, minutes=-30)
    switch = serve(session, new, cast)
    write(session, cast, 30, 9, minutes=5)
    back = service.watch(session, switch.id, base=BASE, at=NOON + timedelta(minutes=6))
    assert back is not None
    assert (back.kind, back.reason, back.model, back.by_id) == ("safety", "handoffs", old, None)
    service.complete_switch(session, back.id, at=NOON + timedelta(minutes=7))
    assert service.watch(session, switch.id, base=BASE, at=NOON + timedelta(minutes=8)) is None


def test_a_good_model_is_watched_for_an_hour_and_left_alone(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    serve(session, make_model(session, "old"), cast)
    switch = serve(session, make_model(session, "new"), cast)
    write(session, cast, 30, 1, minutes=5)
    before = len(jobs(session, "watch_model"))
    assert service.watch(session, switch.id, base=BASE, at=NOON + timedelta(minutes=6)) is None
    assert len(jobs(session, "watch_model")) == before + 1
    assert service.watch(session, switch.id, base=BASE, at=NOON + timedelta(minutes=61)) is None
    assert len(jobs(session, "watch_model")) == before + 1


def test_one_candidate_reads_in_the_shadow_at_a_time(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    first, second = make_model(session, "first"), make_model(session, "second")

    def start(model: NluModel) -> Any:
        return start_shadow_run(
            session, model, by=cast.boris, base=BASE, lasts=timedelta(days=99), at=NOON
        )

    run = start(first)
    assert run.until == NOON + timedelta(days=14)
    with pytest.raises(ShadowUnderWay):
        start(second)
    end_shadow_run(session, run, by=cast.boris, at=NOON)
    start(second)
    with pytest.raises(ModelUnfit):
        start(make_model(session, "gone", state="retired"))


def test_what_ownerdesk_started_with_is_in_service(at_work: tuple[Session, Cast]) -> None:
    session, _ = at_work
    first = service.register_model(session, file="a.tar.gz", size=1, base=BASE, data={}, at=NOON)
    assert (
        service.register_model(session, file="a.tar.gz", size=1, base=BASE, data={}, at=NOON)
        is first
    )
    second = service.register_model(session, file="b.tar.gz", size=1, base="b2", data={}, at=NOON)
    assert (first.state, second.state) == ("retired", "in_service")
    assert (
        service.register_model(session, file="a.tar.gz", size=1, base=BASE, data={}, at=NOON)
        is first
    )
