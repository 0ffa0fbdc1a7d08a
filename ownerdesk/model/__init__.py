"""Tables. Importing this package imports them all, so that the metadata is whole."""

from ownerdesk.model.appeals import Appeal, AppealEvent, Promise, Rating
from ownerdesk.model.audit import AuditEntry
from ownerdesk.model.base import Base
from ownerdesk.model.conversations import Attachment, Conversation, InboxUpdate, Message
from ownerdesk.model.deep_vectors import DeepVector
from ownerdesk.model.handoffs import Handoff
from ownerdesk.model.heartbeats import Heartbeat
from ownerdesk.model.knowledge import Article, EmergencyInstruction, ServiceItem
from ownerdesk.model.owners import Invite, Owner, Residency
from ownerdesk.model.projects import Building, Project, Unit
from ownerdesk.model.staff import (
    Department,
    DutyShift,
    LoginFailure,
    StaffMember,
    StaffRole,
    StaffSession,
)

__all__ = [
    "Appeal",
    "AppealEvent",
    "Article",
    "Attachment",
    "AuditEntry",
    "Base",
    "Building",
    "Conversation",
    "DeepVector",
    "Department",
    "DutyShift",
    "EmergencyInstruction",
    "Handoff",
    "Heartbeat",
    "InboxUpdate",
    "Invite",
    "LoginFailure",
    "Message",
    "Owner",
    "Project",
    "Promise",
    "Rating",
    "Residency",
    "ServiceItem",
    "StaffMember",
    "StaffRole",
    "StaffSession",
    "Unit",
]
