"""The last word on each level crossing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "crossing_word",
        sa.Column("junction_id", sa.String(80), primary_key=True),
        sa.Column("crossing_id", sa.String(80), primary_key=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("since_at", sa.Float(), nullable=False),
        sa.Column("until_at", sa.Float(), nullable=False),
        sa.Column("opens_at", sa.Float()),
    )


def downgrade() -> None:
    op.drop_table("crossing_word")
