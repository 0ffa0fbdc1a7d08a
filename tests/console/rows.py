"""One row of everything that an address of the console can name, for tests that walk all addresses.

A new route whose address names a new kind of row gets one here; both walks (`test_every_route.py` and
`tests/browser/test_accessibility.py`) fill addresses from it.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Article,
    Attachment,
    BulkAction,
    Calendar,
    CannedReply,
    Category,
    Conversation,
    DispatchRule,
    EarlyWarning,
    Guide,
    ImprovementPlan,
    Incident,
    NeighbourWarning,
    NluModel,
    Notice,
    OutsideParty,
    OwnerImport,
    Remedy,
    Residency,
    ReturnVisit,
    SavedView,
    ServiceItem,
    ShadowRun,
    StaffMember,
    Term,
    Training,
)
from ownerdesk.model.knowledge import VECTOR_SIZE
from ownerdesk.rules.model_reports import readings_of, report_on
from ownerdesk.services.accounts import invite_staff
from ownerdesk.services.content import index_article
from ownerdesk.services.handoffs import request_handoff
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_appeal,
    make_example,
    make_label_item,
    make_message,
    make_staff,
)
from tests.make_models import make_sets, write_model

PHOTO = "photo.jpg"
ABSENT = "999999"


def make_rows(session: Session, cast: Cast, *, admin: StaffMember, files: Path) -> dict[str, str]:
    """What the names in the addresses stand for in the project of the cast."""
    project = cast.project
    appeal = make_appeal(session, cast, at=NOON - timedelta(hours=2))
    emergency = make_appeal(session, cast, nature="emergency", at=NOON - timedelta(minutes=3))
    emergency.kind = "flooding"
    conversation = session.get_one(Conversation, cast.conversation.id)
    request_handoff(session, conversation, reason="asked", at=NOON)
    message = make_message(session, conversation, "", kind="photo", at=NOON)
    files.mkdir(parents=True, exist_ok=True)
    (files / PHOTO).write_bytes(b"jpeg")
    item = make_label_item(session, cast)
    example = make_example(session, cast, item_id=item.id)
    guest = make_staff(session, project, f"Guest {project.code}", "agent")
    rows: dict[str, Any] = {
        "file": Attachment(message_id=message.id, kind="photo", state="stored", path=PHOTO),
        "incident": Incident(
            project_id=project.id, building_id=cast.unit.building_id, kind="fault",
            category="lighting", state="proposed", proposed_at=NOON,
        ),
        "visit": ReturnVisit(
            appeal_id=appeal.id, reason="major", from_at=NOON - timedelta(days=1),
            due_at=NOON + timedelta(days=1),
        ),
        "warning": EarlyWarning(
            project_id=project.id, subject="project", subject_id=project.id,
            cause="broken_promises", reason={"promises": 3, "days": 7},
            key=f"broken_promises:{project.id}", raised_at=NOON,
        ),
        "neighbours": NeighbourWarning(
            appeal_id=emergency.id, kind="flooding", wanted="entrance", scope="entrance",
            unit_ids=[cast.unit.id], proposed_at=NOON,
        ),
        "rule": DispatchRule(project_id=project.id, department_id=cast.maintenance.id, position=1),
        "party": OutsideParty(
            project_id=project.id, code="power", names={"en": "Power"}, contacts={"en": "080"},
        ),
        "reply": CannedReply(
            project_id=project.id, shortcut="mine", names={"en": "Mine"}, bodies={"en": "Mine."},
        ),
        "article": Article(
            project_id=project.id, slug="mine", language="en", category="other", title="Mine",
            body="Mine.", keywords=[],
        ),
        "service": ServiceItem(
            project_id=project.id, code="mine", category="other", department_code="other",
            names={"en": "Mine"}, descriptions={"en": "Mine."}, keywords={}, price=1,
            currency="EUR", price_unit="visit", duration_minutes=30,
        ),
        "guide": Guide(project_id=project.id, category="other", steps={"en": ["Look"]}),
        "remedy": Remedy(
            project_id=project.id, code="mine", names={"en": "Mine"}, unit="times", limits={},
        ),
        "calendar": Calendar(project_id=project.id, name="Office", periods=[[]] * 7),
        "plan": ImprovementPlan(
            project_id=project.id, cause="Old lamps", plan="New lamps", staff_id=guest.id,
            due_on=NOON.date(), made_at=NOON, made_by_id=admin.id,
        ),
        "category": Category(
            code=f"mine_{project.code.lower()}", category_group="community", names={"en": "Mine"},
            department_code=cast.maintenance.code, added_by_id=admin.id, added_at=NOON,
        ),
        "notice": Notice(
            staff_id=admin.id, topic="account.locked", words="Look.", key=f"k{project.id}", at=NOON
        ),
        "view": SavedView(staff_id=admin.id, name=f"Mine {project.code}", query={"tab": "mine"}, made_at=NOON),
        "bulk": BulkAction(
            staff_id=admin.id, action="note", outcomes=[], key=f"b{project.id}", done_at=NOON
        ),
        "import": OwnerImport(
            staff_id=admin.id, state="checked", file_name="owners.csv", created_at=NOON,
            checked_at=NOON, counts={},
        ),
        "term": Term(project_id=project.id, kind="resolution", minutes=30),
        "training": Training(
            started_by_id=admin.id, requested_at=NOON, ended_at=NOON, state="failed", stage="training",
            error="the data set: few greet (1)", log="Starting to train",
        ),
        "model": _make_model(project.id, files.parent / "models"),
    }  # fmt: skip
    index_article(rows["article"], lambda _: [1.0] + [0.0] * (VECTOR_SIZE - 1))
    session.add_all(rows.values())
    session.flush()
    rows["shadow"] = ShadowRun(
        model_id=rows["model"].id, started_by_id=admin.id, started_at=NOON, until=NOON + LATER, ended_at=NOON
    )  # fmt: skip
    session.add(rows["shadow"])
    session.flush()
    return {
        **{name: str(row.id) for name, row in rows.items()},
        "item": str(item.id),
        "example": str(example.id),
        "appeal": str(appeal.id),
        "emergency": str(emergency.id),
        "building": str(cast.unit.building_id),
        "unit": str(cast.unit.id),
        "owner": str(cast.alma.id),
        "tie": str(
            session.scalars(select(Residency.id).where(Residency.owner_id == cast.alma.id)).one()
        ),
        "conversation": str(cast.conversation.id),
        "department": str(cast.maintenance.id),
        "project": str(project.id),
        "member": str(guest.id),
        "link": invite_staff(session, guest, admin, NOON + LATER),
    }


def _make_model(number: int, folder: Path) -> NluModel:
    """A candidate with its file, made on another version: it is shown, measured and thrown away like any."""
    judged = make_sets(missed=1)
    folder.mkdir(parents=True, exist_ok=True)
    path = write_model(folder / f"other+{number}.tar.gz")
    return NluModel(
        file=path.name, size=path.stat().st_size, base="other", made_at=NOON, state="candidate",
        data={"hash": "abc", "base_examples": 9, "own_examples": 1}, report=report_on(judged),
        reads_as=readings_of(judged),
    )  # fmt: skip
