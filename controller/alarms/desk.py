"""The alarm desk: watches every junction, keeps what it raises, and takes what people say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from controller.alarms.alarm import Alarm, AlarmAction, AlarmKind
from controller.alarms.conditions import cameras_named, conditions
from controller.alarms.records import AlarmRecords, alarm_rows, put_statement
from controller.alarms.watch import AlarmWatch
from controller.junction_state import JunctionState
from controller.pace import Pace
from controller.store import Store

GRACE_S = 20.0
"""After a start boxes and cameras get this long to report before their silence is an alarm."""


class AlarmDesk:
    """`begin` before the first `look`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.records = AlarmRecords(store.engine)
        self._watch = AlarmWatch()
        self._begun_s = 0.0

    async def begin(self, states: Mapping[str, JunctionState], now_s: float) -> None:
        """Takes up the alarms that were open when the last run ended. Raises SQLAlchemyError."""
        self._begun_s = now_s
        self._watch = AlarmWatch(alarm for alarm in await self.records.open() if alarm.junction_id in states)
        for alarm in self._watch.open:
            if alarm.kind is AlarmKind.CAMERA_DOWN:
                for camera_id in cameras_named(alarm.detail):
                    states[alarm.junction_id].expect_camera(camera_id, alarm.since_at)

    @property
    def open(self) -> list[Alarm]:
        """The gravest first."""
        return self._watch.open

    async def look(self, states: Mapping[str, JunctionState], now_s: Callable[[], float], *, wants_ai: bool) -> None:
        """One look at every junction; what changed is written with the store's next batch. `now_s` is asked for each
        of them: reports come in meanwhile, and one from after the look would be none."""
        if 0 <= now_s() - self._begun_s < GRACE_S:
            return
        pace = Pace()
        changed: list[Alarm] = []
        for junction_id, state in states.items():
            at_s = now_s()
            changed += self._watch.step(junction_id, conditions(state, at_s, wants_ai=wants_ai), at_s)
            await pace.breathe()
        if changed:
            self._store.add(put_statement(self._store.engine), alarm_rows(changed))

    async def find(self, alarm_id: str) -> Alarm | None:
        """An alarm, open or over. Raises SQLAlchemyError."""
        await self._store.flush()
        return await self.records.find(alarm_id)

    async def acknowledge(self, alarm: Alarm, at: float, actor: str) -> Alarm:
        """Someone has seen it; the first one counts. On disk when this returns; raises SQLAlchemyError if not."""
        await self.records.acknowledge(alarm, at, actor)
        self._watch.acknowledged(alarm.id, at, actor)
        return await self.records.find(alarm.id) or alarm

    async def note(self, alarm: Alarm, action: AlarmAction) -> None:
        """Someone did something about it. On disk when this returns; raises SQLAlchemyError if not."""
        await self.records.add_action(alarm, action)

    async def documents(
        self, begin_at: float, end_at: float, junction_id: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """The alarms of a time with what was done about each. Raises SQLAlchemyError."""
        await self._store.flush()
        alarms = await self.records.between(begin_at, end_at, junction_id, limit)
        return await self.with_actions(alarms)

    async def with_actions(self, alarms: list[Alarm]) -> list[dict[str, Any]]:
        """Alarms as documents, each with its actions."""
        done = await self.records.actions([alarm.id for alarm in alarms])
        return [
            {
                **alarm.to_document(),
                "actions": [{"at": a.at, "actor": a.actor, "text": a.text} for a in done.get(alarm.id, [])],
            }
            for alarm in alarms
        ]
