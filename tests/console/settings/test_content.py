"""Content on its pages: listed, added, worded, switched off, tried; each for those who may."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Article, CannedReply, OutsideParty, Remedy, StaffMember
from tests.console.conftest import Browser, Site, give_passwords
from tests.console.settings.conftest import changes
from tests.make import make_cast

KINDS = ("replies", "articles", "services", "guides", "remedies", "parties")


def find(site: Site, model: type, **columns: object) -> object:
    def read(session: Session) -> object:
        return session.scalars(select(model).filter_by(**columns)).first()

    return site.core.transact_now(read)


def hidden(page: str, name: str) -> str:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_and_a_form_are_there_for_a_manager_and_not_for_an_agent(
    site: Site, kind: str
) -> None:
    base = f"/settings/{kind}"

    async def manage(browser: Browser) -> None:
        page = await browser.read(base)
        row = re.findall(rf'href="{base}/(\d+)\?project=(\d+)"', page)[0]
        assert row[1] == str(site.cast.project.id)
        assert 'name="seen"' in await browser.read(f"{base}/{row[0]}?project={row[1]}")
        assert "<form" in await browser.read(f"{base}/new")
        assert (await browser.get(f"{base}?project=all")).status == 404, "that is the admins'"
        assert (await browser.get(f"{base}?project=9999")).status == 404
        assert (await browser.get(f"{base}/999999")).status == 404
        assert (await browser.post(f"{base}/{row[0]}", project="all")).status == 404

    async def answer(browser: Browser) -> None:
        for path in (base, f"{base}/new", f"{base}/1"):
            assert (await browser.get(path)).status == 404, path
        for path in (f"{base}/new", f"{base}/1", f"{base}/1/offer"):
            fields = {"project": str(site.cast.project.id)}
            assert (await browser.post(path, **fields)).status == 404, path

    site.visit(manage, by=site.cast.boris)
    site.visit(answer, by=site.cast.mara)


def test_a_reply_is_added_worded_in_three_languages_and_switched_off(site: Site) -> None:
    project = str(site.cast.project.id)
    fields = {
        "project": project, "code": "gate", "names.en": "The gate",
        "bodies.en": "Hello {owner}, the gate is mended.", "category": "doors_access",
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        assert (await browser.post("/settings/replies/new", **fields)).status == 303
        page = await browser.read("/settings/replies")
        assert "missing: Español" in page
        reply = find(site, CannedReply, shortcut="gate")
        path = f"/settings/replies/{reply.id}"  # type: ignore[attr-defined]
        form = await browser.read(f"{path}?project={project}")
        assert "Hello Alma, the gate is mended." in form, "as the owner will read it"
        changed = {**fields, "seen": hidden(form, "seen"), "bodies.es": "La puerta está arreglada."}
        assert (await browser.post(path, **changed)).status == 303
        assert (await browser.post(f"{path}/offer", project=project)).status == 303
        assert "switched off" in await browser.read("/settings/replies")

    site.visit(walk, by=site.cast.boris)
    log = changes(site, "canned_reply")
    assert [e.action for e in log] == ["canned_reply.added"] + ["canned_reply.saved"] * 2
    assert log[1].before == {"code": "gate", "bodies": {"en": "Hello {owner}, the gate is mended."}}
    assert log[2].after == {"code": "gate", "is_offered": False}
    assert {e.project_id for e in log} == {site.cast.project.id}


def test_what_cannot_be_kept_is_told_at_each_field_and_stays_typed(site: Site) -> None:
    fields = {
        "project": str(site.cast.project.id), "code": "No spaces!", "names.en": "n" * 90,
        "bodies.en": "Dear {boss}", "bodies.es": "x" * 4097, "category": "weather",
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        refused = await browser.post("/settings/replies/new", **fields)
        page = await refused.text()
        assert refused.status == 409
        for field, why in (
            ("code", "Write small letters"),
            ("names.en", "90 characters, at most 80"),
            ("bodies.en", "Only these variables can stand here: {due}"),
        ):
            assert re.search(rf'id="p-{re.escape(field)}">[^<]*{re.escape(why)}', page), field
        assert "Dear {boss}</textarea>" in page
        fields.update(
            {"code": "weather", "names.en": "Weather", "bodies.en": "Rain.", "bodies.es": ""}
        )
        unknown = await (await browser.post("/settings/replies/new", **fields)).text()
        assert re.search(r'id="p-category">[^<]*Choose one of what is offered', unknown)
        assert "Rain.</textarea>" in unknown

    site.visit(walk, by=site.cast.boris)
    assert find(site, CannedReply, shortcut="no spaces!") is None
    assert find(site, CannedReply, shortcut="weather") is None


def test_a_project_that_changes_something_common_gets_its_own_and_the_others_keep_theirs(
    site: Site,
) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    common = find(site, OutsideParty, code="city")

    async def change(browser: Browser) -> None:
        path = f"/settings/parties/{common.id}"  # type: ignore[attr-defined]
        fields = {
            "project": str(site.cast.project.id), "names.en": "the town hall",
            "contacts.en": "Tel. 010", "categories.parking": "yes",
        }  # fmt: skip
        assert (await browser.post(path, **fields)).status == 303
        page = await browser.read("/settings/parties")
        assert "the town hall" in page
        assert "citizen service" not in page

    async def look(browser: Browser) -> None:
        page = await browser.read("/settings/parties")
        assert "the town hall" not in page
        assert "citizen service" in page
        own = find(site, OutsideParty, code="city", project_id=site.cast.project.id)
        path = f"/settings/parties/{own.id}"  # type: ignore[attr-defined]
        assert (await browser.get(f"{path}?project={other.project.id}")).status == 404
        fields = {"project": str(other.project.id), "names.en": "x", "contacts.en": "y"}
        assert (await browser.post(path, **fields)).status == 404

    site.visit(change, by=site.cast.boris)
    site.visit(look, by=other.boris)


def test_the_second_of_two_who_save_at_once_sees_what_the_first_wrote_and_keeps_their_words(
    site: Site,
) -> None:
    city = find(site, OutsideParty, code="city")
    path = f"/settings/parties/{city.id}"  # type: ignore[attr-defined]
    fields = {"project": str(site.cast.project.id), "contacts.en": "Tel. 010"}

    async def walk(browser: Browser) -> None:
        seen = hidden(await browser.read(f"{path}?project={fields['project']}"), "seen")
        first = await browser.post(path, **fields, **{"names.en": "the town hall", "seen": seen})
        assert first.status == 303
        second = {**fields, "names.en": "the mayor", "seen": seen}
        refused = await browser.post(path, **second)
        page = await refused.text()
        assert refused.status == 409
        assert "Now it says: the town hall" in page
        assert 'value="the mayor"' in page
        replaced = await browser.post(path, **{**second, "seen": hidden(page, "seen")})
        assert replaced.status == 303

    site.visit(walk, by=site.cast.boris)
    own = find(site, OutsideParty, code="city", project_id=site.cast.project.id)
    assert own.names == {"en": "the mayor"}  # type: ignore[attr-defined]


def test_nobody_sets_a_limit_above_their_own_but_an_admin_does(
    site: Site, ada: StaffMember
) -> None:
    credit = find(site, Remedy, code="fee_credit")
    path = f"/settings/remedies/{credit.id}"  # type: ignore[attr-defined]
    fields = {"names.en": "a credit", "unit": "EUR", "limits.manager": "20"}

    async def manage(browser: Browser) -> None:
        own = {**fields, "project": str(site.cast.project.id), "limits.project_manager": "100"}
        refused = await browser.post(path, **{**own, "limits.agent": "21"})
        assert refused.status == 409
        page = await refused.text()
        assert re.search(r'id="p-limits.agent">You may set at most your own limit: 20 EUR', page)
        assert (await browser.post(path, **{**own, "limits.agent": "20"})).status == 303

    async def administer(browser: Browser) -> None:
        common = {**fields, "project": "all", "limits.agent": "500"}
        assert (await browser.post(path, **common)).status == 303

    site.visit(manage, by=site.cast.boris)
    site.visit(administer, by=ada)
    own = find(site, Remedy, code="fee_credit", project_id=site.cast.project.id)
    assert own.limits == {"agent": 20, "manager": 20, "project_manager": 100}  # type: ignore[attr-defined]
    assert find(site, Remedy, code="fee_credit", project_id=None).limits["agent"] == 500  # type: ignore[attr-defined]


def test_an_article_is_tried_with_a_question_before_and_after_it_is_written(site: Site) -> None:
    project = str(site.cast.project.id)
    question = "Where can I keep my kayak and paddles?"
    ask = f"/settings/articles?project={project}&language=en&question={question.replace(' ', '+')}"
    fields = {
        "project": project, "code": "kayaks", "category": "amenities",
        "titles.en": "Where kayaks are kept", "keywords.en": "kayak, paddles, boat, canoe",
        "bodies.en": "Kayaks are kept in the boat room of {project}; ask on {phone} for a key.",
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        assert "a person would get this question" in await browser.read(ask)
        half = await browser.post("/settings/articles/new", **{**fields, "bodies.es": "Solo texto"})
        assert 'id="p-titles.es"' in await half.text()
        assert (await browser.post("/settings/articles/new", **fields)).status == 303
        page = await browser.read(ask)
        assert "boat room of Test Court T; ask on +34 600 000 000" in page
        article = find(site, Article, slug="kayaks")
        path = f"/settings/articles/{article.id}"  # type: ignore[attr-defined]
        assert (await browser.post(f"{path}/offer", project=project)).status == 303
        assert "a person would get this question" in await browser.read(ask)

    site.visit(walk, by=site.cast.boris)


def test_a_paid_service_is_tried_with_a_wish_and_shows_slot_and_terms(site: Site) -> None:
    project = str(site.cast.project.id)
    fields = {
        "project": project, "code": "piano", "names.en": "Tuning a piano",
        "descriptions.en": "A tuner comes.", "price": "80,50", "currency": "EUR",
        "price_unit": "visit", "duration_minutes": "90", "slots.en": "Mondays",
        "terms.en": "Cancel a day before.", "keywords.en": "piano, tuning", "category": "home_care",
        "department_code": "maintenance",
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        for wrong in ({"price": "cheap"}, {"price": "-1"}, {"price": "1.234"},
                      {"duration_minutes": "0"}, {"currency": "euro"}):  # fmt: skip
            refused = await browser.post("/settings/services/new", **{**fields, **wrong})
            assert refused.status == 409, wrong
            assert f'id="p-{next(iter(wrong))}"' in await refused.text()
        assert (await browser.post("/settings/services/new", **fields)).status == 303
        ask = f"/settings/services?project={project}&language=en&question=my+piano+needs+tuning"
        page = await browser.read(ask)
        assert "80.50 EUR per visit" in page
        assert "🕐 Mondays\n📄 Cancel a day before." in page

    site.visit(walk, by=site.cast.boris)


def test_what_somebody_typed_is_shown_as_text(site: Site) -> None:
    script = "<script>alert(1)</script>"
    fields = {
        "project": str(site.cast.project.id), "code": "x", "names.en": script, "bodies.en": script,
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        assert (await browser.post("/settings/replies/new", **fields)).status == 303
        assert script not in await browser.read("/settings/replies")
        reply = find(site, CannedReply, shortcut="x")
        path = f"/settings/replies/{reply.id}?project={fields['project']}"  # type: ignore[attr-defined]
        assert script not in await browser.read(path)

    site.visit(walk, by=site.cast.boris)


def test_every_mistake_of_a_form_is_told_at_once(site: Site) -> None:
    project = str(site.cast.project.id)
    forms = {
        "replies": (
            {
                "code": "gate", "names.en": "x" * 81, "bodies.en": "{nobody}", "bodies.es": "{nadie}",
                "category": "nonsense",
            },
            ["code", "names.en", "bodies.en", "bodies.es", "category"],
        ),
        "articles": (
            {
                "code": "Gate!", "titles.en": "The gate", "bodies.es": "La puerta",
                "keywords.en": "x" * 61, "keywords.zh": "x" * 61, "category": "nonsense",
            },
            ["code", "bodies.en", "titles.es", "keywords.en", "keywords.zh", "category"],
        ),
        "remedies": (
            {
                "code": "gift", "names.en": "Gift", "unit": "times", "limits.agent": "1.5",
                "limits.manager": "some",
            },
            ["limits.agent", "limits.manager"],
        ),
    }  # fmt: skip

    async def walk(browser: Browser) -> None:
        good = {"names.en": "The gate", "bodies.en": "It is mended."}
        added = await browser.post("/settings/replies/new", project=project, code="gate", **good)
        assert added.status == 303
        for kind, (typed, wrong) in forms.items():
            refused = await browser.post(f"/settings/{kind}/new", project=project, **typed)
            assert refused.status == 409
            told = re.findall(r'id="p-([^"]+)"', await refused.text())
            assert sorted(told) == sorted(wrong), kind
        reply = find(site, CannedReply, shortcut="gate")
        path = f"/settings/replies/{reply.id}"  # type: ignore[attr-defined]
        typed = {"names.en": "Gate", "bodies.en": "{nobody}", "category": "nonsense"}
        refused = await browser.post(path, project=project, **typed)
        told = re.findall(r'id="p-([^"]+)"', await refused.text())
        assert sorted(told) == ["bodies.en", "category"]

    site.visit(walk, by=site.cast.boris)
