"""High-resolution events of field controllers, in the batches that they came in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "event_batch",
        sa.Column("junction_id", sa.String(80), primary_key=True),
        sa.Column("boot_id", sa.String(80), primary_key=True),
        sa.Column("n", sa.BigInteger(), primary_key=True),
        sa.Column("begin_at", sa.Float(), nullable=False),
        sa.Column("end_at", sa.Float(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("event_batch_by_junction", "event_batch", ["junction_id", "end_at"])


def downgrade() -> None:
    op.drop_table("event_batch")
