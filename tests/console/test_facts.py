"""Which facts make a form too old: every fact has its words, and the quiet ones are facts."""

from __future__ import annotations

from console.facts import fact_templates
from console.words import Words
from ownerdesk.rules.appeal_events import QUIET, changes_the_picture
from tests.make import NOON


def test_the_quiet_facts_are_facts() -> None:
    assert set(fact_templates(Words("en", NOON))) >= QUIET


def test_what_people_did_changes_the_picture_and_the_clockwork_does_not() -> None:
    for name in ("appeal.resolved", "appeal.merged", "message.added", "job.done", "appeal.taken"):
        assert changes_the_picture(name)
    for name in ("promise.made", "job.offered", "guide.ticked"):
        assert not changes_the_picture(name)
