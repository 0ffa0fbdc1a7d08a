"""What owners are answered from: knowledge articles, the catalogue of paid services, emergency instructions."""

from __future__ import annotations

from typing import Any

from pgvector.sqlalchemy import Vector
from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id, Json

VECTOR_SIZE = 512


class Article(Base):
    """One knowledge article in one language. `words` is the text cut for full-text search by
    `rules.search`, `vector` the sentence vector of its title and keywords."""

    __tablename__ = "articles"
    __table_args__ = (
        UniqueConstraint("slug", "language", "project_id", postgresql_nulls_not_distinct=True),
        Index("ix_articles_words", "words", postgresql_using="gin"),
    )

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    slug: Mapped[Code]
    language: Mapped[Code]
    category: Mapped[Code]
    title: Mapped[str]
    body: Mapped[str]
    keywords: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    words: Mapped[Any] = mapped_column(TSVECTOR)
    vector: Mapped[Any] = mapped_column(Vector(VECTOR_SIZE))
    is_published: Mapped[bool] = mapped_column(server_default=text("true"))


class ServiceItem(Base):
    """A paid service with its price, offered before any work starts (S14). `slots` says in words when it can be had,
    `terms` on which conditions, both by language."""

    __tablename__ = "service_items"
    __table_args__ = (UniqueConstraint("code", "project_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    code: Mapped[Code]
    category: Mapped[Code]
    department_code: Mapped[Code]
    names: Mapped[Json]
    descriptions: Mapped[Json]
    keywords: Mapped[Json]
    slots: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    terms: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    price: Mapped[float] = mapped_column(Numeric(10, 2))
    currency: Mapped[Code]
    price_unit: Mapped[Code]
    duration_minutes: Mapped[int]
    is_offered: Mapped[bool] = mapped_column(server_default=text("true"))


class EmergencyInstruction(Base):
    """What an owner must do now, per kind of emergency and language (S12)."""

    __tablename__ = "emergency_instructions"
    __table_args__ = (
        UniqueConstraint("kind", "language", "project_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[Code]
    language: Mapped[Code]
    body: Mapped[str]
