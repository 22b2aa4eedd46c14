"""The green corridors that are open: worked out when asked for, on disk before they count, handed to junctions."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.corridor_bodies import CorridorBody
from controller.corridor_records import Corridor, CorridorPassage, CorridorRecords, corridor_document
from controller.junction_state import JunctionState
from controller.trouble import Trouble
from junction.corridor import Passage, plan_passages
from junction.errors import InputError

SERVICE = "service"
"""Who closes a corridor that ends by itself, in the audit."""

_log = logging.getLogger(__name__)


class Corridors:
    """A city's corridors. A junction finds its passages in its own state: a tick looks nothing up."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._records = CorridorRecords(engine)
        self._open: dict[str, Corridor] = {}
        self._states: Mapping[str, JunctionState] = {}
        self._changing = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None
        self._trouble = Trouble(_log, "a green corridor that is over could not be closed on disk")

    async def restore(self, states: Mapping[str, JunctionState]) -> None:
        """Takes these junctions, and hands them what was open before a restart."""
        self._states = states
        self._open = {corridor.id: corridor for corridor in await self._records.open()}
        self._hand_out()

    async def stop(self) -> None:
        """Lets a closing that is under way end."""
        if self._closing is not None:
            await self._closing

    async def open(self, body: CorridorBody, actor: str, now_s: float) -> Corridor:
        """On disk, with its audit row, when this returns. Raises InputError for one that cannot be had."""
        async with self._changing:
            ends_at = now_s + body.ttl_s
            passages = plan_passages(
                {key: state.site for key, state in self._states.items()},
                body.route,
                speed_kmh=body.speed_kmh,
                opened_at=now_s,
                arrives_in_s=body.arrives_in_s,
                ends_at=ends_at,
                from_approach=body.from_approach,
                to_approach=body.to_approach,
            )
            for place, passage in enumerate(passages):
                self._check_free(place, passage)
            corridor = Corridor(
                id=secrets.token_hex(5),
                route=tuple(body.route),
                speed_kmh=body.speed_kmh,
                reason=body.reason,
                opened_by=actor,
                opened_at=now_s,
                ends_at=ends_at,
                passages=passages,
            )
            await self._records.add(corridor)
            self._open[corridor.id] = corridor
            self._hand_out()
        return corridor

    async def close(self, corridor_id: str, actor: str, now_s: float, why: str) -> Corridor | None:
        """On disk, with its audit row, when this returns; its junctions are free. None for one that is not open."""
        async with self._changing:
            if corridor_id not in self._open:
                return None
            await self._records.close(corridor_id, now_s, actor, why)
            corridor = self._open.pop(corridor_id)
            self._hand_out()
        return corridor

    def documents(self, now_s: float) -> list[dict[str, Any]]:
        """Those that are open, the oldest first."""
        return [corridor_document(corridor, now_s) for corridor in self._open.values()]

    def end_those_over(self, now_s: float) -> None:
        """Begins to close on disk what has ended by itself; its junctions went back by their own passages' ends."""
        over = [corridor.id for corridor in self._open.values() if corridor.ends_at <= now_s]
        if over and (self._closing is None or self._closing.done()):
            self._closing = asyncio.create_task(self._close_all(over, now_s), name="corridors end")

    async def _close_all(self, corridor_ids: list[str], now_s: float) -> None:
        for corridor_id in corridor_ids:
            try:
                await self.close(corridor_id, SERVICE, now_s, "its time was over")
                self._trouble.over()
            except SQLAlchemyError as error:
                self._trouble.failed(error)

    def _check_free(self, place: int, passage: Passage) -> None:
        """Two corridors may share a junction at one time only where they want the same stage there."""
        for other in self._states[passage.junction_id].passages:
            apart = passage.until_at <= other.at.from_at or other.at.until_at <= passage.from_at
            if not apart and other.at.stage_id != passage.stage_id:
                raise InputError(
                    f"route.{place}",
                    expected=f"a junction that corridor {other.corridor_id} does not hold for another stage then",
                    got=passage.junction_id,
                    hint="close that one first",
                )

    def _hand_out(self) -> None:
        for state in self._states.values():
            state.passages = ()
        for corridor in self._open.values():
            for passage in corridor.passages:
                state_of = self._states.get(passage.junction_id)
                if state_of is None or not passage.fits(state_of.site.layout):
                    _log.error("corridor %s: no stage %s at %s now", corridor.id, passage.stage_id, passage.junction_id)
                    continue
                mine = CorridorPassage(
                    at=passage, corridor_id=corridor.id, opened_at=corridor.opened_at, reason=corridor.reason
                )
                state_of.passages = tuple(sorted((*state_of.passages, mine), key=lambda p: p.at.from_at))
