"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()

SEQ_BLOCK = Table(
    "seq_block",
    METADATA,
    Column("name", String(20), primary_key=True),
    Column("reserved_until", BigInteger, nullable=False),
)
"""Sequence numbers below `reserved_until` may have been used: a restart begins at it."""

COUNT_RECORD = Table(
    "count_record",
    METADATA,
    Column("camera_id", String(80), primary_key=True),
    Column("boot_id", String(80), primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("junction_id", String(80), nullable=False),
    Column("end_at", Float, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("count_record_by_junction", "junction_id", "end_at"),
    sqlite_with_rowid=False,
)

LINE_COUNT = Table(
    "line_count",
    METADATA,
    Column("camera_id", String(80), primary_key=True),
    Column("boot_id", String(80), primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("line", String(80), primary_key=True),
    Column("direction", String(1), primary_key=True),
    Column("vehicle_class", String(20), primary_key=True),
    Column("junction_id", String(80), nullable=False),
    Column("end_at", Float, nullable=False),
    Column("number", Integer, nullable=False),
    Index("line_count_by_junction", "junction_id", "end_at"),
    sqlite_with_rowid=False,
)

STATUS_REPORT = Table(
    "status_report",
    METADATA,
    Column("junction_id", String(80), primary_key=True),
    Column("received_at", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""The latest report of each field controller."""

OVERRIDE = Table(
    "override",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("junction_id", String(80), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("stage_id", String(80)),
    Column("plan_id", String(80)),
    Column("from_at", Float, nullable=False),
    Column("until_at", Float, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Every override ever asked for, releases too: the newest of a junction rules. Rows are never changed."""

MODE_CHANGE = Table(
    "mode_change",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("junction_id", String(80), nullable=False),
    Column("at", Float, nullable=False),
    Column("mode", String(10), nullable=False),
    Column("cause", String(30), nullable=False),
    Column("detail", Text, nullable=False),
    Index("mode_change_by_junction", "junction_id", "at"),
)
"""What timed a junction from when on, and why."""
