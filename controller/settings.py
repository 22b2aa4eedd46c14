"""What the timing service is told when it starts: by the command line, or by environment variables `CHAURAHA_*`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ClockKind(StrEnum):
    """`system` is the machine's clock; `driven` stands still until someone moves it (the twin, the rehearsal)."""

    SYSTEM = "system"
    DRIVEN = "driven"


class ServiceMode(StrEnum):
    """`fixed` forces every junction onto its fixed plan; `ai` lets the ladder decide."""

    AI = "ai"
    FIXED = "fixed"


class AccessKind(StrEnum):
    """`closed`: sessions and device keys only. `open`: also whoever calls from loopback, without any, as everyone."""

    CLOSED = "closed"
    OPEN = "open"


class LogFormat(StrEnum):
    """How the service's log is written: lines for people, or one JSON object a line for a log collector."""

    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """One service's settings. `policy` None takes the scenario's own, "none" runs without one."""

    model_config = SettingsConfigDict(env_prefix="CHAURAHA_", extra="forbid", frozen=True)

    scenario: str = "kanpur"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    data: Path = Path("var/serve")
    database: str | None = None
    """URL of a PostgreSQL; None keeps an SQLite file in `data`."""
    clock: ClockKind = ClockKind.SYSTEM
    policy: str | None = None
    mode: ServiceMode = ServiceMode.AI
    access: AccessKind = AccessKind.CLOSED
    page: Path | None = None
    """Folder of the built page; None takes `dashboard/dist` beside the packages."""
    runs: Path | None = None
    """Folder of training runs, whose learning curves are shown; None takes `runs` in `data`."""
    body_limit_bytes: int = Field(default=262_144, ge=1_024, le=16_777_216)
    keep_counts_days: float = Field(default=30.0, ge=1, le=3_650)
    """Raw camera reports older than this are deleted, once an hour."""
    keep_events_days: float = Field(default=30.0, ge=1, le=3_650)
    """High-resolution events of field controllers."""
    keep_minutes_days: float = Field(default=30.0, ge=1, le=3_650)
    """Key figures by the minute."""
    keep_quarters_days: float = Field(default=3_650.0, ge=31, le=36_500)
    """Key figures by the quarter of an hour, which hours, days, weeks and months are made of."""
    rehearsals: Path | None = None
    """Folder whose folders are recordings of rehearsals; None takes `rehearsals` in `data`."""
    mqtt: str | None = None
    """A broker to take count records from: `mqtt[s]://[user:password@]host[:port]`."""
    log_format: LogFormat = LogFormat.TEXT
    stream_interval_s: float = Field(default=1.0, gt=0, le=60)
