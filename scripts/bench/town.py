"""A town for the console's bench: a database of its own, filled set by set in SQL to a thousand, a hundred thousand and a
million appeals with their messages, facts and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text

from ownerdesk.rules.search import cut_for_index
from ownerdesk.services.passwords import hash_password

PASSWORD = "a bench password"  # noqa: S105 - of invented people in a database that is thrown away
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
PROJECTS = 4
AGENTS = 50
OPEN_SHARE = 50  # one in so many appeals is open
# One in so many is about pests, for the department that the first project has for them.
RARE_SHARE = 19_997
RARE_DEPARTMENT = PROJECTS + 1
FREQUENT, RARE, CHINESE, NOWHERE = "light", "xylophone", "漏水", "zzyzx"
PHRASES = (
    "The light on the stairs is out", "The lift does not move", "Water drips from the ceiling",
    "The light in the garage flickers", "The radiators are cold since the weekend",
    "The gate stays open all night", "Somebody stands on my parking place",
    "The intercom does not ring", "The bins have not been emptied", "Loud music every night",
    "La luz del portal no funciona", "El ascensor está parado", "Hay una fuga de agua en el baño",
    "El vecino hace mucho ruido", "La puerta del garaje no cierra", "Necesito una factura",
    "三楼楼道的灯不亮了", "电梯停在五楼不动", "卫生间天花板漏水", "楼上装修太吵", "物业费的发票没有收到",
    "The hedge hides the window", "The tap in the kitchen drips", "The drain in the yard is blocked",
)  # fmt: skip

_PEOPLE = """
INSERT INTO projects (code, name, timezone, language) SELECT 'B' || n, 'Bench ' || n, 'Europe/Madrid', 'en'
  FROM generate_series(1, :projects) n;
INSERT INTO departments (project_id, code, names, categories)
  SELECT id, 'all', jsonb_build_object('en', 'All'), '["other"]' FROM projects ORDER BY id;
INSERT INTO departments (project_id, code, names, categories)
  SELECT min(id), 'pests', jsonb_build_object('en', 'Pests'), '["pests"]' FROM projects;
INSERT INTO staff (name, email, password_hash)
  SELECT 'Agent ' || n, 'agent' || n || '@example.com', :hash FROM generate_series(1, :agents) n;
INSERT INTO staff_roles (staff_id, project_id, role) SELECT id, NULL, 'manager' FROM staff WHERE id = 1;
INSERT INTO staff_roles (staff_id, project_id, role) SELECT id, 1 + id % :projects, 'agent' FROM staff WHERE id > 1;
INSERT INTO buildings (project_id, name) SELECT p.id, 'House ' || n FROM projects p, generate_series(1, 100) n;
INSERT INTO units (building_id, entrance, number) SELECT b.id, '1', n::text FROM buildings b, generate_series(1, 50) n;
INSERT INTO owners (name) SELECT 'Owner Name' || id FROM units ORDER BY id;
INSERT INTO residencies (owner_id, unit_id) SELECT id, id FROM units;
INSERT INTO conversations (chat_id, telegram_user_id, name, project_id, owner_id, unit_id, language)
  SELECT 100000 + u.id, 100000 + u.id, 'Owner', b.project_id, u.id, u.id,
    CASE WHEN u.id % 9973 = 77 THEN 'fr' ELSE (ARRAY['en', 'en', 'es', 'zh'])[1 + (hashint8(u.id) & 1023) % 4] END
  FROM units u JOIN buildings b ON b.id = u.building_id ORDER BY u.id;
CREATE TABLE phrases (id int PRIMARY KEY, text text, words text[]);
"""

# What was open has been closed by the time the town has grown.
_GROW = """
UPDATE appeals SET state = 'closed', next_due_at = NULL, closed_at = received_at + interval '5 hours'
  WHERE state NOT IN ('closed', 'cancelled');
INSERT INTO appeals (project_id, number, conversation_id, owner_id, unit_id, building_id, nature, category, severity,
    state, summary, place, department_id, responsible_id, next_due_at, received_at, last_message_at, closed_at, reopened, stars)
  SELECT c.project_id, 'B' || c.project_id || '-' || n, c.id, c.owner_id, c.unit_id, u.building_id,
    (ARRAY['help_seeking', 'help_seeking', 'dissatisfaction', 'consultation'])[1 + n % 4],
    CASE WHEN n % :rare = 11 THEN 'pests' ELSE
      (ARRAY['lighting', 'elevator', 'water_supply', 'parking', 'cleaning', 'noise', 'heating', 'other'])[1 + n % 8] END,
    CASE WHEN n % 211 = 0 THEN 'emergency' WHEN n % 3 = 0 THEN 'major' ELSE 'general' END,
    CASE WHEN n <= :until - :open THEN CASE WHEN n % 40 = 0 THEN 'cancelled' ELSE 'closed' END
         ELSE CASE WHEN n % 211 = 0 THEN 'accepted'
                   ELSE (ARRAY['received', 'accepted', 'dispatched', 'in_progress', 'resolved'])[1 + n % 5] END END,
    p.text, 'House ' || (u.building_id % 100) || ', flat ' || u.number,
    CASE WHEN n % :rare = 11 AND c.project_id = 1 THEN :rare_department ELSE c.project_id END, 1 + n % :agents,
    CASE WHEN n > :until - :open THEN CAST(:now AS timestamptz) + (n % 4000 - 400) * interval '1 minute' END,
    CAST(:now AS timestamptz) - (:until - n) * interval '20 seconds',
    CAST(:now AS timestamptz) - (:until - n) * interval '20 seconds' + (n % 90) * interval '1 minute',
    CASE WHEN n <= :until - :open THEN CAST(:now AS timestamptz) - (:until - n) * interval '20 seconds' END,
    CASE WHEN n % 50 = 3 THEN 1 ELSE 0 END,
    CASE WHEN n <= :until - :open AND n % 40 > 0 AND n % 3 = 0 THEN 1 + (hashint8(n) & 1023) % 5 END
  FROM generate_series(CAST(:from AS bigint), :until) n
  JOIN conversations c ON c.id = 1 + (n * 7919) % 20000 JOIN units u ON u.id = c.unit_id
  JOIN phrases p ON p.id = 1 + (n * 31) % :phrases
  ORDER BY n;
INSERT INTO messages (conversation_id, appeal_id, direction, author, text, state, language, telegram_message_id, created_at)
  SELECT a.conversation_id, a.id, CASE WHEN m = 1 THEN 'in' ELSE 'out' END, (ARRAY['owner', 'bot', 'staff'])[m],
    CASE WHEN m = 1 THEN a.summary ELSE 'I have your message and look after it.' END,
    CASE WHEN m = 1 THEN 'received' ELSE 'sent' END, 'en', a.id * 3 + m, a.received_at + m * interval '1 minute'
  FROM appeals a, generate_series(1, 3) m WHERE a.id >= :from ORDER BY a.id, m;
INSERT INTO appeal_events (appeal_id, name, actor, at)
  SELECT a.id, (ARRAY['appeal.received', 'appeal.accepted'])[e], (ARRAY['owner', 'bot'])[e], a.received_at
  FROM appeals a, generate_series(1, 2) e WHERE a.id >= :from ORDER BY a.id, e;
INSERT INTO promises (appeal_id, kind, staff_id, made_at, due_at, look_at, kept_at)
  SELECT id, 'resolution', responsible_id, received_at, received_at + interval '6 hours',
    received_at + interval '5 hours', closed_at
  FROM appeals WHERE id >= :from ORDER BY id;
INSERT INTO ratings (appeal_id, stars, rated_at)
  SELECT id, stars, received_at FROM appeals WHERE id >= :from AND stars IS NOT NULL;
INSERT INTO appeal_words (appeal_id, words)
  SELECT a.id, array_to_tsvector(p.words || q.words || ARRAY[
      'b' || a.project_id, a.id::text, 'hous', (a.building_id % 100)::text, 'flat', 'owner', 'name' || a.owner_id,
      'word' || (a.id * 7919) % 30000, 'word' || (a.id * 104729) % 3000]
    || CASE WHEN a.id % 20011 = 7 THEN ARRAY['xylophon', 'xylophone'] ELSE ARRAY[]::text[] END)
  FROM appeals a JOIN phrases p ON p.id = 1 + (a.id * 31) % :phrases JOIN phrases q ON q.id = 1 + (a.id * 17) % :phrases
  WHERE a.id >= :from ORDER BY a.id;
UPDATE projects SET next_appeal_number = 10000000 + :until;
"""

_TABLES = ("appeals", "messages", "appeal_events", "promises", "ratings", "appeal_words")


@dataclass(frozen=True)
class Town:
    """How large it is and how long the growing took, in seconds."""

    appeals: int
    seconds: float


def found(engine: Engine) -> None:
    """Projects, people and homes; no appeal yet."""
    values = {"projects": PROJECTS, "agents": AGENTS, "hash": hash_password(PASSWORD)}
    with engine.begin() as connection:
        _run(connection, _PEOPLE, values)
        for number, words in enumerate(PHRASES, start=1):
            connection.execute(
                text("INSERT INTO phrases VALUES (:id, :text, :words)"),
                {"id": number, "text": words, "words": cut_for_index(words)},
            )


def grow(engine: Engine, *, since: int, until: int) -> None:
    """Appeals `since` + 1 up to `until`. Indexes are made anew afterwards, which is much quicker than row by row, and
    references are not checked: the numbers are known to be right."""
    values = {
        "from": since + 1, "until": until, "open": max(20, until // OPEN_SHARE),
        "phrases": len(PHRASES), "agents": AGENTS, "now": NOW,
        "rare": RARE_SHARE, "rare_department": RARE_DEPARTMENT,
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        indexes = connection.execute(
            text(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables) AND indexname LIKE 'ix_%'"
            ),
            {"tables": list(_TABLES)},
        ).all()
        for name, _ in indexes:
            connection.execute(text(f"DROP INDEX {name}"))
        _run(connection, _GROW, values)
        for _, definition in indexes:
            connection.exec_driver_sql(definition)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _run(connection: Connection, statements: str, values: dict[str, object]) -> None:
    """The values are our own numbers and words; as literals they have no type to be guessed."""
    for name, value in values.items():
        literal = str(value) if isinstance(value, int) else f"'{value}'"
        pieces = re.split(rf"(?<!:):{name}\b", statements)
        statements = literal.join(pieces)
    for statement in filter(str.strip, statements.split(";\n")):
        connection.exec_driver_sql(statement.replace("%", "%%"))
