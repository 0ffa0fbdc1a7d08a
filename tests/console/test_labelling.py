"""The inbox of messages to label: what it shows, what it keeps, what it refuses, and how two people get along in it."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Example, LabelItem, LabelVote, StaffMember
from ownerdesk.rules.labelling import Labels
from ownerdesk.services.label_items import vote
from tests.conftest import NOON
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import make_cast, make_label_item, make_message, make_staff

LIFT = {"intent": "help_seeking", "category": "elevator", "kind": "", "marks": "[]"}
FIRE = {"intent": "emergency", "category": "fire_safety", "kind": "fire", "marks": "[]"}
ROW = r'class="row-link"[^>]*>([^<]+)'
ACCEPT = {"verdict": "accept", "seen": "open", **LIFT}


@pytest.fixture
def berta(site: Site) -> StaffMember:
    """A second manager."""
    member = site.core.transact_now(make_staff, site.cast.project, "Berta", "manager")
    site.core.transact_now(give_passwords)
    return member


def look(site: Site, item_id: int) -> tuple[str, list[tuple[str, str, str]]]:
    """Its state, and what its examples in the data set say."""
    with site.core.sessions() as session:
        examples = session.scalars(
            select(Example).where(Example.item_id == item_id, Example.removed_at.is_(None))
        )
        state = session.get_one(LabelItem, item_id).state
        return state, [(e.text, e.intent, e.category) for e in examples]


def count_votes(site: Site) -> int:
    with site.core.sessions() as session:
        return len(session.scalars(select(LabelVote)).all())


def test_an_empty_list_says_what_appears_in_it(site: Site) -> None:
    said = {
        "waiting": "Nothing waits for you.",
        "disputed": "Nothing is disputed.",
        "skipped": "You have skipped nothing.",
        "settled": "Nothing is settled yet.",
    }

    async def walk(browser: Browser) -> None:
        for view, words in said.items():
            assert words in await browser.read(f"/labelling?view={view}"), view

    site.visit(walk, by=site.cast.boris)


def test_the_inbox_shows_the_most_instructive_message_with_all_that_is_known_of_it(
    site: Site,
) -> None:
    def write(session: Session) -> None:
        make_message(session, site.cast.conversation, "Alma Test here again")
        make_label_item(session, site.cast, "thanks for the bench", why="sample", alike=1)
        make_label_item(
            session, site.cast, "Alma Test, 07700 900123: the lift hums", why="staff",
            proposed={"nature": "dissatisfaction", "category": "elevator"},
        )  # fmt: skip

    site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/labelling")
        first, second = re.findall(ROW, page)
        assert first.endswith("the lift hums")
        assert second == "thanks for the bench"
        for words in (
            "Corrected by staff", "Random sample", "Masked: names (1), phone numbers (1)",
            "Help needed", "90%", "Complaint, Lift", "English",
        ):  # fmt: skip
            assert words in page, words
        assert "Alma" not in page, "the conversation is masked too"
        assert "900123" not in page
        assert re.search(r'id="count-labelling"[^>]*><span aria-hidden="true">2<', page)
        only = await browser.read("/labelling?reason=sample")
        assert re.findall(ROW, only) == ["thanks for the bench"]
        assert "Nothing with these filters." in await browser.read("/labelling?language=zh")

    site.visit(walk, by=site.cast.boris)


def test_a_verdict_is_kept_and_the_next_message_comes_at_once(site: Site) -> None:
    def write(session: Session) -> tuple[int, int]:
        first = make_label_item(session, site.cast, "the lift hums on floor 4", why="staff")
        return first.id, make_label_item(session, site.cast, "good morning", alike=1).id

    first, second = site.core.transact_now(write)
    marks = json.dumps([{"name": "floor", "start": 19, "end": 26}])

    async def walk(browser: Browser) -> None:
        answer = await browser.post(
            f"/labelling/{first}/decide", **{**ACCEPT, "marks": marks},
            text="  the lift hums on floor 4 ",
        )  # fmt: skip
        assert answer.headers["Location"] == f"/labelling?done={first}"
        page = await browser.read(answer.headers["Location"])
        assert f'action="/labelling/{second}/decide' in page
        assert f'href="/labelling/{first}"' in page, "one can think again"
        done = await browser.read("/labelling?view=settled")
        assert "the lift hums on floor 4" in done

    site.visit(walk, by=site.cast.boris)
    state, [(text, intent, category)] = look(site, first)
    assert (state, text, intent, category) == (
        "settled", "the lift hums on floor 4", "help_seeking", "elevator",
    )  # fmt: skip
    with site.core.sessions() as session:
        example = session.scalars(select(Example)).one()
        assert example.entities == [{"name": "floor", "start": 17, "end": 24}], (
            "as stored, stripped"
        )
        assert example.text[17:24] == "floor 4"


@pytest.mark.parametrize(
    ("verdict", "state", "intents"),
    [
        ("out_of_scope", "settled", ["out_of_scope"]),
        ("delete", "deleted", []),
        ("skip", "open", []),
    ],
)
def test_every_verdict_does_what_it_says(
    site: Site, verdict: str, state: str, intents: list[str]
) -> None:
    item_id = site.core.transact_now(make_label_item, site.cast).id

    async def walk(browser: Browser) -> None:
        sent = {**ACCEPT, "verdict": verdict, "text": "the lift hums"}
        assert (await browser.post(f"/labelling/{item_id}/decide", **sent)).status == 303
        assert "Nothing waits for you" in await browser.read("/labelling")

    site.visit(walk, by=site.cast.boris)
    now, examples = look(site, item_id)
    assert (now, [intent for _, intent, _ in examples]) == (state, intents)


def test_what_one_skips_waits_for_another_and_can_be_found_again(
    site: Site, berta: StaffMember
) -> None:
    item_id = site.core.transact_now(make_label_item, site.cast).id

    async def as_boris(browser: Browser) -> None:
        sent = {**ACCEPT, "verdict": "skip", "text": ""}
        assert (await browser.post(f"/labelling/{item_id}/decide", **sent)).status == 303
        assert "the lift hums" in await browser.read("/labelling?view=skipped")

    async def as_berta(browser: Browser) -> None:
        assert "the lift hums" in await browser.read("/labelling")

    site.visit(as_boris, by=site.cast.boris)
    site.visit(as_berta, by=berta)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"intent": ""}, "Choose what the message is."),
        ({"intent": "weather"}, "Choose what the message is."),
        ({"category": "weather"}, "Choose what it is about."),
        ({"intent": "emergency"}, "Choose the kind of emergency."),
        ({"text": "   "}, "The words to learn from are missing"),
        ({"marks": '[{"name": "floor", "start": 2, "end": 900}]'}, "A mark does not fit"),
        ({"marks": "nonsense"}, "missing or cannot be used"),
        ({"marks": '[{"name": "floor", "start": true, "end": 2}]'}, "missing or cannot be used"),
        ({"verdict": "maybe"}, "missing or cannot be used"),
        ({"seen": "asleep"}, "missing or cannot be used"),
        ({"text": "call me on 07700 900123"}, "This looks personal: phone numbers."),
        ({"text": "Alma says the lift hums"}, "This looks personal: names."),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words_and_nothing_typed_is_lost(
    site: Site, changed: dict[str, str], words: str
) -> None:
    item_id = site.core.transact_now(make_label_item, site.cast).id

    async def walk(browser: Browser) -> None:
        sent = {**ACCEPT, "text": "my own words", **changed}
        answer = await browser.post(f"/labelling/{item_id}/decide", **sent)
        page = await answer.text()
        assert answer.status == 409
        assert words in page
        assert sent["text"].strip() in page

    site.visit(walk, by=site.cast.boris)
    assert look(site, item_id) == ("open", [])
    assert count_votes(site) == 0


def test_what_looks_personal_is_kept_once_a_person_says_that_it_is_not(site: Site) -> None:
    item_id = site.core.transact_now(make_label_item, site.cast).id

    async def walk(browser: Browser) -> None:
        sent = {**ACCEPT, "text": "the number on the door is 123456789"}
        refused = await browser.post(f"/labelling/{item_id}/decide", **sent)
        assert 'name="checked"' in await refused.text()
        kept = await browser.post(f"/labelling/{item_id}/decide", **sent, checked="yes")
        assert kept.status == 303

    site.visit(walk, by=site.cast.boris)
    assert look(site, item_id)[1][0][0] == "the number on the door is 123456789"


def test_somebody_settled_it_meanwhile_and_who_sees_that_may_differ(
    site: Site, berta: StaffMember
) -> None:
    item_id = site.core.transact_now(make_label_item, site.cast).id
    url = f"/labelling/{item_id}/decide"

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.boris)
        await two.log_in(berta)
        assert (await one.post(url, **ACCEPT, text="the lift hums")).status == 303
        late = {**ACCEPT, **FIRE, "text": "the lift hums"}
        refused = await two.post(url, **late)
        page = await refused.text()
        assert refused.status == 409
        assert "Somebody settled this message while you looked at it." in page
        assert "Boris T" in page
        assert 'name="seen" value="settled"' in page
        assert (await two.post(url, **{**late, "seen": "settled"})).status == 303
        disputed = await one.read("/labelling?view=disputed")
        assert "People disagree: the verdict of a third decides." in disputed
        assert "Emergency, Fire or smoke, Fire safety" in disputed

    site.visit_together(walk)
    assert look(site, item_id) == ("disputed", []), "what is disputed is not trained on"


def test_two_who_press_at_once_make_one_example(site: Site, berta: StaffMember) -> None:
    item_id = site.core.transact_now(make_label_item, site.cast).id

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.boris)
        await two.log_in(berta)
        answers = await asyncio.gather(
            *(b.post(f"/labelling/{item_id}/decide", **ACCEPT, text="the lift hums") for b in (one, two))
        )  # fmt: skip
        assert sorted(answer.status for answer in answers) == [303, 409]

    site.visit_together(walk)
    assert look(site, item_id) == ("settled", [("the lift hums", "help_seeking", "elevator")])


def test_the_same_goes_for_those_alike_that_were_ticked_and_for_no_others(site: Site) -> None:
    def write(session: Session) -> list[int]:
        texts = ("the lift hums", "the lift hums!", "Lift hums.", "lift hums, ask Kim")
        return [make_label_item(session, site.cast, text).id for text in texts]

    ids = site.core.transact_now(write)
    other = site.core.transact_now(make_label_item, site.cast, "no water", alike=1).id

    async def walk(browser: Browser) -> None:
        assert "4 alike" in await browser.read("/labelling")
        ticked = {f"same-{one}": "yes" for one in (ids[1], ids[2], other)}
        sent = {**ACCEPT, **ticked, "marks": '[{"name": "thing", "start": 4, "end": 8}]'}
        answer = await browser.post(f"/labelling/{ids[0]}/decide", **sent, text="the lift hums")
        assert answer.status == 303

    site.visit(walk, by=site.cast.boris)
    assert [look(site, one)[0] for one in (*ids, other)] == ["settled"] * 3 + ["open"] * 2
    with site.core.sessions() as session:
        marks = {e.text: e.entities for e in session.scalars(select(Example))}
    assert len(marks) == 3
    assert marks["Lift hums."] == [], "marks are of the one message alone"


def test_the_very_same_words_are_learnt_once(site: Site) -> None:
    def write(session: Session) -> list[int]:
        return [make_label_item(session, site.cast, "the lift hums").id for _ in range(2)]

    ids = site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        sent = {**ACCEPT, f"same-{ids[1]}": "yes"}
        await browser.post(f"/labelling/{ids[0]}/decide", **sent, text="the lift hums")

    site.visit(walk, by=site.cast.boris)
    assert [look(site, one)[0] for one in ids] == ["settled", "settled"]
    with site.core.sessions() as session:
        assert len(session.scalars(select(Example)).all()) == 1


def test_ones_own_verdict_stands_in_the_form_and_can_be_changed(site: Site) -> None:
    def write(session: Session) -> int:
        item = make_label_item(session, site.cast)
        labels = Labels("paid_service", "home_repair")
        vote(
            session, item, by=session.merge(site.cast.boris), verdict="labels", labels=labels,
            text="it hums", at=NOON,
        )  # fmt: skip
        return item.id

    item_id = site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/labelling/{item_id}")
        assert re.search(r'value="paid_service" checked', page)
        assert ">it hums</textarea>" in page
        sent = {**ACCEPT, "seen": "settled", "text": "the lift hums"}
        assert (await browser.post(f"/labelling/{item_id}/decide", **sent)).status == 303

    site.visit(walk, by=site.cast.boris)
    assert look(site, item_id)[1] == [("the lift hums", "help_seeking", "elevator")]


def test_other_projects_and_roles_without_the_right_find_nothing(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    theirs = site.core.transact_now(make_label_item, other).id

    async def as_manager(browser: Browser) -> None:
        assert "the lift hums" not in await browser.read("/labelling")
        real = await browser.get(f"/labelling/{theirs}")
        absent = await browser.get("/labelling/999999")
        assert (real.status, await real.text()) == (404, await absent.text())
        sent: dict[str, Any] = {**ACCEPT, "text": "x"}
        assert (await browser.post(f"/labelling/{theirs}/decide", **sent)).status == 404

    async def as_agent(browser: Browser) -> None:
        page = await browser.read("/appeals")
        assert 'href="/labelling"' not in page
        assert "When labelling" not in page
        assert (await browser.get("/labelling")).status == 404

    site.visit(as_manager, by=site.cast.boris)
    site.visit(as_agent, by=site.cast.mara)
    assert look(site, theirs)[0] == "open"


def test_messages_of_somebody_unknown_are_labelled_by_whoever_labels_anywhere(site: Site) -> None:
    def write(session: Session) -> int:
        item = make_label_item(session, site.cast, "is anybody there")
        item.project_id = None
        return item.id

    item_id = site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        assert "is anybody there" in await browser.read(f"/labelling/{item_id}")

    site.visit(walk, by=site.cast.boris)


def test_every_key_of_the_sheet_is_on_the_page(site: Site) -> None:
    def write(session: Session) -> None:
        make_label_item(session, site.cast)
        make_label_item(session, site.cast, "the lift hums!")

    site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/labelling")
        told = set(re.findall(r'data-keys="(.+?)" data-does="here"', page)) - {"1 … 0"}
        assert told | set("1234567890") == set(re.findall(r'data-key="(.)"', page))

    site.visit(walk, by=site.cast.boris)


def test_more_than_one_page_of_groups_is_walked_without_a_gap(site: Site) -> None:
    def write(session: Session) -> None:
        for number in range(33):
            make_label_item(session, site.cast, f"matter number {number:02}x", alike=number)

    site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        first = await browser.read("/labelling")
        link = re.search(r'href="(/labelling\?after=[^"]+)"', first)
        assert link is not None
        second = await browser.read(link[1].replace("&amp;", "&"))
        pattern = r'class="row-link"[^>]*>(matter number \d\dx)'
        shown = [*re.findall(pattern, first), *re.findall(pattern, second)]
        assert (len(shown), len(set(shown))) == (33, 33)

    site.visit(walk, by=site.cast.boris)
