"""The only picture that the service ever asks a camera for: one still, for an engineer who draws its lanes.

It is asked for with a reason that stands in the audit, brought by the camera after its next counts, shown to engineers
for a few minutes, and lies in memory alone: no file, no database, no backup ever holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncEngine

from controller.access.audit import Act, append
from junction.errors import InputError

ASK_S = 60.0
"""How long a camera is asked."""
KEEP_S = 300.0
"""How long what it brought can be looked at."""
JPEG_BEGINS, JPEG_ENDS = b"\xff\xd8\xff", b"\xff\xd9"


class StillState(StrEnum):
    NONE = "none"
    ASKED = "asked"
    READY = "ready"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Still:
    """Asked for (`jpeg` None) or brought; forgotten at `until_s`, of the service's clock."""

    until_s: float
    jpeg: bytes | None = None


class StillDesk:
    """One still a camera at most, by junction and camera."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._stills: dict[tuple[str, str], _Still] = {}

    async def ask(self, junction_id: str, camera_id: str, actor: str, reason: str, now_s: float) -> float:
        """Until when the camera is asked; on disk, in the audit, before it is. One that was there is forgotten."""
        await self._note("still ask", junction_id, actor, {"camera_id": camera_id, "reason": reason})
        self._stills[junction_id, camera_id] = _Still(until_s=now_s + ASK_S)
        return now_s + ASK_S

    def asks(self, junction_id: str, camera_id: str, now_s: float) -> bool:
        """Whether the camera is to bring one."""
        return bool(self._stills) and self.state(junction_id, camera_id, now_s) is StillState.ASKED

    def state(self, junction_id: str, camera_id: str, now_s: float) -> StillState:
        still = self._of(junction_id, camera_id, now_s)
        if still is None:
            return StillState.NONE
        return StillState.ASKED if still.jpeg is None else StillState.READY

    def bring(self, junction_id: str, camera_id: str, jpeg: bytes, now_s: float) -> bool:
        """Takes the camera's picture; False when nobody asks for one. Raises InputError for what is no JPEG."""
        if not self.asks(junction_id, camera_id, now_s):
            return False
        if not (jpeg.startswith(JPEG_BEGINS) and jpeg.endswith(JPEG_ENDS)):
            raise InputError("still", expected="a JPEG", got=f"{len(jpeg)} bytes that are none")
        self._stills[junction_id, camera_id] = _Still(until_s=now_s + KEEP_S, jpeg=jpeg)
        return True

    async def show(self, junction_id: str, camera_id: str, actor: str, now_s: float) -> bytes | None:
        """The picture, with a row in the audit for each time that it is looked at; None where there is none."""
        still = self._of(junction_id, camera_id, now_s)
        if still is None or still.jpeg is None:
            return None
        await self._note("still show", junction_id, actor, {"camera_id": camera_id})
        return still.jpeg

    def forget_old(self, now_s: float) -> None:
        """Called at every tick, so that none outlives its time because nobody asks."""
        for key in [key for key, still in self._stills.items() if now_s >= still.until_s]:
            del self._stills[key]

    def _of(self, junction_id: str, camera_id: str, now_s: float) -> _Still | None:
        self.forget_old(now_s)
        return self._stills.get((junction_id, camera_id))

    async def _note(self, action: str, junction_id: str, actor: str, detail: dict[str, str]) -> None:
        async with self._engine.begin() as connection:
            await append(connection, Act(actor=actor, action=action, subject=junction_id, detail=detail))
