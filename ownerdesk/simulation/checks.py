"""What must never be so, asked after every event. Each finding is a sentence with ids."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

# Answers to something an owner did, and cards, may repeat themselves; what is pushed may not. A notice in a chat is the
# one in the console, which is asked about there; somebody who is sent anew and fails again is news.
ANSWERS = (
    "card", "reply", "press", "joined", "status", "appeals", "solved?", "stars?", "rated", "incident.solved",
    "handoff", "answer", "where", "alarmed", "instructions", "staff", "second", "edited", "danger?",
    "nodanger", "notice",
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
    "promise {id} was moved or broken, and its owner heard nothing then": """
        SELECT p.id FROM promises p JOIN appeals a ON a.id = p.appeal_id
        WHERE (p.broken_at > :before OR p.renegotiated_at > :before)
        AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = a.conversation_id
            AND m.direction = 'out'
            AND m.created_at >= coalesce(p.renegotiated_at, p.due_at - interval '1 hour'))""",
    "promise {id} was moved or broken only after its time": """
        SELECT id FROM promises WHERE kind <> 'acceptance' AND stopped_at IS NULL
        AND (broken_at > :before OR (renegotiated_at > :before AND renegotiated_at > due_at))""",
    "apology {id} went out after the promise it is for, or before anybody was warned": """
        SELECT y.id FROM apologies y JOIN promises p ON p.id = y.promise_id
        WHERE y.ended_at > :before AND y.state <> 'dropped'
        AND (y.ended_at > p.due_at OR p.warned_at IS NULL
            OR (y.send_at > y.drafted_at AND NOT EXISTS (SELECT 1 FROM notices n
                WHERE n.appeal_id = y.appeal_id AND n.topic = 'promise.warning')))""",
    "apology {id} hangs": "SELECT id FROM apologies WHERE state = 'draft' AND send_at < :at",
    "the offer of job {id} hangs": """
        SELECT id FROM assignments WHERE state = 'offered' AND (respond_by < :at OR respond_by IS NULL)""",
    "job {id} is out, and its appeal is over or put off": """
        SELECT j.id FROM assignments j JOIN appeals a ON a.id = j.appeal_id
        WHERE j.state IN ('offered', 'accepted', 'on_the_way', 'arrived')
        AND a.state IN ('deferred', 'resolved', 'closed', 'cancelled')""",
    "appeal {id} was sent, nobody has the job, and nobody was told": """
        SELECT a.id FROM running_appeals a WHERE a.state = 'dispatched' AND a.operator_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM assignments j WHERE j.appeal_id = a.id AND j.role = 'lead'
            AND j.state IN ('offered', 'accepted', 'on_the_way', 'arrived', 'done'))
        AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.appeal_id = a.id AND n.topic = 'job.unclaimed')""",
    "handover {id} hangs": """
        SELECT id FROM handovers WHERE accepted_at IS NULL AND declined_at IS NULL AND respond_by < :at""",
    "handoff {id} hangs": """
        SELECT id FROM handoffs WHERE accepted_at IS NULL AND returned_at IS NULL AND due_at < :at""",
    "return visit {id} is overdue, and nobody was told": """
        SELECT v.id FROM return_visits v WHERE v.ended_at IS NULL AND v.due_at < :at
        AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.appeal_id = v.appeal_id
            AND n.topic = 'visit.overdue')""",
    "emergency {id} waits longer than promised and was not passed on": """
        SELECT a.id FROM running_appeals a WHERE a.severity = 'emergency' AND a.state = 'received'
        AND NOT EXISTS (SELECT 1 FROM promises p WHERE p.appeal_id = a.id AND p.kind = 'acceptance'
            AND p.made_at > :at - interval '6 minutes')
        AND NOT EXISTS (SELECT 1 FROM appeal_events e WHERE e.appeal_id = a.id
            AND e.name = 'appeal.escalated' AND e.at > :at - interval '6 minutes')""",
    "message {id} tells its reader the same again": """
    SELECT m.id FROM messages m WHERE m.id > :last_message AND m.direction = 'out' AND m.author = 'bot'
    AND split_part(m.key, ':', 1) <> ALL(:answers) AND m.text <> ''
    AND EXISTS (SELECT 1 FROM messages o WHERE o.conversation_id = m.conversation_id AND o.id < m.id
        AND o.direction = 'out' AND o.text = m.text AND o.created_at > m.created_at - :within)""",
    "notice {id} tells its reader the same again": """
    SELECT n.id FROM notices n WHERE n.id > :last_notice AND EXISTS (SELECT 1 FROM notices o
        WHERE o.staff_id = n.staff_id AND o.id < n.id AND o.words = n.words AND o.at > n.at - :within
        AND NOT (n.topic = 'job.unclaimed' AND EXISTS (SELECT 1 FROM appeal_events e
            WHERE e.appeal_id = n.appeal_id AND e.name = 'appeal.dispatched' AND e.at > o.at)))""",
}

# All of them in one question: they are asked after every event.
_NUMBERED = (
    f"SELECT {number} AS number, id FROM ({query}) AS found{number}"  # noqa: S608 - ours
    for number, query in enumerate(CHECKS.values())
)
_ALL = " UNION ALL ".join(_NUMBERED)

# Asked after every event, in a month of many: what the tables have no index for.
INDEXES = (
    "CREATE INDEX IF NOT EXISTS ix_simulation_broken ON promises (broken_at)",
    "CREATE INDEX IF NOT EXISTS ix_simulation_moved ON promises (renegotiated_at)",
    "CREATE INDEX IF NOT EXISTS ix_simulation_apologies ON apologies (ended_at)",
    "CREATE INDEX IF NOT EXISTS ix_simulation_drafts ON apologies (send_at) WHERE state = 'draft'",
    """CREATE INDEX IF NOT EXISTS ix_simulation_jobs ON assignments (appeal_id)
       WHERE state IN ('offered', 'accepted', 'on_the_way', 'arrived')""",
    """CREATE INDEX IF NOT EXISTS ix_simulation_open ON appeals (id)
       WHERE state NOT IN ('closed', 'cancelled')""",
    """CREATE INDEX IF NOT EXISTS ix_simulation_look ON promises (look_at) WHERE kept_at IS NULL
       AND broken_at IS NULL AND renegotiated_at IS NULL AND withdrawn_at IS NULL""",
    """CREATE INDEX IF NOT EXISTS ix_simulation_waiting ON handoffs (due_at)
       WHERE accepted_at IS NULL AND returned_at IS NULL""",
)


class CheckFailed(Exception):
    """Something happened that must never happen; `findings` says what, in the order of the checks."""

    def __init__(self, findings: list[str], at: datetime, after: str) -> None:
        super().__init__(f"{at:%Y-%m-%d %H:%M:%S} after {after}: {'; '.join(findings)}")
        self.findings = findings


def prepare(session: Session) -> None:
    """The questions are short where the database knows what is running."""
    for statement in (*VIEWS, *INDEXES):
        session.execute(text(statement))


def find_wrongs(
    session: Session, *, at: datetime, before: datetime, last_message: int, last_notice: int
) -> list[str]:
    """What is wrong now. `before` is the time of the last look, `last_message` and `last_notice` the newest then."""
    rows = session.execute(
        text(_ALL),
        {
            "at": at, "before": before, "last_message": last_message, "last_notice": last_notice,
            "answers": list(ANSWERS), "within": SAME_WITHIN,
        },
    )  # fmt: skip
    sentences = list(CHECKS)
    return [sentences[row.number].format(id=row.id) for row in sorted(rows, key=tuple)]
