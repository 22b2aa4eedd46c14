"""The tables as they were before there were migrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("before_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("name", sa.String(10), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "count_record",
        sa.Column("camera_id", sa.String(80), primary_key=True),
        sa.Column("boot_id", sa.String(80), primary_key=True),
        sa.Column("n", sa.BigInteger(), primary_key=True),
        sa.Column("junction_id", sa.String(80), nullable=False),
        sa.Column("end_at", sa.Float(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("count_record_by_junction", "count_record", ["junction_id", "end_at"])
    op.create_table(
        "device_key",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("junction_id", sa.String(80), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("key_sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("ends_at", sa.Float()),
    )
    op.create_table(
        "line_count",
        sa.Column("camera_id", sa.String(80), primary_key=True),
        sa.Column("boot_id", sa.String(80), primary_key=True),
        sa.Column("n", sa.BigInteger(), primary_key=True),
        sa.Column("line", sa.String(80), primary_key=True),
        sa.Column("direction", sa.String(1), primary_key=True),
        sa.Column("vehicle_class", sa.String(20), primary_key=True),
        sa.Column("junction_id", sa.String(80), nullable=False),
        sa.Column("end_at", sa.Float(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("line_count_by_junction", "line_count", ["junction_id", "end_at"])
    op.create_table(
        "mode_change",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("junction_id", sa.String(80), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("cause", sa.String(30), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("mode_change_by_junction", "mode_change", ["junction_id", "at"])
    op.create_table(
        "override",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("junction_id", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("stage_id", sa.String(80)),
        sa.Column("plan_id", sa.String(80)),
        sa.Column("from_at", sa.Float(), nullable=False),
        sa.Column("until_at", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_table(
        "seq_block",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("reserved_until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "status_report",
        sa.Column("junction_id", sa.String(80), primary_key=True),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "user_account",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "user_session",
        sa.Column("token_sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("user_name", sa.String(80), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=False),
    )


def downgrade() -> None:
    for table in (
        "user_session",
        "user_account",
        "status_report",
        "seq_block",
        "override",
        "mode_change",
        "line_count",
        "device_key",
        "count_record",
        "audit_head",
        "audit",
    ):
        op.drop_table(table)
