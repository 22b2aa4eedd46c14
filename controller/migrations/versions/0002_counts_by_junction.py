"""A camera's reports are known by its junction too: a camera elsewhere with the same name is another one."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

NAMED = {"pk": "%(table_name)s_pkey"}
"""PostgreSQL's own name for a primary key; SQLite's has none."""
TABLES = {
    "count_record": ["camera_id", "boot_id", "n"],
    "line_count": ["camera_id", "boot_id", "n", "line", "direction", "vehicle_class"],
}


def upgrade() -> None:
    for table, key in TABLES.items():
        _rekey(table, ["junction_id", *key])


def downgrade() -> None:
    """Fails, and changes nothing, where two junctions' cameras have come to share a name and a number."""
    for table, key in TABLES.items():
        _rekey(table, key)


def _rekey(table: str, key: list[str]) -> None:
    with op.batch_alter_table(table, naming_convention=NAMED, table_kwargs={"sqlite_with_rowid": False}) as batch:
        batch.drop_constraint(f"{table}_pkey", type_="primary")
        batch.create_primary_key(f"{table}_pkey", key)
