"""Who does a job: the rule that fits an appeal, and the order in which operators are asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from ownerdesk.model import DispatchRule
from ownerdesk.model.labels import AppealState

# A grievance needs a person's judgement and a question needs an answer: neither is sent to an operator unasked.
DISPATCHED_NATURES = ("help_seeking", "paid_service", "emergency")


@dataclass(frozen=True)
class Case:
    """What rules look at. `local` is the time in the project's zone, `language` the owner's."""

    category: str
    severity: str
    language: str
    local: datetime


@dataclass(frozen=True)
class Candidate:
    """An operator who is on duty and can be reached; `load` counts the jobs they have."""

    staff_id: int
    skills: frozenset[str]
    languages: frozenset[str]
    load: int


def choose_rule(rules: Iterable[DispatchRule], case: Case) -> DispatchRule | None:
    """The first that fits, by position; of two at one position the older."""
    fitting = [rule for rule in rules if fits(rule, case)]
    return min(fitting, key=lambda rule: (rule.position, rule.id), default=None)


def fits(rule: DispatchRule, case: Case) -> bool:
    """A field that is left empty fits anything."""
    return (
        rule.category in (None, case.category)
        and rule.severity in (None, case.severity)
        and rule.language in (None, case.language)
        and is_within(rule.starts, rule.ends, case.local.time())
    )


def is_within(starts: time | None, ends: time | None, clock: time) -> bool:
    """Whether a local time lies between two others; past midnight where the end is not after the start."""
    if starts is None or ends is None or starts == ends:
        return True
    if starts < ends:
        return starts <= clock < ends
    return clock >= starts or clock < ends


def rank(
    candidates: Iterable[Candidate], *, skill: str | None, language: str
) -> Sequence[Candidate]:
    """Those who have the skill, in the order of asking: who speaks the owner's language, then who has least to
    do, then by id, so that the same roster always gives the same answer."""
    able = [c for c in candidates if skill is None or skill in c.skills]
    return sorted(able, key=lambda c: (language not in c.languages, c.load, c.staff_id))


def is_dispatched_by_rules(nature: str, state: str) -> bool:
    """Whether rules may send it on now. An emergency is taken on by a person first (S2, S12)."""
    if nature not in DISPATCHED_NATURES:
        return False
    if nature == "emergency":
        return state == AppealState.ACCEPTED
    return state in (AppealState.RECEIVED, AppealState.ACCEPTED, AppealState.DISPATCHED)
