"""Words of trainings and language models: states, stages, gates, and why something was refused or went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

from ownerdesk.rules import refusals
from ownerdesk.rules.gates import Gate

Translate = Callable[[str], str]

_FINDING = re.compile(r"([a-z_]+) (\S*) \((\d+)\)")


def training_states(_: Translate) -> dict[str, str]:
    return {
        "queued": _("waits"),
        "running": _("under way"),
        "done": _("done"),
        "failed": _("failed"),
        "cancelled": _("cancelled"),
    }


def stage_name(stage: str, _: Translate) -> str:
    """What a training is doing; a step of Rasa's that is not here is called by its own name."""
    return {
        "queued": _("waiting for the trainer"),
        "preparing": _("checking and exporting the data"),
        "training": _("reading the data"),
        "SentenceVectorFeaturizer": _("sentence vectors are ready"),
        "NgramFeaturizer": _("words and parts of words are counted"),
        "TwoReaderIntentClassifier": _("natures are learnt"),
        "LabelClassifier": _("categories and kinds are learnt"),
        "report": _("reading the test messages"),
        "done": _("done"),
    }.get(stage, stage)


def training_error(error: str, _: Translate) -> str:
    """Why a training ended without a model, in words for an admin; what Rasa itself says is passed on as it is."""
    if error == "cancelled":
        return _("Somebody cancelled it.")
    if error == "the trainer died twice":
        return _("The trainer ended in the middle of it, twice. Look at its log, then start again.")
    if error.startswith("less than 2 GB"):
        return _("Less than 2 GB of disk are free. Make room, then start again.")
    if "No space left on device" in error:
        return _("The disk is full. Make room, then start again.")
    if error.startswith("the data set:"):
        found = [_finding(k, subject, n, _) for k, subject, n in _FINDING.findall(error)]
        return " ".join([_("The data set cannot be trained on."), *found])
    return error


def _finding(kind: str, subject: str, count: str, _: Translate) -> str:
    said = {
        "nothing": _("There is nothing in it."),
        "few": _("Of “{subject}” there are too few examples ({count})."),
        "contradiction": _("The same words are labelled in two ways ({subject})."),
        "leak": _("Messages of the test set are among the examples ({count})."),
    }.get(kind, "{kind} {subject} ({count})")
    return said.format(kind=kind, subject=subject, count=count)


def model_states(_: Translate) -> dict[str, str]:
    return {
        "candidate": _("candidate"),
        "going_in": _("being put into service"),
        "in_service": _("in service"),
        "retired": _("served before"),
        "broken": _("cannot be loaded"),
        "pruned": _("thrown away"),
    }


def switch_kinds(_: Translate) -> dict[str, str]:
    return {
        "put": _("put into service"),
        "roll_back": _("rolled back"),
        "safety": _("rolled back by Ownerdesk for safety"),
    }


def jump_words(reason: str, _: Translate) -> str:
    """Why Ownerdesk rolled back by itself; the reason of a person stays as it was written."""
    return {
        "errors": _("messages could not be read"),
        "handoffs": _("messages were not understood and went to people"),
    }.get(reason, reason)


def set_name(name: str, _: Translate) -> str:
    """Sets of messages that a model has read; they are stored by these English names."""
    return {
        "Test messages": _("Fixed test messages"),
        "Second set": _("Second fixed set, by another author"),
        "Other languages": _("Other languages"),
        "Real messages": _("Real messages"),
        "Taught messages": _("What people labelled"),
    }.get(name, name)


def gate_words(gate: Gate, natures: dict[str, str], _: Translate) -> str:
    """What stays closed, with its numbers."""
    subject, _colon, label = gate.subject.partition(": ")
    before, after = (
        f"{100 * share:.1f}" if share is not None else "–" for share in (gate.before, gate.after)
    )
    said = {
        "no_report": _("It has no report yet: nobody knows how well it reads."),
        "other_messages": _(
            "{set}: the two models have read different test messages. Measure it again."
        ),
        "emergencies_low": _(
            "{set}: fewer emergencies call a person, {after} % instead of {before} %."
        ),
        "emergencies_high": _(
            "{set}: fewer emergencies tell the owner at once what to do, {after} % instead of {before} %."
        ),
        "class": _("{set}: “{label}” is recognised in {after} % instead of {before} %."),
    }[gate.name]
    return said.format(
        set=set_name(subject, _), label=natures.get(label, label), before=before, after=after
    )


def _unfit_words(why: str, _: Translate) -> str:
    return {
        "other_version": _(
            "This model was made with other data or components than this version of Ownerdesk has. Train a new one."
        ),
        "candidate": _("This model has never served, so there is no way back to it."),
        "in_service": _("This model is in service already."),
        "going_in": _("This model is being put into service at this moment."),
        "broken": _("This model cannot be loaded; it says why below."),
        "pruned": _("The file of this model is gone."),
        "retired": _("This model has served before. It can be put back, but is no candidate."),
    }.get(why, _("This model is no candidate any more."))


def _file_words(refusal: refusals.ModelFileRefused, _: Translate) -> str:
    return {
        "no_file": _("Choose the file of a model."),
        "too_large": _("The file is larger than {expected} MB, which no model is."),
        "disk_full": _("The disk is full. Make room, then bring the file again."),
        "no_model": _("This file is no model of Rasa: a .tar.gz with a metadata.json in it."),
        "other_version": _("It was made by Rasa {detail}, and this is Rasa {expected}."),
        "other_base": _(
            "It was made on other data or code than this version has: the name of the file begins with “{expected}”"
            " in a model that fits. Leave the name as it was given."
        ),
        "other_parts": _(
            "It was made with other components or settings than are used here. {detail}"
        ),
        "nothing_to_compare": _("There is no model here yet that it could be compared with."),
    }[refusal.why].format(detail=refusal.detail, expected=refusal.expected)


def model_refusal_words(refusal: refusals.Refusal, _: Translate) -> str | None:
    """A sentence, or None for a refusal of something else."""
    match refusal:
        case refusals.TrainingUnderWay(holder=""):
            return _("A training is under way already. One model is trained at a time.")
        case refusals.TrainingUnderWay():
            return _(
                "{name} was first: a training is under way. One model is trained at a time."
            ).format(name=refusal.holder)
        case refusals.TrainingOver():
            return _("The training has ended already. This is how it ended.")
        case refusals.UnfitData():
            return _("The data set cannot be trained on: {findings}.").format(
                findings=", ".join(refusal.findings)
            )
        case refusals.ModelUnfit():
            return _unfit_words(refusal.why, _)
        case refusals.ModelFileRefused():
            return _file_words(refusal, _)
        case refusals.SwitchUnderWay():
            return _(
                "Another model is being put into service at this moment. Wait until it is done."
            )
        case refusals.GateClosed():
            return _(
                "It reads worse than the model in service. Look at the gates below; to put it in all the same, give a reason."
            )
        case refusals.NothingToRollBackTo():
            return _("No earlier model is kept that could be put back.")
        case refusals.ShadowUnderWay():
            return _("A candidate is reading in the shadow already. End that run first.")
        case _:
            return None
