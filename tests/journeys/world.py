"""What a journey needs: owners with phones and homes, staff at the console, and a look at what was stored."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from aiohttp import ClientSession, CookieJar
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from demo.client import Phone, StandIn, get_text, list_buttons
from demo.errors import Json
from ownerdesk.bootstrap import Core
from ownerdesk.model import (
    Appeal,
    AppealEvent,
    Building,
    Conversation,
    Message,
    Owner,
    Project,
    Residency,
    StaffMember,
    Unit,
)
from ownerdesk.rules.phones import normalise_phone
from ownerdesk.settings import load_settings
from tests.stack import Stack

T = TypeVar("T")

ADA = "ada.deskworth@example.com"
GLORIA = "gloria.atenta@example.com"
AGENTS = {"A": ADA, "J": GLORIA}
NAMES = {"en": "Aubrey", "es": "Alba", "zh": "安禾"}
CODES = {"en": "en", "es": "es", "zh": "zh-hans"}
_numbers = itertools.count(
    100
)  # the cast has the lower ones of this range that is kept for fiction


class World:
    """One running Ownerdesk as the tests see it from behind: its database and its demo password."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.core = Core(
            load_settings(
                {"DATABASE_URL": stack.database_url, "OWNERDESK_DATA": str(stack.data_dir)}
            )
        )
        note = (stack.data_dir / "demo" / "admin.txt").read_text()
        found = re.search(r"password: (\S+)", note)
        assert found, "the demo prints its password"
        self.password = found[1]
        self.read(_skip_taken_numbers)

    def read(self, work: Callable[[Session], T]) -> T:
        """Look at, or change, what is stored, in one transaction."""
        return self.core.transact_now(work)

    def close(self) -> None:
        self.core.close()


def _skip_taken_numbers(session: Session) -> None:
    """Another world may have played with the same stack before."""
    global _numbers
    taken = session.scalar(select(func.count(Owner.id))) or 0
    taken += session.scalar(select(func.count(Conversation.id))) or 0
    _numbers = itertools.count(max(next(_numbers), 100 + taken))


class Play:
    """One journey: opens phones and consoles, and closes them in the end."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stack = world.stack
        self.read = world.read
        self._open = AsyncExitStack()
        self._buildings: dict[str, int] = {}

    async def __aenter__(self) -> Play:
        session = await self._open.enter_async_context(ClientSession())
        self.stand_in = StandIn(self.stack.phone_url, session)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    # Owners

    async def stranger(self, language: str = "en", **details: Any) -> Phone:
        """Somebody with a phone whom the company does not know. They have started the chat."""
        person: dict[str, Any] = {
            "first_name": NAMES[language],
            "language_code": CODES[language],
            "phone": f"+44 7700 900{next(_numbers)}",
            "started": True,
        } | details
        added = await self.stand_in.add_person(**person)
        phone = Phone(self.stack.phone_url, added["id"])
        phone.number = person["phone"]  # type: ignore[attr-defined]
        return await self._open.enter_async_context(phone)

    def building(self, session: Session, project: str = "A") -> Building:
        """Where everybody of this journey lives: what the people of another report is no incident here."""
        if project not in self._buildings:
            found = session.scalars(select(Project).where(Project.code == project)).one()
            building = Building(project_id=found.id, name=f"House {next(_numbers)}")
            session.add(building)
            session.flush()
            self._buildings[project] = building.id
        return session.get_one(Building, self._buildings[project])

    def import_owner(
        self, phone: Phone, *, language: str = "en", project: str = "A", homes: int = 1
    ) -> int:
        """What an import of the company's own lists does: an owner with a number and homes. Returns the id."""
        number = normalise_phone(str(getattr(phone, "number")))  # noqa: B009

        def work(session: Session) -> int:
            owner = Owner(name=f"{NAMES[language]} Testwell", phone=number, language=language)
            building = self.building(session, project)
            units = [
                Unit(building_id=building.id, entrance="9", floor=9, number=f"T{next(_numbers)}")
                for _ in range(homes)
            ]
            session.add_all([owner, *units])
            session.flush()
            session.add_all(
                Residency(owner_id=owner.id, unit_id=unit.id, role="owner") for unit in units
            )
            return owner.id

        return self.read(work)

    async def owner(
        self, language: str = "en", *, project: str = "A", homes: int = 1, **details: Any
    ) -> Phone:
        """Somebody who has registered with their own number, as owners do."""
        phone = await self.stranger(language, **details)
        self.import_owner(phone, language=language, project=project, homes=homes)
        await phone.share_contact()
        await phone.wait_for(lambda m: m["from_bot"])
        return phone

    async def group(self, title: str, phones: list[Phone]) -> list[Phone]:
        """A group with these people and the bot; returns it as each of them has it open."""
        chat = await self.stand_in.add_group(title, [phone.person_id for phone in phones])
        return [
            await self._open.enter_async_context(
                Phone(self.stack.phone_url, phone.person_id, chat["id"])
            )
            for phone in phones
        ]

    async def appeal(
        self, phone: Phone, text: str = "The light on the landing of the fourth floor is out."
    ) -> tuple[Appeal, Json]:
        """Write, and get the appeal with its card."""
        await phone.send_text(text)
        card = await phone.wait_for(is_card)
        return self.appeal_of(phone), card

    # Staff

    async def console(self, email: str = ADA) -> Console:
        """Somebody of the demo's staff, logged in."""
        jar = CookieJar(unsafe=True)
        http = await self._open.enter_async_context(
            ClientSession(self.stack.console_url, cookie_jar=jar)
        )
        console = Console(http)
        await console.post("/login", email=email, password=self.world.password)
        return console

    def staff(self, email: str = ADA) -> StaffMember:
        return self.read(
            lambda s: s.scalars(
                select(StaffMember)
                .where(StaffMember.email == email)
                .options(selectinload(StaffMember.roles))
            ).one()
        )

    # What is stored

    def conversation(self, phone: Phone) -> Conversation:
        return self.read(
            lambda s: s.scalars(
                select(Conversation).where(Conversation.chat_id == phone.person_id)
            ).one()
        )

    def appeals(self, phone: Phone) -> list[Appeal]:
        return self.read(
            lambda s: list(
                s.scalars(
                    select(Appeal)
                    .join(Conversation, Conversation.id == Appeal.conversation_id)
                    .where(Conversation.chat_id == phone.person_id)
                    .options(
                        joinedload(Appeal.responsible),
                        joinedload(Appeal.operator),
                        joinedload(Appeal.department),
                        joinedload(Appeal.project),
                    )
                    .order_by(Appeal.id)
                )
            )
        )

    def appeal_of(self, phone: Phone) -> Appeal:
        """The only appeal there is."""
        (appeal,) = self.appeals(phone)
        return appeal

    def events(self, appeal: Appeal) -> list[str]:
        """The names of the facts of an appeal, in order."""
        return self.read(
            lambda s: list(
                s.scalars(
                    select(AppealEvent.name)
                    .where(AppealEvent.appeal_id == appeal.id)
                    .order_by(AppealEvent.id)
                )
            )
        )

    def written(self, phone: Phone) -> list[Message]:
        """What the owner sent, in order, with files."""
        return self.read(
            lambda s: list(
                s.scalars(
                    select(Message)
                    .join(Conversation, Conversation.id == Message.conversation_id)
                    .where(Conversation.chat_id == phone.person_id, Message.direction == "in")
                    .options(selectinload(Message.attachments))
                    .order_by(Message.id)
                )
            )
        )

    async def until(self, condition: Callable[[], T], seconds: float = 10.0) -> T:
        """Wait until something stored is so; returns it. The database tells nobody outside, so it is asked."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, f"not so after {seconds} s"
            await asyncio.sleep(0.05)
        return value


class Console:
    """One person's browser at the console, without the scripts: pages are read, forms are sent."""

    def __init__(self, http: ClientSession) -> None:
        self._http = http

    async def read(self, path: str) -> str:
        async with self._http.get(path, allow_redirects=False) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.text()

    async def download(self, path: str) -> bytes:
        async with self._http.get(path, allow_redirects=False) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.read()

    async def send(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form; returns the status and the page or the new address."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with self._http.post(
            path, data=fields, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def post(self, path: str, **fields: str) -> str:
        """Send a form that has to work; returns where it leads."""
        status, location = await self.send(path, **fields)
        assert status == 303, (path, status, location[:300])
        return location

    async def act(self, appeal: Appeal, action: str, **fields: str) -> None:
        """Press a button of the appeal's page."""
        if action == "reply":
            page = await self.read(f"/appeals/{appeal.id}")
            fields |= shown(page)
        if action == "resolve":
            fields.setdefault("cause", "Wear")
        await self.post(f"/appeals/{appeal.id}/{action}", **fields)

    async def reply(self, conversation: Conversation, text: str) -> None:
        page = await self.read(f"/conversations/{conversation.id}")
        await self.post(f"/conversations/{conversation.id}/reply", text=text, **shown(page))


def shown(page: str) -> dict[str, str]:
    """What the reply form of a page carries: its key, and the last message that was shown."""
    found = {n: re.search(rf'name="{n}" value="(\w+)"', page) for n in ("nonce", "seen")}
    assert all(found.values()), "the page has a reply form"
    return {name: match[1] for name, match in found.items() if match}


def is_card(message: Json) -> bool:
    """Whether a message of the bot is the card of an appeal."""
    return any(b["callback_data"].startswith("1:fix:") for b in list_buttons(message))


def labels(message: Json) -> list[str]:
    """What the buttons under a message say."""
    return [button["text"] for button in list_buttons(message)]


def has_button(action: str) -> Callable[[Json], bool]:
    """A message with a button that does this, in whatever language."""
    return lambda message: any(
        b["callback_data"].split(":")[1] == action for b in list_buttons(message)
    )


def data_of(message: Json, action: str, argument: str | None = None) -> str:
    """The callback data of the button that does this."""
    for button in list_buttons(message):
        _, found, _, rest = button["callback_data"].split(":")
        if found == action and argument in (None, rest):
            return str(button["callback_data"])
    raise AssertionError(f"no button {action} {argument or ''} in {labels(message)}")


async def press(phone: Phone, message: Json, action: str, argument: str | None = None) -> Json:
    """Press the button that does this; returns what the bot answered to the press."""
    return await phone.press(message, data=data_of(message, action, argument))


def texts(messages: Iterable[Json]) -> list[str]:
    return [get_text(message) for message in messages]
