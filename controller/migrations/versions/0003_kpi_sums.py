"""Key figures of every junction, minute by minute and rolled up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MODES = ("ai", "actuated", "fixed", "manual", "hold", "isolated", "flash", "dark")


def upgrade() -> None:
    op.create_table(
        "kpi_sum",
        sa.Column("level_s", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("junction_id", sa.String(80), primary_key=True),
        sa.Column("begin_at", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("seen_s", sa.Float(), nullable=False),
        sa.Column("simulated_s", sa.Float(), nullable=False),
        sa.Column("queue_pcu_s", sa.Float(), nullable=False),
        sa.Column("departed_pcu", sa.Float(), nullable=False),
        sa.Column("longest_queue_pcu", sa.Float()),
        *(sa.Column(f"{mode}_s", sa.Float(), nullable=False) for mode in MODES),
    )
    op.create_index("kpi_sum_by_time", "kpi_sum", ["level_s", "begin_at"])


def downgrade() -> None:
    op.drop_table("kpi_sum")
