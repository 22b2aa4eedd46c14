"""Green corridors: what was asked, and the passages that came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "corridor",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=False),
        sa.Column("closed_at", sa.Float()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index("corridor_by_closing", "corridor", ["closed_at"])


def downgrade() -> None:
    op.drop_table("corridor")
