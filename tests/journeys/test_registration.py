"""Somebody unknown: helped in danger, given a person, and shown a home only after proving which is theirs."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import Phone, get_text, list_keys
from ownerdesk.model import Invite, Owner, Residency
from ownerdesk.services.owners import create_invite, format_start_payload
from tests.journeys.world import Play, is_card

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

FAULT = "The light on the landing of the fourth floor is out."


def invite(play: Play, owner_id: int) -> Invite:
    """An invitation as staff hand it out."""
    at = play.world.core.clock()
    return play.read(lambda s: create_invite(s, s.get_one(Owner, owner_id), at=at))


def home_of(play: Play, phone: Phone) -> int | None:
    return play.conversation(phone).unit_id


async def test_a_stranger_is_asked_who_they_are_and_what_they_wrote_is_read_after_it(
    play: Play,
) -> None:
    phone = await play.stranger()
    owner_id = play.import_owner(phone)
    await phone.send_text(FAULT)
    await phone.wait_for("I do not know your home yet")
    assert play.appeals(phone) == []
    assert await phone.wait_until(lambda: list_keys(phone.chat)) == ["Share my phone number"]

    await phone.press_key("Share my phone number")
    told = await phone.wait_for("I know you now")
    card = await phone.wait_for(is_card)
    appeal = play.appeal_of(phone)
    assert appeal.owner_id == owner_id
    assert appeal.place in get_text(told)
    assert appeal.place in get_text(card)
    assert play.written(phone)[0].appeal_id == appeal.id, "they did not have to say it again"
    verified = play.read(
        lambda s: s.scalars(select(Residency).filter_by(owner_id=owner_id)).one().verified_by
    )
    assert verified == "phone"


async def test_a_stranger_can_have_a_person(play: Play) -> None:
    phone = await play.stranger()
    await phone.send_text("I want to talk to a person")
    await phone.wait_for("I have passed this to a person")
    assert play.conversation(phone).state == "waiting"


async def test_a_stranger_sees_nothing_of_any_home(play: Play) -> None:
    phone = await play.stranger()
    for command in ("/appeals", "/status", "/settings"):
        await phone.send_text(command)
        answer = await phone.wait_for()
        assert "House" not in get_text(answer)
        assert "A-1" not in get_text(answer)


async def test_a_forwarded_contact_registers_nobody(play: Play) -> None:
    """The number is that of an owner, and somebody else sends it."""
    neighbour = await play.owner()
    phone = await play.stranger()
    await phone.send_contact(
        str(getattr(neighbour, "number")), "Aubrey", user_id=neighbour.person_id  # noqa: B009
    )  # fmt: skip
    await phone.wait_for("somebody else's contact")
    assert play.conversation(phone).owner_id is None
    await phone.send_contact(str(getattr(neighbour, "number")), "Aubrey")  # noqa: B009
    await phone.wait_for("somebody else's contact")
    assert play.conversation(phone).owner_id is None


async def test_a_number_nobody_has_is_said_to_be_unknown(play: Play) -> None:
    phone = await play.stranger()
    await phone.share_contact()
    await phone.wait_for("I cannot find this number with us")
    assert play.conversation(phone).owner_id is None


async def test_an_invitation_link_registers_once_and_only_with_its_signature(play: Play) -> None:
    phone = await play.stranger()
    owner_id = play.import_owner(phone)
    await phone.send_text(FAULT)
    await phone.wait_for("I do not know your home yet")
    code = invite(play, owner_id)
    await phone.send_text(f"/start {code.code}-00000000000000000000")
    await phone.wait_for("not valid")
    assert play.conversation(phone).owner_id is None

    payload = format_start_payload(code, play.world.core.settings.secret_key)
    await phone.send_text(f"/start {payload}")
    await phone.wait_for("I know you now")
    await phone.wait_for(is_card)
    assert play.conversation(phone).owner_id == owner_id
    assert play.appeal_of(phone).owner_id == owner_id

    other = await play.stranger()
    await other.send_text(f"/start {payload}")
    await other.wait_for("not valid")
    assert play.conversation(other).owner_id is None


async def test_a_typed_code_registers_in_any_case_and_five_wrong_ones_make_it_wait(
    play: Play,
) -> None:
    phone = await play.stranger()
    owner_id = play.import_owner(phone)
    code = invite(play, owner_id).code
    await phone.send_text(code.lower())
    await phone.wait_for("I know you now")
    assert play.conversation(phone).owner_id == owner_id
    assert home_of(play, phone) is not None

    guesser = await play.stranger()
    play.import_owner(guesser)
    for _ in range(5):
        await guesser.send_text("ABCDEFGH22")
        await guesser.wait_for("not valid")
    good = invite(play, owner_id).code
    await guesser.send_text(good)
    await guesser.wait_for("one try too many")
    assert play.conversation(guesser).owner_id is None

    def used(session: Session) -> bool:
        return session.scalars(select(Invite).filter_by(code=good)).one().used_at is not None

    assert not play.read(used)


async def test_start_welcomes_by_name_and_asks_for_the_number(play: Play) -> None:
    phone = await play.stranger("es")
    await phone.send_text("/start")
    welcome = await phone.wait_for("Alba")
    assert "Hola" in get_text(welcome)
    await phone.wait_until(lambda: list_keys(phone.chat))
