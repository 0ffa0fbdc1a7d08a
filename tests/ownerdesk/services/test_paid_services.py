"""Paid services (S14): the right item with its price, ordered once, and a person where none fits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from ownerdesk.queries.paid_services import find_item_by_code, find_service_item
from ownerdesk.services.paid_services import format_offer, offer_service, order_service
from ownerdesk.texts import translator
from tests.look import find_sent, labels, list_events, list_keys, list_open_promises
from tests.make import NOON, Cast, make_cast, make_message

# As owners write it, not as the catalogue has it; the category is what the reader would say.
WISHES = {
    "lamp_fitting": (
        "home_lighting",
        ["can someone hang my new chandelier on Saturday?", "necesito colgar una lámpara en el salón",
         "客厅想装吊灯"],
    ),
    "garden_care": (
        "home_garden",
        ["please trim the hedge on my terrace", "quiero podar el seto de mi jardín", "帮我家花园除草"],
    ),
    "regular_cleaning": (
        "home_cleaning",
        ["I'd like a cleaner every Friday", "busco una asistenta por horas", "想请个钟点工打扫卫生"],
    ),
    "deep_cleaning": (
        "home_cleaning",
        ["what does a deep clean of 90 m² cost?", "una limpieza a fondo después de la obra",
         "装修完想做开荒保洁"],
    ),
    "plumbing_visit": (
        "home_repair",
        ["could a plumber replace my tap, I'll pay", "que venga un fontanero a cambiar el grifo",
         "请水管工来换水龙头"],
    ),
    "electrics_visit": (
        "home_repair",
        ["I want an extra socket behind the desk, need an electrician",
         "quiero poner otro enchufe en el dormitorio", "卧室想加装插座"],
    ),
    "lock_replacement": (
        "home_repair",
        ["how much to change the lock of my front door?", "quiero cambiar la cerradura de casa",
         "想换锁芯，多少钱"],
    ),
    "appliance_connection": (
        "home_repair",
        ["connect my new washing machine please", "instalar la lavadora nueva", "新洗碗机请人安装"],
    ),
    "carrying_help": (
        "home_moving",
        ["two strong people to carry a sofa upstairs", "ayuda para subir un sofá, mudanza pequeña",
         "帮忙搬沙发上楼"],
    ),
    "furniture_assembly": (
        "home_moving",
        ["someone to assemble a wardrobe from a flat pack", "montar un armario en kit", "帮我组装衣柜"],
    ),
    "plant_watering": (
        "home_care",
        ["could you water my plants while I am away", "regar las plantas en vacaciones",
         "出差一周，请帮忙浇花"],
    ),
    "pet_walk_and_errands": (
        "home_care",
        ["I need a dog walker next week", "alguien para pasear a mi perro", "下周请人遛狗"],
    ),
}  # fmt: skip


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.mark.parametrize("code", WISHES)
def test_every_item_is_found_by_an_owners_own_words(session: Session, code: str) -> None:
    category, wishes = WISHES[code]
    for wish in wishes:
        item = find_service_item(session, wish, category=category, project_id=None)
        assert item is not None, wish
        assert item.code == code, wish


def test_a_wish_the_catalogue_does_not_have_goes_to_a_person(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, "Could you paint my living room?")
    assert (
        offer_service(session, cast.conversation, message, category="home_repair", at=NOON) is None
    )
    assert list_keys(session, cast.conversation) == ["card"]
    assert message.answered_how == "registered"


def test_price_and_terms_are_shown_before_anything_is_ordered(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, "Could you water my plants while I am away?")
    for _ in range(2):
        item = offer_service(session, cast.conversation, message, category="home_care", at=NOON)
    assert item is not None
    (offer,) = find_sent(session, cast.conversation, "offer")
    assert "12.00 EUR" in offer.text
    assert labels(offer) == ["order", "askprice", "noorder"]
    assert message.appeal_id is None, "nothing is ordered yet"


def test_ordering_twice_orders_once_at_the_offered_price(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, "Could you water my plants while I am away?")
    item = offer_service(session, cast.conversation, message, category="home_care", at=NOON)
    assert item is not None
    first, again = (
        order_service(session, cast.conversation, message, item, at=NOON) for _ in range(2)
    )
    assert first.id == again.id
    assert (first.nature, first.category, first.price) == (
        "paid_service", "home_care", Decimal("12.00"),
    )  # fmt: skip
    assert first.service_item_id == item.id
    assert list_events(session, first).count("service.ordered") == 1
    assert len(list_open_promises(session, first)) == 1
    assert "12.00 EUR" in find_sent(session, cast.conversation, "card")[0].text


def test_an_order_goes_to_the_department_of_the_catalogue(session: Session, cast: Cast) -> None:
    item = find_item_by_code(session, cast.project.id, "lamp_fitting")
    assert item is not None
    message = make_message(session, cast.conversation, "Hang my lamp")
    appeal = order_service(session, cast.conversation, message, item, at=NOON)
    assert appeal.department_id == cast.maintenance.id


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_offers_name_price_and_unit_in_every_language(session: Session, language: str) -> None:
    for code in WISHES:
        item = find_item_by_code(session, None, code)
        assert item is not None
        text = format_offer(item, language, translator(language))
        assert item.names[language] in text
        assert f"{item.price:.2f} EUR" in text


def test_an_item_that_is_not_offered_any_more_is_not_found(session: Session) -> None:
    item = find_item_by_code(session, None, "plant_watering")
    assert item is not None
    item.is_offered = False
    session.flush()
    assert find_item_by_code(session, None, "plant_watering") is None
