"""Everything the stand-in knows: people, chats, messages, and the parts that serve them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.errors import ApiError, Json, RefusedError, bad_request
from demo.faults import Faults
from demo.feed import Feed
from demo.files import FileStore
from demo.journal import Journal
from demo.limits import Limits
from demo.log import Log
from demo.updates import UpdateQueue

DEFAULT_TOKEN = "100000001:DEMO-TOKEN"  # noqa: S105 - a made-up one, written in the guide
FIRST_GROUP = 4_000_000
FIRST_SUPERGROUP = 1_000_000_000_000


@dataclass(frozen=True)
class Config:
    """How the stand-in behaves; rates are messages a second, `callback_ttl` is seconds."""

    token: str = DEFAULT_TOKEN
    rate: float = 30.0
    chat_rate: float = 1.0
    chat_burst: int = 5
    callback_ttl: float = 60.0
    bot_name: str = "Ownerdesk"
    bot_username: str = "ownerdesk_demo_bot"


class State:
    """The tables and the parts, over one data folder."""

    def __init__(self, folder: Path, config: Config | None = None) -> None:
        self.config = config or Config()
        self.journal = Journal(folder)
        self.files = FileStore(self.journal, folder)
        self.log = Log()
        self.feed = Feed()
        self.faults = Faults()
        self.updates = UpdateQueue(self.journal, self.log, self.faults)
        self.updates.on_delivered = self._show_delivered
        self.limits = Limits(self.config.rate, self.config.chat_rate, self.config.chat_burst)
        self.callbacks: dict[str, Json] = {}
        self.webhook_changed = asyncio.Event()
        self._messages: dict[int, dict[int, Json]] = {}
        for record in self.journal.table("message").values():
            self._messages.setdefault(record["chat_id"], {})[record["message_id"]] = record

    def close(self) -> None:
        self.feed.close()
        self.journal.close()

    def next_number(self, name: str, first: int = 1) -> int:
        """A number never given before under this name, across restarts."""
        last = self.journal.table("counter").get(name, {"last": first - 1})["last"]
        self.journal.put("counter", name, {"last": last + 1})
        return int(last) + 1

    def last_number(self, name: str) -> int:
        return int(self.journal.table("counter").get(name, {"last": 0})["last"])

    def profile_changed(self) -> None:
        """The bot's name, commands or menu changed: pages fetch them again."""
        self.feed.publish(0, {"event": "profile"})

    def _show_delivered(self, ids: Json) -> None:
        if "message_id" in ids and "person_id" in ids:
            self.feed.publish(ids["person_id"], {"event": "delivered"} | ids)

    # People

    @property
    def bot_id(self) -> int:
        return int(self.config.token.split(":")[0])

    def bot_user(self) -> Json:
        profile = self.journal.table("profile")
        return {
            "id": self.bot_id,
            "is_bot": True,
            "first_name": profile.get("name:", {}).get("text") or self.config.bot_name,
            "username": self.config.bot_username,
        }

    def people(self) -> list[Json]:
        return sorted(self.journal.table("person").values(), key=lambda person: person["order"])

    def person(self, person_id: int) -> Json:
        person = self.journal.table("person").get(str(person_id))
        if person is None:
            raise RefusedError(404, "no such person")
        return person

    def add_person(self, person_id: int, started: bool, **details: Any) -> Json:
        """Create a person with a private chat; someone already there is left as they are."""
        table = self.journal.table("person")
        if str(person_id) in table:
            return table[str(person_id)]
        person = {"id": person_id, "order": len(table)} | details
        self.journal.put("person", person_id, person)
        chat = {
            "id": person_id,
            "type": "private",
            "members": [person_id],
            "started": started,
            "blocked": False,
            "keyboard": None,
            "migrated_to": None,
        }
        self.journal.put("chat", person_id, chat)
        self.feed.publish(0, {"event": "people"})
        return person

    def user(self, person_id: int) -> Json:
        """A person as a Telegram user."""
        person = self.person(person_id)
        user = {"id": person_id, "is_bot": False, "first_name": person["first_name"]}
        for key in ("last_name", "username", "language_code"):
            if person.get(key):
                user[key] = person[key]
        return user

    # Chats

    def chat(self, chat_id: int) -> Json | None:
        return self.journal.table("chat").get(str(chat_id))

    def chats_of(self, person_id: int) -> list[Json]:
        return [c for c in self.journal.table("chat").values() if person_id in c["members"]]

    def change_chat(self, chat: Json, **changes: Any) -> None:
        """Store a change and tell the phones of the members."""
        chat.update(changes)
        self.journal.put("chat", chat["id"], chat)
        for person_id in chat["members"]:
            event = {"event": "chat", "chat_id": chat["id"], "chat": self.chat_view(chat)}
            self.feed.publish(person_id, event)

    def chat_view(self, chat: Json) -> Json:
        """A chat as a phone shows it."""
        shown = ("id", "type", "title", "started", "blocked", "keyboard", "migrated_to")
        return {key: chat[key] for key in shown if key in chat}

    def telegram_chat(self, chat: Json) -> Json:
        """A chat as the Bot API shows it."""
        if chat["type"] == "private":
            user = self.user(chat["id"])
            keys = ("id", "first_name", "last_name", "username")
            return {key: user[key] for key in keys if key in user} | {"type": "private"}
        return {"id": chat["id"], "type": chat["type"], "title": chat["title"]}

    def chat_for_bot(self, chat_id: int) -> Json:
        """The chat a bot names, or Telegram's refusal: unknown, not begun, blocked or migrated."""
        chat = self.chat(chat_id)
        if chat is None or (chat["type"] == "private" and not chat["started"]):
            raise bad_request("chat not found")
        if chat["migrated_to"] is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat["migrated_to"],
            )
        if chat.get("blocked"):
            if chat["type"] == "private":
                raise ApiError(403, "Forbidden: bot was blocked by the user")
            raise ApiError(403, "Forbidden: bot was kicked from the group chat")
        return chat

    def add_group(self, title: str, members: list[int], kind: str = "group") -> Json:
        if kind == "group":
            chat_id = -self.next_number("group", FIRST_GROUP)
        else:
            chat_id = -self.next_number("supergroup", FIRST_SUPERGROUP)
        chat = {
            "id": chat_id,
            "type": kind,
            "title": title,
            "members": members,
            "started": True,
            "blocked": False,
            "keyboard": None,
            "migrated_to": None,
        }
        self.journal.put("chat", chat_id, chat)
        return chat

    # Messages

    def make_record(self, chat: Json, sender: Json, content: Json, **extra: Any) -> Json:
        """A new message with its own number, not stored yet."""
        message_id = self.next_number("message")
        message = {
            "message_id": message_id,
            "from": sender,
            "chat": self.telegram_chat(chat),
            "date": int(time.time()),
        } | content
        return {
            "chat_id": chat["id"],
            "message_id": message_id,
            "message": message,
            "created_at": time.time(),
            "created_mono": time.monotonic(),
        } | extra

    def store_message(self, record: Json, change: str) -> None:
        """Store a new, edited or deleted message; `seq` numbers every change of any chat."""
        record["seq"] = self.next_number("seq")
        record["change"] = change
        chat_id, message_id = record["chat_id"], record["message_id"]
        self.journal.put("message", f"{chat_id}/{message_id}", record)
        self._messages.setdefault(chat_id, {})[message_id] = record
        chat = self.chat(chat_id)
        assert chat is not None
        for person_id in chat["members"]:
            event = {"event": "message", "message": self.view(record, person_id)}
            self.feed.publish(person_id, event)
        sender = record["message"]["from"]["id"]
        activity = {"event": "activity", "chat_id": chat_id, "change": change}
        activity |= {"members": chat["members"], "from_bot": sender == self.bot_id}
        self.feed.publish(0, activity)

    def delete_message(self, record: Json) -> None:
        """Keep only the fact that it is gone, so that a phone that was away learns of it."""
        record["message"] = {
            key: record["message"][key] for key in ("message_id", "from", "chat", "date")
        }
        self.store_message(record, "deleted")

    def message(self, chat_id: int, message_id: int) -> Json | None:
        record = self._messages.get(chat_id, {}).get(message_id)
        return None if record is None or record["change"] == "deleted" else record

    def messages(self, chat_id: int) -> list[Json]:
        """All records of a chat, deleted ones included, oldest first."""
        return list(self._messages.get(chat_id, {}).values())

    def view(self, record: Json, person_id: int) -> Json:
        """A message as a phone gets it: Telegram's message and what a phone must know of it."""
        message: Json = record["message"]
        return message | {
            "chat_id": record["chat_id"],
            "mine": record["message"]["from"]["id"] == person_id,
            "from_bot": record["message"]["from"]["id"] == self.bot_id,
            "seq": record["seq"],
            "change": record["change"],
            "deleted": record["change"] == "deleted",
            "reply_keyboard": record.get("reply_keyboard"),
            "update_id": record.get("update_id"),
            "delivered": self.updates.is_delivered(record.get("update_id")),
            "created_at": record["created_at"],
            "created_mono": record["created_mono"],
        }
