"""News for open pages: one task a process listens to PostgreSQL and fans out to the browsers.

A browser is told names only (`appeal-7`, `list`), and only those of projects its person may see; the page then
fetches what changed and passes every access check again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from console.presence import LOOKING_SECONDS, TYPING_SECONDS, PresenceBook
from ownerdesk.adapters.database import libpq_url
from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Conversation, LabelItem
from ownerdesk.services.live import ACCESS_NEWS, CHANNEL

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
QUIET_SECONDS = 20.0  # after so long without news the connection is asked whether it still lives
REFRESH = "refresh"
# With these the counters of every page are to be read anew; a message alone moves nothing between lists.
CALLING = frozenset({"list", "calls", "alarm"})
FOR_ADMINS = frozenset({"training", "model", "shadow"})
FOR_ALL = frozenset({"data_check"})  # names that tell nothing but that something is to be looked at


@dataclass(frozen=True)
class Seen:
    """Somebody looks at a conversation, types in it, or has left it."""

    conversation_id: int
    staff_id: int
    what: str


@dataclass(frozen=True)
class News:
    """Something changed in a project, or (None) with somebody who belongs to none; with `staff_id`, for one person
    alone, and `for_admins` for those of the whole company. What is `seen` passes by itself and is nothing to catch up
    with."""

    project_id: int | None
    names: frozenset[str]
    staff_id: int | None = None
    seen: Seen | None = None
    for_admins: bool = False


@dataclass(frozen=True)
class Access:
    """Of what somebody may hear: of their projects, of themselves, and of what concerns admins of the whole company."""

    staff_id: int
    projects: frozenset[int]
    is_admin: bool = False

    def may_hear(self, news: News) -> bool:
        if news.staff_id is not None:
            return news.staff_id == self.staff_id
        if news.for_admins:
            return self.is_admin
        if news.project_id is None:
            return bool(self.projects)
        return news.project_id in self.projects


@dataclass(eq=False)
class Subscriber:
    """One open page. Names wait in a set, so that a burst of the same news is told once. With `is_outdated` what it may
    see is to be read again."""

    access: Access
    is_outdated: bool = False
    pending: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, names: Iterable[str]) -> None:
        self.pending.update(names)
        self.woken.set()

    def take(self) -> list[str]:
        names = sorted(self.pending)
        self.pending.clear()
        self.woken.clear()
        return names


class Hub:
    """Everybody who looks, and the number of the latest news."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._subscribers: set[Subscriber] = set()
        # Numbers of another process, or of the one before a restart, must not look like ours.
        self._run = secrets.token_hex(4)
        self._count = 0
        self._calls_count = 0
        self._access_count = 0
        self.is_closing = False
        self.listening = asyncio.Event()
        self.presence = PresenceBook()
        self._shown: dict[int, dict[int, str]] = {}

    @property
    def last_id(self) -> str:
        """The id of the latest news. A page rendered now knows everything up to it."""
        return f"{self._run}-{self._count}"

    @property
    def calls_id(self) -> str:
        """The id of the latest news that changed what calls in some project."""
        return f"{self._run}-{self._calls_count}"

    @property
    def access_id(self) -> str:
        """The id of the latest news of who may see what."""
        return f"{self._run}-{self._access_count}"

    def note_access(self) -> None:
        """Somebody may see other things than before, or their log-in has ended: every stream looks again."""
        self._access_count += 1
        for subscriber in self._subscribers:
            subscriber.is_outdated = True
            subscriber.woken.set()

    @contextmanager
    def subscribe(self, access: Access, *, seen: str) -> Iterator[Subscriber]:
        """Follow the news. `seen` is the last id the page knows: whatever came after it, the page is told
        to fetch everything afresh."""
        subscriber = Subscriber(access)
        if seen != self.last_id:
            subscriber.add([REFRESH])
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)

    def publish(self, news: News) -> None:
        if news.seen is not None:
            self._note_presence(news, news.seen)
            return
        self._count += 1
        self._calls_count += bool(news.names & CALLING)
        self._tell(news)

    def _note_presence(self, news: News, seen: Seen) -> None:
        """Only what shows is told; and somebody who says nothing more is gone after a while."""
        if self.presence.hear(seen.conversation_id, seen.staff_id, seen.what):
            self._tell(news)
        self._shown[seen.conversation_id] = self.presence.list_present(seen.conversation_id)
        moments = [LOOKING_SECONDS] + ([TYPING_SECONDS] if seen.what == "typing" else [])
        for seconds in moments:
            asyncio.get_running_loop().call_later(
                seconds + 0.1, self._look_again, news, seen.conversation_id
            )

    def _look_again(self, news: News, conversation_id: int) -> None:
        present = self.presence.list_present(conversation_id)
        if present != self._shown.get(conversation_id, {}):
            self._tell(news)
        if present:
            self._shown[conversation_id] = present
        else:
            self._shown.pop(conversation_id, None)

    def _tell(self, news: News) -> None:
        for subscriber in self._subscribers:
            if subscriber.access.may_hear(news):
                subscriber.add(news.names)

    def refresh_all(self) -> None:
        """News may have been missed: everybody looks again."""
        self._count += 1
        self._calls_count += 1
        for subscriber in self._subscribers:
            subscriber.add([REFRESH])

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self.is_closing = True
        for subscriber in self._subscribers:
            subscriber.woken.set()

    async def listen(self) -> None:
        """Until cancelled; a lost connection is made again."""
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                logger.warning("live: listening broke off (%s), trying again", type(error).__name__)
            self.listening.clear()
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen_once(self) -> None:
        dsn = libpq_url(self._core.settings.database_url)
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
            self.note_access()
            self.refresh_all()
            self.listening.set()
            while True:
                heard = [
                    notice.payload
                    async for notice in connection.notifies(timeout=QUIET_SECONDS, stop_after=1)
                ]
                if not heard:
                    await connection.execute("select 1")
                    continue
                if ACCESS_NEWS in heard:
                    self.note_access()
                if not self._subscribers:
                    # Nobody looks; but a page that comes back must know that it missed something.
                    self._count += 1
                    self._calls_count += 1
                    continue
                for news in await self._core.transact(read_news, heard):
                    self.publish(news)


def read_news(session: Session, payloads: Iterable[str]) -> list[News]:
    """What announcements mean for pages. The project is looked up, never trusted to be in them."""
    bodies = [item for payload in payloads for item in json.loads(payload)]
    conversations = _projects(session, Conversation, bodies, "conversation")
    appeals = _projects(session, Appeal, bodies, "appeal")
    items = _projects(session, LabelItem, bodies, "item")
    news = []
    for body in bodies:
        if body.get("topic") == "notice":
            news.append(News(None, frozenset({"notices"}), staff_id=body.get("staff")))
            continue
        if body.get("topic") in FOR_ADMINS:
            news.append(News(None, frozenset({body["topic"]}), for_admins=True))
            continue
        if body.get("topic") in FOR_ALL:
            news.append(News(None, frozenset({body["topic"]})))
            continue
        if body.get("item") in items:
            news.append(News(items[body["item"]], frozenset({"labelling"})))
            continue
        appeal_id, conversation_id = body.get("appeal"), body.get("conversation")
        if appeal_id in appeals:
            project_id = appeals[appeal_id]
        elif conversation_id in conversations:
            project_id = conversations[conversation_id]
        else:
            continue
        seen = None
        if body.get("topic") == "presence":
            seen = Seen(conversation_id, body["staff"], body["what"])
        news.append(News(project_id, _names(body), seen=seen))
    return news


def _projects(
    session: Session,
    table: type[Conversation] | type[Appeal] | type[LabelItem],
    bodies: list[dict[str, Any]],
    name: str,
) -> dict[int, int | None]:
    ids = {body[name] for body in bodies if name in body}
    if not ids:
        return {}
    query = select(table.id, table.project_id).where(table.id.in_(ids))
    if table is Conversation:  # the chats of staff are on no page
        query = query.where(Conversation.kind == "owner")
    return dict(session.execute(query).all())


# These add to an appeal's page and its row; where it stands in a list is as before.
_QUIET = frozenset({"message.added", "owner.answered"})


def _names(body: dict[str, Any]) -> frozenset[str]:
    """`list` and `calls` are for what moves between lists: twenty messages a second must not make every page fetch
    everything twenty times."""
    if body.get("topic") == "presence":
        return frozenset({f"presence-{body['conversation']}"})
    names = set()
    topic = body.get("topic")
    if "appeal" in body:
        names.add(f"appeal-{body['appeal']}")
        if topic in ("message", "notice") or body.get("event") in _QUIET:
            names.add(f"row-{body['appeal']}")
        else:
            names |= {"list", "calls"}
    if "conversation" in body:
        names.add(f"conversation-{body['conversation']}")
    if topic in ("handoff", "message", "conversation"):
        names.add("handoffs")
    if topic in ("handoff", "conversation"):
        names.add("calls")
    if topic == "alarm":
        names |= {"alarm", "handoffs"}
    return frozenset(names)
