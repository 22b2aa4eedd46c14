"""Words on level crossings as they come, from a gate or an operator: on disk before they count, good for a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.access.audit import Act, append
from controller.crossing_bodies import CrossingBody
from controller.database import upsert
from controller.junction_crossings import CrossingWord, JunctionCrossings
from controller.tables import CROSSING_WORD

KEYS = ("junction_id", "crossing_id")


class CrossingRecords:
    """The last word on each crossing on disk; a change of it with its audit row."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, word: CrossingWord, actor: str, *, changed: bool) -> None:
        """Durable when this returns. Raises SQLAlchemyError when it could not be written."""
        values = asdict(word)
        statement = (
            upsert(self._engine, CROSSING_WORD)
            .values(values)
            .on_conflict_do_update(
                index_elements=list(KEYS), set_={name: value for name, value in values.items() if name not in KEYS}
            )
        )
        act = Act(
            actor=actor,
            action="crossing shut" if word.closed else "crossing open",
            subject=word.crossing_id,
            detail={"junction_id": word.junction_id, "until_at": word.until_at, "opens_at": word.opens_at},
        )
        async with self._engine.begin() as connection:
            if changed:
                await append(connection, act)
            await connection.execute(statement)

    async def all(self) -> list[CrossingWord]:
        """The last word on each."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(CROSSING_WORD))).mappings()
            return [CrossingWord(**row) for row in rows]


class Crossings:
    """A city's level crossings, each at its junction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._records = CrossingRecords(engine)
        self._junctions: Mapping[str, JunctionCrossings] = {}

    async def restore(self, junctions: Mapping[str, JunctionCrossings]) -> None:
        """Takes these junctions, and hands them what was known before a restart."""
        self._junctions = junctions
        for word in await self._records.all():
            junction = junctions.get(word.junction_id)
            if junction is not None and word.crossing_id in junction.known:
                junction.take(word)

    async def take(
        self, junction_id: str, crossing_id: str, body: CrossingBody, actor: str, now_s: float
    ) -> dict[str, Any] | None:
        """A word on a crossing, on disk when this returns, and what is known then; None: no such crossing there."""
        junction = self._junctions[junction_id]
        if crossing_id not in junction.known:
            return None
        last = junction.word(crossing_id)
        same = last is not None and last.closed is body.closed and now_s < last.until_at
        word = CrossingWord(
            junction_id=junction_id,
            crossing_id=crossing_id,
            closed=body.closed,
            since_at=last.since_at if same and last is not None else now_s,
            until_at=now_s + body.ttl_s,
            opens_at=None if body.opens_in_s is None else now_s + body.opens_in_s,
        )
        await self._records.put(word, actor, changed=not same)
        junction.take(word)
        return next(one for one in junction.documents(now_s) if one["id"] == crossing_id)
