"""The page of an appeal: what is promised and known on it, forms that are too old, undo, and merging at the desk."""

from __future__ import annotations

import re

import pytest
from aiohttp import FormData
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Attachment, Correction, GuideTick, HeldAction, Message, Owner
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from tests.conftest import Clock
from tests.console.conftest import Browser, Site
from tests.make import LATER, NOON, make_appeal, make_cast

JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 100


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(make_appeal, site.cast)


def read(site: Site, appeal: Appeal) -> Appeal:
    with site.core.sessions() as session:
        return session.get_one(Appeal, appeal.id)


def told(site: Site) -> list[str]:
    with site.core.sessions() as session:
        return list(session.scalars(select(Message.text).where(Message.direction == "out")))


def seen_on(page: str) -> str:
    found = re.search(r'name="fact" value="(\d+)"', page)
    assert found, "every form carries what its page knew"
    return found[1]


def undo_on(page: str) -> str:
    found = re.search(r'action="(/appeals/\d+/undo/\d+)"', page)
    return found[1] if found else ""


def test_every_form_about_the_appeal_carries_what_its_page_knew(site: Site, appeal: Appeal) -> None:
    async def look(browser: Browser) -> None:
        page = await browser.read(f"/appeals/{appeal.id}")
        forms = re.findall(r'<form [^>]*action="[^"]*/([\w-]+)"(.*?)</form>', page, re.DOTALL)
        without = {name for name, body in forms if 'name="fact"' not in body}
        assert {"accept", "dispatch", "correct", "promise", "merge"} <= {name for name, _ in forms}
        assert without <= {"tick", "reply", "note", "take-over", "hand-back", "language", "logout"}

    site.visit(look, by=site.cast.mara)


def test_all_scripts_of_the_fullest_page_are_light(site: Site, appeal: Appeal) -> None:
    """100 KB, libraries included and nothing packed: every page of the console asks for a part of these."""

    async def look(browser: Browser) -> None:
        page = await browser.read(f"/appeals/{appeal.id}")
        paths = re.findall(r'<script src="([^"]+)"', page)
        sizes = [len(await (await browser.get(path)).read()) for path in paths]
        assert len(sizes) > 5
        assert min(sizes) > 0
        assert sum(sizes) <= 100 * 1024

    site.visit(look, by=site.cast.mara)


def test_a_form_that_is_too_old_says_what_has_changed_and_keeps_what_was_typed(
    site: Site, appeal: Appeal
) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        await two.log_in(site.cast.boris)
        seen = seen_on(await one.read(base))
        await two.post(f"{base}/accept")
        fields = {"kind": "resolution", "until": "2026-11-18T18:00", "words": "I come myself"}
        old = await one.post(f"{base}/promise", fact=seen, **fields)
        page = await old.text()
        assert old.status == 409
        assert "Something has changed since you opened this" in page
        assert re.search(r"<strong>Accepted</strong>.*?Boris T", page, re.DOTALL)
        assert 'value="I come myself"' in page
        again = await one.post(f"{base}/promise", fact=seen_on(page), **fields)
        assert again.status == 303

    site.visit_together(walk)
    assert any("I come myself" in text for text in told(site))


def test_what_the_clockwork_does_makes_no_form_old(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        seen = seen_on(await browser.read(base))
        await browser.post(f"{base}/tick", step="0", done="yes")
        assert (await browser.post(f"{base}/accept", fact=seen)).status == 303
        bad = await browser.post(f"{base}/set-out", fact="x")
        assert bad.status == 409

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert [t.step for t in session.scalars(select(GuideTick))] == [0]


def test_the_second_to_resolve_is_told_who_was_first(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        await two.log_in(site.cast.boris)
        await one.post(f"{base}/accept")
        first = await one.post(f"{base}/resolve", resolution="New lamp", cause="Age")
        assert first.status == 303
        late = await two.post(f"{base}/resolve", resolution="I did it", cause="Age")
        page = await late.text()
        assert late.status == 409
        assert re.search(r"<strong>Resolved</strong>.*?New lamp.*?Mara T", page, re.DOTALL)

    site.visit_together(walk)
    assert sum("New lamp" in text for text in told(site) if "solved for you" in text) == 1
    assert not any("I did it" in text for text in told(site))


def test_what_one_has_just_done_can_be_taken_back(site: Site, appeal: Appeal, clock: Clock) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        assert undo_on(await browser.read(base)) == ""
        await browser.post(f"{base}/accept")
        page = await browser.read(base)
        assert undo_on(page)
        assert (await browser.post(undo_on(page))).status == 303
        after = await browser.read(base)
        assert undo_on(after) == ""
        assert "<del>Accepted</del>" in after
        assert "Taken back before anybody was told: Accept" in after
        await browser.post(f"{base}/accept")
        clock.now += LATER
        assert undo_on(await browser.read(base)) == "", "a few seconds are over"

    site.visit(walk, by=site.cast.mara)
    assert read(site, appeal).state == "accepted"


def test_nobody_takes_back_what_another_did(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        await two.log_in(site.cast.boris)
        await one.post(f"{base}/accept")
        path = undo_on(await one.read(base))
        assert undo_on(await two.read(base)) == ""
        refused = await two.post(path)
        assert refused.status == 409
        assert "nothing of yours to take back" in await refused.text()

    site.visit_together(walk)
    assert read(site, appeal).state == "accepted"


def test_a_correction_is_kept_with_what_the_reader_had_said(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    def give_reading(session: Session) -> None:
        source = session.get_one(Message, appeal.source_message_id)
        source.reading = {
            "nature": "help_seeking", "nature_confidence": 0.55, "category": "lighting",
            "category_confidence": 0.7, "ranking": {"report_fault": 0.55},
            "category_ranking": {"lighting": 0.7, "elevator": 0.2, "gas": 0.001},
        }  # fmt: skip

    site.core.transact_now(give_reading)

    async def walk(browser: Browser) -> None:
        page = await browser.read(base)
        assert "55%" in page
        assert "Lift?" in page, "the next likeliest is one press away"
        assert "Gas?" not in page
        await browser.post(f"{base}/correct", nature="help_seeking", category="elevator")
        after = await browser.read(base)
        assert "corrected" in after

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        (kept,) = session.scalars(select(Correction))
    assert (kept.message_id, kept.staff_id) == (appeal.source_message_id, site.cast.mara.id)
    assert kept.said["category"] == "lighting"
    assert kept.said["category_confidence"] == 0.7
    assert (kept.before["category"], kept.after["category"]) == ("lighting", "elevator")


def test_a_category_says_which_fields_its_resolution_needs(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/accept")
        bare = await browser.post(f"{base}/resolve", resolution="New lamp")
        page = await bare.text()
        assert bare.status == 409
        assert "Say what caused it" in page
        assert "New lamp" in page
        form = FormData({"resolution": "New lamp", "cause": "Age", "parts": "One lamp"})
        form.add_field("photo", JPEG, filename="../lamp.jpg", content_type="image/jpeg")
        done = await send(browser, f"{base}/resolve", form)
        assert done == 303
        after = await browser.read(base)
        assert "One lamp" in after
        photo = re.search(r'href="(/files/\d+)"', after)
        assert photo
        answer = await browser.get(photo[1])
        assert await answer.read() == JPEG

    site.visit(walk, by=site.cast.mara)
    assert not any("One lamp" in text or "Age" in text for text in told(site)), "for staff only"
    assert (read(site, appeal).cause, read(site, appeal).parts) == ("Age", "One lamp")


async def send(browser: Browser, path: str, form: FormData) -> int:
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with browser.http.post(path, data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status


def test_a_photo_that_is_none_or_comes_with_a_refused_form_leaves_no_file(
    site: Site, appeal: Appeal
) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/accept")
        script = FormData({"resolution": "New lamp", "cause": "Age"})
        script.add_field("photo", b"<script>", filename="a.jpg", content_type="image/jpeg")
        assert await send(browser, f"{base}/resolve", script) == 409
        empty = FormData({"resolution": " ", "cause": "Age"})
        empty.add_field("photo", JPEG, filename="a.jpg", content_type="image/jpeg")
        assert await send(browser, f"{base}/resolve", empty) == 409

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert session.scalars(select(Attachment)).all() == []
    work = site.core.settings.files_dir / "work"
    assert not work.exists() or list(work.iterdir()) == []


def test_merging_at_the_desk_leads_to_where_it_goes_on(site: Site, appeal: Appeal) -> None:
    other = site.core.transact_now(make_appeal, site.cast)
    base = f"/appeals/{other.id}"

    async def walk(browser: Browser) -> None:
        assert appeal.number in await browser.read(base), "it is offered"
        for number, words in (
            ("T-99", "no appeal of that number"),
            (other.number, "another appeal"),
        ):
            refused = await browser.post(f"{base}/merge", other=number, how="merged")
            assert refused.status == 409
            page = await refused.text()
            assert words in page
            assert f'value="{number}"' in page
        done = await browser.post(f"{base}/merge", other=appeal.number, how="duplicate")
        assert done.status == 303
        page = await browser.read(base)
        assert f"This goes on as {appeal.number}" in page
        assert f'href="/appeals/{appeal.id}"' in page
        assert "Duplicate" in page
        target = await browser.read(f"/appeals/{appeal.id}")
        assert f"{other.number} was merged into this one" in target

    site.visit(walk, by=site.cast.mara)
    assert read(site, other).merged_into_id == appeal.id


def test_an_appeal_of_another_project_cannot_be_merged_linked_or_guessed(
    site: Site, appeal: Appeal
) -> None:
    def make_apart(session: Session) -> Appeal:
        return make_appeal(session, make_cast(session, code="X", chat_id=7009))

    apart = site.core.transact_now(make_apart)

    async def walk(browser: Browser) -> None:
        for action in ("merge", "link"):
            refused = await browser.post(
                f"/appeals/{appeal.id}/{action}", other=apart.number, how="merged"
            )
            assert refused.status == 409
            assert "no appeal of that number" in await refused.text()
        assert (await browser.post(f"/appeals/{apart.id}/undo/1")).status == 404

    site.visit(walk, by=site.cast.mara)


def test_splitting_ending_and_reopening_tell_the_owner(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        split = await browser.post(
            f"{base}/split", part="The door does not close", nature="help_seeking",
            category="doors_access",
        )  # fmt: skip
        assert split.status == 303
        assert "Give a reason" in await (await browser.post(f"{base}/cancel", reason=" ")).text()
        assert (await browser.post(f"{base}/cancel", reason="It is the city's lamp")).status == 303
        page = await browser.read(base)
        assert "Ended by us" in page
        assert (await browser.post(f"{base}/reopen", reason="The city says no")).status == 303
        assert "One part became T-" in await browser.read(base)

    site.visit(walk, by=site.cast.mara)
    for words in ("The door does not close", "It is the city", "The city says no"):
        assert any(words in text for text in told(site)), words
    assert read(site, appeal).state == "accepted"


def test_the_page_knows_the_owner_and_what_solved_the_like(site: Site) -> None:
    def prepare(session: Session) -> Appeal:
        cast = site.cast
        solved = make_appeal(session, cast)
        accept_appeal(session, solved, by=cast.mara, at=NOON)
        by = Actor.staff(cast.mara.id)
        resolve_appeal(session, solved, resolution="The fuse was changed", by=by, at=NOON)
        now = make_appeal(session, cast, at=NOON + LATER)
        vector = [1.0] + [0.0] * 511
        solved.vector, now.vector = vector, vector
        alma = session.get_one(Owner, cast.alma.id)
        alma.facts, alma.facts_agreed_at = {"pets": "a <b>dog</b>"}, NOON
        return now

    now = site.core.transact_now(prepare)

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/appeals/{now.id}")
        for words in (
            "Solved before",
            "The fuse was changed",
            "100%",
            "Alma Test",
            "Open promises",
        ):
            assert words in page, words
        assert "a &lt;b&gt;dog&lt;/b&gt;" in page
        assert "Birch House" in page

    site.visit(walk, by=site.cast.mara)


def test_a_renegotiated_promise_is_told_with_its_reason(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/accept")
        fields = {"kind": "resolution", "until": "2026-11-18T20:00"}
        assert (await browser.post(f"{base}/renegotiate", reason="", **fields)).status == 409
        done = await browser.post(f"{base}/renegotiate", reason="the part comes late", **fields)
        assert done.status == 303
        none = await browser.post(
            f"{base}/renegotiate", reason="x", kind="arrival", until="2026-11-18T21:00"
        )
        assert "Nothing of that kind is promised" in await none.text()

    site.visit(walk, by=site.cast.mara)
    assert any("sorry" in t and "the part comes late" in t and "20:00" in t for t in told(site))


def test_an_emergency_is_worked_on_without_holding_back(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(
            f"{base}/correct", nature="emergency", category="elevator", kind="entrapment"
        )
        await browser.post(f"{base}/accept")
        assert undo_on(await browser.read(base)) == ""

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert session.scalars(select(HeldAction)).all() == []


def test_an_agent_takes_to_themselves_what_a_colleague_has(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        await two.log_in(site.cast.boris)
        await one.post(f"{base}/accept")
        page = await two.read(base)
        assert f'action="{base}/take"' in page
        assert (await two.post(f"{base}/take")).status == 303
        assert f'action="{base}/take"' not in await two.read(base)

    site.visit_together(walk)
    assert read(site, appeal).responsible_id == site.cast.boris.id
    assert any("I am Boris T" in text for text in told(site))
