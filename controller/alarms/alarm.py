"""One alarm: what, where, why, since when, and who saw to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class AlarmKind(StrEnum):
    """What the control room is called for, the gravest first."""

    SIGNAL_DARK = "signal_dark"
    NO_REPORT = "no_report"
    EQUIPMENT = "equipment"
    SPILL_BACK = "spill_back"
    CYCLE_FAILURES = "cycle_failures"
    CAMERA_DOWN = "camera_down"
    OFF_AI = "off_ai"


GRAVEST_FIRST = {kind: place for place, kind in enumerate(AlarmKind)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """Something that is wrong at a junction now. `cause` is a word for programs, `detail` one for people."""

    kind: AlarmKind
    cause: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """Times are Unix seconds of the service's clock. It is open until `ended_at`, acknowledged or not."""

    id: str
    junction_id: str
    kind: AlarmKind
    cause: str
    detail: str
    since_at: float
    ended_at: float | None = None
    acknowledged_at: float | None = None
    acknowledged_by: str | None = None

    def to_document(self) -> dict[str, Any]:
        """As the API and the stream show it."""
        return {
            "id": self.id,
            "junction_id": self.junction_id,
            "kind": str(self.kind),
            "cause": self.cause,
            "detail": self.detail,
            "since_at": self.since_at,
            "ended_at": self.ended_at,
            "acknowledged_at": self.acknowledged_at,
            "acknowledged_by": self.acknowledged_by,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmAction:
    """What someone did about an alarm, in his own words."""

    at: float
    actor: str
    text: str
