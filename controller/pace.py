"""Work over many junctions that keeps no poll waiting."""

from __future__ import annotations

import asyncio
import time

SLICE_S = 0.002
"""How long such work may keep the event loop in one go. A poll needs two turns of the loop, so it waits twice that."""


class Pace:
    """Lets other tasks run whenever `SLICE_S` has gone by."""

    def __init__(self) -> None:
        self._since_s = time.perf_counter()

    async def breathe(self) -> None:
        """Call between two small pieces of work."""
        if time.perf_counter() - self._since_s >= SLICE_S:
            await asyncio.sleep(0)
            self._since_s = time.perf_counter()
