"""The demo's own data: operators with a phone have their chat, are on duty, and get faults of doors by themselves."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from demo import cast, seed
from ownerdesk.bootstrap import Core
from ownerdesk.model import Conversation, Department
from ownerdesk.queries.staff import get_member_of_chat, list_operators_on_duty
from tests.make import NOON


@pytest.fixture
def core(rolled_back_core: Core) -> Core:
    return rolled_back_core


def test_operators_with_a_phone_are_linked_and_on_duty(core: Core) -> None:
    core.transact_now(seed._seed, "a long password", at=NOON)
    with core.sessions() as session:
        phones = {s.telegram_id: s.name for s in cast.STAFF if s.telegram_id is not None}
        assert len(phones) == 2
        for telegram_id, name in phones.items():
            assert get_member_of_chat(session, telegram_id).name == name
        maintenance = session.scalars(
            select(Department).where(Department.code == "maintenance").order_by(Department.id)
        ).first()
        assert maintenance is not None
        on_duty = list_operators_on_duty(session, maintenance, NOON)
        assert {member.name for member in on_duty} == set(phones.values())
        kinds = session.scalars(select(Conversation.kind).where(Conversation.kind == "staff"))
        assert len(list(kinds)) == 2
