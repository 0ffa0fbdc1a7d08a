"""The timeline of an appeal in words: one sentence for each kind of fact the services record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.words import Words
from ownerdesk.model import Appeal, AppealEvent, Department
from ownerdesk.queries.appeals import list_events
from ownerdesk.queries.staff import read_staff_names
from ownerdesk.rules.appeal_events import changes_the_picture
from ownerdesk.wording import turn_reason_names, visit_reason_names, visit_result_names


@dataclass(frozen=True)
class Fact:
    """One line of the timeline. `tone` colours it: good, bad, warn or nothing."""

    at: datetime
    who: str
    text: str
    detail: str
    tone: str
    is_undone: bool = False


TONES = {
    "appeal.accepted": "good",
    "appeal.resolved": "good",
    "appeal.closed": "good",
    "appeal.reopened": "warn",
    "appeal.escalated": "bad",
    "promise.slipped": "bad",
    "apology.drafted": "warn",
    "owner.silent": "warn",
    "alarm.raised": "bad",
    "alarm.repeated": "bad",
    "alarm.step_empty": "bad",
    "alarm.all_rung": "bad",
    "alarm.nobody": "bad",
    "job.accepted": "good",
    "job.done": "good",
    "job.unclaimed": "bad",
    "handover.accepted": "good",
    "appeal.turned": "bad",
    "appeal.worsened": "bad",
    "appeal.repeated": "warn",
    "appeal.merged": "warn",
    "appeal.joined": "warn",
    "owner.confirmed": "good",
}


def fact_templates(words: Words) -> dict[str, str]:
    """What each fact says. The names in braces are filled from the event's data."""
    _ = words._
    return {
        "appeal.received": _("Received"),
        "appeal.accepted": _("Accepted"),
        "appeal.dispatched": _("Dispatched to {department}, {operator}"),
        "operator.set_out": _("On the way"),
        "operator.arrived": _("Arrived, work has begun"),
        "appeal.deferred": _("Postponed until {until}"),
        "appeal.resumed": _("Taken up again"),
        "appeal.resolved": _("Resolved"),
        "appeal.closed": _("Closed"),
        "appeal.reopened": _("Reopened"),
        "appeal.cancelled": _("Ended without a solution"),
        "appeal.merged": _("Goes on as {number}"),
        "appeal.joined": _("{number} was merged into this one"),
        "appeal.goes_on": _("{number} was withdrawn by its owner; this one goes on by itself"),
        "appeal.split": _("One part became {number}"),
        "appeal.linked": _("Linked with {number}"),
        "appeal.taken": _("Took it over and is responsible now"),
        "promise.carried_over": _("What was promised by {due_at} holds for {number} now"),
        "owner.confirmed": _("The owner of {number} confirmed that it is solved"),
        "action.undone": _("Taken back before anybody was told: {action}"),
        "guide.ticked": _("Step {step} of the guide is done"),
        "guide.unticked": _("Step {step} of the guide is not done after all"),
        "appeal.corrected": _("Corrected: {before} became {after}"),
        "appeal.placed": _("The owner says where it is: {place}"),
        "appeal.escalated": _("Passed on to {after_name}: nobody had acted in time"),
        "appeal.rated": _("Rated {stars} of 5"),
        "rating.commented": _("A word was added to the rating"),
        "promise.made": _("Promised by {due_at}"),
        "promise.slipped": _("A promise could not be kept; the owner was told"),
        "apology.drafted": _("A promise may not hold: an apology is drafted"),
        "remedy.granted": _("Something was given to make up for it"),
        "question.asked": _("The owner was asked something; the clocks stand still"),
        "owner.spoke": _("The owner wrote; the clocks go on"),
        "owner.silent": _("A day without an answer; the clocks go on"),
        "message.added": _("The owner added a message"),
        "message.split_off": _("A message was split off: it is about something else"),
        "message.edited": _("The owner edited a message"),
        "matter.noticed": _("The message holds a second matter"),
        "matter.opened": _("The second matter became {number}"),
        "matter.kept": _("The owner says the second matter belongs here"),
        "owner.answered": _("Wrote to the owner"),
        "owner.reminded": _("The owner was reminded to confirm"),
        "handoff.requested": _("Handed over to people"),
        "alarm.raised": _("Alarm raised"),
        "alarm.repeated": _("Alarm repeated: nobody has accepted yet"),
        "alarm.rung": _("Alarmed: {names}"),
        "alarm.all_rung": _("The plan led to nobody. Alarmed: {names}"),
        "alarm.step_empty": _("Step {step} of the emergency plan reached nobody"),
        "alarm.nobody": _("Nobody could be reached; the owner was told to call for help"),
        "neighbours.proposed": _("Homes that may be at risk: {homes}"),
        "neighbours.warned": _("Neighbours warned: {told}"),
        "neighbours.dismissed": _("The neighbours need not be warned"),
        "neighbours.cleared": _("The neighbours were told that it is over"),
        "danger.denied": _("The owner says nobody is in danger"),
        "job.offered": _("{department} was asked: {operator}"),
        "job.accepted": _("Took the job of {department}"),
        "job.declined": _("Cannot do the job of {department}"),
        "job.expired": _("No answer from {department}: {operator}"),
        "job.unclaimed": _("Nobody of {department} took the job; head and managers were told"),
        "job.set_out": _("On the way for {department}"),
        "job.arrived": _("Arrived for {department}"),
        "job.done": _("{department} has done its part"),
        "job.parts_named": _("Named the parts used"),
        "job.help_asked": _("Asked for help"),
        "appeal.handed_over": _("Handed over to {after_name}: whoever had it has left"),
        "handover.requested": _("Asked {to} to take it over"),
        "handover.accepted": _("Took it over and is responsible now"),
        "handover.declined": _("Cannot take it over"),
        "handover.expired": _("No answer: it stays with the responsible person"),
        "appeal.outside": _("Explained who to turn to: it is not our duty"),
        "incident.linked": _("Put with an incident: several homes report the same"),
        "incident.confirmed": _("The incident was confirmed"),
        "incident.unlinked": _("Taken out of the incident: it is something else"),
        "incident.not_over": _("The owner says that an incident is not over for them"),
        "owner.asked": _("The owner asks what becomes of it"),
        "appeal.turned": _("Turned into dissatisfaction: {before} became {after}"),
        "appeal.worsened": _("It is getting worse"),
        "appeal.repeated": _("The same thing as {number}"),
        "visit.planned": _("Return visit planned, due by {due_at}"),
        "visit.asked": _("The owner was asked whether all is still well"),
        "visit.wished": _("The owner wishes to be called"),
        "visit.ended": _("Return visit: {result}"),
        "summary.written": _("Summed up"),
        "summary.sent": _("The owner was sent what was learnt"),
        "service.ordered": _("Ordered, with price and terms accepted"),
    }


def closed_by_words(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "owner": _("The owner confirmed that it is solved"),
        "silence": _("Closed after the stated time without an answer"),
    }


def reopened_words(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "half": _("The owner says it is half done"),
        "notyet": _("The owner says it is not solved yet"),
        "not_yet": _("The owner says it is not solved yet"),
        "reopen": _("The owner reopened it"),
        "came_back": _("The owner says that it came back"),
        "staff": _("Reopened by the desk"),
    }


def list_facts(session: Session, appeal: Appeal, words: Words) -> list[Fact]:
    """The latest first: what is read most is what happened last."""
    return _describe_all(session, appeal, words, list_events(session, appeal.id))


def list_facts_since(session: Session, appeal: Appeal, words: Words, seen: int) -> list[Fact]:
    """What has happened since a fact that a form knew, the earliest first, without the desk's own clockwork."""
    events = [
        event
        for event in list_events(session, appeal.id)
        if event.id > seen and event.undone_at is None and changes_the_picture(event.name)
    ]
    return _describe_all(session, appeal, words, events)[::-1]


def action_names(words: Words) -> dict[str, str]:
    """What staff do on an appeal's page, as it is named when it is taken back or has been refused."""
    _ = words._
    return {
        "accept": _("Accept"),
        "take": _("Assign to me"),
        "dispatch": _("Dispatch"),
        "set-out": _("On the way"),
        "arrive": _("Arrived"),
        "defer": _("Postpone"),
        "resolve": _("Resolve"),
        "cancel": _("End without a solution"),
        "reopen": _("Reopen"),
        "merge": _("Merge"),
        "link": _("Link"),
        "correct": _("Correct"),
        "support": _("Send a further department"),
        "accept-handover": _("Take it over"),
        "not-ours": _("Not our duty"),
        "promise": _("Promise a time"),
        "renegotiate": _("Move a promise"),
        "ask": _("Ask the owner"),
        "apologise": _("Apologise"),
        "grant": _("Make up for it"),
    }


def _describe_all(
    session: Session, appeal: Appeal, words: Words, events: Sequence[AppealEvent]
) -> list[Fact]:
    people = _staff_names(session, events)
    departments = {
        row.id: words.pick(row.names)
        for row in session.scalars(
            select(Department).where(Department.project_id == appeal.project_id)
        )
    }
    return [_describe(e, appeal, words, people, departments) for e in reversed(events)]


def _staff_names(session: Session, events: Any) -> dict[int, str]:
    ids = {e.staff_id for e in events}
    for event in events:
        ids |= {event.data.get("operator_id"), event.data.get("to_id")}
        ids |= set(event.data.get("staff_ids", ()))
        if event.name in ("appeal.escalated", "appeal.handed_over"):
            ids |= {event.data.get("after")}
    ids.discard(None)
    return read_staff_names(session, ids)


def _describe(
    event: AppealEvent,
    appeal: Appeal,
    words: Words,
    people: Mapping[int, str],
    departments: Mapping[int, str],
) -> Fact:
    _, data = words._, event.data
    who = {"owner": _("Owner"), "bot": _("Ownerdesk")}.get(event.actor, "")
    if event.staff_id is not None:
        who = people.get(event.staff_id, who)
    values = {
        "department": departments.get(data.get("department_id") or 0, _("a department")),
        "operator": people.get(data.get("operator_id") or 0, _("operator open")),
        "to": people.get(data.get("to_id") or 0, ""),
        "until": _time(data.get("until"), appeal, words),
        "due_at": _time(data.get("due_at"), appeal, words),
        "stars": data.get("stars", ""),
        "number": data.get("number", ""),
        "action": action_names(words).get(data.get("action", ""), ""),
        "names": ", ".join(people.get(i, "") for i in data.get("staff_ids", ())),
        **{name: data.get(name, "") for name in ("step", "homes", "told")},
        "place": data.get("after", "") if event.name == "appeal.placed" else "",
        "result": visit_result_names(_).get(data.get("result", ""), ""),
    }
    if event.name == "appeal.turned":
        values["before"], values["after"] = (
            _classes(data.get(side), words) for side in ("before", "after")
        )
    if event.name == "appeal.corrected":
        values["before"], values["after"] = (
            _labels(data.get(side), words) for side in ("before", "after")
        )
    if event.name in ("appeal.escalated", "appeal.handed_over"):
        values["after_name"] = people.get(data.get("after") or 0, _("nobody"))
    template = fact_templates(words).get(event.name, event.name)
    return Fact(
        at=event.at,
        who=who,
        text=template.format(**values),
        detail=_detail(event, words),
        tone=TONES.get(event.name, ""),
        is_undone=event.undone_at is not None,
    )


def _detail(event: AppealEvent, words: Words) -> str:
    data = event.data
    match event.name:
        case "appeal.received":
            nature = words.natures.get(data.get("nature", ""), "")
            category = words.categories.get(data.get("category", ""), "")
            return f"{nature} · {category}"
        case "matter.noticed":
            return f"“{data.get('text', '')}” · {_labels(data, words)}"
        case "job.done":
            return str(data.get("done", ""))
        case "job.parts_named":
            return str(data.get("parts", ""))
        case "job.declined" | "handover.requested" | "handover.declined":
            return str(data.get("reason", ""))
        case "question.asked":
            return str(data.get("question", ""))
        case "remedy.granted":
            return f"{data.get('remedy', '')}: {data.get('amount', '')} {data.get('unit', '')}"
        case "appeal.deferred":
            return str(data.get("reason", ""))
        case "appeal.resolved":
            return " · ".join(
                str(data[name]) for name in ("resolution", "cause", "parts") if data.get(name)
            )
        case "appeal.cancelled":
            return str(data.get("reason") or words._("Withdrawn by the owner"))
        case "appeal.merged" | "appeal.joined":
            is_duplicate = data.get("how") == "duplicate"
            return words._("The same owner reported it twice") if is_duplicate else ""
        case "appeal.closed":
            return closed_by_words(words).get(data.get("by", ""), "")
        case "appeal.reopened":
            return str(data.get("reason") or reopened_words(words).get(data.get("how", ""), ""))
        case "handoff.requested":
            return words.handoff_reasons.get(data.get("reason", ""), "")
        case "appeal.turned" | "appeal.worsened":
            names = turn_reason_names(words._)
            return "; ".join(names[reason] for reason in data.get("reasons", []))
        case "visit.ended":
            return str(data.get("answer") or "")
        case "visit.planned":
            return visit_reason_names(words._).get(data.get("reason", ""), "")
        case "alarm.raised":
            return words.kinds.get(data.get("kind") or "", "")
        case _:
            return ""


def _time(value: object, appeal: Appeal, words: Words) -> str:
    if not isinstance(value, str):
        return ""
    return words.when(datetime.fromisoformat(value), appeal.project.timezone)


def _labels(labels: object, words: Words) -> str:
    if not isinstance(labels, Mapping):
        return ""
    nature = words.natures.get(labels.get("nature", ""), "")
    return f"{nature} · {words.categories.get(labels.get('category', ''), '')}"


def _classes(labels: object, words: Words) -> str:
    if not isinstance(labels, Mapping):
        return ""
    nature = words.natures.get(labels.get("nature", ""), "")
    return f"{nature} · {words.severities.get(labels.get('severity', ''), '')}"
