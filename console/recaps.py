"""Recaps in words: what was asked, what was tried, what is open."""

from __future__ import annotations

from console.words import Words
from ownerdesk.queries.recaps import Recap


def list_tried(recap: Recap, words: Words) -> list[str]:
    """What Ownerdesk did with the owner's messages, a sentence each; none where it did nothing."""
    _, count = words._, words.ngettext
    said = []
    asked_back = recap.tried["clarified"]
    if asked_back:
        said.append(
            count("Asked back once", "Asked back {count} times", asked_back).format(
                count=asked_back
            )
        )
    said += [_("Answered from the article “{title}”").format(title=t) for t in recap.answers]
    said += [_("Registered {number}").format(number=number) for number in recap.registered]
    if recap.tried["status"]:
        said.append(_("Said where the appeal stands"))
    if recap.tried["offered"]:
        said.append(_("Offered a paid service"))
    if recap.tried["asked_to_register"]:
        said.append(_("Asked to prove which home is theirs"))
    if recap.tried["emergency"]:
        said.append(_("Sent what to do now, and raised the alarm"))
    if recap.tried["person"]:
        said.append(_("A colleague has answered"))
    return said


def list_open(recap: Recap, words: Words, zone: str) -> list[tuple[str, str]]:
    """What is not done yet: a sentence, and the address where it stands (empty for none)."""
    _ = words._
    found = []
    for appeal in recap.open:
        text = (
            f"{appeal.number} · {words.categories[appeal.category]} · {words.states[appeal.state]}"
        )
        if appeal.next_due_at is not None:
            text += " · " + _("due {when}").format(when=words.when(appeal.next_due_at, zone))
        found.append((text, f"/appeals/{appeal.id}"))
    if recap.waiting:
        found.append(
            (
                words.ngettext(
                    "{count} message without an answer",
                    "{count} messages without an answer",
                    recap.waiting,
                ).format(count=recap.waiting),
                "",
            )
        )
    return found
