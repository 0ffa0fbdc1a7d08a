"""Everything the console says that is not on a page itself: labels, times, refusals, reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from markupsafe import Markup, escape
from propcache.api import cached_property

from console.forms import BadForm
from console.labelling_words import labelling_refusal_words
from console.model_words import model_refusal_words
from console.photo_forms import NotAPhoto, PhotoTooLarge
from console.reply_words import answering_words
from console.settings_words import settings_refusal_words
from console.stale import StaleForm
from ownerdesk import wording
from ownerdesk.model import Appeal
from ownerdesk.rules import answering, calendars, fields, liability, refusals
from ownerdesk.rules.categories import SHIPPED, Categories
from ownerdesk.services import apologies, merging, remedies, renegotiating, splitting, undo
from ownerdesk.services import calendars as calendar_services
from ownerdesk.texts import (
    babel_locale,
    catalogue,
    format_period,
    format_when,
    pick,
    supported,
    translator,
)

SOON_SECONDS = 15 * 60


@dataclass(frozen=True)
class Words:
    """The words of one page: its language, the moment it is drawn for, and the categories there are."""

    language: str
    now: datetime
    all_categories: Categories = SHIPPED

    @cached_property
    def _(self) -> Callable[[str], str]:
        return translator(self.language)

    def ngettext(self, one: str, more: str, count: int) -> str:
        """The right plural; the name is the one that collecting the texts looks for."""
        return catalogue(supported(self.language)).ngettext(one, more, count)

    @cached_property
    def natures(self) -> dict[str, str]:
        return wording.nature_names(self._)

    @cached_property
    def categories(self) -> dict[str, str]:
        """Every category, retired ones too."""
        return self.all_categories.name_all(wording.category_names(self._), self.language)

    def retired_category(self, code: str) -> str:
        """A category that stands on something old."""
        return self._("{category} (no longer used)").format(category=self.categories[code])

    @cached_property
    def category_groups(self) -> dict[str, str]:
        return wording.category_group_names(self._)

    @cached_property
    def kinds(self) -> dict[str, str]:
        return wording.kind_names(self._)

    @cached_property
    def states(self) -> dict[str, str]:
        """Short ones for staff; owners are told the same in a sentence."""
        _ = self._
        return {
            "received": _("New"),
            "accepted": _("Accepted"),
            "dispatched": _("Dispatched"),
            "in_progress": _("In progress"),
            "deferred": _("Postponed"),
            "resolved": _("Awaiting owner"),
            "closed": _("Closed"),
            "cancelled": _("Withdrawn"),
        }

    def state_of(self, appeal: Appeal) -> str:
        """The state in short, and of what ended without a solution, how."""
        _ = self._
        ended = {
            "staff": _("Ended by us"),
            "merged": _("Merged"),
            "duplicate": _("Duplicate"),
        }
        if appeal.state == "cancelled" and appeal.closed_by in ended:
            return ended[appeal.closed_by]
        return self.states[appeal.state]

    @cached_property
    def moods(self) -> dict[str, str]:
        _ = self._
        return {"calm": _("calm"), "pressing": _("pressing"), "sharp": _("sharp")}

    @cached_property
    def residency_roles(self) -> dict[str, str]:
        _ = self._
        return {"owner": _("owner"), "family": _("family"), "tenant": _("tenant")}

    @cached_property
    def job_states(self) -> dict[str, str]:
        _ = self._
        return {
            "offered": _("Asked"),
            "accepted": _("Accepted"),
            "on_the_way": _("On the way"),
            "arrived": _("Arrived"),
            "done": _("Done"),
            "declined": _("Declined"),
            "expired": _("No answer"),
            "withdrawn": _("Taken back"),
        }

    @cached_property
    def severities(self) -> dict[str, str]:
        _ = self._
        return {"general": _("General"), "major": _("Major"), "emergency": _("Emergency")}

    @cached_property
    def weekdays(self) -> list[str]:
        """Monday first."""
        names = Locale.parse(babel_locale(self.language)).days["stand-alone"]["wide"]
        return [str(names[weekday]) for weekday in range(7)]

    @cached_property
    def promise_kinds(self) -> dict[str, str]:
        _ = self._
        return {
            "acceptance": _("Accepted by a person"),
            "arrival": _("Somebody at the door"),
            "first_answer": _("First answer by a person"),
            "next_update": _("Next update"),
            "resolution": _("Solved"),
        }

    @cached_property
    def handoff_reasons(self) -> dict[str, str]:
        _ = self._
        return {
            "asked": _("The owner asked for a person"),
            "two_misses": _("The bot asked twice and still did not understand"),
            "not_understood": _("The message was not understood"),
            "other_language": _("The bot does not answer in the owner's language yet"),
            "reader_down": _("The message could not be read: the reader is down"),
            "unknown_person": _("Somebody unknown: no home is linked to this chat"),
            "emergency": _("Emergency"),
            "no_answer_found": _("No article answers the question"),
            "failed": _("Something went wrong while the message was handled"),
            "taken": _("A colleague took the conversation over"),
            "turned": _("The appeal has turned into dissatisfaction"),
        }

    @cached_property
    def incident_states(self) -> dict[str, str]:
        _ = self._
        return {
            "proposed": _("Proposed"),
            "confirmed": _("Confirmed"),
            "resolved": _("Awaiting owners"),
            "closed": _("Closed"),
            "dismissed": _("Different matters"),
            "cancelled": _("Called off"),
        }

    @cached_property
    def message_states(self) -> dict[str, str]:
        _ = self._
        return {
            "queued": _("Waiting to be sent"),
            "sent": _("Sent"),
            "failed": _("Not delivered"),
            "blocked": _("Not delivered: the owner has blocked the bot"),
        }

    def language_name(self, code: str) -> str:
        """The name of any language; Babel knows them all."""
        names = Locale.parse(babel_locale(self.language)).languages
        return str(names.get(code) or self._("another language"))

    def pick(self, texts: dict[str, object]) -> str:
        return pick(texts, self.language)

    def when(self, at: datetime, zone: str) -> str:
        """A clock time in a place, with the day where it is not today."""
        return format_when(at, timezone=zone, language=self.language, now=self.now)

    def period(self, start: datetime, end: datetime, zone: str) -> str:
        return format_period(start, end, timezone=zone, language=self.language)

    def time_tag(self, at: datetime | None, zone: str) -> Markup:
        """The same as an element, with the whole time and its zone on hover."""
        if at is None:
            return Markup("")
        full = _format_full(at, zone, babel_locale(self.language))
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.isoformat(), full, self.when(at, zone)
        )

    def due_tag(self, due_at: datetime | None, zone: str) -> Markup:
        """How long is left, coloured by urgency; the whole time on hover."""
        if due_at is None:
            return Markup("")
        seconds = (due_at - self.now).total_seconds()
        level = "late" if seconds < 0 else "soon" if seconds < SOON_SECONDS else "calm"
        template = self._("overdue {time}") if seconds < 0 else self._("due in {time}")
        full = _format_full(due_at, zone, babel_locale(self.language))
        return Markup('<time class="due {}" datetime="{}" title="{}">{}</time>').format(
            level, due_at.isoformat(), full, template.format(time=self.span(abs(seconds)))
        )

    def since(self, at: datetime) -> str:
        return self.span((self.now - at).total_seconds())

    def span(self, seconds: float) -> str:
        """A length of time in its largest unit: nobody decides by the odd minutes of three days."""
        minutes = max(0, int(seconds // 60))
        if minutes < 60:
            return self._("{count} min").format(count=minutes)
        if minutes < 48 * 60:
            return self._("{count} h").format(count=minutes // 60)
        days = minutes // (24 * 60)
        return self.ngettext("{count} day", "{count} days", days).format(count=days)

    def refusal(self, refusal: refusals.Refusal) -> str:
        """Why it was refused, and what the person can do."""
        return refusal_words(refusal, self)

    def paragraphs(self, text: str) -> Markup:
        return Markup("<br>").join(escape(line) for line in text.splitlines())


@lru_cache(maxsize=8192)
def _format_full(at: datetime, zone: str, locale: str) -> str:
    """The whole time with the name of its zone. Pages draw the same times again and again."""
    return format_datetime(
        at, "EEEE d MMMM y, HH:mm:ss (zzzz)", tzinfo=ZoneInfo(zone), locale=locale
    )


def refusal_words(refusal: refusals.Refusal, words: Words) -> str:
    """One sentence for each refusal. NotAllowed and the NotFound family read the same on purpose."""
    _ = words._
    match refusal:
        case refusals.WrongState():
            state = words.states.get(refusal.state, refusal.state)
            return _(
                "That is not possible any more: the appeal is now “{state}”."
                " Somebody may have been quicker; this is how it stands."
            ).format(state=state)
        case StaleForm():
            return _(
                "Something has changed since you opened this. Look at it, and send your form again if it still fits."
            )
        case undo.AlreadyTold():
            return _("It cannot be taken back any more: the owner has been told.")
        case undo.MovedOn():
            return _("It cannot be taken back any more: something else has happened since.")
        case merging.SameAppeal():
            return _("Choose another appeal of the same project.")
        case merging.NotSameOwner():
            return _(
                "That is another owner's appeal, so it is no duplicate. Merge the two instead: both owners keep hearing."
            )
        case merging.LosesUrgency():
            return _("An emergency can only be merged into another emergency.")
        case NotAPhoto():
            return _("The photo has to be a JPEG or PNG file.")
        case PhotoTooLarge():
            return _("The photo is larger than 20 MB.")
        case answering.AnsweringRefusal():
            return answering_words(refusal, words)
        case refusals.AlreadyHeld():
            return _("{name} holds this conversation. Only one person answers at a time.").format(
                name=refusal.holder
            )
        case refusals.AlreadyTaken():
            return _("{name} has taken it on already.").format(name=refusal.holder)
        case refusals.NotHeld():
            return _("You do not hold this conversation. Take it over first, then write.")
        case refusals.MissingText():
            return {
                "reply": _("Write something first: an empty reply was not sent."),
                "note": _("Write something first: an empty note was not kept."),
                "reason": _("Give a reason: the owner will read it."),
                "handover": _("Give a reason: your colleague will read it."),
                "explanation": _("Explain why it is not ours: the owner will read it."),
                "resolution": _("Say what was done: the owner will read it."),
                "cause": _(
                    "Say what caused it: it is needed for this category, and only staff read it."
                ),
                "parts": _("Name the parts used, or write “none”: it is needed for this category."),
                "photo": _("Add a photo of the work: it is needed for this category."),
                "part": _("Say what the new appeal is about: the owner will read it."),
                "update": _("Write something first: an empty update was not sent."),
                "title": _("Give the works a title: owners will read it."),
                "question": _("Write the question first."),
                "words": _("Write what the owner is to be told."),
                "name": _("Write a name."),
                "names": _("Write the name in every language: owners and staff read it."),
                "answer": _("Write down what the owner said."),
                "for_owner": _("Write what the owner shall read, or do not send it."),
            }.get(refusal.field, _("A text is missing."))
        case refusals.TooLong():
            return _("That is too long: at most {limit} characters.").format(limit=refusal.limit)
        case refusals.VisitEnded():
            return _("This return visit has its result already.")
        case refusals.OwnWork():
            return _("You took part in this work. Let somebody else pay the return visit.")
        case refusals.InThePast():
            return _("Choose a time in the future.")
        case liability.AdmitsLiability():
            return _(
                "“{phrase}” admits liability, which nobody may write to an owner. Say what happened and what comes next."
            ).format(phrase=refusal.phrase)
        case apologies.NotADraft():
            return _("The owner has been told already, or the promise was kept meanwhile.")
        case apologies.ManagerOnly():
            return _("It is the second slip: only a manager can approve this apology.")
        case remedies.OverLimit():
            return _("That is more than you may give for one appeal: at most {amount}.").format(
                amount=remedies.format_amount(refusal.limit, refusal.unit, words.language)
            )
        case remedies.InvalidAmount():
            return _("Write an amount above zero.")
        case calendars.InvalidCalendar():
            return _("Write opening times like 08:00-12:30, 14:00-18:00.")
        case calendar_services.InUse():
            return _("Times are counted in this calendar: give the terms another one first.")
        case calendar_services.InvalidTerm():
            return _("Write a number of minutes above zero, of a year at most.")
        case calendar_services.InvalidAddress():
            return _("Write an address that begins with https://.")
        case fields.Unusable():
            return _("Nothing was saved: look at what is marked below.")
        case refusals.ChangedMeanwhile():
            return _(
                "Somebody changed this while you were writing, so nothing was saved. What stands there now is shown"
                " at the fields; save once more to replace it."
            )
        case refusals.AlreadyExists():
            return _("Something of this name is there already.")
        case BadForm(field="until"):
            return _("Choose a date and a time.")
        case BadForm():
            return _("Something in the form is missing or cannot be used. Look at it again.")
        case refusals.WeakPassword():
            return {
                "short": _("Choose a longer password: at least 12 characters."),
                "long": _("Choose a shorter password: nobody can type that."),
                "simple": _(
                    "Choose another password: this one is a row of keys, or too few different ones."
                ),
                "common": _(
                    "Choose another password: this is one of those that everybody tries first."
                ),
                "personal": _("Choose another password: this one holds your name or your address."),
                "old": _("Choose another password: this is the old one."),
            }[refusal.reason]
        case refusals.WrongCode():
            return _("That code is wrong, was used already, or is too old.")
        case refusals.LinkOver():
            return _("This link does not work any more. Ask your manager for a new one.")
        case refusals.WrongLogin():
            return _("The current password is wrong.")
        case refusals.HandoverOpen():
            return _("{name} has been asked already and has not answered yet.").format(
                name=refusal.holder
            )
        case refusals.HandoverOver():
            return _("That question is over: it was answered, or the appeal has moved on.")
        case refusals.TooMany():
            return _("That is too many: at most {limit}.").format(limit=refusal.limit)
        case refusals.VersionNotFound():
            return _("That is no longer there: somebody was quicker. This is how it stands.")
        case refusals.PartyNotFound():
            return _("Choose who to turn to from the list.")
        case refusals.StaffNotFound():
            return _("Choose a department, and an operator who works in it.")
        case refusals.NumberNotFound():
            return _("There is no appeal of that number in this project.")
        case renegotiating.NothingPromised():
            return _("Nothing of that kind is promised any more.")
        case splitting.MessageElsewhere():
            return _("That message is with another appeal by now.")
        case remedies.RemedyNotFound():
            return _("That is not offered any more. Choose again.")
        case undo.NothingToUndo():
            return _("There is nothing of yours to take back here.")
        case refusals.PlanOver():
            return _("Somebody was quicker: this is how the plan stands.")
        case refusals.IncidentOver():
            return _("That is not possible any more: somebody was quicker. This is how it stands.")
        case refusals.WrongPeriod():
            return _("The works have to end after they begin.")
        case refusals.NotFound() | refusals.NotAllowed():
            return _("This does not exist.")
        case _:
            of_settings = settings_refusal_words(refusal, words._, words.ngettext)
            of_learning = model_refusal_words(refusal, words._) or labelling_refusal_words(
                refusal, words._
            )
            return of_settings or of_learning or words._("That is not possible.")
