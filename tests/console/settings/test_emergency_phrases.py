"""An admin writes an emergency phrase, sees what it does, puts it into service, and takes it back."""

from __future__ import annotations

import pytest

from ownerdesk.model import StaffMember
from ownerdesk.queries.emergency_phrases import detect_danger, find_draft
from ownerdesk.rules.emergency_phrases import in_service
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import changes, seen_in

PAGE = "/settings/emergency-phrases"
DRAGON = {"language": "en", "idea": "on_fire", "text": "dragon breath"}
SPOKEN = "There is dragon breath in the kitchen"


@pytest.fixture(autouse=True)
def shipped_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_service, "_now", None)


def test_a_phrase_goes_its_way_from_draft_to_service_and_back(
    site: Site, root: StaffMember
) -> None:
    async def walk(browser: Browser) -> None:
        assert "without any change" in await browser.read(PAGE)
        assert (await browser.post(f"{PAGE}/add", **DRAGON)).status == 303
        page = await browser.read(f"{PAGE}?message=There+is+dragon+breath+in+the+kitchen")
        assert "No sign of danger" in page, "by what is in service"
        assert "Found by: dragon breath" in page, "by the draft"
        seen = "1.1"
        assert (await browser.post(f"{PAGE}/put", seen=seen)).status == 409
        assert (await browser.post(f"{PAGE}/try")).status == 303
        page = await browser.read(PAGE)
        assert "Emergencies found" in page
        seen = seen_in(page)
        assert (await browser.post(f"{PAGE}/put", seen=seen)).status == 303
        page = await browser.read(PAGE)
        assert "1 own phrases, 0 shipped ones switched off" in page
        assert "Shipped phrases alone" in page
        refused = await browser.post(f"{PAGE}/put", seen=seen)
        assert refused.status == 409
        assert "somebody was quicker" in await refused.text()

    site.visit(walk, by=root)
    assert site.core.transact_now(detect_danger, SPOKEN) is not None
    (entry,) = changes(site, "emergency_phrases")

    async def back(browser: Browser) -> None:
        gone = await browser.post(f"{PAGE}/roll-back", set="", seen="999")
        assert gone.status == 409
        seen = str(entry.subject_id)
        assert (await browser.post(f"{PAGE}/roll-back", set="", seen=seen)).status == 303
        assert "Put back" in await browser.read(PAGE)
        assert "rolled back" in await browser.read("/settings/log?subject=emergency_phrases")

    site.visit(back, by=root)
    assert site.core.transact_now(detect_danger, SPOKEN) is None


def test_what_cannot_be_a_phrase_is_said_and_stays_typed(site: Site, root: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        for changed, words in (
            ({"text": "(dragon"}, "every bracket is closed"),
            ({"text": "please"}, "Everybody writes that"),
            ({"text": "of"}, "too short"),
            ({"idea": "dragons"}, "Choose what the phrase means."),
            ({"language": "xx"}, "Choose a language"),
            ({"text": "is on fire"}, "known already"),
        ):
            response = await browser.post(f"{PAGE}/add", **{**DRAGON, **changed})
            page = await response.text()
            assert response.status == 409, changed
            assert words in page, changed
        assert (await browser.post(f"{PAGE}/add", **{**DRAGON, "text": "x" * 1001})).status == 409
        assert (await browser.post(f"{PAGE}/nonsense")).status == 404

    site.visit(walk, by=root)
    assert site.core.transact_now(find_draft) is None


def test_a_shipped_phrase_is_found_switched_off_and_missed_by_the_gate(
    site: Site, root: StaffMember
) -> None:
    async def walk(browser: Browser) -> None:
        page = await browser.read(f"{PAGE}?q=dispara&language=es")
        assert '<button class="button ghost">Switch off</button>' in page
        off = {"language": "en", "idea": "on_fire", "text": "<is> on fire"}
        assert (await browser.post(f"{PAGE}/switch", **off)).status == 303
        assert "Switched off" in await browser.read(PAGE)
        assert (await browser.post(f"{PAGE}/try")).status == 303
        page = await browser.read(PAGE)
        assert "would be missed" in page
        refused = await browser.post(f"{PAGE}/put", seen=seen_in(page), reason=" ")
        assert refused.status == 409
        assert "mend the draft or give a reason" in await refused.text()
        assert (await browser.post(f"{PAGE}/discard")).status == 303
        assert "without any change" in await browser.read(PAGE)

    site.visit(walk, by=root)


def test_nobody_else_finds_the_page(site: Site, petra: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        assert (await browser.get(PAGE)).status == 404
        assert (await browser.post(f"{PAGE}/add", **DRAGON)).status == 404

    site.visit(walk, by=petra)
    assert site.core.transact_now(find_draft) is None
