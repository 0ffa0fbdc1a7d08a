"""Terms: how long something may take, by project, category, nature and severity; without one, the policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ownerdesk.rules.policy import Policy


@dataclass(frozen=True)
class Case:
    """What a term is looked for."""

    project_id: int
    nature: str
    category: str
    severity: str
    kind: str


class TermLike(Protocol):
    """What a term says of the cases it is for; None is for all."""

    @property
    def project_id(self) -> int | None: ...
    @property
    def nature(self) -> str | None: ...
    @property
    def category(self) -> str | None: ...
    @property
    def severity(self) -> str | None: ...
    @property
    def kind(self) -> str: ...


T = TypeVar("T", bound=TermLike)


def pick_term(terms: Iterable[T], case: Case) -> T | None:
    """The most specific term that fits. A project's own comes before the common ones; then a category says more
    than a nature, and a nature more than a severity."""
    fitting = (term for term in terms if term.kind == case.kind and _fits(term, case))
    return max(fitting, key=_weight, default=None)


def _fits(term: TermLike, case: Case) -> bool:
    return (
        term.project_id in (None, case.project_id)
        and term.category in (None, case.category)
        and term.nature in (None, case.nature)
        and term.severity in (None, case.severity)
    )


def _weight(term: TermLike) -> tuple[bool, bool, bool, bool]:
    return (
        term.project_id is not None,
        term.category is not None,
        term.nature is not None,
        term.severity is not None,
    )


def default_minutes(policy: Policy, *, kind: str, severity: str) -> int:
    """What the policy says where no term does; it counts round the clock."""
    match kind:
        case "acceptance":
            return policy.emergency_accept_minutes
        case "first_answer":
            return policy.first_answer_minutes
        case "next_update":
            return policy.next_update_minutes
        case _:
            return policy.resolution_minutes(severity)
