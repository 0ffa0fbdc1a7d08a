"""Tables. Importing this package imports them all, so that the metadata is whole."""

from ownerdesk.model.aftercare import EarlyWarning, ReturnVisit, Summary
from ownerdesk.model.appeals import Appeal, AppealEvent, AppealLink, Rating
from ownerdesk.model.audit import AuditEntry
from ownerdesk.model.base import Base
from ownerdesk.model.calendars import Calendar, SpecialDay
from ownerdesk.model.conversations import Attachment, Conversation, InboxUpdate, Message
from ownerdesk.model.deep_vectors import DeepVector
from ownerdesk.model.dispatch import (
    Assignment,
    ChatCode,
    DispatchRule,
    Handover,
    OutsideParty,
)
from ownerdesk.model.emergencies import Alarm, Drill, EmergencyPlan, NeighbourWarning
from ownerdesk.model.handoffs import Handoff
from ownerdesk.model.heartbeats import Heartbeat
from ownerdesk.model.incidents import Incident, IncidentFollower
from ownerdesk.model.knowledge import Article, EmergencyInstruction, ServiceItem
from ownerdesk.model.notices import Notice
from ownerdesk.model.owners import Invite, Owner, Residency
from ownerdesk.model.projects import Building, Project, Unit
from ownerdesk.model.promises import Apology, Promise, Remedy, RemedyGrant, Term
from ownerdesk.model.staff import (
    Department,
    DutyShift,
    LoginFailure,
    StaffMember,
    StaffRole,
    StaffSession,
)

__all__ = [
    "Alarm",
    "Apology",
    "Appeal",
    "AppealEvent",
    "AppealLink",
    "Article",
    "Assignment",
    "Attachment",
    "AuditEntry",
    "Base",
    "Building",
    "Calendar",
    "ChatCode",
    "Conversation",
    "DeepVector",
    "Department",
    "DispatchRule",
    "Drill",
    "DutyShift",
    "EarlyWarning",
    "EmergencyInstruction",
    "EmergencyPlan",
    "Handoff",
    "Handover",
    "Heartbeat",
    "InboxUpdate",
    "Incident",
    "IncidentFollower",
    "Invite",
    "LoginFailure",
    "Message",
    "NeighbourWarning",
    "Notice",
    "OutsideParty",
    "Owner",
    "Project",
    "Promise",
    "Rating",
    "Remedy",
    "RemedyGrant",
    "Residency",
    "ReturnVisit",
    "ServiceItem",
    "SpecialDay",
    "StaffMember",
    "StaffRole",
    "StaffSession",
    "Summary",
    "Term",
    "Unit",
]
