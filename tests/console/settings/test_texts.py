"""Texts of the bot: found, worded, shown as on the phone, and said."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, StaffMember
from ownerdesk.services.bot_texts import list_owner_texts
from ownerdesk.services.voice import voice_of
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import changes, seen_in
from tests.make import Cast

LIST = "/settings/texts"
PROMISE = "I will have this solved by {when}."


def address(key: str) -> str:
    return next(f"/settings/texts/{text.id}" for text in list_owner_texts() if text.key == key)


def say(session: Session, cast: Cast, key: str, language: str = "en") -> str:
    conversation = session.get_one(Conversation, cast.conversation.id)
    conversation.language = language
    return voice_of(conversation)(key)


def test_a_text_is_found_worded_and_said_in_the_next_transaction(site: Site) -> None:
    project = str(site.cast.project.id)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/settings/texts?q=have+this+solved")
        assert address(PROMISE) in page
        form = await browser.read(f"{address(PROMISE)}?project={project}")
        assert "I will have this solved by 18:40." in form, "with what could stand there"
        assert site.core.transact_now(say, site.cast, PROMISE) == PROMISE
        fields = {"project": project, "body.en": "By {when} it works again, I promise."}
        assert (await browser.post(address(PROMISE), **fields)).status == 303
        assert site.core.transact_now(say, site.cast, PROMISE) == PROMISE, "a draft says nothing"
        assert "By 18:40 it works again" in await browser.read(
            f"{address(PROMISE)}?project={project}"
        )
        listed = await browser.read("/settings/texts?only=own")
        assert "own: English" in listed
        assert "original: Español" in listed
        page = await browser.read(f"{address(PROMISE)}?project={project}")
        assert "Your own words are missing in: Español, 中文." in page
        assert "These words are a draft" in page
        listed = await browser.read(f"{LIST}?project={project}")
        assert "1 text lacks a language" in listed
        assert listed.count('<p class="phone-bubble"') == 2, "heard today, and with the draft"
        put = {"project": project, "seen": seen_in(listed)}
        refused = await browser.post(f"{LIST}/draft/put", **put)
        assert refused.status == 409
        assert "not worded in every language" in await refused.text()
        assert (await browser.post(f"{LIST}/draft/put", **put, reason="All read it")).status == 303
        gone = await browser.post(f"{LIST}/draft/put", **put, reason="All read it")
        assert gone.status == 409
        assert "somebody was quicker" in await gone.text()

    site.visit(walk, by=site.cast.boris)
    said = site.core.transact_now(say, site.cast, PROMISE)
    assert said == "By {when} it works again, I promise."
    assert site.core.transact_now(say, site.cast, PROMISE, "es") != said
    (entry,) = changes(site, "bot_text")
    assert (entry.staff_id, entry.project_id) == (site.cast.boris.id, site.cast.project.id)
    assert entry.after == {f"en: {PROMISE}": said, "reason": "All read it"}
    assert entry.action == "bot_text.put"


def test_earlier_versions_say_what_differs_and_one_press_puts_one_back(site: Site) -> None:
    project = str(site.cast.project.id)
    thanks = "Thank you, it is with {number}."

    async def word(browser: Browser, body: str) -> None:
        fields = {"project": project, "body.en": body}
        assert (await browser.post(address(thanks), **fields)).status == 303
        seen = seen_in(await browser.read(f"{LIST}?project={project}"))
        put = {"project": project, "seen": seen, "reason": "English only"}
        assert (await browser.post(f"{LIST}/draft/put", **put)).status == 303

    async def walk(browser: Browser) -> None:
        assert "without any change" in await browser.read(f"{LIST}?project={project}")
        await word(browser, "First: {number}.")
        await word(browser, "Second: {number}.")
        page = await browser.read(f"{LIST}?project={project}")
        assert "1 text differs from what is in service" in page
        assert "First: A-1042." in page
        assert "The original texts alone" in page
        found = re.findall(
            r'name="set" value="(\d*)"><input type="hidden" name="seen" value="(\d+)"', page
        )
        (first, now), (bare, _) = found
        assert bare == ""
        back = {"project": project, "set": first, "seen": now}
        assert (await browser.post(f"{LIST}/draft/roll-back", **back)).status == 303
        assert (await browser.post(f"{LIST}/draft/roll-back", **back)).status == 409
        assert (await browser.post(f"{LIST}/draft/nonsense", **back)).status == 404

    site.visit(walk, by=site.cast.boris)
    assert site.core.transact_now(say, site.cast, thanks) == "First: {number}."
    assert [e.action for e in changes(site, "bot_text")] == ["bot_text.put"] * 2 + [
        "bot_text.rolled_back"
    ]


def test_a_discarded_draft_leaves_what_is_said(site: Site) -> None:
    project = str(site.cast.project.id)

    async def walk(browser: Browser) -> None:
        fields = {"project": project, "body.en": "At {when}."}
        assert (await browser.post(address(PROMISE), **fields)).status == 303
        assert (await browser.post(f"{LIST}/draft/discard", project=project)).status == 303
        assert "in the draft" not in await browser.read(f"{LIST}?project={project}")
        gone = await browser.post(f"{LIST}/draft/discard", project=project)
        assert gone.status == 409

    site.visit(walk, by=site.cast.boris)
    assert site.core.transact_now(say, site.cast, PROMISE) == PROMISE


def test_a_text_with_other_gaps_or_with_tags_is_refused_at_its_language(site: Site) -> None:
    project = str(site.cast.project.id)
    wrong = {
        "body.en": "It is solved soon.",
        "body.es": "Resuelto a las {when} en {place}.",
        "body.zh": "<b>{when}</b>",
    }

    async def walk(browser: Browser) -> None:
        refused = await browser.post(address(PROMISE), project=project, **wrong)
        page = await refused.text()
        assert refused.status == 409
        assert len(re.findall(r"Use exactly these variables: \{when\}", page)) == 2
        assert 'id="p-body.zh"' in page
        assert "It is solved soon.</textarea>" in page
        far = {"body.en": "x" * 4090 + "{when}"}
        assert (await browser.post(address(PROMISE), project=project, **far)).status == 303
        far = {"body.en": "x" * 4091 + "{when}"}
        assert (await browser.post(address(PROMISE), project=project, **far)).status == 409

    site.visit(walk, by=site.cast.boris)


def test_all_projects_are_the_admins_and_a_projects_own_words_come_first(
    site: Site, ada: StaffMember
) -> None:
    project = str(site.cast.project.id)
    thanks = "Thank you, it is with {number}."

    async def manage(browser: Browser) -> None:
        for path in ("/settings/texts?project=all", f"{address(thanks)}?project=all"):
            assert (await browser.get(path)).status == 404
        fields = {"project": "all", "body.en": "Noted: {number}."}
        assert (await browser.post(address(thanks), **fields)).status == 404

    async def put(browser: Browser, scope: str, **fields: str) -> None:
        assert (await browser.post(address(thanks), project=scope, **fields)).status == 303
        seen = seen_in(await browser.read(f"{LIST}?project={scope}"))
        put = {"project": scope, "seen": seen, "reason": "Nobody reads the others"}
        assert (await browser.post(f"{LIST}/draft/put", **put)).status == 303

    async def manage_own(browser: Browser) -> None:
        await manage(browser)
        refused = await browser.post(f"{LIST}/draft/put", project="all", seen="1.1")
        assert refused.status == 404
        await put(browser, project, **{"body.en": "Ours: {number}."})

    async def administer(browser: Browser) -> None:
        await put(
            browser, "all", **{"body.en": "Noted: {number}.", "body.es": "Anotado: {number}."}
        )
        assert "changed for all projects" not in await browser.read("/settings/texts?project=all")
        assert "Noted: {number}." in await browser.read(f"{address(thanks)}?project={project}")

    site.visit(manage_own, by=site.cast.boris)
    site.visit(administer, by=ada)
    assert site.core.transact_now(say, site.cast, thanks) == "Ours: {number}."
    assert site.core.transact_now(say, site.cast, thanks, "es") == "Anotado: {number}."


def test_an_agent_and_an_unknown_text_find_nothing(site: Site) -> None:
    async def answer(browser: Browser) -> None:
        assert (await browser.get("/settings/texts")).status == 404
        assert (await browser.get(address(PROMISE))).status == 404
        fields = {"project": str(site.cast.project.id), "body.en": "{when}"}
        assert (await browser.post(address(PROMISE), **fields)).status == 404

    async def manage(browser: Browser) -> None:
        assert (await browser.get("/settings/texts/000000000000")).status == 404

    site.visit(answer, by=site.cast.mara)
    site.visit(manage, by=site.cast.boris)


def test_what_rasa_says_itself_is_on_the_page_with_its_variations(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        page = await browser.read("/settings/texts?q=glad+I+could+help")
        assert address("utter_thanks") in page
        form = await browser.read(address("utter_thanks"))
        assert form.count("<blockquote") == 6
        fields = {"project": str(site.cast.project.id), "body.en": "A pleasure, {name}!"}
        assert (await browser.post(address("utter_thanks"), **fields)).status == 409

    site.visit(walk, by=site.cast.boris)
