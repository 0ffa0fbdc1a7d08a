"""Categories that the company has added to those shipped."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id, Json
from ownerdesk.model.labels import CATEGORY_FORM, CATEGORY_GROUPS


class Category(Base):
    """One of the company's own. `names` maps a language to what owners and staff read, `department_code` says which
    department of each project gets it. It is never deleted: with `retired_at` it stays on old appeals alone."""

    __tablename__ = "categories"
    __table_args__ = (
        CheckConstraint(CATEGORY_FORM.format(column="code"), name="code"),
        CheckConstraint(f"category_group in {tuple(CATEGORY_GROUPS)}", name="category_group"),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    category_group: Mapped[Code]
    names: Mapped[Json]
    department_code: Mapped[Code]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
