"""Rasa's conversations in PostgreSQL, read and written in one statement each.

The stock store reads a whole session (with us: the whole life of a conversation), asks for the
schema before every statement and counts what is stored before it adds. What Rasa needs to know of
the past is its latest turns and the present value of its slots; the conversation itself is kept by
Ownerdesk's own tables.
"""

from __future__ import annotations

import json
import os
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore, validate_port
from rasa.shared.core.constants import ACTION_LISTEN_NAME, DEFAULT_SLOT_NAMES
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

RECENT_EVENTS = 12  # two turns; each event costs a fifth of a millisecond to read back
_STATE_TYPES = (SlotSet.type_name, ActiveLoop.type_name)

_INDEXES = (
    "CREATE INDEX IF NOT EXISTS events_of_sender ON events (sender_id, id)",
    "CREATE INDEX IF NOT EXISTS states_of_sender ON events (sender_id, type_name, action_name, id)"
    f" WHERE type_name IN {_STATE_TYPES!r}",
)
# The latest events, and what was last said of each slot if that is longer ago.
_RECENT = sa.text(
    """
    (SELECT id, data FROM events WHERE sender_id = :sender ORDER BY id DESC LIMIT :many)
    UNION
    (SELECT latest.id, latest.data
       FROM unnest(CAST(:slots AS text[])) AS slot (name),
            LATERAL (SELECT id, data FROM events
                      WHERE sender_id = :sender AND type_name = 'slot' AND action_name = slot.name
                      ORDER BY id DESC LIMIT 1) AS latest)
    ORDER BY id
    """
)


class RecentTurnsTrackerStore(SQLTrackerStore):
    """Loads the latest turns only, and remembers on the tracker how many of its events are stored."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        port: int | str | None = None,
        db: str = "ownerdesk",
        username: str | None = None,
        password: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        schema = os.environ.get("POSTGRESQL_SCHEMA", "rasa")
        self.engine = sa.create_engine(
            self.get_db_url("postgresql", host, validate_port(port), db, username, password),
            # Each read and each write is one statement, so a transaction would only add round trips.
            isolation_level="AUTOCOMMIT",
            pool_size=4,
            pool_pre_ping=False,
            # An error must not carry an owner's words into the log.
            hide_parameters=True,
            connect_args={
                # The tracker may lose its last moments with a crashed database server: the job then
                # runs the turn again. Not waiting for the disk keeps the event loop free.
                "options": f"-csearch_path={schema} -csynchronous_commit=off",
                "application_name": "ownerdesk-rasa",
            },
        )
        with self.engine.connect() as connection:
            connection.execute(sa.text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
            self.Base.metadata.create_all(connection)
            for statement in _INDEXES:
                connection.execute(sa.text(statement))
        self._insert = sa.insert(self.SQLEvent.__table__)
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)
        TrackerStore.__init__(self, domain, event_broker, **kwargs)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker with the latest turns of a conversation."""
        wanted = {
            "sender": sender_id,
            "many": RECENT_EVENTS,
            "slots": [
                slot.name for slot in self.domain.slots if slot.name not in DEFAULT_SLOT_NAMES
            ],
        }
        with self.engine.connect() as connection:
            rows = connection.execute(_RECENT, wanted).all()
        if not rows:
            return None
        events = _from_the_first_whole_turn([json.loads(row.data) for row in rows])
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored_events = len(tracker.events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the events that came since the tracker was read."""
        await self.stream_events(tracker)
        stored = getattr(tracker, "stored_events", 0)
        rows = [_row(tracker.sender_id, event.as_dict()) for event in list(tracker.events)[stored:]]
        if rows:
            with self.engine.connect() as connection:
                connection.execute(self._insert, rows)
        tracker.stored_events = len(tracker.events)


def _from_the_first_whole_turn(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A window may open in the middle of a turn; what comes before the first listening is kept only if it is a slot."""
    for place, event in enumerate(events):
        if event["event"] == "action" and event.get("name") == ACTION_LISTEN_NAME:
            slots = [earlier for earlier in events[:place] if earlier["event"] in _STATE_TYPES]
            return slots + events[place:]
    return events


def _row(sender_id: str, event: dict[str, Any]) -> dict[str, Any]:
    return {
        "sender_id": sender_id,
        "type_name": event["event"],
        "timestamp": event.get("timestamp"),
        "intent_name": (event.get("parse_data") or {}).get("intent", {}).get("name"),
        "action_name": event.get("name"),
        "data": json.dumps(event),
    }
