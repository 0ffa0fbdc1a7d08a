"""Projects (residential complexes), their buildings and units. What is switched off (`is_active` false) is nobody's home
any more and gets nothing new; its history stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json


class Project(Base):
    """One residential complex. `settings` holds what a project may change of the defaults in `rules.policy`."""

    __tablename__ = "projects"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str]
    language: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default="")
    emergency_number: Mapped[str] = mapped_column(server_default="112")
    next_appeal_number: Mapped[int] = mapped_column(server_default="1001")
    settings: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    buildings: Mapped[list[Building]] = relationship(back_populates="project")


class Building(Base):
    """A building of a project."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    name: Mapped[str]
    address: Mapped[str] = mapped_column(server_default="")
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

    project: Mapped[Project] = relationship(back_populates="buildings")
    units: Mapped[list[Unit]] = relationship(back_populates="building")


class Unit(Base):
    """A flat, a parking place or a store room."""

    __tablename__ = "units"
    __table_args__ = (
        UniqueConstraint("building_id", "kind", "entrance", "number"),
        CheckConstraint("kind in ('flat', 'parking', 'storage')", name="kind"),
    )

    id: Mapped[Id]
    building_id: Mapped[int] = mapped_column(ForeignKey("buildings.id"), index=True)
    kind: Mapped[str] = mapped_column(server_default="flat")
    entrance: Mapped[str] = mapped_column(server_default="")
    floor: Mapped[int | None]
    number: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

    building: Mapped[Building] = relationship(back_populates="units")
