"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

from junction.mode import Mode

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
    Column("junction_id", String(80), primary_key=True),
    Column("camera_id", String(80), primary_key=True),
    Column("boot_id", String(80), primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("end_at", Float, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("count_record_by_junction", "junction_id", "end_at"),
    sqlite_with_rowid=False,
)

LINE_COUNT = Table(
    "line_count",
    METADATA,
    Column("junction_id", String(80), primary_key=True),
    Column("camera_id", String(80), primary_key=True),
    Column("boot_id", String(80), primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("line", String(80), primary_key=True),
    Column("direction", String(1), primary_key=True),
    Column("vehicle_class", String(20), primary_key=True),
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

CORRIDOR = Table(
    "corridor",
    METADATA,
    Column("id", String(20), primary_key=True),
    Column("opened_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Column("closed_at", Float),
    Column("body", LargeBinary, nullable=False),
    Index("corridor_by_closing", "closed_at"),
)
"""Green corridors: what was asked and the passages that came of it, as JSON. One is over when it was closed."""

CROSSING_WORD = Table(
    "crossing_word",
    METADATA,
    Column("junction_id", String(80), primary_key=True),
    Column("crossing_id", String(80), primary_key=True),
    Column("closed", Boolean, nullable=False),
    Column("since_at", Float, nullable=False),
    Column("until_at", Float, nullable=False),
    Column("opens_at", Float),
)
"""The last word on each level crossing, and how long it counts."""

EVENT_BATCH = Table(
    "event_batch",
    METADATA,
    Column("junction_id", String(80), primary_key=True),
    Column("boot_id", String(80), primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("begin_at", Float, nullable=False),
    Column("end_at", Float, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("event_batch_by_junction", "junction_id", "end_at"),
    sqlite_with_rowid=False,
)
"""High-resolution events of field controllers as they came: `body` is a JSON list of [at, code, parameter]."""

POLICY_CHOICE = Table(
    "policy_choice",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("policy_id", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),
)
"""Promotions, rollbacks and shadows. Rows are never changed."""

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

KPI_SUM = Table(
    "kpi_sum",
    METADATA,
    Column("level_s", Integer, primary_key=True, autoincrement=False),
    Column("junction_id", String(80), primary_key=True),
    Column("begin_at", BigInteger, primary_key=True, autoincrement=False),
    Column("duration_s", Float, nullable=False),
    Column("seen_s", Float, nullable=False),
    Column("simulated_s", Float, nullable=False),
    Column("queue_pcu_s", Float, nullable=False),
    Column("departed_pcu", Float, nullable=False),
    Column("greens", Float, nullable=False, server_default="0"),
    Column("failed_greens", Float, nullable=False, server_default="0"),
    Column("longest_queue_pcu", Float),
    *(Column(f"{mode}_s", Float, nullable=False) for mode in Mode),
    Index("kpi_sum_by_time", "level_s", "begin_at"),
)
"""A junction's `KpiSums` of the `level_s` seconds from `begin_at` on: the minutes, and what they add up to."""

ALARM = Table(
    "alarm",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("junction_id", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("cause", String(80), nullable=False),
    Column("detail", Text, nullable=False),
    Column("since_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("acknowledged_at", Float),
    Column("acknowledged_by", String(120)),
    Index("alarm_by_time", "since_at"),
)
"""What the control room was called for. Open while `ended_at` is null."""

ALARM_ACTION = Table(
    "alarm_action",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("alarm_id", String(16), nullable=False),
    Column("at", Float, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Index("alarm_action_by_alarm", "alarm_id"),
)
"""What someone did about an alarm. Rows are only ever added."""

USER_ACCOUNT = Table(
    "user_account",
    METADATA,
    Column("name", String(80), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("made_at", Float, nullable=False),
)
"""People. The hash is argon2id's own text, with its parameters."""

USER_SESSION = Table(
    "user_session",
    METADATA,
    Column("token_sha256", LargeBinary(32), primary_key=True),
    Column("user_name", String(80), nullable=False),
    Column("made_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
)
"""Who is signed in. The cookie's token itself is not kept."""

DEVICE_KEY = Table(
    "device_key",
    METADATA,
    Column("id", String(20), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("junction_id", String(80), nullable=False),
    Column("name", String(80), nullable=False),
    Column("key_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("made_at", Float, nullable=False),
    Column("ends_at", Float),
)
"""Keys of cameras and controllers, each bound to one junction. The key itself is not kept; rows are never removed."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("detail", Text, nullable=False),
    Column("before_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""What people and devices' keys did: each row's hash covers the row before it. Rows are only ever added."""

AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("name", String(10), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""The end of the audit's chain. One row: writers queue at it, and rows cut off the end are missed."""
