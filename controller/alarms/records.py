"""Alarms in the database, with what was done about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Executable, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.access.audit import Act, append
from controller.alarms.alarm import Alarm, AlarmAction, AlarmKind
from controller.database import upsert
from controller.tables import ALARM, ALARM_ACTION

COLUMNS = tuple(field.name for field in fields(Alarm))
WATCHED = ("cause", "detail", "ended_at")
"""What the watch changes of an alarm; the rest of a row is the people's."""


def alarm_rows(alarms: Iterable[Alarm]) -> list[dict[str, Any]]:
    """Rows of the table `alarm`."""
    return [{name: getattr(alarm, name) for name in COLUMNS} for alarm in alarms]


def put_statement(engine: AsyncEngine) -> Executable:
    """Adds alarms, or brings those that are there up to what the watch says of them."""
    new = upsert(engine, ALARM)
    watched = {name: new.excluded[name] for name in WATCHED}
    statement: Executable = new.on_conflict_do_update(index_elements=["id"], set_=watched)
    return statement


class AlarmRecords:
    """Queries on the engine of a store that is open. Each raises SQLAlchemyError when the database does."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self) -> list[Alarm]:
        """Those that have not ended."""
        return _alarms(await self._rows(select(ALARM).where(ALARM.c.ended_at.is_(None))))

    async def find(self, alarm_id: str) -> Alarm | None:
        found = _alarms(await self._rows(select(ALARM).where(ALARM.c.id == alarm_id)))
        return found[0] if found else None

    async def between(self, begin_at: float, end_at: float, junction_id: str | None, limit: int) -> list[Alarm]:
        """Those that were open at any moment from `begin_at` until `end_at`, the newest first."""
        query = select(ALARM).where(
            ALARM.c.since_at < end_at, or_(ALARM.c.ended_at.is_(None), ALARM.c.ended_at >= begin_at)
        )
        if junction_id is not None:
            query = query.where(ALARM.c.junction_id == junction_id)
        return _alarms(await self._rows(query.order_by(ALARM.c.since_at.desc(), ALARM.c.id).limit(limit)))

    async def actions(self, alarm_ids: Sequence[str]) -> dict[str, list[AlarmAction]]:
        """What was done about these alarms, by alarm, the oldest first."""
        query = select(ALARM_ACTION).where(ALARM_ACTION.c.alarm_id.in_(alarm_ids)).order_by(ALARM_ACTION.c.id)
        done: dict[str, list[AlarmAction]] = {}
        for row in await self._rows(query):
            action = AlarmAction(at=row["at"], actor=row["actor"], text=row["text"])
            done.setdefault(row["alarm_id"], []).append(action)
        return done

    async def acknowledge(self, alarm: Alarm, at: float, actor: str) -> None:
        """Durable with its audit row when this returns; who was first stays."""
        mine = update(ALARM).where(ALARM.c.id == alarm.id, ALARM.c.acknowledged_at.is_(None))
        async with self._engine.begin() as connection:
            await append(connection, _act(actor, "alarm acknowledge", alarm, {}))
            await connection.execute(mine.values(acknowledged_at=at, acknowledged_by=actor))

    async def add_action(self, alarm: Alarm, action: AlarmAction) -> None:
        """Durable with its audit row when this returns."""
        row = {"alarm_id": alarm.id, "at": action.at, "actor": action.actor, "text": action.text}
        async with self._engine.begin() as connection:
            await append(connection, _act(action.actor, "alarm action", alarm, {"text": action.text}))
            await connection.execute(insert(ALARM_ACTION).values(row))

    async def _rows(self, query: Executable) -> Sequence[Mapping[Any, Any]]:
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).mappings().all()


def _alarms(rows: Iterable[Mapping[Any, Any]]) -> list[Alarm]:
    return [Alarm(**{name: row[name] for name in COLUMNS} | {"kind": AlarmKind(row["kind"])}) for row in rows]


def _act(actor: str, action: str, alarm: Alarm, detail: Mapping[str, Any]) -> Act:
    told = {"alarm": alarm.id, "kind": str(alarm.kind), "since_at": alarm.since_at, **detail}
    return Act(actor=actor, action=action, subject=alarm.junction_id, detail=told)
