"""Clocks and calendars, apologies and remedies, dispatch and operators' chats, plans, incidents, aftercare."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

HANDOFF_REASONS = (
    "asked", "two_misses", "not_understood", "other_language", "reader_down", "unknown_person",
    "emergency", "no_answer_found", "failed", "taken",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("periods", postgresql.JSONB(), nullable=False),
        sa.Column("feed_url", sa.String(), nullable=True),
        sa.Column("feed_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feed_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_calendars_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint(
            "project_id",
            "name",
            name=op.f("uq_calendars_project_id_name"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "drills",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("started_by_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("faults", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint(
            "kind in ('fire', 'gas_leak', 'flooding', 'entrapment', 'electrical', 'medical', 'crime', 'structural', 'other')",
            name=op.f("ck_drills_kind"),
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_drills_project_id")),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["staff.id"], name=op.f("fk_drills_started_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
    )
    op.create_index(op.f("ix_drills_project_id"), "drills", ["project_id"], unique=False)
    op.create_table(
        "early_warnings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("reason", postgresql.JSONB(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feedback", sa.String(), nullable=True),
        sa.Column("feedback_by_id", sa.BigInteger(), nullable=True),
        sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "feedback in ('right', 'false_alarm')", name=op.f("ck_early_warnings_feedback")
        ),
        sa.CheckConstraint(
            "subject in ('owner', 'building', 'project')", name=op.f("ck_early_warnings_subject")
        ),
        sa.ForeignKeyConstraint(
            ["feedback_by_id"], ["staff.id"], name=op.f("fk_early_warnings_feedback_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_early_warnings_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_early_warnings")),
        sa.UniqueConstraint("key", name=op.f("uq_early_warnings_key")),
    )
    op.create_index(
        "ix_early_warnings_project_id_raised_at",
        "early_warnings",
        ["project_id", "raised_at"],
        unique=False,
    )
    op.create_index(
        "ix_early_warnings_subject", "early_warnings", ["subject", "subject_id", "cause"]
    )
    op.create_table(
        "emergency_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
        sa.Column("numbers", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("neighbours", sa.String(length=40), server_default="none", nullable=False),
        sa.CheckConstraint(
            "kind in ('fire', 'gas_leak', 'flooding', 'entrapment', 'electrical', 'medical', 'crime', 'structural', 'other')",
            name=op.f("ck_emergency_plans_kind"),
        ),
        sa.CheckConstraint(
            "neighbours in ('none', 'above_and_below', 'entrance', 'building')",
            name=op.f("ck_emergency_plans_neighbours"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_emergency_plans_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_plans")),
        sa.UniqueConstraint(
            "kind",
            "project_id",
            name=op.f("uq_emergency_plans_kind_project_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "outside_parties",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("contacts", postgresql.JSONB(), nullable=False),
        sa.Column("categories", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_outside_parties_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_parties")),
        sa.UniqueConstraint(
            "code",
            "project_id",
            name=op.f("uq_outside_parties_code_project_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "remedies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_remedies_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedies")),
        sa.UniqueConstraint(
            "code",
            "project_id",
            name=op.f("uq_remedies_code_project_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "chat_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(staff_id is null) <> (department_id is null)", name=op.f("ck_chat_codes_one")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["staff.id"], name=op.f("fk_chat_codes_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_chat_codes_department_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_chat_codes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_chat_codes_code_hash")),
    )
    op.create_index(
        op.f("ix_chat_codes_department_id"), "chat_codes", ["department_id"], unique=False
    )
    op.create_index(op.f("ix_chat_codes_staff_id"), "chat_codes", ["staff_id"], unique=False)
    op.create_table(
        "dispatch_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("severity", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "supporting_ids", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("skill", sa.String(), nullable=True),
        sa.Column("is_automatic", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "category in ('air_conditioning', 'heating', 'lighting', 'water_supply', 'drainage', 'power_supply', 'gas', 'elevator', 'doors_access', 'fire_safety', 'telecom', 'staff_conduct', 'maintenance_quality', 'security', 'parking', 'mail_delivery', 'cleaning', 'landscaping', 'noise', 'neighbours', 'pests', 'amenities', 'structure', 'property_fee', 'utility_bill', 'renovation', 'paperwork', 'home_lighting', 'home_garden', 'home_cleaning', 'home_repair', 'home_moving', 'home_care', 'other')",
            name=op.f("ck_dispatch_rules_category"),
        ),
        sa.CheckConstraint(
            "(starts is null) = (ends is null)", name=op.f("ck_dispatch_rules_times")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_dispatch_rules_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_dispatch_rules_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_rules")),
    )
    op.create_index(
        "ix_dispatch_rules_project_id_position",
        "dispatch_rules",
        ["project_id", "position"],
        unique=False,
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column("entrance", sa.String(), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("emergency_kind", sa.String(), nullable=True),
        sa.Column("titles", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("responsible_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updates", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "category in ('air_conditioning', 'heating', 'lighting', 'water_supply', 'drainage', 'power_supply', 'gas', 'elevator', 'doors_access', 'fire_safety', 'telecom', 'staff_conduct', 'maintenance_quality', 'security', 'parking', 'mail_delivery', 'cleaning', 'landscaping', 'noise', 'neighbours', 'pests', 'amenities', 'structure', 'property_fee', 'utility_bill', 'renovation', 'paperwork', 'home_lighting', 'home_garden', 'home_cleaning', 'home_repair', 'home_moving', 'home_care', 'other')",
            name=op.f("ck_incidents_category"),
        ),
        sa.CheckConstraint(
            "kind = 'fault' or (starts_at is not null and ends_at > starts_at)",
            name=op.f("ck_incidents_planned_times"),
        ),
        sa.CheckConstraint("kind in ('fault', 'planned')", name=op.f("ck_incidents_kind")),
        sa.CheckConstraint(
            "state in ('proposed', 'confirmed', 'resolved', 'closed', 'dismissed', 'cancelled')",
            name=op.f("ck_incidents_state"),
        ),
        sa.ForeignKeyConstraint(
            ["building_id"], ["buildings.id"], name=op.f("fk_incidents_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["staff.id"], name=op.f("fk_incidents_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_incidents_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["staff.id"], name=op.f("fk_incidents_responsible_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(
        "ix_incidents_building_id_category", "incidents", ["building_id", "category"], unique=False
    )
    op.create_index(
        "ix_incidents_project_id_state", "incidents", ["project_id", "state"], unique=False
    )
    op.create_table(
        "special_days",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("periods", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.CheckConstraint("source in ('staff', 'feed')", name=op.f("ck_special_days_source")),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.id"], name=op.f("fk_special_days_calendar_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_days")),
        sa.UniqueConstraint(
            "calendar_id", "day", "source", name=op.f("uq_special_days_calendar_id_day_source")
        ),
    )
    op.create_index(
        op.f("ix_special_days_calendar_id"), "special_days", ["calendar_id"], unique=False
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("nature", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("severity", sa.String(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("calendar_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "category in ('air_conditioning', 'heating', 'lighting', 'water_supply', 'drainage', 'power_supply', 'gas', 'elevator', 'doors_access', 'fire_safety', 'telecom', 'staff_conduct', 'maintenance_quality', 'security', 'parking', 'mail_delivery', 'cleaning', 'landscaping', 'noise', 'neighbours', 'pests', 'amenities', 'structure', 'property_fee', 'utility_bill', 'renovation', 'paperwork', 'home_lighting', 'home_garden', 'home_cleaning', 'home_repair', 'home_moving', 'home_care', 'other')",
            name=op.f("ck_terms_category"),
        ),
        sa.CheckConstraint(
            "kind in ('acceptance', 'arrival', 'first_answer', 'next_update', 'resolution')",
            name=op.f("ck_terms_kind"),
        ),
        sa.CheckConstraint(
            "nature in ('emergency', 'dissatisfaction', 'help_seeking', 'consultation', 'paid_service', 'other')",
            name=op.f("ck_terms_nature"),
        ),
        sa.CheckConstraint(
            "severity in ('general', 'major', 'emergency')", name=op.f("ck_terms_severity")
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_terms_minutes")),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.id"], name=op.f("fk_terms_calendar_id")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_terms_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint(
            "project_id",
            "nature",
            "category",
            "severity",
            "kind",
            name=op.f("uq_terms_project_id_nature_category_severity_kind"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_alarms_appeal_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_alarms_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sa.UniqueConstraint(
            "appeal_id", "staff_id", "round", name=op.f("uq_alarms_appeal_id_staff_id_round")
        ),
    )
    op.create_index("ix_alarms_staff_id", "alarms", ["staff_id"], unique=False)
    op.create_table(
        "appeal_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind in ('repeat', 'duplicate', 'related')", name=op.f("ck_appeal_links_kind")
        ),
        sa.CheckConstraint("appeal_id <> other_id", name=op.f("ck_appeal_links_two")),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_links_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["appeals.id"], name=op.f("fk_appeal_links_other_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appeal_links_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_links")),
        sa.UniqueConstraint(
            "appeal_id", "other_id", "kind", name=op.f("uq_appeal_links_appeal_id_other_id_kind")
        ),
    )
    op.create_index(op.f("ix_appeal_links_other_id"), "appeal_links", ["other_id"], unique=False)
    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_the_way_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("done", sa.String(), nullable=True),
        sa.Column("parts", sa.String(), nullable=True),
        sa.CheckConstraint("role in ('lead', 'support')", name=op.f("ck_assignments_role")),
        sa.CheckConstraint(
            "state in ('offered', 'accepted', 'on_the_way', 'arrived', 'done', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_assignments_state"),
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_assignments_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_assignments_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["staff.id"], name=op.f("fk_assignments_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index("ix_assignments_appeal_id", "assignments", ["appeal_id"], unique=False)
    op.create_index(
        "ix_assignments_operator_id_state", "assignments", ["operator_id", "state"], unique=False
    )
    op.create_index(
        "uq_assignments_open",
        "assignments",
        ["appeal_id", "department_id"],
        unique=True,
        postgresql_where=sa.text("state in ('offered', 'accepted', 'on_the_way', 'arrived')"),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_handovers_two")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_handovers_appeal_id")),
        sa.ForeignKeyConstraint(["from_id"], ["staff.id"], name=op.f("fk_handovers_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["staff.id"], name=op.f("fk_handovers_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index("ix_handovers_appeal_id", "handovers", ["appeal_id"], unique=False)
    op.create_index(op.f("ix_handovers_to_id"), "handovers", ["to_id"], unique=False)
    op.create_index(
        "uq_handovers_open",
        "handovers",
        ["appeal_id"],
        unique=True,
        postgresql_where=sa.text("accepted_at is null and declined_at is null"),
    )
    op.create_table(
        "incident_followers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=True),
        sa.Column("is_following", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint(
            "answer in ('solved', 'not_yet')", name=op.f("ck_incident_followers_answer")
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_incident_followers_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_incident_followers_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_followers_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_followers")),
        sa.UniqueConstraint(
            "incident_id",
            "conversation_id",
            name=op.f("uq_incident_followers_incident_id_conversation_id"),
        ),
    )
    op.create_index(
        op.f("ix_incident_followers_conversation_id"),
        "incident_followers",
        ["conversation_id"],
        unique=False,
    )
    op.create_table(
        "neighbour_warnings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("unit_ids", postgresql.JSONB(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "kind in ('fire', 'gas_leak', 'flooding', 'entrapment', 'electrical', 'medical', 'crime', 'structural', 'other')",
            name=op.f("ck_neighbour_warnings_kind"),
        ),
        sa.CheckConstraint(
            "wanted in ('none', 'above_and_below', 'entrance', 'building')",
            name=op.f("ck_neighbour_warnings_wanted"),
        ),
        sa.CheckConstraint(
            "scope in ('none', 'above_and_below', 'entrance', 'building')",
            name=op.f("ck_neighbour_warnings_scope"),
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_neighbour_warnings_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["staff.id"], name=op.f("fk_neighbour_warnings_confirmed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_neighbour_warnings")),
        sa.UniqueConstraint("appeal_id", name=op.f("uq_neighbour_warnings_appeal_id")),
    )
    op.create_table(
        "remedy_grants",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("remedy_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("granted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_remedy_grants_amount")),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_remedy_grants_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["staff.id"], name=op.f("fk_remedy_grants_granted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["remedy_id"], ["remedies.id"], name=op.f("fk_remedy_grants_remedy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy_grants")),
        sa.UniqueConstraint("key", name=op.f("uq_remedy_grants_key")),
    )
    op.create_index(
        op.f("ix_remedy_grants_appeal_id"), "remedy_grants", ["appeal_id"], unique=False
    )
    op.create_table(
        "return_visits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("closure", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_wished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "reason in ('major', 'low_rating', 'repeat')", name=op.f("ck_return_visits_reason")
        ),
        sa.CheckConstraint(
            "result in ('satisfied', 'not_satisfied', 'came_back', 'not_reached')",
            name=op.f("ck_return_visits_result"),
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_return_visits_appeal_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_return_visits_staff_id")),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["staff.id"], name=op.f("fk_return_visits_ended_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_visits")),
        sa.UniqueConstraint(
            "appeal_id", "closure", name=op.f("uq_return_visits_appeal_id_closure")
        ),
    )
    op.create_index(
        "ix_return_visits_open",
        "return_visits",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(op.f("ix_return_visits_staff_id"), "return_visits", ["staff_id"], unique=False)
    op.create_table(
        "summaries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("learnt", sa.String(), nullable=False),
        sa.Column("correction", sa.String(), nullable=False),
        sa.Column("prevention", sa.String(), nullable=False),
        sa.Column("for_owner", sa.String(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_summaries_appeal_id")),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["staff.id"], name=op.f("fk_summaries_written_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summaries")),
        sa.UniqueConstraint("appeal_id", name=op.f("uq_summaries_appeal_id")),
    )
    op.create_table(
        "apologies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("promise_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("slips", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("remedy_id", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("new_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'approved', 'sent_by_itself', 'dropped')",
            name=op.f("ck_apologies_state"),
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_apologies_appeal_id")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["staff.id"], name=op.f("fk_apologies_approved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promises.id"], name=op.f("fk_apologies_promise_id")
        ),
        sa.ForeignKeyConstraint(
            ["remedy_id"], ["remedies.id"], name=op.f("fk_apologies_remedy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apologies")),
        sa.UniqueConstraint("promise_id", name=op.f("uq_apologies_promise_id")),
    )
    op.create_index("ix_apologies_appeal_id", "apologies", ["appeal_id"], unique=False)
    op.create_index(
        "ix_apologies_draft_send_at",
        "apologies",
        ["send_at"],
        unique=False,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=True),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_notices_appeal_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notices_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("staff_id", "key", name=op.f("uq_notices_staff_id_key")),
    )
    op.create_index(op.f("ix_notices_appeal_id"), "notices", ["appeal_id"])
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["staff_id", "id"],
        postgresql_where=sa.text("read_at is null"),
    )
    op.add_column("appeals", sa.Column("building_id", sa.BigInteger(), nullable=True))
    op.add_column("appeals", sa.Column("vector", Vector(dim=512), nullable=True))
    op.add_column("appeals", sa.Column("incident_id", sa.BigInteger(), nullable=True))
    op.add_column("appeals", sa.Column("asked_owner_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_appeals_building_id_category_received_at",
        "appeals",
        ["building_id", "category", "received_at"],
        unique=False,
    )
    op.create_index("ix_appeals_project_id_received_at", "appeals", ["project_id", "received_at"])
    op.create_index("ix_appeals_building_id_received_at", "appeals", ["building_id", "received_at"])
    op.create_index(op.f("ix_appeals_incident_id"), "appeals", ["incident_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_appeals_incident_id"), "appeals", "incidents", ["incident_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_appeals_building_id"), "appeals", "buildings", ["building_id"], ["id"]
    )
    op.add_column(
        "conversations",
        sa.Column("kind", sa.String(length=40), server_default="owner", nullable=False),
    )
    op.add_column("conversations", sa.Column("staff_id", sa.BigInteger(), nullable=True))
    op.add_column("conversations", sa.Column("department_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "uq_conversations_department_id",
        "conversations",
        ["department_id"],
        unique=True,
        postgresql_where=sa.text("department_id is not null"),
    )
    op.create_index(
        "uq_conversations_staff_id",
        "conversations",
        ["staff_id"],
        unique=True,
        postgresql_where=sa.text("staff_id is not null"),
    )
    op.create_foreign_key(
        op.f("fk_conversations_department_id"),
        "conversations",
        "departments",
        ["department_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_conversations_staff_id"), "conversations", "staff", ["staff_id"], ["id"]
    )
    op.add_column("messages", sa.Column("send_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("mood", sa.String(), nullable=True))
    op.add_column("messages", sa.Column("photo_id", sa.String(), nullable=True))
    op.add_column("owners", sa.Column("quiet_from", sa.Time(), nullable=True))
    op.add_column("owners", sa.Column("quiet_until", sa.Time(), nullable=True))
    op.add_column("promises", sa.Column("incident_id", sa.BigInteger(), nullable=True))
    op.add_column("promises", sa.Column("words", sa.String(), server_default="", nullable=False))
    op.add_column("promises", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "update promises set look_at = due_at - least((due_at - made_at) / 5, interval '10 minutes')"
    )
    op.alter_column("promises", "look_at", nullable=False)
    op.add_column("promises", sa.Column("calendar_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "promises",
        sa.Column(
            "explanation", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    op.add_column("promises", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("promises", sa.Column("minutes_left", sa.BigInteger(), nullable=True))
    op.add_column("promises", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(
        op.f("ix_promises_open_due_at"),
        table_name="promises",
        postgresql_where="((kept_at IS NULL) AND (broken_at IS NULL) AND (renegotiated_at IS NULL) AND (withdrawn_at IS NULL))",
    )
    op.create_index("ix_promises_incident_id", "promises", ["incident_id"], unique=False)
    op.create_index(
        "ix_promises_broken_at",
        "promises",
        ["broken_at"],
        postgresql_where=sa.text("broken_at is not null"),
    )
    op.create_index(
        "ix_promises_open_look_at",
        "promises",
        ["look_at"],
        unique=False,
        postgresql_where=sa.text(
            "kept_at is null and broken_at is null and renegotiated_at is null and withdrawn_at is null and stopped_at is null"
        ),
    )
    op.create_foreign_key(
        op.f("fk_promises_incident_id"), "promises", "incidents", ["incident_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_promises_calendar_id"), "promises", "calendars", ["calendar_id"], ["id"]
    )
    op.add_column(
        "staff",
        sa.Column("skills", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.drop_constraint(op.f("ck_promises_kind"), "promises", type_="check")
    op.create_check_constraint(
        op.f("ck_promises_kind"),
        "promises",
        "kind in ('acceptance', 'arrival', 'first_answer', 'next_update', 'resolution')",
    )
    op.create_check_constraint(
        op.f("ck_promises_stopped"), "promises", "(stopped_at is null) = (minutes_left is null)"
    )
    op.create_check_constraint(
        op.f("ck_conversations_kind"), "conversations", "kind in ('owner', 'staff', 'department')"
    )
    op.create_check_constraint(
        op.f("ck_conversations_staff"), "conversations", "(kind = 'staff') = (staff_id is not null)"
    )
    op.create_check_constraint(
        op.f("ck_conversations_department"),
        "conversations",
        "(kind = 'department') = (department_id is not null)",
    )
    _allow_reasons((*HANDOFF_REASONS, "turned"))
    op.execute(
        "update appeals a set building_id = u.building_id from units u where u.id = a.unit_id"
    )


def _allow_reasons(reasons: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_handoffs_reason"), "handoffs", type_="check")
    op.create_check_constraint(op.f("ck_handoffs_reason"), "handoffs", f"reason in {reasons}")


def downgrade() -> None:
    """What operators and groups were told goes with their chats' new columns; owners' appeals stay."""
    op.execute("update handoffs set reason = 'asked' where reason = 'turned'")
    _allow_reasons(HANDOFF_REASONS)
    for name in ("department", "staff", "kind"):
        op.drop_constraint(op.f(f"ck_conversations_{name}"), "conversations", type_="check")
    op.drop_constraint(op.f("ck_promises_stopped"), "promises", type_="check")
    op.drop_constraint(op.f("ck_promises_kind"), "promises", type_="check")
    op.execute("delete from promises where kind not in ('acceptance', 'resolution')")
    op.create_check_constraint(
        op.f("ck_promises_kind"), "promises", "kind in ('acceptance', 'resolution')"
    )
    op.drop_column("staff", "skills")
    op.drop_constraint(op.f("fk_promises_calendar_id"), "promises", type_="foreignkey")
    op.drop_constraint(op.f("fk_promises_incident_id"), "promises", type_="foreignkey")
    op.drop_index(
        "ix_promises_open_look_at",
        table_name="promises",
        postgresql_where=sa.text(
            "kept_at is null and broken_at is null and renegotiated_at is null and withdrawn_at is null and stopped_at is null"
        ),
    )
    op.drop_index("ix_promises_broken_at", table_name="promises")
    op.drop_index("ix_promises_incident_id", table_name="promises")
    op.create_index(
        op.f("ix_promises_open_due_at"),
        "promises",
        ["due_at"],
        unique=False,
        postgresql_where="((kept_at IS NULL) AND (broken_at IS NULL) AND (renegotiated_at IS NULL) AND (withdrawn_at IS NULL))",
    )
    op.drop_column("promises", "warned_at")
    op.drop_column("promises", "minutes_left")
    op.drop_column("promises", "stopped_at")
    op.drop_column("promises", "explanation")
    op.drop_column("promises", "calendar_id")
    op.drop_column("promises", "look_at")
    op.drop_column("promises", "words")
    op.drop_column("promises", "incident_id")
    op.drop_column("owners", "quiet_until")
    op.drop_column("owners", "quiet_from")
    op.drop_column("messages", "photo_id")
    op.drop_column("messages", "mood")
    op.drop_column("messages", "send_at")
    op.drop_constraint(op.f("fk_conversations_staff_id"), "conversations", type_="foreignkey")
    op.drop_constraint(op.f("fk_conversations_department_id"), "conversations", type_="foreignkey")
    op.drop_index(
        "uq_conversations_staff_id",
        table_name="conversations",
        postgresql_where=sa.text("staff_id is not null"),
    )
    op.drop_index(
        "uq_conversations_department_id",
        table_name="conversations",
        postgresql_where=sa.text("department_id is not null"),
    )
    op.drop_column("conversations", "department_id")
    op.drop_column("conversations", "staff_id")
    op.drop_column("conversations", "kind")
    op.drop_constraint(op.f("fk_appeals_building_id"), "appeals", type_="foreignkey")
    op.drop_constraint(op.f("fk_appeals_incident_id"), "appeals", type_="foreignkey")
    op.drop_index(op.f("ix_appeals_incident_id"), table_name="appeals")
    op.drop_index("ix_appeals_building_id_category_received_at", table_name="appeals")
    op.drop_index("ix_appeals_building_id_received_at", table_name="appeals")
    op.drop_index("ix_appeals_project_id_received_at", table_name="appeals")
    op.drop_column("appeals", "asked_owner_at")
    op.drop_column("appeals", "incident_id")
    op.drop_column("appeals", "vector")
    op.drop_column("appeals", "building_id")
    op.drop_index(
        "ix_apologies_draft_send_at",
        table_name="apologies",
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.drop_index("ix_apologies_appeal_id", table_name="apologies")
    op.drop_table("notices")
    op.drop_table("apologies")
    op.drop_table("summaries")
    op.drop_index(op.f("ix_return_visits_staff_id"), table_name="return_visits")
    op.drop_index(
        "ix_return_visits_open",
        table_name="return_visits",
        postgresql_where=sa.text("ended_at is null"),
    )
    op.drop_table("return_visits")
    op.drop_index(op.f("ix_remedy_grants_appeal_id"), table_name="remedy_grants")
    op.drop_table("remedy_grants")
    op.drop_table("neighbour_warnings")
    op.drop_index(op.f("ix_incident_followers_conversation_id"), table_name="incident_followers")
    op.drop_table("incident_followers")
    op.drop_index(
        "uq_handovers_open",
        table_name="handovers",
        postgresql_where=sa.text("accepted_at is null and declined_at is null"),
    )
    op.drop_index(op.f("ix_handovers_to_id"), table_name="handovers")
    op.drop_index("ix_handovers_appeal_id", table_name="handovers")
    op.drop_table("handovers")
    op.drop_index(
        "uq_assignments_open",
        table_name="assignments",
        postgresql_where=sa.text("state in ('offered', 'accepted', 'on_the_way', 'arrived')"),
    )
    op.drop_index("ix_assignments_operator_id_state", table_name="assignments")
    op.drop_index("ix_assignments_appeal_id", table_name="assignments")
    op.drop_table("assignments")
    op.drop_index(op.f("ix_appeal_links_other_id"), table_name="appeal_links")
    op.drop_table("appeal_links")
    op.drop_index("ix_alarms_staff_id", table_name="alarms")
    op.drop_table("alarms")
    op.drop_table("terms")
    op.drop_index(op.f("ix_special_days_calendar_id"), table_name="special_days")
    op.drop_table("special_days")
    op.drop_index("ix_incidents_project_id_state", table_name="incidents")
    op.drop_index("ix_incidents_building_id_category", table_name="incidents")
    op.drop_table("incidents")
    op.drop_index("ix_dispatch_rules_project_id_position", table_name="dispatch_rules")
    op.drop_table("dispatch_rules")
    op.drop_index(op.f("ix_chat_codes_staff_id"), table_name="chat_codes")
    op.drop_index(op.f("ix_chat_codes_department_id"), table_name="chat_codes")
    op.drop_table("chat_codes")
    op.drop_table("remedies")
    op.drop_table("outside_parties")
    op.drop_table("emergency_plans")
    op.drop_index("ix_early_warnings_subject", table_name="early_warnings")
    op.drop_index("ix_early_warnings_project_id_raised_at", table_name="early_warnings")
    op.drop_table("early_warnings")
    op.drop_index(op.f("ix_drills_project_id"), table_name="drills")
    op.drop_table("drills")
    op.drop_table("calendars")
