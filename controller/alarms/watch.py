"""The open alarms: raised when a condition has lasted, ended when it has been gone for a while."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace

from controller.alarms.alarm import GRAVEST_FIRST, Alarm, AlarmKind, Condition

RAISED_AFTER_S: Mapping[AlarmKind, float] = {
    AlarmKind.SIGNAL_DARK: 0.0,
    AlarmKind.NO_REPORT: 0.0,
    AlarmKind.EQUIPMENT: 3.0,
    AlarmKind.SPILL_BACK: 30.0,
    AlarmKind.CYCLE_FAILURES: 0.0,
    AlarmKind.CAMERA_DOWN: 0.0,
    AlarmKind.OFF_AI: 30.0,
}
"""How long a condition lasts before it calls anyone. Silence has its own patience in `conditions`."""
ENDED_AFTER_S = 5.0
"""So long a condition must be gone: one that comes and goes is one alarm."""

Key = tuple[str, AlarmKind]


class AlarmWatch:
    """Of each kind a junction has at most one open alarm; its cause follows the condition's."""

    def __init__(self, restored: Iterable[Alarm] = ()) -> None:
        """`restored` are alarms that were open when the last run ended."""
        self._open: dict[Key, Alarm] = {(alarm.junction_id, alarm.kind): alarm for alarm in restored}
        self._since_s: dict[Key, float] = {key: alarm.since_at for key, alarm in self._open.items()}
        self._gone_s: dict[Key, float] = {}
        self._troubled = {junction_id for junction_id, _ in self._since_s}
        """Junctions with an open alarm, or with a condition that may become one."""

    @property
    def open(self) -> list[Alarm]:
        """The gravest kind first, then the oldest."""
        return sorted(self._open.values(), key=lambda alarm: (GRAVEST_FIRST[alarm.kind], alarm.since_at, alarm.id))

    def step(self, junction_id: str, found: Iterable[Condition], now_s: float) -> list[Alarm]:
        """What is wrong at a junction now. Returns the alarms that were raised, changed their cause or ended."""
        changed = []
        present = {(junction_id, condition.kind): condition for condition in found}
        if not present and junction_id not in self._troubled:
            return []
        self._troubled.add(junction_id)
        for key, condition in present.items():
            self._gone_s.pop(key, None)
            since_s = self._since_s.setdefault(key, now_s)
            if since_s > now_s:  # the clock was set back
                since_s = self._since_s[key] = now_s
            alarm = self._open.get(key)
            if alarm is None and now_s - since_s >= RAISED_AFTER_S[condition.kind]:
                alarm = Alarm(
                    id=secrets.token_hex(8),
                    junction_id=junction_id,
                    kind=condition.kind,
                    cause=condition.cause,
                    detail=condition.detail,
                    since_at=round(since_s, 3),
                )
                self._open[key] = alarm
                changed.append(alarm)
            elif alarm is not None and (alarm.cause, alarm.detail) != (condition.cause, condition.detail):
                self._open[key] = replace(alarm, cause=condition.cause, detail=condition.detail)
                changed += [self._open[key]] if alarm.cause != condition.cause else []
        for kind in RAISED_AFTER_S:
            key = (junction_id, kind)
            if key in self._since_s and key not in present:
                changed += self._gone(key, now_s)
        if not any((junction_id, kind) in self._since_s for kind in RAISED_AFTER_S):
            self._troubled.discard(junction_id)
        return changed

    def acknowledged(self, alarm_id: str, at: float, actor: str) -> None:
        """Someone saw an alarm; one that is not open any more is nothing to the watch."""
        for key, alarm in self._open.items():
            if alarm.id == alarm_id and alarm.acknowledged_at is None:
                self._open[key] = replace(alarm, acknowledged_at=at, acknowledged_by=actor)

    def _gone(self, key: Key, now_s: float) -> list[Alarm]:
        """A condition that never became an alarm is forgotten at once."""
        if key not in self._open:
            del self._since_s[key]
            return []
        gone_s = self._gone_s.setdefault(key, now_s)
        if 0 <= now_s - gone_s < ENDED_AFTER_S:
            return []
        del self._since_s[key], self._gone_s[key]
        return [replace(self._open.pop(key), ended_at=round(min(gone_s, now_s), 3))]
