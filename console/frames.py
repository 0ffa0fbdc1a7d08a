"""What every page of somebody begins with: whose log-in it is, what they may do and see, and the words for it.

An open page asks for its parts again with every news. What it begins with is kept meanwhile, and read anew as soon as the
database says that a log-in, a role, a project or a category changed: a page sees what it may see as of the latest news.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.live import Hub
from ownerdesk.bootstrap import Core
from ownerdesk.model import Project, StaffMember
from ownerdesk.queries.categories import know_categories, read_categories
from ownerdesk.queries.staff import get_staff_member, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.categories import Categories
from ownerdesk.services import second_steps
from ownerdesk.services.logins import find_session

MAX_AGE_SECONDS = 15.0  # even if the database has said nothing
MOST_KEPT = 5_000


@dataclass(frozen=True)
class Viewer:
    """Who is logged in, as the session row said when the request began."""

    staff_id: int
    session_id: int
    token: str
    name: str
    language: str
    must_change_password: bool
    must_set_up_second_step: bool


@dataclass(frozen=True)
class Frame:
    """The person with their roles, the projects they may see in order of id, and the categories in use."""

    member: StaffMember
    projects: list[Project]
    categories: Categories

    def join(self, session: Session) -> Frame:
        """The same in another transaction, without asking the database."""
        know_categories(session, self.categories)
        return Frame(
            session.merge(self.member, load=False),
            [session.merge(project, load=False) for project in self.projects],
            self.categories,
        )


def read_viewer(
    session: Session, token: str, *, at: datetime, prolong: bool
) -> tuple[Viewer, datetime] | None:
    """Who the cookie stands for, and until when; None once its session has ended."""
    found = find_session(session, token, at=at, prolong=prolong)
    if found is None:
        return None
    row, member = found
    viewer = Viewer(
        staff_id=member.id,
        session_id=row.id,
        token=token,
        name=member.name,
        language=member.language,
        must_change_password=member.must_change_password,
        must_set_up_second_step=second_steps.is_demanded_of(session, member),
    )
    return viewer, row.expires_at


def read_frame(session: Session, staff_id: int) -> Frame:
    """Raises StaffNotFound."""
    member = get_staff_member(session, staff_id)
    ids = visible_project_ids(session, member, Right.SEE_APPEALS)
    projects = session.scalars(select(Project).where(Project.id.in_(ids)).order_by(Project.id))
    return Frame(member, list(projects), read_categories(session))


@dataclass(frozen=True)
class Sight:
    """What a log-in could see when `access_id` was the latest news of access. Its rows belong to no transaction."""

    viewer: Viewer
    frame: Frame
    expires_at: datetime
    access_id: str
    read_at: float


class SharedFrames:
    """The frames of open pages, by the token of their log-in. Asked from the event loop alone."""

    def __init__(self, core: Core, hub: Hub) -> None:
        self._core = core
        self._hub = hub
        self._known: dict[str, Sight] = {}

    async def find(self, token: str) -> Sight | None:
        """What the token's person may see; None once the log-in has ended. Watching is not using: it prolongs nothing."""
        known = self._known.get(token)
        if known is not None and self._is_fresh(known):
            return known
        # Taken before reading: what changes while we read makes the reading old.
        found = await self._core.transact(self._read, token, self._hub.access_id)
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        if found is None:
            self._known.pop(token, None)
        else:
            self._known[token] = found
        return found

    def _is_fresh(self, known: Sight) -> bool:
        return (
            self._hub.listening.is_set()
            and known.access_id == self._hub.access_id
            and known.expires_at > self._core.clock()
            and time.monotonic() - known.read_at < MAX_AGE_SECONDS
        )

    def _read(self, session: Session, token: str, access_id: str) -> Sight | None:
        read_at = time.monotonic()
        found = read_viewer(session, token, at=self._core.clock(), prolong=False)
        if found is None:
            return None
        viewer, expires_at = found
        frame = read_frame(session, viewer.staff_id)
        return Sight(viewer, frame, expires_at, access_id, read_at)
