"""What the bot says about itself: commands, welcome, help, settings, and why something was refused."""

from __future__ import annotations

from ownerdesk.rules.refusals import (
    AlreadyTaken,
    AppealNotFound,
    ChatInUse,
    HandoverOver,
    IncidentOver,
    JobOver,
    JobTaken,
    MissingText,
    NotFound,
    NotYourContact,
    OldButton,
    Refusal,
    TooLong,
    TooManyTries,
    UnknownPhone,
    WrongCode,
    WrongState,
)
from ownerdesk.texts import Translate, translator
from ownerdesk.wording import state_names


def command_texts(language: str) -> dict[str, str]:
    """The command menu, in the order it is shown."""
    _ = translator(language)
    return {
        "new": _("Tell us about something"),
        "appeals": _("Your appeals"),
        "status": _("How things stand"),
        "human": _("Talk to a person"),
        "language": _("Choose the language"),
        "settings": _("Home and messages"),
        "help": _("What I can do"),
        "start": _("Begin"),
    }


def format_help(_: Translate) -> str:
    return _(
        "Write to me in your own words: what is broken, what annoys you, what you want to know or order."
        " Photos, voice messages and places are welcome too.\n\n"
        "In danger, write at once what is happening.\n\n"
        "/new – tell us about something\n"
        "/appeals – your appeals\n"
        "/status – how things stand\n"
        "/human – talk to a person\n"
        "/language – choose the language\n"
        "/settings – home and messages"
    )


def format_welcome(_: Translate, name: str) -> str:
    return _(
        "Hello {name}! I am the service desk of your building. Write to me at any hour; I answer at once,"
        " and a named person stays responsible until you say it is solved."
    ).format(name=name)


def format_ask_phone(_: Translate) -> str:
    return _(
        "To know which home is yours, press the button to share your phone number, or type the code from your"
        " invitation. In danger, write at once; you need no registration for that."
    )


def format_registered(_: Translate, name: str, homes: list[str]) -> str:
    if not homes:
        return _("Thank you {name}, I know you now.").format(name=name)
    return _("Thank you {name}, I know you now: {homes}.").format(name=name, homes="; ".join(homes))


def format_refusal(refusal: Refusal, _: Translate) -> str:
    """Why not, and what to do instead. Every refusal an owner can meet has its words here."""
    match refusal:
        case WrongState() if refusal.state in ("closed", "cancelled"):
            return _("That is closed already. Write to me if there is something new.")
        case WrongState():
            return _("That is not possible now: {state}.").format(
                state=state_names(_)[refusal.state]
            )
        case AlreadyTaken():
            return _("{name} has taken it on already.").format(name=refusal.holder)
        case AppealNotFound():
            return _("I cannot find that among your appeals.")
        case IncidentOver():
            return _("That is over already. Write to me if there is something new.")
        case OldButton():
            return _("This button is from an earlier message. /appeals shows how things stand.")
        case NotYourContact():
            return _(
                "That is somebody else's contact. Please press the button below to share your own number."
            )
        case UnknownPhone():
            return _(
                "I cannot find this number with us. Type the code from your invitation, or ask a person: /human"
            )
        case WrongCode():
            return _(
                "That code is not valid: it may be mistyped, used or expired. A person can help: /human"
            )
        case TooManyTries():
            return _("That was one try too many. Try again in an hour, or ask a person: /human")
        case NotFound():
            return _("I cannot find that any more.")
        case _refusal:
            raise _refusal


def format_staff_refusal(refusal: Refusal, _: Translate) -> str:
    """The same for members of staff in their chats; what is said alike to everybody is said as to owners."""
    match refusal:
        case JobTaken():
            return _("{name} has this job already.").format(name=refusal.holder)
        case JobOver():
            return _("This job is over: it was done, passed on or taken back.")
        case WrongState():
            return _("The appeal has moved on: {state}. There is nothing to do for you.").format(
                state=state_names(_)[refusal.state]
            )
        case MissingText():
            return _("Please write a few words.")
        case TooLong():
            return _(
                "That is too long: at most {limit} characters. Press the button again."
            ).format(limit=refusal.limit)
        case HandoverOver():
            return _("That question is over: it was answered, or the appeal has moved on.")
        case ChatInUse():
            return _(
                "This chat has another part here already: an owner's chat cannot be a colleague's too."
                " Please use another Telegram account."
            )
        case WrongCode():
            return _(
                "That code is not valid: it may be mistyped, used or expired. The console makes a new one."
            )
        case TooManyTries():
            return _("That was one try too many. Try again in an hour.")
        case OldButton():
            return _("This button is from an earlier message.")
        case _refusal:
            return format_refusal(_refusal, _)
