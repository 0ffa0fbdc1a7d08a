"""The month's figures, drawn from what is stored."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

TO_OWNERS = """FROM messages m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.direction = 'out' AND c.kind = 'owner'"""

FIGURES: dict[str, str] = {
    "appeals": "SELECT count(*) FROM appeals",
    "… general, major, emergency": """SELECT concat_ws(' · ',
        count(*) FILTER (WHERE severity = 'general'), count(*) FILTER (WHERE severity = 'major'),
        count(*) FILTER (WHERE severity = 'emergency')) FROM appeals""",
    "… closed by the owner, by silence, withdrawn": """SELECT concat_ws(' · ',
        count(*) FILTER (WHERE state = 'closed' AND closed_by = 'owner'),
        count(*) FILTER (WHERE closed_by = 'silence'),
        count(*) FILTER (WHERE state = 'cancelled')) FROM appeals""",
    "… still open at the end": "SELECT count(*) FROM appeals WHERE state NOT IN ('closed', 'cancelled')",
    "… returned at least once": "SELECT count(*) FROM appeals WHERE reopened > 0",
    "minutes until accepted, median": """SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY
        extract(epoch FROM accepted_at - received_at) / 60))::numeric, 1) FROM appeals
        WHERE accepted_at IS NOT NULL AND severity <> 'emergency'""",
    "minutes until an emergency is accepted, median": """SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY
        extract(epoch FROM accepted_at - received_at) / 60))::numeric, 1) FROM appeals
        WHERE accepted_at IS NOT NULL AND severity = 'emergency'""",
    "promises kept, renegotiated, broken": """SELECT concat_ws(' · ',
        count(*) FILTER (WHERE kept_at IS NOT NULL), count(*) FILTER (WHERE renegotiated_at IS NOT NULL),
        count(*) FILTER (WHERE broken_at IS NOT NULL)) FROM promises""",
    "apologies approved, sent by themselves, dropped": """SELECT concat_ws(' · ',
        count(*) FILTER (WHERE state = 'approved'), count(*) FILTER (WHERE state = 'sent_by_itself'),
        count(*) FILTER (WHERE state = 'dropped')) FROM apologies""",
    "jobs offered, taken, declined, expired": """SELECT concat_ws(' · ', count(*),
        count(*) FILTER (WHERE accepted_at IS NOT NULL), count(*) FILTER (WHERE state = 'declined'),
        count(*) FILTER (WHERE state = 'expired')) FROM assignments""",
    "handovers asked for, accepted": """SELECT concat_ws(' · ', count(*), count(accepted_at))
        FROM handovers""",
    "warnings of neighbours, chats told": """SELECT concat_ws(' · ', count(*),
        coalesce(sum(told), 0)) FROM neighbour_warnings""",
    "return visits ended, of them it came back": """SELECT concat_ws(' · ', count(ended_at),
        count(*) FILTER (WHERE result = 'came_back')) FROM return_visits""",
    "summaries": "SELECT count(*) FROM summaries",
    "early warnings": "SELECT count(*) FROM early_warnings",
    "escalations": "SELECT count(*) FROM appeal_events WHERE name = 'appeal.escalated'",
    "incidents: faults, of them dismissed; works": """SELECT concat_ws(' · ',
        count(*) FILTER (WHERE kind = 'fault'), count(*) FILTER (WHERE state = 'dismissed'),
        count(*) FILTER (WHERE kind = 'planned')) FROM incidents""",
    "appeals in incidents": "SELECT count(*) FROM appeals WHERE incident_id IS NOT NULL",
    "stars, mean of ratings": "SELECT concat_ws(' of ', round(avg(stars), 2), count(*)) FROM ratings",
    "messages to owners": f"SELECT count(*) {TO_OWNERS}",
    "… an appeal": f"SELECT round(count(*)::numeric / greatest(1, (SELECT count(*) FROM appeals)), 1) {TO_OWNERS}",  # noqa: S608 - ours
    "… edited instead of sent anew": f"SELECT coalesce(sum(revision - 1), 0) {TO_OWNERS}",
    "messages to staff and their groups": """SELECT count(*) FROM messages m
        JOIN conversations c ON c.id = m.conversation_id WHERE m.direction = 'out' AND c.kind <> 'owner'""",
}
# By the kind of their cause; of an incident's, by what was told.
KINDS = f"""SELECT CASE split_part(m.key, ':', 1) WHEN 'incident' THEN 'incident: ' || split_part(m.key, ':', 3)
    ELSE split_part(m.key, ':', 1) END AS kind, count(*) {TO_OWNERS} GROUP BY 1 ORDER BY 2 DESC, 1"""


def draw_up(session: Session) -> list[tuple[str, str]]:
    """Name and figure, in the order they are read; at the end the messages to owners by kind."""
    figures = [(name, str(session.scalar(text(query)))) for name, query in FIGURES.items()]
    kinds = [(f"message {row.kind}", str(row.count)) for row in session.execute(text(KINDS))]
    return figures + kinds


def format_table(rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {figure}" for name, figure in rows)
