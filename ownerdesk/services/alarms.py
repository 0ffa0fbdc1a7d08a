"""Alarms (S12): people are rung by the emergency plan, again every minute, until one of them accepts.

The plan is walked anew every minute, so that whoever comes on duty meanwhile is alarmed too, and a minute that was
missed is made up for by the next: everybody due is rung once, in the order of the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ownerdesk.model import Alarm, Appeal, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.alarms import (
    Round,
    Scene,
    find_plan,
    find_round,
    is_noted,
    list_alarmed_by,
    list_alarms,
    list_in_role,
    list_ringing,
)
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.buttons import button
from ownerdesk.rules.emergency_plans import Due, due_steps
from ownerdesk.services import outbox
from ownerdesk.services.events import BOT, record
from ownerdesk.services.live import announce
from ownerdesk.services.neighbours import ask_whether_to_warn, propose_warning
from ownerdesk.services.notices import find_staff_chat, tell_staff
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import translator
from ownerdesk.wording import kind_names, who_names

REPEAT_EVERY = timedelta(minutes=1)
# Machines' clocks differ: a ring may come so much early. What comes earlier still is the same ring a second time.
SLACK = timedelta(seconds=10)


def ring(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Ring everybody alarmed so far again, and those whose step is due. Nobody more than once a minute."""
    current = find_round(session, appeal.id)
    if current is None:
        return
    announce(session, "alarm", appeal=appeal.id, project=appeal.project_id)
    propose_warning(session, appeal, at=at)
    bell = _Bell(session, appeal, current, at)
    bell.ring_again()
    plan = find_plan(session, appeal.project, appeal.kind)
    scene = Scene(appeal.project, appeal.department, at)
    minutes = (at - current.began_at) // timedelta(minutes=1)
    for due in due_steps(
        plan,
        minutes,
        lambda step: list_alarmed_by(session, step, scene),
        lambda member: can_hear(session, member),
    ):
        bell.ring_step(due)
    if not bell.is_heard():
        bell.ring_all(len(plan.steps))


def ring_responsible(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Whoever has become responsible is rung too, though no step of the plan may name them yet."""
    current = find_round(session, appeal.id)
    if current is not None and appeal.responsible is not None:
        plan = find_plan(session, appeal.project, appeal.kind)
        _Bell(session, appeal, current, at).ring(appeal.responsible, len(plan.steps))


def can_hear(session: Session, member: StaffMember) -> bool:
    """Whether a ring may reach them: not where they blocked the bot. Those without a chat have the console."""
    chat = find_staff_chat(session, member.id)
    return chat is None or chat.blocked_at is None


class _Bell:
    """The bell of one round of an alarm."""

    def __init__(self, session: Session, appeal: Appeal, current: Round, at: datetime) -> None:
        self.session, self.appeal, self.round, self.at = session, appeal, current, at
        rows = list_alarms(session, appeal.id, current.number)
        self.alarms: dict[int, Alarm] = {row.staff_id: row for row in rows}

    def ring_again(self) -> None:
        for alarm in self.alarms.values():
            if alarm.member.is_active:
                self._repeat(alarm, alarm.member)

    def ring_step(self, due: Due[StaffMember]) -> None:
        """Alarm whoever of the step was not alarmed yet, and say where it leads to nobody."""
        new = [m for m in due.people if m.id not in self.alarms]
        for member in new:
            self.ring(member, due.step.index)
        if new:
            record(
                self.session, self.appeal, "alarm.rung", actor=BOT, at=self.at,
                step=due.step.index + 1, who=due.step.who, early=due.is_early,
                staff_ids=[m.id for m in new],
            )  # fmt: skip
        if not any(can_hear(self.session, m) for m in due.people):
            self._report_empty(due)

    def ring(self, member: StaffMember, step: int) -> None:
        """For the first time; a person who is alarmed already is left to the repetition."""
        if member.id in self.alarms:
            return
        alarm = Alarm(
            appeal_id=self.appeal.id,
            staff_id=member.id,
            step=step,
            round=self.round.number,
            rung_at=self.at,
            times=1,
        )
        self.session.add(alarm)
        self.session.flush()
        self.alarms[member.id] = alarm
        tell_staff(
            self.session,
            member,
            self._words(member),
            topic="alarm",
            key=f"alarm:{self.appeal.id}:{self.round.number}",
            at=self.at,
            appeal=self.appeal,
            buttons=alarm_buttons(self.appeal, member),
        )

    def _repeat(self, alarm: Alarm, member: StaffMember) -> None:
        """A new message is what wakes people. Several emergencies together ring one person once a minute."""
        since = self.at - REPEAT_EVERY + SLACK
        others = list_ringing(self.session, member.id, but=self.appeal.id)
        if alarm.rung_at > since or any(other.rung_at > since for other in others):
            return
        alarm.times += 1
        alarm.rung_at = self.at
        self.session.flush()
        chat = find_staff_chat(self.session, member.id)
        if chat is None or chat.blocked_at is not None:
            return
        outbox.send(
            self.session,
            chat,
            self._words(member, also=len({other.appeal_id for other in others})),
            key=f"alarm:{self.appeal.id}:{self.round.number}:{member.id}:{alarm.times}",
            at=self.at,
            appeal=self.appeal,
            buttons=alarm_buttons(self.appeal, member),
        )

    def is_heard(self) -> bool:
        return any(
            alarm.member.is_active and can_hear(self.session, alarm.member)
            for alarm in self.alarms.values()
        )

    def ring_all(self, step: int) -> None:
        """The plan leads to nobody: whoever is responsible and everybody above them. If there is nobody at all, the
        owner is told to call for help themselves."""
        project = self.appeal.project
        people = [
            *([self.appeal.responsible] if self.appeal.responsible else []),
            *list_supervisors(self.session, project),
            *list_in_role(self.session, project, "head_office"),
        ]
        new = [m for m in dict.fromkeys(people) if m.is_active and m.id not in self.alarms]
        for member in new:
            self.ring(member, step)
        if new:
            record(
                self.session, self.appeal, "alarm.all_rung", actor=BOT, at=self.at,
                staff_ids=[m.id for m in new],
            )  # fmt: skip
        if not self.is_heard():
            self._tell_owner_alone()

    def _report_empty(self, due: Due[StaffMember]) -> None:
        reason = "unknown" if not due.step.is_known else "blocked" if due.people else "nobody"
        values = {"step": due.step.index + 1, "round": self.round.number, "reason": reason}
        if is_noted(self.session, self.appeal.id, "alarm.step_empty", **values):
            return
        record(
            self.session, self.appeal, "alarm.step_empty", actor=BOT, at=self.at,
            who=due.step.who, **values,
        )  # fmt: skip
        self.session.flush()
        for member in list_supervisors(self.session, self.appeal.project):
            tell_staff(
                self.session,
                member,
                format_empty_step(self.appeal, due, reason, member.language),
                topic="alarm.step_empty",
                key=f"alarm.step_empty:{self.appeal.id}:{self.round.number}:{due.step.index}:{reason}",
                at=self.at,
                appeal=self.appeal,
            )

    def _tell_owner_alone(self) -> None:
        appeal = self.appeal
        if is_noted(self.session, appeal.id, "alarm.nobody", round=self.round.number):
            return
        record(self.session, appeal, "alarm.nobody", actor=BOT, at=self.at, round=self.round.number)
        _ = voice_of(appeal.conversation)
        outbox.send(
            self.session,
            appeal.conversation,
            _(
                "I have not been able to reach anybody of the company for {number} yet, and keep trying."
                " Please call {emergency_number} yourself now if anyone or anything is in danger."
            ).format(number=appeal.number, emergency_number=appeal.project.emergency_number),
            key=f"alarm.nobody:{appeal.id}:{self.round.number}",
            at=self.at,
            appeal=appeal,
        )

    def _words(self, member: StaffMember, *, also: int = 0) -> str:
        _ = translator(member.language)
        lines = [format_alarm(self.appeal, member.language)]
        minutes = (self.at - self.round.began_at) // timedelta(minutes=1)
        if minutes:
            lines.append(_("Nobody has taken it on for {count} min.").format(count=minutes))
        if also:
            lines.append(_("Other emergencies waiting for somebody: {count}.").format(count=also))
        return "\n".join([*lines, _("Can you take it on?")])


def format_alarm(appeal: Appeal, language: str) -> str:
    """What happened and where, in the language of whoever is rung."""
    _ = translator(language)
    what = kind_names(_)[appeal.kind or "other"]
    place = appeal.place or _("The place is not known yet.")
    return f"🚨 {what} · {appeal.number}\n📍 {place}\n“{appeal.summary}”"


def format_empty_step(appeal: Appeal, due: Due[StaffMember], reason: str, language: str) -> str:
    """Why a step of the plan reached nobody, and what was done instead."""
    _ = translator(language)
    why = {
        "nobody": _("there is nobody there now"),
        "blocked": _("they have blocked the bot"),
        "unknown": _("the plan does not name anybody I know"),
    }[reason]
    return _(
        "{number}: step {step} of the emergency plan ({who}) reaches nobody: {why}. I have gone on to the next step at once."
    ).format(
        number=appeal.number,
        step=due.step.index + 1,
        who=who_names(_).get(due.step.who, due.step.who) or "–",
        why=why,
    )


def alarm_buttons(appeal: Appeal, member: StaffMember) -> outbox.Buttons:
    _ = translator(member.language)
    return [
        [button(_("Accept"), "alarmok", appeal.id)],
        [button(_("Details"), "alarmcard", appeal.id)],
    ]


def end_alarm(session: Session, appeal: Appeal, *, by: StaffMember, at: datetime) -> None:
    """A person has accepted: all others alarmed are told who, and the person is asked about the neighbours."""
    current = find_round(session, appeal.id)
    if current is None:
        return
    alarms = list_alarms(session, appeal.id, current.number)
    for alarm in alarms:
        if alarm.staff_id == by.id:
            alarm.accepted_at = at
    session.flush()
    _tell_over(session, appeal, current, [a.member for a in alarms if a.staff_id != by.id], by, at)
    ask_whether_to_warn(session, appeal, by=by, at=at)


def stand_down(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The emergency is none any more, and nobody had accepted it: those who were rung are told. Does nothing the
    second time, nor where somebody accepted."""
    current = find_round(session, appeal.id)
    is_over = appeal.state == AppealState.CANCELLED or appeal.severity != "emergency"
    if current is None or not is_over:
        return
    if appeal.accepted_at is not None and appeal.accepted_at >= current.began_at:
        return
    people = [alarm.member for alarm in list_alarms(session, appeal.id, current.number)]
    _tell_over(session, appeal, current, people, None, at)


def _tell_over(
    session: Session,
    appeal: Appeal,
    current: Round,
    people: Sequence[StaffMember],
    by: StaffMember | None,
    at: datetime,
) -> None:
    for member in people:
        if not member.is_active:
            continue
        _ = translator(member.language)
        words = (
            _("{name} has taken on {number}. Thank you, you need not do anything.").format(
                name=by.name, number=appeal.number
            )
            if by
            else _("The alarm {number} is over: it is no emergency any more.").format(
                number=appeal.number
            )
        )
        tell_staff(
            session,
            member,
            words,
            topic="alarm.over",
            key=f"alarm.over:{appeal.id}:{current.number}",
            at=at,
            appeal=appeal,
        )
