"""Green corridors on disk, each change with its audit row: what a service goes on with after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.access.audit import Act, append
from controller.tables import CORRIDOR
from junction.corridor import Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class Corridor:
    """One that is open. Times are Unix seconds; `passages` are in the route's order."""

    id: str
    route: tuple[str, ...]
    speed_kmh: float
    reason: str
    opened_by: str
    opened_at: float
    ends_at: float
    passages: tuple[Passage, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CorridorPassage:
    """A passage with what its junction is to know of its corridor."""

    at: Passage
    corridor_id: str
    opened_at: float
    reason: str


def passage_document(passage: Passage, now_s: float) -> dict[str, Any]:
    """JSON-ready, with the countdowns: to the green, to the vehicle, to the end."""
    return {
        **asdict(passage),
        "green_in_s": round(max(0.0, passage.green_at - now_s), 1),
        "arrives_in_s": round(max(0.0, passage.arrive_at - now_s), 1),
        "left_s": round(max(0.0, passage.until_at - now_s), 1),
    }


def corridor_document(corridor: Corridor, now_s: float) -> dict[str, Any]:
    """JSON-ready, with the countdowns."""
    passages = [passage_document(passage, now_s) for passage in corridor.passages]
    return {**asdict(corridor), "left_s": round(max(0.0, corridor.ends_at - now_s), 1), "passages": passages}


class CorridorRecords:
    """Queries on the engine of a store that is open."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, corridor: Corridor) -> None:
        """Durable with its audit row when this returns. Raises SQLAlchemyError when it could not be written."""
        told = {"route": corridor.route, "speed_kmh": corridor.speed_kmh, "ends_at": corridor.ends_at}
        act = Act(
            actor=corridor.opened_by,
            action="corridor open",
            subject=corridor.id,
            detail={**told, "reason": corridor.reason},
        )
        row = {"id": corridor.id, "opened_at": corridor.opened_at, "ends_at": corridor.ends_at, "closed_at": None}
        async with self._engine.begin() as connection:
            await append(connection, act)
            await connection.execute(insert(CORRIDOR).values(body=orjson.dumps(asdict(corridor)), **row))

    async def close(self, corridor_id: str, at: float, actor: str, why: str) -> None:
        """Durable with its audit row when this returns. Raises SQLAlchemyError when it could not be written."""
        act = Act(actor=actor, action="corridor close", subject=corridor_id, detail={"why": why})
        async with self._engine.begin() as connection:
            await append(connection, act)
            await connection.execute(update(CORRIDOR).where(CORRIDOR.c.id == corridor_id).values(closed_at=at))

    async def open(self) -> list[Corridor]:
        """Those that were never closed, the oldest first."""
        query = select(CORRIDOR.c.body).where(CORRIDOR.c.closed_at.is_(None)).order_by(CORRIDOR.c.opened_at)
        async with self._engine.connect() as connection:
            return [_from_document(orjson.loads(body)) for body in (await connection.execute(query)).scalars()]


def _from_document(document: Mapping[str, Any]) -> Corridor:
    passages = tuple(Passage(**passage) for passage in document["passages"])
    return Corridor(**{**document, "route": tuple(document["route"]), "passages": passages})
