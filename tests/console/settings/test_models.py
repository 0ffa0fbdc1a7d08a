"""Admins train, compare, put into service and roll back; what cannot be done is refused in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Conversation,
    Example,
    ModelSwitch,
    NluModel,
    ShadowReading,
    ShadowRun,
    StaffMember,
    Training,
)
from ownerdesk.rules.model_reports import TAUGHT
from ownerdesk.services import trainings
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import list_audit
from tests.make import NOON, make_message, make_reading
from tests.make_models import judge, make_model, make_sets, put_in

BASE = "/settings/models"


@pytest.fixture
def make(site: Site) -> Callable[..., int]:
    """A model; with `serves` in service."""

    def work(session: Session, name: str, serves: bool, fields: dict[str, Any]) -> int:
        model = make_model(session, site.core.settings, name, **fields)
        if serves:
            put_in(session, model)
        return model.id

    def make(name: str, *, serves: bool = False, **fields: Any) -> int:
        return site.core.transact_now(work, name, serves, fields)

    return make


def states(site: Site) -> dict[int, str]:
    with site.core.sessions() as session:
        return {model.id: model.state for model in session.query(NluModel)}


def test_a_training_is_started_once_and_the_second_is_told_who_was_first(
    site: Site, root: StaffMember, ada: StaffMember
) -> None:
    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(root)
        await two.log_in(ada)
        assert "Train a model" in await one.read(BASE)
        assert (await one.post("/settings/trainings")).status == 303
        second = await two.post("/settings/trainings")
        assert second.status == 409
        assert "Root was first" in await second.text()

    site.visit_together(walk)
    assert len(list_audit(site, "training.requested")) == 1


def test_two_who_press_at_the_same_moment_start_one_training(
    site: Site, root: StaffMember, ada: StaffMember
) -> None:
    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(root)
        await two.log_in(ada)
        answers = await asyncio.gather(
            one.post("/settings/trainings"), two.post("/settings/trainings")
        )
        assert sorted(answer.status for answer in answers) == [303, 409]

    site.visit_together(walk)


def test_a_training_is_followed_cancelled_once_and_says_why_it_failed(
    site: Site, root: StaffMember
) -> None:
    def begin(session: Session) -> int:
        training = trainings.request_training(session, by=root, at=NOON)
        trainings.begin_training(session, training.id, at=NOON)
        trainings.note_progress(
            session, training.id, stage="NgramFeaturizer", progress=0.42, seconds_left=125,
            line="Finished training component <b>",
        )  # fmt: skip
        return training.id

    training_id = site.core.transact_now(begin)

    async def walk(browser: Browser) -> None:
        for page in (BASE, f"/settings/trainings/{training_id}"):
            shown = await browser.read(page)
            assert "42 %" in shown
            assert "about 2 min left" in shown
            assert "sse:training" in shown
        assert "component &lt;b&gt;" in shown
        assert (await browser.post(f"/settings/trainings/{training_id}/cancel")).status == 303
        assert "Being cancelled" in await browser.read(BASE)
        site.core.transact_now(
            trainings.fail_training, training_id, "the data set: few greet (1)", at=NOON
        )
        late = await browser.post(f"/settings/trainings/{training_id}/cancel")
        assert (late.status, "has ended already" in await late.text()) == (409, True)
        shown = await browser.read(f"/settings/trainings/{training_id}")
        assert "Of “greet” there are too few examples (1)." in shown

    site.visit(walk, by=root)


def test_the_report_says_which_corrections_came_through_and_measures_nothing_by_them(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    def teach(session: Session) -> int:
        example = Example(
            text="Nine days for a bulb, bravo", language="en", intent="dissatisfaction",
            category="lighting", use="train", source="staff", added_by_id=root.id, added_at=NOON,
        )  # fmt: skip
        session.add(example)
        session.flush()
        return example.id

    key = str(site.core.transact_now(teach))

    def sets(read_as: str) -> dict[str, Any]:
        return make_sets() | {TAUGHT: [judge(key, "dissatisfaction", read_as)]}

    make("1", serves=True, sets=sets("help_seeking"))
    better = make("2", sets=sets("dissatisfaction"))

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"{BASE}/{better}")
        assert "What people labelled: 0 messages worse, 1 message better" in page
        assert "Nine days for a bulb, bravo" in page
        assert "It learnt from these very messages" in page
        assert "No gate is closed" in page
        assert page.count('class="model-set"') == 1, "it is no set to measure with"

    site.visit(walk, by=root)


def test_the_report_shows_emergencies_first_and_the_very_messages_that_changed(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    make("1", serves=True, sets=make_sets(missed=1))
    worse = make("2", sets=make_sets(missed=3))

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"{BASE}/{worse}")
        assert page.index("Call a person to look") < page.index("Nature right")
        assert "3 of 20 missed" in page
        assert "fewer emergencies call a person, 85.0 % instead of 95.0 %." in page
        assert "“Emergency” is recognised in 85.0 % instead of 95.0 %." in page
        assert "2 messages worse, 0 messages better" in page
        # The words of the fixed set stand in the repository under these ids.
        assert "lift&#39;s bust again lads" in page  # en001
        assert "can someone fit a ceiling lamp on saturday?" in page  # en002
        assert "Put into service all the same" in page
        report = await browser.get(f"{BASE}/{worse}/report.json")
        assert "attachment" in report.headers["Content-Disposition"]
        kept = await report.json()
        assert kept["report"]["sets"]["Test messages"]["count"] == 40
        assert kept["reads_as"]["Test messages"]["en000"][0] == "consultation"
        assert (await browser.get(f"{BASE}/{worse}/file")).status == 200

    site.visit(walk, by=root)


def test_real_messages_are_shown_masked_as_they_were_kept(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    def add(session: Session) -> str:
        example = Example(
            text="Alex rang 000 000 twice", language="en", intent="consultation", category="other",
            use="test", source="staff", added_by_id=root.id, added_at=NOON,
        )  # fmt: skip
        session.add(example)
        session.flush()
        return str(example.id)

    key = site.core.transact_now(add)
    make("1", serves=True, sets=make_sets(real=(judge(key, "consultation", "consultation"),)))
    new = make("2", sets=make_sets(real=(judge(key, "consultation", "help_seeking"),)))

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"{BASE}/{new}")
        assert "Real messages: 1 message worse, 0 messages better" in page
        assert "Alex rang 000 000 twice" in page

    site.visit(walk, by=root)


def test_a_worse_model_goes_in_only_with_a_reason_which_is_kept(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    make("1", serves=True, sets=make_sets(missed=1))
    worse = make("2", sets=make_sets(missed=3))

    async def walk(browser: Browser) -> None:
        refused = await browser.post(f"{BASE}/{worse}/put", reason="  ")
        assert refused.status == 409
        text = await refused.text()
        assert "It reads worse than the model in service" in text
        assert "fewer emergencies call a person" in text
        assert states(site)[worse] == "candidate"
        assert (await browser.post(f"{BASE}/{worse}/put", reason="x" * 501)).status == 409
        done = await browser.post(f"{BASE}/{worse}/put", reason="mislabelled test messages")
        assert done.headers["Location"] == f"{BASE}/{worse}"
        assert "is being put into service" in await browser.read(BASE)
        again = await browser.post(f"{BASE}/{worse}/put")
        assert "being put into service at this moment" in await again.text()

    site.visit(walk, by=root)
    (entry,) = list_audit(site, "model.put")
    assert (entry.staff_id, entry.after and entry.after["reason"]) == (
        root.id, "mislabelled test messages",
    )  # fmt: skip


def test_while_one_goes_in_another_waits(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    make("1", serves=True)
    first, second = make("2"), make("3")

    async def walk(browser: Browser) -> None:
        assert "No gate is closed" in await browser.read(f"{BASE}/{first}")
        assert (await browser.post(f"{BASE}/{first}/put")).status == 303
        refused = await browser.post(f"{BASE}/{second}/put")
        assert (refused.status, "Wait until it is done" in await refused.text()) == (409, True)

    site.visit(walk, by=root)


def test_a_model_of_another_version_or_without_a_report_stays_out(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    make("1", serves=True)
    other, blank = make("2", base="0000"), make("3", sets={})

    async def walk(browser: Browser) -> None:
        refused = await browser.post(f"{BASE}/{other}/put")
        assert "other data or components" in await refused.text()
        refused = await browser.post(f"{BASE}/{blank}/put")
        assert "It has no report yet" in await refused.text()
        assert (await browser.post(f"{BASE}/{blank}/measure")).status == 303

    site.visit(walk, by=root)
    assert len(list_audit(site, "nlu_model.measured")) == 1


def test_one_press_rolls_back_and_any_of_the_last_can_be_chosen(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    async def walk(browser: Browser) -> None:
        nothing = await browser.post(f"{BASE}/roll-back")
        assert (nothing.status, "No earlier model is kept" in await nothing.text()) == (409, True)
        first = make("1", serves=True)

        def follow(session: Session) -> int:
            before = session.get_one(NluModel, first)
            model = make_model(session, site.core.settings, "2")
            put_in(session, model, before)
            return model.id

        site.core.transact_now(follow)
        page = await browser.read(BASE)
        assert f"Roll back to Model {first}" in page
        assert f'Put back<span class="sr">: Model {first}</span>' in page
        candidate = make("3")
        assert (await browser.post(f"{BASE}/roll-back", to=str(candidate))).status == 409
        assert (await browser.post(f"{BASE}/roll-back", to="999999")).status == 404
        assert (await browser.post(f"{BASE}/roll-back")).status == 303
        assert states(site)[first] == "going_in"

    site.visit(walk, by=root)
    with site.core.sessions() as session:
        assert (
            session.query(ModelSwitch).order_by(ModelSwitch.id.desc()).first().kind == "roll_back"
        )  # type: ignore[union-attr]


def test_a_candidate_is_thrown_away_with_its_file_and_what_served_is_not(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    serving, candidate = make("1", serves=True), make("2")
    folder = site.core.settings.models_dir
    assert len(list(folder.glob("*.tar.gz"))) == 2

    async def walk(browser: Browser) -> None:
        kept = await browser.post(f"{BASE}/{serving}/throw-away")
        assert (kept.status, "in service already" in await kept.text()) == (409, True)
        assert (await browser.post(f"{BASE}/{candidate}/shadow", hours="8")).status == 303
        refused = await browser.post(f"{BASE}/{candidate}/throw-away")
        assert "End that run first" in await refused.text()
        assert len(list(folder.glob("*.tar.gz"))) == 2
        with site.core.sessions() as session:
            run_id = session.query(ShadowRun).one().id
        assert (await browser.post(f"/settings/shadow-runs/{run_id}/end")).status == 303
        assert (await browser.post(f"{BASE}/{candidate}/throw-away")).headers["Location"] == BASE
        assert (await browser.get(f"{BASE}/{candidate}/file")).status == 404
        assert f"{BASE}/{candidate}" not in await browser.read(BASE)

    site.visit(walk, by=root)
    assert [path.name.endswith("+1.tar.gz") for path in folder.glob("*.tar.gz")] == [True]
    assert len(list_audit(site, "nlu_model.removed")) == 1


def test_a_shadow_run_counts_live_and_lists_what_differs_without_names(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    model = make("1")

    async def walk(browser: Browser) -> None:
        assert (await browser.post(f"{BASE}/{model}/shadow", hours="9")).status == 409
        started = await browser.post(f"{BASE}/{model}/shadow", hours="24")
        address = started.headers["Location"]
        refused = await browser.post(f"{BASE}/{model}/shadow", hours="1")
        assert "reading in the shadow already" in await refused.text()

        def read(session: Session) -> None:
            run = session.query(ShadowRun).one()
            conversation = session.get_one(Conversation, site.cast.conversation.id)
            message = make_message(session, conversation, "Alma here, ring +34 600 123 456")
            message.reading = make_reading("help_seeking").as_record()
            session.add(
                ShadowReading(
                    run_id=run.id, message_id=message.id, differs=True, at=NOON,
                    reading=make_reading("emergency", alarm=True).as_record(),
                )
            )  # fmt: skip

        site.core.transact_now(read)
        page = await browser.read(address)
        assert "1 message read, 1 otherwise" in page
        assert "sse:shadow" in page
        assert "600 123 456" not in page
        assert "Alma" not in page
        served, candidate = page.split('data-label="Candidate">')
        assert "<strong>Help needed</strong>" in served
        assert "<strong>Emergency</strong>" in candidate
        assert "calls a person" in candidate
        assert (await browser.post(f"{address}/end")).status == 303
        assert (await browser.post(f"{address}/end")).status == 303  # twice changes nothing

    site.visit(walk, by=root)
    assert len(list_audit(site, "shadow.ended")) == 1


def test_the_history_says_who_put_what_in_and_why_ownerdesk_went_back(
    site: Site, root: StaffMember, make: Callable[..., int]
) -> None:
    model = make("1", serves=True)

    def add(session: Session) -> None:
        session.add(
            ModelSwitch(
                model_id=model, kind="safety", reason="handoffs", requested_at=NOON, done_at=NOON
            )
        )
        session.add(
            Training(requested_at=NOON, state="failed", error="OSError: No space left on device")
        )

    site.core.transact_now(add)

    async def walk(browser: Browser) -> None:
        page = await browser.read(BASE)
        assert "rolled back by Ownerdesk for safety" in page
        assert "messages were not understood and went to people" in page
        assert "The disk is full." in page
        assert "The trainer does not run" in page
        await browser.post("/settings/trainings")
        log = await browser.read("/settings/log")
        assert "Training" in log
        assert "started" in log

    site.visit(walk, by=root)


def test_who_runs_one_project_has_no_say_in_models(
    site: Site, petra: StaffMember, make: Callable[..., int]
) -> None:
    model = make("1")

    async def walk(browser: Browser) -> None:
        assert BASE not in await browser.read("/settings/staff")
        for page in (BASE, f"{BASE}/{model}", f"{BASE}/{model}/report.json", "/settings/drift"):
            assert (await browser.get(page)).status == 404
        for form in ("/settings/trainings", f"{BASE}/{model}/put", f"{BASE}/roll-back"):
            assert (await browser.post(form)).status == 404

    site.visit(walk, by=petra)
    assert states(site) == {model: "candidate"}
