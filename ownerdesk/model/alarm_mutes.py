"""Emergencies whose sound somebody switched off for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base


class AlarmMute(Base):
    """One person hears one emergency no more until then; banner and title go on, and a new emergency sounds."""

    __tablename__ = "alarm_mutes"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), primary_key=True, index=True)
    until: Mapped[datetime]
