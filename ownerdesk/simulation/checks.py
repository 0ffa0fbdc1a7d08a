"""What must never be so, asked after every event. Each finding is a sentence with ids."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

# Answers to something an owner did, and cards, may repeat themselves; what is pushed may not.
ANSWERS = (
    "card", "reply", "press", "joined", "status", "appeals", "solved?", "stars?", "rated", "incident.solved",
    "handoff", "answer", "where", "alarmed", "instructions", "staff", "second", "edited", "danger?",
    "nodanger",
)  # fmt: skip
SAME_WITHIN = timedelta(minutes=30)

VIEWS = (
    """CREATE OR REPLACE VIEW running_promises AS SELECT * FROM promises
       WHERE kept_at IS NULL AND broken_at IS NULL AND renegotiated_at IS NULL AND withdrawn_at IS NULL""",
    """CREATE OR REPLACE VIEW running_appeals AS SELECT * FROM appeals
       WHERE state NOT IN ('closed', 'cancelled')""",
)

CHECKS: dict[str, str] = {
    "appeal {id} is open without anybody responsible or a next due time": """
        SELECT id FROM running_appeals
        WHERE (responsible_id IS NULL AND department_id IS NULL) OR next_due_at IS NULL""",
    "appeal {id} is worked on and nothing is promised": """
        SELECT a.id FROM running_appeals a WHERE a.state NOT IN ('deferred', 'resolved')
        AND NOT EXISTS (SELECT 1 FROM running_promises p WHERE p.appeal_id = a.id)""",
    "promise {id} has passed its time in silence": """
        SELECT id FROM running_promises WHERE stopped_at IS NULL AND due_at < :at""",
    "promise {id} was moved after its time, or broken, and its owner heard nothing": """
        SELECT p.id FROM promises p JOIN appeals a ON a.id = p.appeal_id
        WHERE (p.broken_at > :before OR (p.renegotiated_at > :before AND p.renegotiated_at > p.due_at))
        AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = a.conversation_id
            AND m.direction = 'out' AND m.created_at >= p.look_at - interval '1 hour')""",
    "emergency {id} waits longer than promised and was not passed on": """
        SELECT a.id FROM running_appeals a WHERE a.severity = 'emergency' AND a.state = 'received'
        AND NOT EXISTS (SELECT 1 FROM promises p WHERE p.appeal_id = a.id AND p.kind = 'acceptance'
            AND p.made_at > :at - interval '6 minutes')
        AND NOT EXISTS (SELECT 1 FROM appeal_events e WHERE e.appeal_id = a.id
            AND e.name = 'appeal.escalated' AND e.at > :at - interval '6 minutes')""",
}

_TWICE = """
    SELECT m.id FROM messages m WHERE m.id > :last AND m.direction = 'out' AND m.author = 'bot'
    AND split_part(m.key, ':', 1) <> ALL(:answers) AND m.text <> ''
    AND EXISTS (SELECT 1 FROM messages o WHERE o.conversation_id = m.conversation_id AND o.id < m.id
        AND o.direction = 'out' AND o.text = m.text AND o.created_at > m.created_at - :within)"""


class CheckFailed(Exception):
    """Something happened that must never happen; `findings` says what, in the order of the checks."""

    def __init__(self, findings: list[str], at: datetime, after: str) -> None:
        super().__init__(f"{at:%Y-%m-%d %H:%M:%S} after {after}: {'; '.join(findings)}")
        self.findings = findings


def prepare(session: Session) -> None:
    """The questions are short where the database knows what is running."""
    for view in VIEWS:
        session.execute(text(view))


def find_wrongs(
    session: Session, *, at: datetime, before: datetime, last_message: int
) -> list[str]:
    """What is wrong now. `before` is the time of the last look, and `last_message` the newest message then."""
    findings = []
    for sentence, query in CHECKS.items():
        parameters = {n: v for n, v in (("at", at), ("before", before)) if f":{n}" in query}
        for row_id in session.scalars(text(query), parameters):
            findings.append(sentence.format(id=row_id))
    twice = session.scalars(
        text(_TWICE), {"last": last_message, "answers": list(ANSWERS), "within": SAME_WITHIN}
    )
    findings += [f"message {row_id} tells its reader the same again" for row_id in twice]
    return findings
