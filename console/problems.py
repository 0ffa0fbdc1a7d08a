"""Why a field of a form cannot be kept, in words that stand at the field."""

from __future__ import annotations

from collections.abc import Mapping

from console.forms import Form
from console.words import Words
from ownerdesk.rules.fields import Problem, Unusable
from ownerdesk.rules.refusals import ChangedMeanwhile, Refusal


def list_problems(
    refusal: Refusal | None, kept: Form | None, stored: Mapping[str, str], words: Words
) -> dict[str, str]:
    """What to say at which field: why it cannot be kept, or what somebody else wrote there meanwhile."""
    if isinstance(refusal, Unusable):
        return {p.field: problem_words(p, words) for p in refusal.problems}
    if isinstance(refusal, ChangedMeanwhile) and kept is not None:
        now = words._("Now it says: {text}")
        return {
            name: now.format(text=text or "–")
            for name, text in stored.items()
            if kept.get(name, "").strip() != text
        }
    return {}


def version_in_form(refusal: Refusal | None, kept: Form | None, version: str) -> str:
    """Which version the next save replaces: the one the person has seen."""
    if kept is None or isinstance(refusal, ChangedMeanwhile):
        return version
    return kept.get("seen", version)


def problem_words(problem: Problem, words: Words) -> str:
    """One sentence that says what is wrong and what would do."""
    _, detail = words._, problem.detail
    match problem.why:
        case "missing":
            return _("Something has to stand here.")
        case "too_long":
            return _("That is too long: {length} characters, at most {limit}.").format(**detail)
        case "too_many":
            return _("That is too many: at most {limit}.").format(**detail)
        case "unknown":
            return _("Choose one of what is offered, or write it like the example.")
        case "no_number":
            return _("Write a whole number.")
        case "no_money":
            return _("Write an amount such as 35 or 35.50.")
        case "out_of_range":
            return _("Write a number from {least} to {most}.").format(**detail)
        case "no_code":
            return _("Write small letters, digits, “-” and “_”, at most 40.")
        case "taken":
            return _("That is there already.")
        case "gaps":
            names = detail["gaps"]
            assert isinstance(names, list)
            gaps = ", ".join(f"{{{name}}}" for name in names)
            return (
                _("Use exactly these variables: {gaps}.")
                if detail.get("is_exact")
                else _("Only these variables can stand here: {gaps}.")
            ).format(gaps=gaps or "–")
        case "tags":
            return _(
                "“{tag}” is not possible here: write the tags of the original, and close each of them."
            ).format(**detail)
        case "over_limit":
            return _("You may set at most your own limit: {limit} {unit}.").format(**detail)
        case "phone":
            return _("Write a phone number such as +34 600 000 000.")
        case "hours":
            return _("Write opening times like 08:00-12:30, 14:00-18:00.")
        case "address":
            return _("Write an address that begins with https://.")
        case "day":
            return _("Choose a day.")
        case _:
            return _("This cannot be kept.")
