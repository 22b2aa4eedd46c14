"""Greens that left a queue, among the key figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
COLUMNS = ("greens", "failed_greens")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("kpi_sum", sa.Column(name, sa.Float(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("kpi_sum", name)
