"""Shapes of the answers about alarms."""

from __future__ import annotations

from controller.alarms.alarm import AlarmKind
from controller.answers import AT, Answer, example_of

ALARM = {
    "id": "8f0d4a1b22c3e977",
    "junction_id": "rawatpur",
    "kind": "signal_dark",
    "cause": "power_lost",
    "detail": "mains lost",
    "since_at": AT - 40,
    "ended_at": None,
    "acknowledged_at": AT - 20,
    "acknowledged_by": "inspector",
}


class AlarmAnswer(Answer):
    """One alarm. It is open while `ended_at` is null."""

    model_config = example_of(**ALARM)

    id: str
    junction_id: str
    kind: AlarmKind
    cause: str
    detail: str
    since_at: float
    ended_at: float | None
    acknowledged_at: float | None
    acknowledged_by: str | None


class ActionAnswer(Answer):
    """What someone did about it."""

    at: float
    actor: str
    text: str


class AlarmWithActions(AlarmAnswer):
    model_config = example_of(**ALARM, actions=[{"at": AT - 10, "actor": "inspector", "text": "constable sent"}])

    actions: list[ActionAnswer]


class AlarmsAnswer(Answer):
    """Alarms that were open at some moment of the time asked for, the newest first."""

    model_config = example_of(begin_at=AT - 86_400, end_at=AT, alarms=[{**ALARM, "actions": []}])

    begin_at: float
    end_at: float
    alarms: list[AlarmWithActions]
