"""Plans for emergencies (S12): who is alarmed in which order, read from what is stored, walked, and checked for faults.

A plan is data that people write, and danger does not wait until it is right: reading never fails. What cannot be
read becomes a step that reaches nobody, which brings the next one forward, and `check_plan` names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from ownerdesk.rules.fields import Problem, Texts, Typed, Unusable, Whole

T = TypeVar("T")

WHO = ("on_duty", "department_head", "manager", "project_manager", "head_office")
MOST_STEPS = 20
MOST_NUMBERS = 10
LONGEST_NAME = 80
MOST_MINUTES = 24 * 60
# What is at risk by which rule; the words of the table `emergency_plans`.
NONE, ABOVE_AND_BELOW, ENTRANCE, BUILDING = "none", "above_and_below", "entrance", "building"


@dataclass(frozen=True)
class Step:
    """Who is alarmed `after_minutes` without anybody having accepted. `index` is its place in the plan."""

    index: int
    after_minutes: int
    who: str

    @property
    def staff_id(self) -> int | None:
        """Of `staff:17`, 17."""
        head, _, number = self.who.partition(":")
        is_number = number.isascii() and number.isdecimal() and len(number) <= 18
        return int(number) if head == "staff" and is_number else None

    @property
    def is_known(self) -> bool:
        return self.who in WHO or self.staff_id is not None


@dataclass(frozen=True)
class Number:
    """Somebody to call. `name` is a text, or texts by language; `phone` may hold `{phone}` or `{emergency_number}`."""

    name: str | Mapping[str, str]
    phone: str

    def name_in(self, language: str) -> str:
        """In that language, else in English, else in any there is."""
        if isinstance(self.name, str):
            return self.name
        wanted = (self.name.get(language), self.name.get("en"), *self.name.values())
        return next((str(text) for text in wanted if text), "")


@dataclass(frozen=True)
class Plan:
    """One plan, as far as it could be read."""

    steps: tuple[Step, ...] = ()
    numbers: tuple[Number, ...] = ()
    neighbours: str = NONE

    @classmethod
    def of(cls, steps: Any, numbers: Any, neighbours: str) -> Plan:
        """From the columns of the table."""
        rows = steps if isinstance(steps, list) else []
        return cls(
            tuple(_parse_step(index, row) for index, row in enumerate(rows)),
            tuple(_parse_number(row) for row in (numbers if isinstance(numbers, list) else [])),
            neighbours,
        )


def _parse_step(index: int, row: Any) -> Step:
    """A time that cannot be read counts as at once: rather too early than never."""
    values = row if isinstance(row, Mapping) else {}
    minutes = values.get("after_minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 0:
        minutes = 0
    return Step(index, minutes, str(values.get("who") or ""))


def _parse_number(row: Any) -> Number:
    values = row if isinstance(row, Mapping) else {}
    name = values.get("name")
    return Number(
        name if isinstance(name, Mapping) else str(name or ""), str(values.get("phone") or "")
    )


@dataclass(frozen=True)
class Due(Generic[T]):
    """A step whose moment has come, and the people it leads to. `is_early`: the step before reached nobody."""

    step: Step
    people: Sequence[T]
    is_early: bool


def due_steps(
    plan: Plan, minutes: int, find: Callable[[Step], Sequence[T]], can_hear: Callable[[T], bool]
) -> Iterator[Due[T]]:
    """The steps due after so many minutes, in order.

    The first is always due: somebody has to be alarmed at once. One that leads to nobody who can hear brings the
    next one forward at once.
    """
    is_forward = True
    for step in plan.steps:
        is_due = step.after_minutes <= minutes
        if not (is_due or is_forward):
            continue
        people = find(step)
        yield Due(step, people, is_early=not is_due)
        is_forward = not any(can_hear(person) for person in people)


@dataclass(frozen=True)
class Fault:
    """Something wrong with a plan. `code` is no_steps, too_late, unknown_who, times_not_increasing, nobody,
    no_number, or no_plan; `step` counts from 1, 0 where it is about the whole plan."""

    code: str
    step: int = 0
    detail: str = ""

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


def check_plan(plan: Plan, *, count: Callable[[Step], int], phones: Sequence[str]) -> list[Fault]:
    """Every fault of a plan. `count` says how many people a step reaches, `phones` are the plan's numbers with their
    gaps filled."""
    faults = [] if plan.steps else [Fault("no_steps")]
    if plan.steps and plan.steps[0].after_minutes > 0:
        faults.append(Fault("too_late", 1, str(plan.steps[0].after_minutes)))
    latest = 0
    for step in plan.steps:
        number = step.index + 1
        if not step.is_known:
            faults.append(Fault("unknown_who", number, step.who))
        elif count(step) == 0:
            faults.append(Fault("nobody", number, step.who))
        if step.after_minutes < latest:
            faults.append(Fault("times_not_increasing", number, str(step.after_minutes)))
        latest = max(latest, step.after_minutes)
    if not phones or not all(phone.strip() for phone in phones):
        faults.append(Fault("no_number"))
    return faults


def fill_phone(phone: str, *, duty_phone: str, emergency_number: str) -> str:
    """A number with the project's own in its gaps."""
    return phone.replace("{emergency_number}", emergency_number).replace("{phone}", duty_phone)


def parse_steps(typed: Typed) -> list[dict[str, Any]]:
    """Steps as they stand in a form: `step.0.minutes` and `step.0.who`, and so on; a row without a `who` is none.
    Raises Unusable at each row that cannot be: the first alarms at once, no step comes before the one above it."""
    steps: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for index in range(MOST_STEPS):
        who = typed.get(f"step.{index}.who", "").strip()
        if not who:
            continue
        latest = steps[-1]["after_minutes"] if steps else 0
        most = MOST_MINUTES if steps else 0
        field = Whole(f"step.{index}.minutes", latest, most)
        try:
            minutes = field.parse(typed)
        except Unusable as refusal:
            problems += refusal.problems
            continue
        if not Step(0, 0, who).is_known:
            problems.append(Problem(f"step.{index}.who", "unknown"))
        steps.append({"after_minutes": minutes, "who": who})
    if not steps and not problems:
        problems.append(Problem("step.0.who", "missing"))
    if problems:
        raise Unusable(*problems)
    return steps


def parse_numbers(typed: Typed) -> list[dict[str, Any]]:
    """Numbers to call as they stand in a form: `number.0.phone` and `number.0.name.en`, and so on; a row with neither
    is none. Raises Unusable at what is missing."""
    numbers: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for index in range(MOST_NUMBERS):
        phone = typed.get(f"number.{index}.phone", "").strip()
        names = Texts(f"number.{index}.name", LONGEST_NAME, required=bool(phone))
        try:
            name = names.parse(typed)
        except Unusable as refusal:
            problems += refusal.problems
            continue
        if name and not is_phone(phone):
            problems.append(Problem(f"number.{index}.phone", "phone" if phone else "missing"))
        elif name:
            numbers.append({"name": name, "phone": phone})
    if problems:
        raise Unusable(*problems)
    return numbers


def is_phone(text: str) -> bool:
    """Digits as people write them, or one of the project's own numbers in braces."""
    return re.fullmatch(r"[+\d][\d ()/.-]{1,39}|\{(phone|emergency_number)\}", text) is not None
