"""Words of the settings: names of roles, ties, kinds of homes and numbers, and why a change was refused."""

from __future__ import annotations

from collections.abc import Callable

from ownerdesk.rules import projects, refusals
from ownerdesk.services import imports

Translate = Callable[[str], str]
Ngettext = Callable[[str, str, int], str]


def role_names(_: Translate) -> dict[str, str]:
    """Of staff, from the narrowest to the widest."""
    return {
        "operator": _("Operator"),
        "agent": _("Agent"),
        "manager": _("Manager"),
        "project_manager": _("Project manager"),
        "head_office": _("Head office"),
        "admin": _("Admin"),
    }


def tie_names(_: Translate) -> dict[str, str]:
    """Of people to a home."""
    return {"owner": _("Owner"), "family": _("Family member"), "tenant": _("Tenant")}


def unit_kind_names(_: Translate) -> dict[str, str]:
    return {"flat": _("Flat"), "parking": _("Parking place"), "storage": _("Store room")}


def settings_refusal_words(
    refusal: refusals.Refusal, _: Translate, ngettext: Ngettext
) -> str | None:
    """A sentence, or None for a refusal of something else."""
    match refusal:
        case refusals.StillInUse(appeals=0, people=0):
            return _(
                "It is still needed: it is the last one, or dispatch rules name it. Change that first."
            )
        case refusals.StillInUse(appeals=0):
            return ngettext(
                "{count} person still lives there. End the tie first, or tick that they have moved out.",
                "{count} people still live there. End their ties first, or tick that they have moved out.",
                refusal.people,
            ).format(count=refusal.people)
        case refusals.StillInUse():
            return ngettext(
                "{count} appeal is still open there. Bring it to its end first.",
                "{count} appeals are still open there. Bring them to their end first.",
                refusal.appeals,
            ).format(count=refusal.appeals)
        case refusals.HasHistory():
            return _("It has a history, which is kept. Switch it off instead of removing it.")
        case refusals.NumbersTaken():
            numbers = ", ".join(refusal.numbers) + (
                " …" if refusal.count > len(refusal.numbers) else ""
            )
            return _("These numbers are there already: {numbers}. Nothing was changed.").format(
                numbers=numbers
            )
        case refusals.SwitchedOff():
            return _("It is switched off. Switch it on first.")
        case refusals.NotAgreed():
            return _(
                "Household facts are kept only of those who agreed to it. Tick it, or leave the facts empty."
            )
        case refusals.GrantBeyondOwn():
            return _("You can give and take only rights that you have yourself.")
        case refusals.LastAdmin():
            return _(
                "Somebody has to be left who administers everything. Make somebody else an admin first."
            )
        case refusals.SuccessorNeeded():
            return ngettext(
                "{count} open matter needs somebody who takes it over. Choose a successor.",
                "{count} open matters need somebody who takes them over. Choose a successor.",
                refusal.appeals,
            ).format(count=refusal.appeals)
        case refusals.UnusablePhrase():
            return _phrase_words(refusal, _, ngettext)
        case refusals.NothingToTryOn():
            return _(
                "There are no labelled messages to try it on, so it cannot be put into service."
            )
        case refusals.PhrasesUntried():
            return _("Try the draft first, as it is now: then you see what it changes.")
        case refusals.PhrasesMiss():
            return ngettext(
                "With this draft {count} emergency is missed, or found with less certainty, that is found today."
                " Look at it below, and mend the draft or give a reason.",
                "With this draft {count} emergencies are missed, or found with less certainty, that are found today."
                " Look at them below, and mend the draft or give a reason.",
                refusal.count,
            ).format(count=refusal.count)
        case refusals.TextsLackLanguages():
            return ngettext(
                "{count} text of this draft is not worded in every language: who reads the others would hear the original."
                " Word it there too, or give a reason.",
                "{count} texts of this draft are not worded in every language: who reads the others would hear the"
                " originals. Word them there too, or give a reason.",
                refusal.count,
            ).format(count=refusal.count)
        case refusals.CategoryRetired():
            return _("This category is no longer used. This is how it stands.")
        case imports.ImportOver():
            return _("This list cannot be applied any more. This is how it stands.")
        case refusals.InvalidField():
            return _field_words(refusal.field, _)
        case projects.InvalidProject():
            return _field_words(refusal.field, _)
        case _:
            return None


def _phrase_words(refusal: refusals.UnusablePhrase, _: Translate, ngettext: Ngettext) -> str:
    if refusal.fault == "common":
        return ngettext(
            "Everybody writes that: it would alarm {count} of our everyday messages. Add words that are only said in danger.",
            "Everybody writes that: it would alarm {count} of our everyday messages. Add words that are only said in danger.",
            refusal.count,
        ).format(count=refusal.count)
    return {
        "language": _("Choose a language from the list."),
        "meaning": _("Choose what the phrase means."),
        "missing": _("Write the phrase."),
        "too_long": _("That is too long: at most 12 words and 120 characters."),
        "syntax": _(
            "The phrase cannot be read: every bracket is closed, and <…> names a shorthand of its language."
        ),
        "ways": _("Its brackets make too many different phrases: at most 200. Split it."),
        "short": _("That is too short: every second message would have it."),
        "known": _("This phrase is known already, with this meaning."),
        "many": _("There are 500 phrases already. Remove some first."),
    }.get(refusal.fault, _("This phrase cannot be used."))


def _field_words(field: str, _: Translate) -> str:
    return {
        "phone": _("Write the phone with its country code, such as +34 600 000 000."),
        "email": _("Write an e-mail address."),
        "language": _("Choose a language from the list."),
        "role": _("Choose a role. The only role somebody has is not taken away: switch them off."),
        "department": _("An operator works in a department of the project. Choose one."),
        "skills": _("Write at most 30 skills of at most 40 characters."),
        "code": _("Write a code as the hint says."),
        "categories": _("Choose categories from the list."),
        "category": _("Choose a category that is in use."),
        "group": _("Choose a group from the list."),
        "nature": _("Choose what these messages are."),
        "examples": _("Write at most 50 messages in a language."),
        "number": _("There is no such home in this building, or more than one: name the entrance."),
        "kind": _("Choose what it is."),
        "floor": _("Write the floor as a whole number."),
        "share": _("Write a share in per cent, above 0 and up to 100."),
        "since": _("Choose a day in the past."),
        "facts": _("Write what it is and what is known, at most 20 of 300 characters."),
        "weekdays": _("Choose a weekday."),
        "last_day": _("The last day comes after the first, within a year."),
        "last_floor": _(
            "The highest floor is not below the lowest, and both are between -10 and 200."
        ),
        "entrance_count": _("Write from 1 to 100 entrances."),
        "entrances": _("Write short names of entrances, each once, with commas between them."),
        "flats": _("Write from 1 to 99 flats on a floor."),
        "count": _("A plan makes from 1 to 5000 homes at once."),
        "start": _("Write the first number."),
        "scheme": _("Choose how homes are numbered."),
        "file": _("Choose a file of at most 64 MB."),
        "day": _("Choose a day on which the shift begins."),
        "name": _("Write a name of at most 200 characters."),
        "timezone": _("Write a time zone such as Europe/Madrid."),
        "emergency_number": _("Write the emergency number with digits, such as 112."),
        "settings": _(
            "Write whole numbers above zero; the reminder comes before the silence ends."
        ),
    }.get(field, _("Something in the form is missing or cannot be used. Look at it again."))


def policy_groups(_: Translate) -> dict[str, tuple[str, str]]:
    """Name and explanation of each group of a project's numbers."""
    return {
        "silence": (
            _("When an owner is silent"),
            _(
                "Done is not closed: the owner is asked. Without an answer the bot reminds once, and in the end closes"
                " and says so; the owner can reopen."
            ),
        ),
        "promises": (
            _("What is promised"),
            _("Round the clock, where no term of the project says otherwise."),
        ),
        "people": (_("When people are asked"), ""),
        "quiet": (
            _("Quiet hours"),
            _(
                "What can wait goes out at their end, by the project’s clock; owners may choose their own."
            ),
        ),
        "incidents": (
            _("When several report one thing"),
            _("Then an incident is proposed; a person confirms it."),
        ),
    }


def policy_names(_: Translate) -> dict[str, str]:
    """Of each number, under the name of its group."""
    return {
        "reminder_hours": _("Remind after (hours)"),
        "silence_hours": _("Close after (hours)"),
        "general_minutes": _("A general matter is solved within (minutes)"),
        "major_minutes": _("A major matter is solved within (minutes)"),
        "emergency_accept_minutes": _("An emergency is accepted within (minutes)"),
        "first_answer_minutes": _("First answer by a person within (minutes)"),
        "next_update_minutes": _("Next update within (minutes)"),
        "due_soon_minutes": _("A promise counts as due soon before its time by (minutes)"),
        "handoff_minutes": _("A waiting owner is answered within (minutes)"),
        "offer_minutes": _("An operator may think about a job for (minutes)"),
        "handover_minutes": _("A colleague may think about taking over for (minutes)"),
        "join_minutes": _("Messages about one thing join within (minutes)"),
        "quiet_from_hour": _("From (hour)"),
        "quiet_until_hour": _("Until (hour)"),
        "incident_window_minutes": _("Reports within (minutes)"),
        "incident_reporters": _("So many homes"),
        "incident_emergency_reporters": _("So many homes in an emergency"),
        "incident_likeness_percent": _("Likeness of their words (percent)"),
    }
