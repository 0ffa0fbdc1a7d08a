"""The database itself says when somebody's log-in, roles or what every page shows of them changed, whoever changed it."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

FUNCTION = """
create function tell_of_access() returns trigger language plpgsql as $$
begin
    perform pg_notify('ownerdesk_live', '[{"topic": "access"}]');
    return null;
end
$$
"""
# When somebody was last seen, and the numbers of new appeals, change all the time and concern nobody's access.
WHEN = {
    "staff": "update of name, language, must_change_password, is_active, skills, theme, uses_keys or delete",
    "staff_roles": "insert or update or delete",
    "staff_sessions": "update of awaits_code or delete",
    "second_steps": "insert or update of confirmed_at or delete",
    "second_step_roles": "insert or update or delete",
    "projects": "insert or update of code, name, timezone, language, phone, emergency_number, settings, is_active or delete",
    "categories": "insert or update or delete",
}


def upgrade() -> None:
    op.execute(FUNCTION)
    for table, what in WHEN.items():
        op.execute(
            f"create trigger tell_of_access after {what} on {table} "
            "for each statement execute function tell_of_access()"
        )


def downgrade() -> None:
    for table in WHEN:
        op.execute(f"drop trigger tell_of_access on {table}")
    op.execute("drop function tell_of_access()")
