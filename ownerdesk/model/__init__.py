"""Tables. Importing this package imports them all, so that the metadata is whole."""

from ownerdesk.model.accounts import (
    AccountLink,
    LoginFailure,
    RecoveryCode,
    SecondStep,
    SecondStepRole,
    StaffSession,
)
from ownerdesk.model.aftercare import EarlyWarning, ReturnVisit, Summary
from ownerdesk.model.alarm_mutes import AlarmMute
from ownerdesk.model.appeals import Appeal, AppealEvent, AppealLink, Rating
from ownerdesk.model.audit import AuditEntry
from ownerdesk.model.base import Base
from ownerdesk.model.bot_texts import BotTextSet
from ownerdesk.model.bulk_actions import BulkAction
from ownerdesk.model.calendars import Calendar, SpecialDay
from ownerdesk.model.canned_replies import CannedReply
from ownerdesk.model.categories import Category
from ownerdesk.model.conversations import Attachment, Conversation, InboxUpdate, Message
from ownerdesk.model.corrections import Correction
from ownerdesk.model.data_checks import DataCheck
from ownerdesk.model.deep_vectors import DeepVector
from ownerdesk.model.dispatch import (
    Assignment,
    ChatCode,
    DispatchRule,
    Handover,
    OutsideParty,
)
from ownerdesk.model.emergencies import Alarm, Drill, EmergencyPlan, NeighbourWarning
from ownerdesk.model.emergency_phrases import EmergencyPhraseSet
from ownerdesk.model.examples import Example
from ownerdesk.model.guides import Guide, GuideTick
from ownerdesk.model.handoffs import Handoff, Transfer
from ownerdesk.model.heartbeats import Heartbeat
from ownerdesk.model.held_actions import HeldAction
from ownerdesk.model.imports import ImportRow, OwnerImport
from ownerdesk.model.improvement_plans import ImprovementPlan
from ownerdesk.model.incidents import Incident, IncidentFollower
from ownerdesk.model.knowledge import Article, EmergencyInstruction, ServiceItem
from ownerdesk.model.label_items import LabelItem, LabelVote
from ownerdesk.model.notices import Notice
from ownerdesk.model.owners import Invite, Owner, Residency
from ownerdesk.model.projects import Building, Project, Unit
from ownerdesk.model.promises import Apology, Promise, Remedy, RemedyGrant, Term
from ownerdesk.model.saved_views import SavedView
from ownerdesk.model.search import AppealWords
from ownerdesk.model.staff import (
    Department,
    DutyException,
    DutyShift,
    StaffMember,
    StaffRole,
)
from ownerdesk.model.trainings import ModelSwitch, NluModel, ShadowReading, ShadowRun, Training
from ownerdesk.model.uploads import Upload
from ownerdesk.model.versions import Version

__all__ = [
    "AccountLink",
    "Alarm",
    "AlarmMute",
    "Apology",
    "Appeal",
    "AppealEvent",
    "AppealLink",
    "AppealWords",
    "Article",
    "Assignment",
    "Attachment",
    "AuditEntry",
    "Base",
    "BotTextSet",
    "Building",
    "BulkAction",
    "Calendar",
    "CannedReply",
    "Category",
    "ChatCode",
    "Conversation",
    "Correction",
    "DataCheck",
    "DeepVector",
    "Department",
    "DispatchRule",
    "Drill",
    "DutyException",
    "DutyShift",
    "EarlyWarning",
    "EmergencyInstruction",
    "EmergencyPhraseSet",
    "EmergencyPlan",
    "Example",
    "Guide",
    "GuideTick",
    "Handoff",
    "Handover",
    "Heartbeat",
    "HeldAction",
    "ImportRow",
    "ImprovementPlan",
    "InboxUpdate",
    "Incident",
    "IncidentFollower",
    "Invite",
    "LabelItem",
    "LabelVote",
    "LoginFailure",
    "Message",
    "ModelSwitch",
    "NeighbourWarning",
    "NluModel",
    "Notice",
    "OutsideParty",
    "Owner",
    "OwnerImport",
    "Project",
    "Promise",
    "Rating",
    "RecoveryCode",
    "Remedy",
    "RemedyGrant",
    "Residency",
    "ReturnVisit",
    "SavedView",
    "SecondStep",
    "SecondStepRole",
    "ServiceItem",
    "ShadowReading",
    "ShadowRun",
    "SpecialDay",
    "StaffMember",
    "StaffRole",
    "StaffSession",
    "Summary",
    "Term",
    "Training",
    "Transfer",
    "Unit",
    "Upload",
    "Version",
]
