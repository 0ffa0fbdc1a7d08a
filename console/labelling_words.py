"""Words of labelling and of the data set: intents, reasons, what was masked, what a check found, and refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ownerdesk import wording
from ownerdesk.rules import refusals
from ownerdesk.rules.labelling import OUT_OF_SCOPE

Translate = Callable[[str], str]
Ngettext = Callable[[str, str, int], str]


def intent_names(_: Translate) -> dict[str, str]:
    """What an owner can mean: the natures first, in the order of their keys."""
    natures = wording.nature_names(_)
    del natures["other"]
    return natures | {
        "ask_status": _("Asks how it stands"),
        "talk_to_person": _("Wants a person"),
        "add_detail": _("Adds to a matter"),
        "cancel_appeal": _("Takes it back"),
        "thanks": _("Thanks"),
        "greet": _("Greeting"),
        "affirm": _("Yes"),
        "deny": _("No"),
        OUT_OF_SCOPE: _("Out of scope"),
        "nlu_fallback": _("Not understood"),
    }


def reason_names(_: Translate) -> dict[str, str]:
    """Why a message is in the inbox, in short."""
    return {
        "staff": _("Corrected by staff"),
        "owner": _("Corrected by the owner"),
        "clarified": _("The owner answered the bot's question"),
        "handed_off": _("Not understood, given to a person"),
        "unsure": _("The model was unsure"),
        "signs": _("Model and emergency rules disagree"),
        "shadow": _("Two models disagree"),
        "sample": _("Random sample"),
    }


def entity_names(_: Translate) -> dict[str, str]:
    return {
        "place": _("Place"),
        "thing": _("Thing"),
        "building": _("Building"),
        "entrance": _("Entrance"),
        "floor": _("Floor"),
        "unit": _("Home"),
        "wished_time": _("Wished time"),
        "money": _("Amount of money"),
        "appeal_number": _("Number of an appeal"),
    }


def view_names(_: Translate) -> dict[str, str]:
    return {
        "waiting": _("Waiting for you"),
        "disputed": _("Disputed"),
        "skipped": _("Skipped by you"),
        "settled": _("Settled"),
    }


def what_appears(_: Translate) -> dict[str, str]:
    """What an empty list says: when something appears there."""
    return {
        "waiting": _(
            "Nothing waits for you. What staff correct, what owners tap and what the model doubts appears here by itself."
        ),
        "disputed": _("Nothing is disputed. What two people label differently comes here."),
        "skipped": _("You have skipped nothing. What you skip waits here, for you alone."),
        "settled": _("Nothing is settled yet. What has been labelled is kept here."),
    }


def verdict_names(_: Translate) -> dict[str, str]:
    return {
        OUT_OF_SCOPE: _("Out of scope"),
        "delete": _("Not to be learnt from"),
        "skip": _("Skipped"),
    }


def use_names(_: Translate) -> dict[str, str]:
    return {"train": _("Trained on"), "test": _("Only tested with")}


def _masked_names(_: Translate) -> dict[str, str]:
    return {
        "link": _("links"),
        "mail": _("mail addresses"),
        "handle": _("user names"),
        "plate": _("number plates"),
        "identity": _("identity numbers"),
        "card": _("card or account numbers"),
        "phone": _("phone numbers"),
        "street": _("street addresses"),
        "name": _("names"),
    }


def masked_words(kinds: Sequence[str], _: Translate) -> str:
    """A line that says what was masked, and what is left to do."""
    if not kinds:
        return _("Nothing was masked. Look whether anything personal is in it.")
    names = _masked_names(_)
    found = ", ".join(f"{names.get(k, k)} ({n})" for k, n in sorted(Counter(kinds).items()))
    return _("Masked: {found}. Look whether anything personal is left.").format(found=found)


def labels_words(labels: Mapping[str, Any], _: Translate) -> str:
    """Intent, category and kind in one line; what is not known is left out."""
    intent = str(labels.get("intent") or labels.get("nature") or "")
    parts = [{**intent_names(_), "other": _("Other")}.get(intent, intent)]
    if labels.get("kind"):
        parts.append(wording.kind_names(_).get(str(labels["kind"]), str(labels["kind"])))
    category = str(labels.get("category") or "")
    if category and category != "other":
        parts.append(wording.category_names(_).get(category, category))
    if labels.get("no_danger") and not intent:
        parts.append(_("no danger"))
    return ", ".join(part for part in parts if part)


def finding_words(kind: str, subject: str, count: int, _: Translate) -> str:
    """What is wrong, and what to do about it."""
    name = intent_names(_).get(subject, subject)
    return {
        "nothing": _("There is nothing to train on."),
        "few": _("Only {count} examples of “{name}”: a model cannot learn it. Label more.").format(
            count=count, name=name
        ),
        "contradiction": _(
            "The same words have different labels, {count} times. Take out the wrong ones, or have them labelled anew."
        ).format(count=count),
        "duplicate": _("The same words are there {count} times. One is enough.").format(
            count=count
        ),
        "frame": _(
            "{count} messages differ in a number or their last word alone. Keep a few, or the model learns the frame."
        ).format(count=count),
        "leak": _(
            "Much the same is in the test set: what is measured with it would be flattered. Take it out."
        ),
    }.get(kind, kind)


def finding_names(_: Translate) -> dict[str, str]:
    return {
        "nothing": _("Empty"),
        "few": _("Too few"),
        "contradiction": _("Contradiction"),
        "duplicate": _("Twice"),
        "frame": _("Same frame"),
        "leak": _("Also in the test set"),
    }


def labelling_refusal_words(refusal: refusals.Refusal, _: Translate) -> str | None:
    """A sentence, or None for a refusal of something else."""
    match refusal:
        case refusals.ItemSettled():
            return _(
                "Somebody settled this message while you looked at it. What they said stands below; send yours again if"
                " you see it differently."
            )
        case refusals.WrongLabels():
            return {
                "intent": _("Choose what the message is."),
                "category": _("Choose what it is about."),
                "kind": _("Choose the kind of emergency."),
                "entities": _(
                    "A mark does not fit the words any more, or two overlap. Remove it and mark again."
                ),
                "text": _("The words to learn from are missing, or longer than 2000 characters."),
            }[refusal.field]
        case refusals.StillPersonal():
            names = _masked_names(_)
            kinds = ", ".join(dict.fromkeys(names.get(kind, kind) for kind in refusal.kinds))
            return _(
                "This looks personal: {kinds}. Put something invented in its place, or tick that it is not personal."
            ).format(kinds=kinds)
        case refusals.ExampleRemoved():
            return _("Somebody has taken this example out already.")
        case refusals.NoMessage():
            return _(
                "This example was written for a label, so there is no message to label anew. Take it out instead."
            )
        case refusals.DataCheckUnderWay():
            return _("The data set is being checked already. What is found appears here.")
        case _:
            return None
