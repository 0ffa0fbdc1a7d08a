"""Refusals: named exceptions that somebody can act on. Edges put them into words."""

from __future__ import annotations


class Refusal(Exception):
    """Something was asked that cannot be done; nothing was changed."""


class NotFound(Refusal):
    """Absent, or not the asker's: the two look alike on purpose."""


class AppealNotFound(NotFound):
    """No appeal of that number for this asker."""


class ConversationNotFound(NotFound):
    """No conversation for this asker."""


class StaffNotFound(NotFound):
    """No such member of staff in this project."""


class IncidentNotFound(NotFound):
    """No such incident for this asker."""


class IncidentOver(Refusal):
    """The incident is in a state that does not allow the action: somebody was quicker."""


class WrongPeriod(Refusal):
    """Works that would end before they begin."""


class VisitNotFound(NotFound):
    """No such return visit for this asker."""


class WarningNotFound(NotFound):
    """No such early warning for this asker."""


class VisitEnded(Refusal):
    """The return visit has its result already."""


class OwnWork(Refusal):
    """Whoever did the work does not pay the return visit about it."""


class WrongState(Refusal):
    """The appeal is in a state that does not allow the action."""

    def __init__(self, *, state: str, action: str) -> None:
        super().__init__(f"{action} is not possible while {state}")
        self.state = str(state)
        self.action = str(action)


class AlreadyHeld(Refusal):
    """Somebody else holds the conversation; `holder` is their name."""

    def __init__(self, holder: str) -> None:
        super().__init__("held by somebody else")
        self.holder = holder


class AlreadyTaken(Refusal):
    """Somebody else has taken on the emergency; `holder` is their name."""

    def __init__(self, holder: str) -> None:
        super().__init__("taken on by somebody else")
        self.holder = holder


class BadPlan(Refusal):
    """A line of an emergency plan that cannot be used; `line` is the line."""

    def __init__(self, line: str) -> None:
        super().__init__("a plan cannot be used as given")
        self.line = line


class NotHeld(Refusal):
    """The person does not hold the conversation they want to answer in."""


class MissingText(Refusal):
    """A text that the owner will read, or a reason, is missing. `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is missing")
        self.field = field


class TooLong(Refusal):
    """A text is longer than its limit, in characters."""

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(f"{field} is longer than {limit}")
        self.field = field
        self.limit = limit


class InThePast(Refusal):
    """A return date or a due time lies in the past."""


class NotAllowed(Refusal):
    """The person lacks the right."""


class WrongCode(Refusal):
    """An invite code that does not exist, was used, or has expired."""


class TooManyTries(Refusal):
    """Too many wrong codes or passwords; try again later."""


class NotYourContact(Refusal):
    """A shared contact that is not the sender's own."""


class UnknownPhone(Refusal):
    """No imported owner has this phone number."""


class AlreadyExists(Refusal):
    """Something with this name, address or code is there already."""


class WeakPassword(Refusal):
    """The password is shorter than the rule asks for."""


class WrongLogin(Refusal):
    """E-mail or password is wrong; which of them is not said."""


class OldButton(Refusal):
    """A button of an earlier version, or one whose moment has passed."""


class JobOver(Refusal):
    """The job is in a state that does not allow the action: done, passed on, or taken back."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the job is {state}")
        self.state = state


class JobTaken(Refusal):
    """Somebody else has the job; `holder` is their name."""

    def __init__(self, holder: str) -> None:
        super().__init__("somebody else has the job")
        self.holder = holder


class ChatInUse(Refusal):
    """The chat is an owner's or a colleague's already: one Telegram account has one part here."""


class HandoverOver(Refusal):
    """The handover was answered, has expired, or the appeal has moved on."""


class HandoverOpen(Refusal):
    """Somebody has been asked to take the appeal already; `holder` is their name."""

    def __init__(self, holder: str) -> None:
        super().__init__("somebody has been asked already")
        self.holder = holder


class PartyNotFound(NotFound):
    """No such outside party in this project."""
