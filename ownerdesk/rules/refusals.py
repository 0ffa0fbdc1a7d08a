"""Refusals: named exceptions that somebody can act on. Edges put them into words."""

from __future__ import annotations

from collections.abc import Sequence


class Refusal(Exception):
    """Something was asked that cannot be done; nothing was changed."""


class NotFound(Refusal):
    """Absent, or not the asker's: the two look alike on purpose."""


class AppealNotFound(NotFound):
    """No appeal of that number for this asker."""


class NumberNotFound(NotFound):
    """No appeal of that number in this project: a number to type again."""


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


class BuildingNotFound(NotFound):
    """No such building, or no such unit, for this asker."""


class PlanNotFound(NotFound):
    """No such plan for improvement for this asker."""


class PlanOver(Refusal):
    """The plan for improvement is done, or checked, already: somebody was quicker."""


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
    """The password breaks a rule. `reason` is `short`, `long`, `simple`, `common`, `personal` or `old`."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            {
                "short": "a password has at least 12 characters",
                "long": "the password is too long",
                "simple": "the password is a row of keys or a few characters again and again",
                "common": "the password is among those that everybody tries first",
                "personal": "the password holds the person's name or address",
                "old": "the new password is the old one",
            }[reason]
        )
        self.reason = reason


class LinkOver(Refusal):
    """A link that sets a password is unknown, was used or replaced, or is too old."""


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


class ChangedMeanwhile(Refusal):
    """Somebody changed what a form shows while it was being filled in."""


class ViewNotFound(NotFound):
    """No such saved view for this asker."""


class ActionNotFound(NotFound):
    """No such bulk action of this asker."""


class TooMany(Refusal):
    """More than `limit` of something at once."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit}")
        self.limit = limit


class StillInUse(Refusal):
    """What is to be switched off has open appeals, or people who live there; `appeals` and `people` count them."""

    def __init__(self, *, appeals: int = 0, people: int = 0) -> None:
        super().__init__(f"{appeals} open appeals, {people} people")
        self.appeals = appeals
        self.people = people


class HasHistory(Refusal):
    """What is to be removed has been used; it can be switched off."""


class NumbersTaken(Refusal):
    """Units of these numbers are there already; `numbers` are the first of them, `count` says how many there are."""

    def __init__(self, numbers: list[str], count: int) -> None:
        super().__init__(f"{count} numbers are taken")
        self.numbers = numbers
        self.count = count


class SwitchedOff(Refusal):
    """The project, building, home, department or person is switched off, and gets nothing new."""


class NotAgreed(Refusal):
    """Household facts are kept only of those who agreed to it."""


class GrantBeyondOwn(Refusal):
    """Nobody gives or takes a right that they do not have themselves."""


class LastAdmin(Refusal):
    """Somebody has to be left who administers everything and can log in."""


class SuccessorNeeded(Refusal):
    """Open work needs somebody who takes it over; `appeals` counts it."""

    def __init__(self, appeals: int) -> None:
        super().__init__(f"{appeals} open appeals")
        self.appeals = appeals


class InvalidField(Refusal):
    """A field holds what cannot be stored. `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} cannot be used as given")
        self.field = field


class CategoryNotFound(NotFound):
    """No such category of the company's own."""


class CategoryRetired(Refusal):
    """The category is no longer in use: somebody was quicker."""


class VersionNotFound(NotFound):
    """No such version, or no draft."""


class TextsLackLanguages(Refusal):
    """The draft words `count` texts in some of the languages only."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} texts are not worded in every language")
        self.count = count


class UnusablePhrase(Refusal):
    """A phrase cannot be used. `fault` says why (`rules.emergency_phrases.changes.find_fault`; or `known`, `common`);
    `count` is how many everyday messages a common one would alarm."""

    def __init__(self, fault: str, count: int = 0) -> None:
        super().__init__(f"the phrase cannot be used: {fault}")
        self.fault = fault
        self.count = count


class NothingToTryOn(Refusal):
    """There is no labelled message to try emergency phrases on."""


class PhrasesUntried(Refusal):
    """The draft was not tried as it is now."""


class PhrasesMiss(Refusal):
    """With the draft emergencies are missed, or found with less certainty, that are found today; `count` of them."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} emergencies would be missed")
        self.count = count


class LabelItemNotFound(NotFound):
    """No such message to label for this member of staff."""


class ItemSettled(Refusal):
    """People have agreed about this message already, or it was deleted."""


class WrongLabels(Refusal):
    """Labels that cannot be; `field` is `intent`, `category`, `kind`, `entities` or `text`."""

    def __init__(self, field: str) -> None:
        super().__init__(f"the {field} cannot be used as given")
        self.field = field


class StillPersonal(Refusal):
    """The words that would be learnt from look as if they held personal data of these `kinds` (`rules.masking`)."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(f"{len(kinds)} places look personal")
        self.kinds = tuple(kinds)


class ExampleNotFound(NotFound):
    """No such example."""


class ExampleRemoved(Refusal):
    """The example was taken out of the data set meanwhile."""


class NoMessage(Refusal):
    """The example was not made of a message, so there is none to label anew."""


class DataCheckUnderWay(Refusal):
    """The data set is checked once at a time."""


class TrainingUnderWay(Refusal):
    """One model is trained at a time. `holder` is who was first, empty for the command line."""

    def __init__(self, holder: str = "") -> None:
        super().__init__("a training is under way")
        self.holder = holder


class TrainingNotFound(NotFound):
    """No such training."""


class TrainingOver(Refusal):
    """The training has ended; there is nothing to cancel."""


class UnfitData(Refusal):
    """The data set cannot be trained on; `findings` are the reasons."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__(f"unfit for training: {', '.join(findings)}")
        self.findings = tuple(findings)


class ModelNotFound(NotFound):
    """No such model."""


class ModelUnfit(Refusal):
    """The model cannot be put into service: of another version, pruned, broken, or in service already. `why` says
    which."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the model cannot be put into service: {why}")
        self.why = why


class ModelFileRefused(Refusal):
    """A file that was brought is no model that could serve here. `why` is `no_file`, `too_large`,
    `disk_full`, `no_model`, `other_version`, `other_base`, `other_parts` or `nothing_to_compare`; `detail` names what is
    in the file, `expected` what has to be."""

    def __init__(self, why: str, *, detail: str = "", expected: str = "") -> None:
        super().__init__(f"the file cannot be used: {why} {detail}".rstrip())
        self.why = why
        self.detail = detail
        self.expected = expected


class SwitchUnderWay(Refusal):
    """Another model is being put into service at this moment."""


class GateClosed(Refusal):
    """The model reads worse than the one in service; `gates` say in what. An admin may override that with a reason."""

    def __init__(self, gates: Sequence[object]) -> None:
        super().__init__(f"{len(gates)} gates are closed")
        self.gates = tuple(gates)


class NothingToRollBackTo(Refusal):
    """No earlier model is kept that could be put back."""


class ShadowRunNotFound(NotFound):
    """No such shadow run."""


class ShadowUnderWay(Refusal):
    """One candidate reads in the shadow at a time."""
