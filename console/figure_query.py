"""What the address of a page of figures says, and the words figures go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy.orm import Session

from console.forms import BadForm, parse_id
from console.render import Desk
from console.words import Words
from ownerdesk.model import Project
from ownerdesk.queries.figure_bases import Scope, make_scope
from ownerdesk.queries.management import DIMENSIONS, FIGURES
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.categories import is_category_code
from ownerdesk.rules.figures import DATES, PERIODS, Period
from ownerdesk.rules.refusals import NotAllowed


@dataclass(frozen=True)
class FigureQuery:
    """A period, whose cases, and by what the table has its rows. What the address says wrongly is left out. A project,
    department or person of 0 stands for none."""

    period: str = "7"
    first: str = ""
    last: str = ""
    project: int | None = None
    department: int | None = None
    person: int | None = None
    category: str = ""
    by: str = "project"
    figure: str = ""
    before: int | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> FigureQuery:
        def one_of(name: str, choices: Sequence[str], default: str = "") -> str:
            value = query.get(name, "")
            return value if value in choices else default

        def whole(name: str) -> int | None:
            try:
                return parse_id(query.get(name, ""), name)
            except BadForm:
                return None

        first, last = _day(query.get("first", "")), _day(query.get("last", ""))
        wanted = one_of("period", PERIODS, "7")
        return cls(
            period="7" if wanted == DATES and not (first and last) else wanted,
            first=first.isoformat() if first else "",
            last=last.isoformat() if last else "",
            project=whole("project"),
            department=whole("department"),
            person=whole("person"),
            category=query["category"] if is_category_code(query.get("category", "")) else "",
            by=one_of("by", DIMENSIONS, "project"),
            figure=one_of("figure", tuple(FIGURES)),
            before=whole("before"),
        )

    def as_period(self) -> Period:
        return Period(self.period, _day(self.first), _day(self.last))

    def as_query(self, **changes: object) -> dict[str, str]:
        """The address of a neighbouring page: this one with something changed."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | changes
        return {name: str(value) for name, value in values.items() if value not in (None, "")}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def figured_projects(session: Session, desk: Desk, query: FigureQuery) -> list[Project]:
    """The projects whose figures are meant. Raises NotAllowed where the person may see none of them, as for a project
    that does not exist."""
    ids = visible_project_ids(session, desk.member, Right.SEE_FIGURES)
    if not ids or (query.project and query.project not in ids):
        raise NotAllowed
    if query.project == 0:
        return []
    return [session.get_one(Project, i) for i in ids if query.project in (None, i)]


def scope_of(session: Session, desk: Desk, query: FigureQuery, *, before: bool = False) -> Scope:
    """Whose cases, and of when. People of no project yet are in what is said of all projects. Raises NotAllowed."""
    projects = figured_projects(session, desk, query)
    ids = visible_project_ids(session, desk.member, Right.SEE_FIGURES)
    return make_scope(
        projects,
        query.as_period(),
        at=desk.now,
        before=before,
        strangers="" if query.project else session.get_one(Project, ids[0]).timezone,
        department_id=query.department,
        person_id=query.person,
        category=query.category,
    )


def figure_names(words: Words) -> dict[str, str]:
    """What each figure is called."""
    _ = words._
    return {
        "open": _("Open now"),
        "new": _("Nobody has accepted yet"),
        "overdue": _("Overdue now"),
        "open_emergencies": _("Open emergencies"),
        "jobs": _("Open, as the operator"),
        "received": _("Received"),
        "answered": _("Answered by a person"),
        "resolved": _("Resolved"),
        "on_time": _("Resolved on time"),
        "late": _("Resolved late"),
        "moved": _("Put off in good time"),
        "reopened": _("Reopened"),
        "rated": _("Rated"),
        "low_rated": _("One or two stars"),
        "emergencies": _("Emergencies"),
        "emergencies_in_time": _("Emergencies accepted in time"),
        "emergencies_late": _("Emergencies accepted late"),
        "handoffs": _("Handoffs"),
        "handoffs_waiting": _("Handoffs still waiting"),
        "visits": _("Return visits paid"),
        "visits_satisfied": _("Return visits: satisfied"),
        "visits_unsatisfied": _("Return visits: not satisfied"),
    }


def figure_meanings(words: Words) -> dict[str, str]:
    """What exactly is counted."""
    _ = words._
    return {
        "open": _("Appeals that are neither closed nor withdrawn at this moment, whatever the period."),
        "new": _("Open appeals that nobody has accepted, at this moment."),
        "overdue": _("Open appeals whose next due time has passed, at this moment."),
        "open_emergencies": _("Emergencies that are open at this moment."),
        "jobs": _("Open appeals by the operator who works on them, at this moment."),
        "received": _("Appeals received in the period."),
        "answered": _(
            "Appeals received in the period that a person has answered; the time runs from receipt,"
            " round the clock."
        ),
        "resolved": _(
            "Appeals whose resolution came in the period and stands; the time runs from receipt,"
            " round the clock."
        ),
        "on_time": _("Of those resolved, the ones without a broken promise to the owner."),
        "late": _("Of those resolved, the ones with a promise to the owner that was broken."),
        "moved": _("Of those resolved on time, the ones with a promise that was put off before it lapsed."),
        "reopened": _("Appeals that their owners reopened in the period."),
        "rated": _("Appeals rated in the period; one to five stars."),
        "low_rated": _("Appeals rated with one or two stars in the period."),
        "emergencies": _("Appeals with an alarm raised in the period."),
        "emergencies_in_time": _("Alarms that a person accepted within the time promised."),
        "emergencies_late": _("Alarms that nobody accepted within the time promised."),
        "handoffs": _("Conversations that the bot gave to people in the period; the time runs until somebody took them."),
        "handoffs_waiting": _("Of these, the ones that nobody has taken yet."),
        "visits": _("Appeals with a return visit that ended in the period."),
        "visits_satisfied": _("Of these, the ones whose owner was satisfied."),
        "visits_unsatisfied": _("Of these, the ones whose owner was not, or where it came back."),
    }  # fmt: skip


def dimension_names(words: Words) -> dict[str, str]:
    """What the rows of the table may be."""
    _ = words._
    return {
        "project": _("By project"),
        "department": _("By department"),
        "person": _("By person"),
        "category": _("By cause"),
    }


def period_names(words: Words) -> dict[str, str]:
    _ = words._
    return {"today": _("Today"), "7": _("7 days"), "30": _("30 days"), DATES: _("From – to")}
