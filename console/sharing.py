"""What many open pages ask for at the same time is read and drawn once.

News make every page that shows a list fetch it again. What calls in a project is the same for all its people, and so is
the row of an appeal in one language: a crowd costs little more than one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, StaffMember
from ownerdesk.queries.calls import Calls, CallsByProject, pick_calls, read_all_calls
from ownerdesk.queries.work_list import list_versions, load_appeals

MAX_AGE_SECONDS = 1.0  # what falls due is counted without any news
MOST_ROWS = 20_000


class SharedCalls:
    """What calls in all projects as of the latest news of them. For pages that follow news, not for the answer to one's own
    press: that must show what was done though its news are still on the way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: CallsByProject = {}
        self._news_id = ""
        self._read_at = 0.0

    def read(self, session: Session, member: StaffMember, *, at: datetime, news_id: str) -> Calls:
        """Like `read_calls`; who asks while another reads waits for that reading."""
        with self._lock:
            is_old = time.monotonic() - self._read_at > MAX_AGE_SECONDS
            if news_id != self._news_id or is_old:
                self._calls = read_all_calls(session, at=at)
                self._news_id, self._read_at = news_id, time.monotonic()
            known = self._calls
        return pick_calls(session, known, member)


RowKey = tuple[int, int, str, bool, int]


class SharedRows:
    """Rows of the work list as they were drawn: of one version of an appeal, in one language, in one minute."""

    def __init__(self) -> None:
        self._drawn: dict[RowKey, Markup] = {}

    def draw(
        self,
        session: Session,
        member: StaffMember,
        ids: Sequence[int],
        draw: Callable[[Appeal], Markup],
        *,
        language: str,
        has_many_projects: bool,
        at: datetime,
    ) -> list[Markup]:
        """In the order of the ids, of those that the member may see. What was drawn before is not read again."""
        minute = int(at.timestamp() // 60)
        versions = list_versions(session, member, ids)
        keys: list[RowKey] = [
            (i, versions[i], language, has_many_projects, minute) for i in ids if i in versions
        ]
        if len(self._drawn) > MOST_ROWS:
            self._drawn = {}
        drawn = self._drawn  # another thread may begin a new one; this one stays whole for us
        missing = [key for key in keys if key not in drawn]
        appeals = {a.id: a for a in load_appeals(session, [key[0] for key in missing])}
        for key in missing:
            drawn[key] = draw(appeals[key[0]])
        return [drawn[key] for key in keys]
