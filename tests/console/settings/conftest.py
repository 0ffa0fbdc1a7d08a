"""Those who set things up: an admin of everything, and who runs the test project."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, StaffMember
from tests.console.conftest import Site, give_passwords
from tests.make import make_staff


@pytest.fixture
def root(site: Site) -> StaffMember:
    member = site.core.transact_now(make_staff, None, "Root", "admin")
    site.core.transact_now(give_passwords)
    return member


@pytest.fixture
def petra(site: Site) -> StaffMember:
    """Project manager of the test project."""
    member = site.core.transact_now(make_staff, site.cast.project, "Petra T", "project_manager")
    site.core.transact_now(give_passwords)
    return member


def list_audit(site: Site, action: str) -> list[AuditEntry]:
    def read(session: Session) -> list[AuditEntry]:
        rows = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return list(session.scalars(rows))

    return site.core.transact_now(read)


@pytest.fixture
def pia(site: Site) -> StaffMember:
    member = site.core.transact_now(make_staff, site.cast.project, "Pia T", "project_manager")
    site.core.transact_now(give_passwords)
    return member


@pytest.fixture
def ada(site: Site) -> StaffMember:
    member = site.core.transact_now(make_staff, None, "Ada T", "admin")
    site.core.transact_now(give_passwords)
    return member


def changes(site: Site, subject: str) -> list[AuditEntry]:
    """What the audit log has of a subject, in order."""

    def read(session: Session) -> list[AuditEntry]:
        query = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
        return list(session.scalars(query))

    return site.core.transact_now(read)


def seen_in(page: str) -> str:
    """The draft as a page shows it, which stands in the form that puts it into service."""
    found = re.search(r'name="seen" value="(\d+\.\d+)"', page)
    assert found is not None, "no draft on the page"
    return found[1]
