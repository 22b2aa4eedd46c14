"""Alarms, who saw to them, and what was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("junction_id", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("cause", sa.String(80), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float()),
        sa.Column("acknowledged_at", sa.Float()),
        sa.Column("acknowledged_by", sa.String(120)),
    )
    op.create_index("alarm_by_time", "alarm", ["since_at"])
    op.create_table(
        "alarm_action",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("alarm_id", sa.String(16), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("alarm_action_by_alarm", "alarm_action", ["alarm_id"])


def downgrade() -> None:
    op.drop_table("alarm_action")
    op.drop_table("alarm")
