"""Why a reply, a file or a transfer was refused, in words that say what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownerdesk.rules import answering
from ownerdesk.rules.uploads import ENDINGS

if TYPE_CHECKING:
    from console.words import Words

MEGABYTE = 1_000_000


def answering_words(refusal: answering.AnsweringRefusal, words: Words) -> str:
    """One or two sentences for each of them."""
    _ = words._
    match refusal:
        case answering.UnseenMessages():
            return words.ngettext(
                "Not sent yet: {count} message came while you were writing. Read it, then send all the same or change your words.",
                "Not sent yet: {count} messages came while you were writing. Read them, then send all the same or change your words.",
                refusal.count,
            ).format(count=refusal.count)
        case answering.HeldMeanwhile():
            return _(
                "Not sent: {name} holds this conversation and may be answering right now. Read what is new; you can send all the same, and {name} will be told."
            ).format(name=refusal.holder)
        case answering.UnfilledVariables():
            return _variables(refusal, words)
        case answering.FileTooLarge():
            return _("The file is larger than {limit} MB, which Telegram does not take.").format(
                limit=refusal.limit // MEGABYTE
            )
        case answering.WrongFileKind():
            return _(
                "This kind of file is not sent to owners, or it is not what its name says. Possible are: {endings}."
            ).format(endings=", ".join(ENDINGS))
        case answering.EmptyFile():
            return _("Choose a file that is not empty.")
        case answering.TooManyFiles():
            return _("At most {limit} files go with one reply. Send these first.").format(
                limit=refusal.limit
            )
        case answering.UploadGone():
            return _("A file is not there any more. Look at what goes out now, and send again.")
        case answering.TransferOpen():
            return _("{name} has been asked already and has not answered yet.").format(
                name=refusal.asked
            )
        case answering.TransferOver():
            return _(
                "That question is over: it was answered, taken back, or nobody answered in time."
            )
        case answering.NobodyToAsk():
            return _("Choose somebody who may answer owners here.")
        case _:
            return _("That is not possible.")


def _variables(refusal: answering.UnfilledVariables, words: Words) -> str:
    _ = words._
    said = []
    if refusal.unknown:
        names = ", ".join(f"{{{name}}}" for name in refusal.unknown)
        said.append(_("Not sent: there is no variable {names}.").format(names=names))
    if refusal.empty:
        names = ", ".join(f"{{{name}}}" for name in refusal.empty)
        said.append(
            _("Not sent: nothing is known here for {names}. Write it yourself.").format(names=names)
        )
    return " ".join(said)
