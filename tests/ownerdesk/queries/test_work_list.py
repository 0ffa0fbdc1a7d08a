"""The work list: tabs and their counts, every filter, every order by key, and the search in three languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, StaffMember
from ownerdesk.queries import work_list
from ownerdesk.queries.appeals import list_open_emergencies, list_own_appeals
from ownerdesk.queries.calls import count_mine, read_calls
from ownerdesk.queries.list_orders import NOT_DUE, ORDERS, Key
from ownerdesk.queries.work_list import AppealFilter, read_page
from ownerdesk.services.appeals import register_appeal
from tests.make import (
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_conversation,
    make_message,
    make_staff,
)


@pytest.fixture
def here(session: Session) -> Cast:
    return make_cast(session)


def numbers(session: Session, member: StaffMember, **wanted: object) -> list[str]:
    found = read_page(session, member, AppealFilter(**wanted), at=NOON)  # type: ignore[arg-type]
    return [session.get_one(Appeal, appeal_id).number for appeal_id in found.ids]


def write(session: Session, cast: Cast, words: str, **fields: object) -> Appeal:
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, conversation, words)
    return register_appeal(
        session, conversation, message, nature="help_seeking", category="lighting", at=NOON,
        may_join=False,
    )  # fmt: skip


# How filters find what they look for: on a stretch of the list, in the index of labels, or by walking all of the list.
WAYS = {"near": (10_000, 4000), "by their labels": (1, 4000), "far down": (1, 0)}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in zip(("STRETCH", "FEW"), request.param, strict=True):
        monkeypatch.setattr(work_list, name, size)


@pytest.mark.usefixtures("way")
def test_the_list_is_narrowed_by_each_filter(session: Session, here: Cast) -> None:
    make_appeal(session, here)
    lift = make_appeal(session, here, nature="dissatisfaction", category="elevator")
    gas = make_appeal(session, here, nature="emergency", category="gas")
    lift.operator_id = here.ike.id
    gas.received_at = NOON - timedelta(days=8)
    lift.stars = 2
    session.flush()
    everything = ["T-1003", "T-1002", "T-1001"]
    for wanted, expected in (
        ({"nature": "dissatisfaction"}, ["T-1002"]),
        ({"category": "lighting"}, ["T-1001"]),
        ({"severity": "emergency"}, ["T-1003"]),
        ({"department_id": here.accounts.id}, []),
        ({"building_id": here.unit.building_id}, everything),
        ({"building_id": 10**9}, []),
        ({"person_id": here.mara.id}, everything),
        ({"person_id": here.ike.id}, ["T-1002"]),
        ({"person_id": here.boris.id}, []),
        ({"language": "en"}, everything),
        ({"language": "zh"}, []),
        ({"language": "other"}, []),
        ({"age": "week"}, ["T-1002", "T-1001"]),
        ({"age": "over_week"}, ["T-1003"]),
        ({"age": "over_month"}, []),
        ({"rating": 2}, ["T-1002"]),
        ({"rating": 5}, []),
        ({"project_id": here.project.id}, everything),
        ({"state": "closed", "tab": "all"}, []),
        ({"state": "received", "tab": "all"}, everything),
        ({"category": "elevator", "person_id": here.ike.id}, ["T-1002"]),
        ({"category": "gas", "person_id": here.ike.id}, []),
        ({"category": "elevator", "rating": 2}, ["T-1002"]),
        ({"severity": "emergency", "language": "en", "age": "over_week"}, ["T-1003"]),
    ):
        for order in ORDERS:
            found = numbers(session, here.mara, order=order, **wanted)
            assert sorted(found, reverse=True) == expected, (wanted, order)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("order", list(ORDERS))
def test_a_narrowed_list_is_the_whole_list_without_what_is_not_wanted(
    session: Session, here: Cast, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_list, "PAGE_SIZE", 2)
    for place in range(12):
        appeal = make_appeal(session, here)
        appeal.severity = ("general", "major", "emergency")[place % 3]
        appeal.category = ("lighting", "elevator")[place % 2]
        appeal.last_message_at = NOON + timedelta(hours=-place % 5)
        appeal.next_due_at = NOON + timedelta(hours=place % 4)
        if place in (2, 3, 4, 8):
            appeal.state, appeal.next_due_at = "closed", None
            appeal.stars = 1 + place % 3
    session.flush()

    def walk(wanted: AppealFilter) -> list[Appeal]:
        page = read_page(session, here.mara, wanted, at=NOON)
        found = list(page.ids)
        while page.has_after:
            last = session.get_one(Appeal, page.ids[-1])
            value = {
                "due": last.next_due_at or NOT_DUE,
                "last": last.last_message_at,
                "severity": 1 + "general major emergency".index(last.severity),
            }.get(order, "")
            page = read_page(session, here.mara, replace(wanted, key=Key(value, last.id)), at=NOON)
            found += page.ids
        return [session.get_one(Appeal, appeal_id) for appeal_id in found]

    whole = walk(AppealFilter(tab="all", order=order))
    assert len(whole) == 12
    for fields, is_wanted in (
        ({"category": "elevator"}, lambda a: a.category == "elevator"),
        ({"state": "closed"}, lambda a: a.state == "closed"),
        ({"severity": "major"}, lambda a: a.severity == "major"),
        ({"rating": 3}, lambda a: a.stars == 3),
        ({"building_id": here.unit.building_id, "category": "lighting"},
         lambda a: a.category == "lighting"),
        ({"state": "closed", "category": "lighting"},
         lambda a: a.state == "closed" and a.category == "lighting"),
    ):  # fmt: skip
        expected = [a.number for a in whole if is_wanted(a)]
        assert len(expected) > 1
        found = [a.number for a in walk(AppealFilter(tab="all", order=order, **fields))]  # type: ignore[arg-type]
        assert found == expected, fields


def test_the_index_of_labels_holds_what_the_list_asks_it_for(session: Session) -> None:
    """In other words PostgreSQL would not use it, and nobody would notice before there are very many appeals."""
    session.execute(text("set local enable_seqscan = off"))
    labels = work_list.LABELS_SQL.format("appeals.")
    plan = session.scalars(text(f"explain select from appeals where {labels} @> array['nature x']"))
    assert any("ix_appeals_labels" in line for line in plan)


def test_every_tab_holds_what_its_counter_says(session: Session, here: Cast) -> None:
    late = make_appeal(session, here)
    soon = make_appeal(session, here)
    gas = make_appeal(session, here, nature="emergency", category="gas")
    done = make_appeal(session, here)
    back = make_appeal(session, here)
    asked = make_appeal(session, here)
    put_off = make_appeal(session, here)
    closed = make_appeal(session, here)
    far = NOON + timedelta(days=1)
    for appeal in (gas, done, back, asked, put_off):
        appeal.next_due_at = far
    late.next_due_at = NOON - timedelta(minutes=1)
    soon.next_due_at = NOON + timedelta(minutes=29)
    done.state, done.responsible_id, done.operator_id = "resolved", here.boris.id, here.mara.id
    back.state, back.reopened, back.responsible_id = "accepted", 1, here.boris.id
    asked.asked_owner_at, asked.state = NOON, "accepted"
    put_off.state, put_off.deferred_until = "deferred", far
    closed.state, closed.next_due_at, closed.reopened = "closed", None, 1
    session.flush()
    calls = read_calls(session, here.mara, at=NOON)
    assert count_mine(session, here.mara) == len(numbers(session, here.mara, tab="mine")) == 6
    expected = {
        "open": 7, "new": 3, "soon": 1, "overdue": 1, "emergencies": 1, "awaiting": 2,
        "returned": 1, "deferred": 1,
    }  # fmt: skip
    for tab, count in expected.items():
        assert getattr(calls.work, tab) == count, tab
        assert len(numbers(session, here.mara, tab=tab)) == count, tab
    assert len(numbers(session, here.mara, tab="all")) == 8
    assert [a.number for a in list_open_emergencies(session, here.mara)] == [gas.number]
    assert calls.emergencies == (gas.id,)


def test_soon_is_what_the_policy_of_the_project_says(session: Session, here: Cast) -> None:
    there = make_cast(session, code="U", chat_id=7002)
    there.project.settings = {**there.project.settings, "due_soon_minutes": 120}
    for cast in (here, there):
        make_appeal(session, cast).next_due_at = NOON + timedelta(minutes=90)
    session.flush()
    root = make_staff(session, None, "Root", "admin")
    assert numbers(session, root, tab="soon") == ["U-1001"]
    assert read_calls(session, root, at=NOON).work.soon == 1
    assert read_calls(session, here.mara, at=NOON).work.soon == 0


@pytest.mark.parametrize("order", list(ORDERS))
def test_every_order_is_paged_by_key_both_ways_without_gaps_among_equals(
    session: Session, here: Cast, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_list, "PAGE_SIZE", 3)
    for place in range(11):
        appeal = make_appeal(session, here)
        # Equals on purpose: only the id tells them apart.
        appeal.last_message_at = NOON + timedelta(hours=place // 4)
        appeal.next_due_at = NOON + timedelta(hours=place // 5)
        appeal.severity = ("general", "major", "emergency")[place % 3]
        if place > 8:
            appeal.state, appeal.next_due_at = "closed", None
    session.flush()

    def page(key: Key | None) -> work_list.Page:
        wanted = AppealFilter(tab="all", order=order, key=key)
        return read_page(session, here.mara, wanted, at=NOON)

    def key_of(appeal_id: int, *, is_back: bool) -> Key:
        from console.listing import ListQuery, parse_key

        text_key = ListQuery(order=order).key_after(session.get_one(Appeal, appeal_id))
        key = parse_key(text_key, order, is_back=is_back)
        assert key is not None
        return key

    pages = [page(None)]
    while pages[-1].has_after:
        pages.append(page(key_of(pages[-1].ids[-1], is_back=False)))
    walked = [appeal_id for one in pages for appeal_id in one.ids]
    whole = session.scalars(
        select(Appeal.id).order_by(
            *{
                "newest": (Appeal.id.desc(),),
                "oldest": (Appeal.id,),
                "due": (Appeal.next_due_at.asc().nulls_last(), Appeal.id),
                "last": (Appeal.last_message_at.desc(), Appeal.id.desc()),
                "severity": (
                    text("array_position('{emergency,major,general}', severity::text)"),
                    Appeal.id.desc(),
                ),
            }[order]
        )
    ).all()
    assert walked == list(whole)
    assert [one.has_before for one in pages] == [False, True, True, True]
    back = page(key_of(pages[-1].ids[0], is_back=True))
    assert back.ids == pages[-2].ids
    assert back.has_before
    assert back.has_after
    first = page(key_of(pages[1].ids[0], is_back=True))
    assert first.ids == pages[0].ids
    assert not first.has_before


def test_the_search_finds_words_numbers_homes_and_names(session: Session, here: Cast) -> None:
    make_appeal(session, here)
    write(session, here, "三楼楼道的灯不亮了")
    write(session, here, "La lámpara del garaje está rota")
    for wanted, expected in (
        ("1002", ["T-1002"]),
        ("T-1003", ["T-1003"]),
        ("t-1003", ["T-1003"]),
        ("LANDING", ["T-1001"]),
        ("land", ["T-1001"]),
        ("landing garage", []),
        ("lampara garaje", ["T-1003"]),
        ("LÁMPARA", ["T-1003"]),
        ("楼道", ["T-1002"]),
        ("灯", ["T-1002"]),
        ("了", ["T-1002"]),
        ("道楼", []),
        ("Birch 14", ["T-1003", "T-1002", "T-1001"]),
        ("alma test", ["T-1003", "T-1002", "T-1001"]),
        ("alma 楼道", ["T-1002"]),
        ("%", []),
        ("_", []),
        ("the", []),
        ("'; drop table appeals; --", []),
        ("':* | 'light", ["T-1001"]),
        ("\\", []),
        ("x" * 200, []),
    ):
        assert numbers(session, here.mara, text=wanted) == expected, wanted


def test_the_search_keeps_to_filters_orders_and_the_own_projects(
    session: Session, here: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = make_cast(session, code="U", chat_id=7002)
    theirs = make_appeal(session, there)
    ours = [make_appeal(session, here) for _ in range(3)]
    ours[1].state, ours[1].next_due_at = "closed", None
    session.flush()
    for walked in (work_list.WALKED, 1):
        # With 1 nothing is found by walking the list, and the index of words has to find it.
        monkeypatch.setattr(work_list, "WALKED", walked)
        found = numbers(session, here.mara, text="landing")
        assert found == [ours[2].number, ours[0].number]
        assert numbers(session, here.mara, text="landing", order="oldest") == found[::-1]
        assert len(numbers(session, here.mara, text="landing", tab="all")) == 3
        assert numbers(session, here.mara, text="landing", category="pests") == []
        assert numbers(session, here.mara, text=theirs.number) == []
        assert numbers(session, there.mara, text="landing") == [theirs.number]
        root = make_staff(session, None, f"Root {walked}", "admin")
        assert len(numbers(session, root, text="landing", tab="all")) == 4


def test_a_stranger_is_found_by_the_name_of_the_chat(session: Session, here: Cast) -> None:
    chat = make_conversation(session, chat_id=7900)
    chat.name, chat.project_id = "Zacharias", here.project.id
    message = make_message(session, chat, "hello")
    register_appeal(
        session, chat, message, nature="help_seeking", category="other", at=NOON, may_join=False
    )
    assert numbers(session, here.mara, text="zacharias") == ["T-1001"]


def test_a_page_of_nobodys_projects_is_empty(session: Session, here: Cast) -> None:
    make_appeal(session, here)
    nobody = StaffMember(name="No Role", email="none@example.com")
    session.add(nobody)
    session.flush()
    for tab in ("open", "all", "soon"):
        assert numbers(session, nobody, tab=tab) == []
    assert numbers(session, nobody, text="landing") == []
    assert read_calls(session, nobody, at=NOON).work.open == 0


def test_a_stranger_sees_no_appeals_of_other_strangers(session: Session, here: Cast) -> None:
    chats = [make_conversation(session, chat_id=7900 + place) for place in range(2)]
    for chat in chats:
        chat.project_id = here.project.id
        message = make_message(session, chat, "hello")
        register_appeal(
            session, chat, message, nature="help_seeking", category="other", at=NOON, may_join=False
        )
    for chat in chats:
        own = list_own_appeals(session, chat, only_open=True)
        assert [appeal.conversation_id for appeal in own] == [chat.id]
    make_appeal(session, here)
    assert len(list_own_appeals(session, here.conversation, only_open=False)) == 1
