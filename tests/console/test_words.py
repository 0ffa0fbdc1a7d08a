"""What lives in two places says the same: facts and their words, refusals and their sentences, tables and labels."""

from __future__ import annotations

import inspect
import re
from datetime import timedelta
from pathlib import Path

import pytest

import ownerdesk.services
from console import labelling_words
from console.facts import fact_templates
from console.forms import BadForm
from console.model_words import gate_words, model_states, training_error, training_states
from console.views.appeal_actions import ACTIONS, BUTTONS
from console.words import Words
from ownerdesk.model.handoffs import HANDOFF_REASONS
from ownerdesk.model.incidents import INCIDENT_STATES
from ownerdesk.model.label_items import VERDICTS
from ownerdesk.model.labels import SEVERITIES, AppealState
from ownerdesk.model.trainings import MODEL_STATES, TRAINING_STATES
from ownerdesk.queries.label_items import VIEWS
from ownerdesk.rules import answering, dataset_checks, refusals
from ownerdesk.rules.fields import Problem, Unusable
from ownerdesk.rules.gates import Gate
from ownerdesk.rules.labelling import ENTITIES, Why
from ownerdesk.services.calendars import InUse
from ownerdesk.services.label_items import INTENTS
from tests.conftest import NOON

WORDS = Words("en", NOON)


def test_every_fact_that_services_record_has_its_words() -> None:
    folder = Path(inspect.getfile(ownerdesk.services)).parent
    recorded = set()
    for path in folder.glob("*.py"):
        for call in re.findall(r"\b_?record(?:_step)?\((.*?)\)", path.read_text(), re.DOTALL):
            recorded |= set(re.findall(r'"([a-z]+\.[a-z_]+)"', call))
    assert len(recorded) > 20
    assert recorded == set(fact_templates(WORDS))


def test_every_state_severity_and_reason_has_its_words() -> None:
    assert set(WORDS.states) == set(AppealState)
    assert set(WORDS.severities) == set(SEVERITIES)
    assert set(WORDS.handoff_reasons) == set(HANDOFF_REASONS)
    assert set(WORDS.incident_states) == set(INCIDENT_STATES)


def test_every_button_has_its_action() -> None:
    assert {button.name for button in BUTTONS} <= set(ACTIONS)


@pytest.mark.parametrize(
    "refusal",
    [
        refusals.WrongState(state="closed", action="accept"),
        refusals.AlreadyHeld("Mara"),
        refusals.AlreadyTaken("Mara"),
        refusals.NotHeld(),
        *(
            refusals.MissingText(field)
            for field in ("reply", "note", "reason", "resolution", "update", "title")
            for field in ("reply", "note", "reason", "resolution", "answer", "for_owner")
        ),
        refusals.TooLong("reply", 8000),
        refusals.VisitEnded(),
        refusals.OwnWork(),
        refusals.InThePast(),
        refusals.WeakPassword("short"),
        refusals.WrongLogin(),
        refusals.StaffNotFound(),
        refusals.AppealNotFound(),
        refusals.IncidentNotFound(),
        refusals.IncidentOver(),
        refusals.WrongPeriod(),
        refusals.StillInUse(),
        refusals.StillInUse(appeals=2),
        refusals.StillInUse(people=2),
        refusals.HasHistory(),
        refusals.NumbersTaken(["1"], 1),
        refusals.SwitchedOff(),
        refusals.NotAgreed(),
        refusals.GrantBeyondOwn(),
        refusals.LastAdmin(),
        refusals.SuccessorNeeded(2),
        refusals.InvalidField("phone"),
        refusals.ChangedMeanwhile(),
        refusals.ItemSettled(),
        *(refusals.WrongLabels(f) for f in ("intent", "category", "kind", "entities", "text")),
        refusals.StillPersonal(["phone"]),
        refusals.ExampleRemoved(),
        refusals.NoMessage(),
        refusals.DataCheckUnderWay(),
        Unusable(Problem("name", "missing")),
        InUse(),
        BadForm("until"),
        BadForm("to"),
        refusals.TrainingUnderWay(),
        refusals.TrainingUnderWay("Mara"),
        refusals.TrainingOver(),
        refusals.UnfitData(["few"]),
        *(
            refusals.ModelUnfit(why)
            for why in ("other_version", "in_service", "going_in", "broken", "pruned", "retired")
        ),
        *(
            refusals.ModelFileRefused(why, detail="3.5", expected="3.6")
            for why in (
                "no_file",
                "too_large",
                "disk_full",
                "no_model",
                "other_version",
                "other_base",
                "other_parts",
                "nothing_to_compare",
            )
        ),
        refusals.SwitchUnderWay(),
        refusals.GateClosed([]),
        refusals.NothingToRollBackTo(),
        refusals.ShadowUnderWay(),
        answering.UnseenMessages(1),
        answering.HeldMeanwhile("Mara"),
        answering.UnfilledVariables(unknown=("price",), empty=()),
        answering.UnfilledVariables(unknown=(), empty=("due",)),
        answering.FileTooLarge(50_000_000),
        answering.WrongFileKind(),
        answering.EmptyFile(),
        answering.TooManyFiles(10),
        answering.UploadGone(),
        answering.TransferOpen("Mara"),
        answering.TransferOver(),
        answering.NobodyToAsk(),
    ],
)
def test_every_refusal_of_the_console_says_why(refusal: refusals.Refusal) -> None:
    assert WORDS.refusal(refusal) not in ("", "That is not possible.", "A text is missing.")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("no_report", ""),
        ("other_messages", "Real messages"),
        ("emergencies_low", "Test messages"),
        ("emergencies_high", "Second set"),
        ("class", "Test messages: consultation"),
    ],
)
def test_every_gate_is_told_with_its_numbers(name: str, subject: str) -> None:
    said = gate_words(Gate(name, subject, 0.5, 0.25), WORDS.natures, WORDS._)
    assert "{" not in said
    assert ("25.0 % instead of 50.0 %" in said) == name.startswith(("emergencies", "class"))


def test_every_state_of_trainings_and_models_has_its_words() -> None:
    assert set(training_states(WORDS._)) == set(TRAINING_STATES)
    assert set(model_states(WORDS._)) == set(MODEL_STATES)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("the data set: few greet (1), few deny (2)", "Of “deny” there are too few examples (2)."),
        ("the data set: nothing  (0)", "There is nothing in it."),
        ("less than 2 GB of disk are free", "Make room"),
        ("the trainer died twice", "Look at its log"),
        ("cancelled", "Somebody cancelled it."),
        ("Rasa could not train a model; {odd}", "Rasa could not train a model; {odd}"),
    ],
)
def test_a_failed_training_says_why(error: str, said: str) -> None:
    assert said in training_error(error, WORDS._)


def test_what_is_not_yours_reads_like_what_does_not_exist() -> None:
    assert WORDS.refusal(refusals.NotAllowed()) == WORDS.refusal(refusals.AppealNotFound())


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=2, minutes=59), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_a_length_of_time_is_told_in_its_largest_unit(length: timedelta, words: str) -> None:
    assert WORDS.span(length.total_seconds()) == words


def test_times_are_shown_in_the_projects_zone_with_the_whole_on_hover() -> None:
    tag = WORDS.time_tag(NOON, "Europe/Madrid")
    assert ">13:00</time>" in tag
    assert "Wednesday 18 November 2026, 13:00:00 (Central European Standard Time)" in tag


def test_everything_that_can_be_labelled_and_found_has_its_words() -> None:
    _ = WORDS._
    assert set(INTENTS) <= set(labelling_words.intent_names(_))
    assert set(labelling_words.reason_names(_)) == set(Why)
    assert set(labelling_words.entity_names(_)) == set(ENTITIES)
    assert set(labelling_words.view_names(_)) == set(VIEWS)
    assert set(labelling_words.verdict_names(_)) == set(VERDICTS) - {"labels"}
    kinds = re.findall(r'Finding\(\s*"(\w+)"', inspect.getsource(dataset_checks))
    assert set(kinds) == set(labelling_words.finding_names(_))
