"""Jobs, handovers and "not ours" at the console, and the page where dispatch is set up."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Assignment,
    Attachment,
    ChatCode,
    DispatchRule,
    Handover,
    OutsideParty,
    StaffMember,
    StaffRole,
)
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.services.handovers import request_handover
from ownerdesk.services.operator_chats import link_chat
from tests.conftest import NOON
from tests.console.conftest import Browser, Site
from tests.make import (
    make_appeal,
    make_conversation,
    make_group_chat,
    make_message,
    make_staff_chat,
)


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(make_appeal, site.cast)


def _read(site: Site, appeal: Appeal) -> Appeal:
    return site.core.transact_now(lambda s: s.get_one(Appeal, appeal.id))


def _promote(session: Session, member: StaffMember) -> None:
    """From manager to project manager, who sets things up."""
    role = session.scalars(select(StaffRole).where(StaffRole.staff_id == member.id)).one()
    role.role = "project_manager"


def test_dispatching_at_the_console_offers_the_job_in_the_operators_chat(
    site: Site, appeal: Appeal
) -> None:
    base, cast = f"/appeals/{appeal.id}", site.cast
    site.core.transact_now(lambda s: make_staff_chat(s, cast.ike, chat_id=8001))

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/dispatch", to=f"{cast.maintenance.id}:{cast.ike.id}")
        page = await browser.read(base)
        assert "Maintenance was asked: Ike T" in page
        assert '<span class="chip">Asked</span>' in page

    site.visit(walk, by=cast.mara)
    assert _read(site, appeal).operator_id is None
    job = site.core.transact_now(lambda s: s.scalars(select(Assignment)).one())
    assert (job.state, job.operator_id) == ("offered", cast.ike.id)


def test_a_further_department_is_sent_from_the_page(site: Site, appeal: Appeal) -> None:
    base, cast = f"/appeals/{appeal.id}", site.cast

    def link(session: Session) -> None:
        make_staff_chat(session, cast.ike, chat_id=8001)
        make_group_chat(session, cast.accounts, chat_id=-100)

    site.core.transact_now(link)

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/dispatch", to=f"{cast.maintenance.id}:{cast.ike.id}")
        assert f'action="{base}/support"' in await browser.read(base)
        sent = await browser.post(f"{base}/support", department=str(cast.accounts.id))
        assert sent.status == 303
        assert "(supporting)" in await browser.read(base)
        assert (await browser.post(f"{base}/support", department="999999")).status == 409

    site.visit(walk, by=cast.mara)


def test_a_colleague_is_asked_and_takes_the_appeal_over(site: Site, appeal: Appeal) -> None:
    base, cast = f"/appeals/{appeal.id}", site.cast

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(cast.mara)
        await boris.log_in(cast.boris)
        empty = await mara.post(f"{base}/hand-over", to=str(cast.boris.id), reason=" ")
        assert "your colleague will read it" in await empty.text()
        nobody = await mara.post(f"{base}/hand-over", to="999999", reason="x")
        assert nobody.status == 409
        await mara.post(f"{base}/hand-over", to=str(cast.boris.id), reason="My shift ends.")
        again = await mara.post(f"{base}/hand-over", to=str(cast.ike.id), reason="Now.")
        assert "Boris T has been asked already" in await again.text()
        page = await mara.read(base)
        assert "Boris T has been asked to take this over: My shift ends." in page
        assert f'action="{base}/accept-handover"' not in page
        assert (await mara.post(f"{base}/accept-handover")).status == 404
        assert f'action="{base}/accept-handover"' in await boris.read(base)
        assert (await boris.post(f"{base}/accept-handover")).status == 303
        late = await boris.post(f"{base}/decline-handover", reason="Too late")
        assert late.status == 409

    site.visit_together(walk)
    assert _read(site, appeal).responsible_id == cast.boris.id


def test_a_colleague_declines_with_a_reason(site: Site, appeal: Appeal) -> None:
    cast = site.cast

    def ask(session: Session) -> None:
        own = get_appeal(session, appeal.id)
        request_handover(session, own, to=cast.boris, reason="Leave.", by=cast.mara, at=NOON)

    site.core.transact_now(ask)

    async def walk(browser: Browser) -> None:
        url = f"/appeals/{appeal.id}/decline-handover"
        assert (await browser.post(url, reason="In a meeting.")).status == 303
        assert "In a meeting." in await browser.read(f"/appeals/{appeal.id}")

    site.visit(walk, by=cast.boris)
    handover = site.core.transact_now(lambda s: s.scalars(select(Handover)).one())
    assert handover.decline_reason == "In a meeting."
    assert _read(site, appeal).responsible_id == cast.mara.id


def test_not_ours_is_explained_from_the_list(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"
    city = site.core.transact_now(
        lambda s: s.scalars(select(OutsideParty).where(OutsideParty.code == "city")).one()
    )

    async def walk(browser: Browser) -> None:
        nobody = await browser.post(f"{base}/not-ours", explanation="It is the city's.")
        assert nobody.status == 409
        assert "It is the city&#39;s." in await nobody.text()
        absent = await browser.post(f"{base}/not-ours", party="999999", explanation="x")
        assert "Choose who to turn to" in await absent.text()
        empty = await browser.post(f"{base}/not-ours", party=str(city.id), explanation=" ")
        assert "Explain why it is not ours" in await empty.text()
        done = await browser.post(f"{base}/not-ours", party=str(city.id), explanation="Theirs.")
        assert done.status == 303
        assert "it is not our duty" in await browser.read(base)

    site.visit(walk, by=site.cast.mara)
    assert _read(site, appeal).state == "resolved"


def test_photos_of_the_work_are_seen_by_whoever_sees_the_appeal_and_chats_of_staff_by_nobody(
    site: Site, appeal: Appeal
) -> None:
    cast = site.cast

    def send(session: Session) -> tuple[int, int, int]:
        chat = make_staff_chat(session, cast.ike, chat_id=8001)
        with_job = make_message(session, chat, "", kind="photo")
        with_job.appeal_id = appeal.id
        alone = make_message(session, chat, "", kind="photo")
        rows = [
            Attachment(message_id=m.id, kind="photo", state="stored", path="photo.jpg")
            for m in (with_job, alone)
        ]
        session.add_all(rows)
        session.flush()
        return rows[0].id, rows[1].id, chat.id

    seen, unseen, chat_id = site.core.transact_now(send)
    site.core.settings.files_dir.mkdir(parents=True)
    (site.core.settings.files_dir / "photo.jpg").write_bytes(b"jpeg")

    async def walk(browser: Browser) -> None:
        assert f'href="/files/{seen}"' in await browser.read(f"/appeals/{appeal.id}")
        assert (await browser.get(f"/files/{seen}")).status == 200
        assert (await browser.get(f"/files/{unseen}")).status == 404
        assert (await browser.get(f"/conversations/{chat_id}")).status == 404
        assert (await browser.post(f"/handoffs/{chat_id}/take")).status == 404

    site.visit(walk, by=cast.mara)


def test_everybody_makes_a_code_for_their_own_chat_and_it_is_shown_once(site: Site) -> None:
    codes: list[str] = []

    async def walk(browser: Browser) -> None:
        page = await (await browser.post("/dispatch/own-code")).text()
        found = re.search(r"/link (\w{10})", page)
        assert found
        codes.append(found[1])
        page = await browser.read("/dispatch")
        assert found[1] not in page
        assert "add-rule" not in page, "an agent sets nothing up"

    site.visit(walk, by=site.cast.mara)
    member = site.core.transact_now(
        lambda s: link_chat(s, make_conversation(s, chat_id=8009), codes[0], at=NOON)
    )
    assert member.id == site.cast.mara.id


def test_only_who_manages_staff_makes_codes_for_others_and_sets_rules(site: Site) -> None:
    cast = site.cast

    async def refused(browser: Browser) -> None:
        for action, fields in (
            ("staff-code", {"staff": str(cast.ike.id)}),
            ("group-code", {"department": str(cast.maintenance.id)}),
            ("add-rule", {"department": str(cast.maintenance.id), "position": "1"}),
            ("nonsense", {}),
        ):
            assert (await browser.post(f"/dispatch/{action}", **fields)).status == 404, action

    site.visit(refused, by=cast.mara)
    assert site.core.transact_now(lambda s: list(s.scalars(select(ChatCode)))) == []
    site.core.transact_now(_promote, cast.boris)

    async def allowed(browser: Browser) -> None:
        for action, fields in (
            ("staff-code", {"staff": str(cast.ike.id)}),
            ("group-code", {"department": str(cast.maintenance.id)}),
        ):
            answer = await browser.post(f"/dispatch/{action}", **fields)
            assert "/link " in await answer.text()

    site.visit(allowed, by=cast.boris)


def test_a_rule_is_added_and_removed_on_the_page(site: Site) -> None:
    cast = site.cast
    site.core.transact_now(_promote, cast.boris)

    async def walk(browser: Browser) -> None:
        fields = {
            "department": str(cast.maintenance.id), "position": "1", "category": "lighting",
            "starts": "22:00", "ends": "06:00", "skill": "lamps", "automatic": "yes",
            "supporting": str(cast.accounts.id),
        }  # fmt: skip
        assert (await browser.post("/dispatch/add-rule", **fields)).status == 303
        page = await browser.read("/dispatch")
        assert "22:00–06:00" in page
        assert "skill: lamps" in page
        for wrong in ({"ends": ""}, {"position": "x"}, {"category": "weather"}, {"starts": "x"},
                      {"supporting": fields["department"]}):  # fmt: skip
            assert (await browser.post("/dispatch/add-rule", **{**fields, **wrong})).status == 409
        rule = site.core.transact_now(lambda s: s.scalars(select(DispatchRule)).one())
        assert (rule.is_automatic, rule.supporting_ids) == (True, [cast.accounts.id])
        assert (await browser.post("/dispatch/remove-rule", rule=str(rule.id))).status == 303
        assert (await browser.post("/dispatch/remove-rule", rule=str(rule.id))).status == 404

    site.visit(walk, by=cast.boris)
    assert site.core.transact_now(lambda s: list(s.scalars(select(DispatchRule)))) == []
