"""The data set: what it shows and hides, how it is mended, checked and taken along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, DataCheck, Example, LabelItem, LabelVote
from ownerdesk.rules.labelling import Labels
from ownerdesk.services.label_items import vote
from tests.conftest import NOON
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import Cast, make_cast, make_example, make_label_item

PAGE = "/settings/data-set"
LIFT = Labels("help_seeking", "elevator")


def make_labelled(session: Session, cast: Cast, words: str = "the lift hums") -> Example:
    """Labelled by Boris."""
    item = make_label_item(session, cast, words, alike=len(words))
    boris = session.merge(cast.boris)
    example = vote(session, item, by=boris, verdict="labels", labels=LIFT, text=words, at=NOON)
    assert example is not None
    return example


def make_check(session: Session, cast: Cast, findings: list[dict[str, Any]], **more: Any) -> None:
    fields = {"state": "done", "ended_at": NOON + timedelta(hours=1), "is_valid": True} | more
    session.add(
        DataCheck(requested_by_id=cast.boris.id, requested_at=NOON, findings=findings, **fields)
    )


def list_live(site: Site) -> list[str]:
    with site.core.sessions() as session:
        return list(session.scalars(select(Example.text).where(Example.removed_at.is_(None))))


def test_examples_are_shown_with_where_they_come_from_and_filtered(site: Site) -> None:
    def write(session: Session) -> None:
        make_labelled(session, site.cast)
        make_example(
            session,
            site.cast,
            "gas smell",
            "emergency",
            category="gas",
            kind="gas_leak",
            use="test",
        )
        make_example(session, site.cast, "no hay luz", language="es", category="power_supply")
        make_example(session, site.cast, "was wrong", removed_at=NOON, removed_by_id=site.cast.mara.id)  # fmt: skip

    site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        page = await browser.read(PAGE)
        for words in (
            "the lift hums", "Help needed, Lift", "The model was unsure", "Boris T",
            "Emergency, Gas, Gas", "Only tested with: 1",
        ):  # fmt: skip
            assert words in page, words
        assert "was wrong" not in page
        for query, there, absent in (
            ("language=es", "no hay luz", "gas smell"),
            ("intent=emergency", "gas smell", "no hay luz"),
            ("category=power_supply", "no hay luz", "gas smell"),
            ("use=test", "gas smell", "no hay luz"),
            ("shown=removed", "was wrong", "gas smell"),
            ("use=nonsense&before=x", "gas smell", "was wrong"),
        ):
            part = await browser.read(f"{PAGE}?{query}")
            assert there in part, query
            assert absent not in part, query
        assert "removed by Mara T" in await browser.read(f"{PAGE}?shown=all")

    site.visit(walk, by=site.cast.boris)


def test_an_example_is_removed_once_and_the_second_is_told(site: Site) -> None:
    example_id = site.core.transact_now(make_labelled, site.cast).id

    async def walk(browser: Browser) -> None:
        first = await browser.post(f"{PAGE}/{example_id}/remove?language=en")
        assert first.headers["Location"] == f"{PAGE}?language=en"
        second = await browser.post(f"{PAGE}/{example_id}/remove")
        assert second.status == 409
        assert "Somebody has taken this example out already." in await second.text()
        third = await browser.post(f"{PAGE}/{example_id}/relabel")
        assert third.status == 409

    site.visit(walk, by=site.cast.boris)
    assert list_live(site) == []


def test_an_example_is_sent_back_and_labelled_anew_as_if_nobody_had(site: Site) -> None:
    example_id = site.core.transact_now(make_labelled, site.cast).id

    async def walk(browser: Browser) -> None:
        answer = await browser.post(f"{PAGE}/{example_id}/relabel")
        page = await browser.read(answer.headers["Location"])
        assert "the lift hums" in page
        assert 'name="seen" value="open"' in page

    site.visit(walk, by=site.cast.boris)
    assert list_live(site) == []
    with site.core.sessions() as session:
        assert session.scalars(select(LabelItem)).one().state == "open"
        assert session.scalars(select(LabelVote)).all() == []
        query = select(AuditEntry).where(AuditEntry.action == "example.relabelled")
        before = session.scalars(query).one().before
        assert before is not None
        assert before["votes"][0]["intent"] == "help_seeking", "what was said stays in the log"


def test_what_was_made_of_no_message_cannot_be_labelled_anew(site: Site) -> None:
    example_id = site.core.transact_now(make_example, site.cast).id

    async def walk(browser: Browser) -> None:
        assert f"{example_id}/relabel" not in await browser.read(PAGE)
        refused = await browser.post(f"{PAGE}/{example_id}/relabel")
        assert refused.status == 409
        assert "no message to label anew" in await refused.text()

    site.visit(walk, by=site.cast.boris)
    assert list_live(site) == ["the lift hums"]


def test_each_finding_says_what_to_do_and_goes_when_it_is_done(site: Site) -> None:
    def write(session: Session) -> list[int]:
        one = make_labelled(session, site.cast, "the lift hums")
        twin = make_example(session, site.cast, "The lift hums!")
        leak = make_example(session, site.cast, "my boiler drips on the floor", "consultation")
        make_check(
            session, site.cast,
            [
                {"kind": "few", "subject": "greet", "ids": [], "count": 2},
                {"kind": "duplicate", "subject": "the lift hums", "ids": [one.id, twin.id], "count": 2},
                {"kind": "leak", "subject": leak.text, "ids": [leak.id], "count": 1},
            ],
            complaints=["rasa.validator: the intent greet has only 1 training example"],
        )  # fmt: skip
        return [one.id, twin.id, leak.id]

    _, twin, leak = site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        page = await browser.read(PAGE)
        for words in (
            "Only 2 examples of “Greeting”", "The same words are there 2 times.",
            "Much the same is in the test set", "Rasa would train on this, and warns.",
            "has only 1 training example",
        ):  # fmt: skip
            assert words in page, words
        await browser.post(f"{PAGE}/{twin}/remove")
        page = await browser.read(PAGE)
        assert "The same words are there" not in page
        assert "Much the same is in the test set" in page
        await browser.post(f"{PAGE}/{leak}/remove")
        assert "Much the same is in the test set" not in await browser.read(PAGE)

    site.visit(walk, by=site.cast.boris)


def test_the_data_set_is_checked_once_at_a_time(site: Site) -> None:
    async def walk(one: Browser, two: Browser) -> None:
        for browser in (one, two):
            await browser.log_in(site.cast.boris)
        assert "Not checked yet." in await one.read(PAGE)
        assert (await one.post(f"{PAGE}/check")).status == 303
        assert "Waiting for the trainer" in await one.read(PAGE)
        refused = await two.post(f"{PAGE}/check")
        assert refused.status == 409
        assert "being checked already" in await refused.text()

    site.visit_together(walk)
    with site.core.sessions() as session:
        assert session.scalars(select(DataCheck.state)).all() == ["queued"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_valid": False, "complaints": ["broken"]}, "Rasa would not train on this."),
        ({}, "Rasa finds nothing wrong."),
        ({"state": "failed", "error": "no disk", "is_valid": None}, "The check ended early: no disk"),
    ],
)  # fmt: skip
def test_the_end_of_a_check_is_told(site: Site, fields: dict[str, Any], words: str) -> None:
    site.core.transact_now(make_check, site.cast, [], **fields)

    async def walk(browser: Browser) -> None:
        assert words in await browser.read(PAGE)

    site.visit(walk, by=site.cast.boris)


def test_the_export_is_what_rasa_reads_without_the_test_set(site: Site) -> None:
    def write(session: Session) -> None:
        mark = [{"name": "thing", "start": 4, "end": 8}]
        make_example(session, site.cast, "the lift [hums]", entities=mark)
        make_example(session, site.cast, "only tested", use="test")

    site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        answer = await browser.get(f"{PAGE}/export")
        assert "attachment" in answer.headers["Content-Disposition"]
        [block] = yaml.safe_load(await answer.text())["nlu"]
        assert block["intent"] == "help_seeking"
        assert block["examples"] == [
            {"text": 'the [lift]{"entity": "thing"} (hums)', "metadata": {"category": "elevator"}}
        ]

    site.visit(walk, by=site.cast.boris)


def test_examples_of_other_projects_look_as_if_they_did_not_exist(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    theirs = site.core.transact_now(make_labelled, other, "their words").id

    async def walk(browser: Browser) -> None:
        assert "their words" not in await browser.read(PAGE)
        assert "their words" not in await (await browser.get(f"{PAGE}/export")).text()
        for action in ("remove", "relabel"):
            assert (await browser.post(f"{PAGE}/{theirs}/{action}")).status == 404

    site.visit(walk, by=site.cast.boris)
    assert list_live(site) == ["their words"]
