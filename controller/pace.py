"""Work over many junctions that keeps no poll waiting, and when its next round is due."""

from __future__ import annotations

import asyncio
import time

SLICE_S = 0.002
"""How long such work may keep the event loop in one go. A poll needs two turns of the loop, so it waits twice that."""

EARLY_S = 0.01
"""A timer may go off so much before its time."""


def next_round_in_s(begun_s: float, now_s: float, period_s: float) -> float:
    """How long to wait for the next round, by the clock: the next multiple of the period, one a period.

    A multiple that the last round, begun at `begun_s`, ran into is made up for at once. Were the one after it waited
    for, rounds a little longer than the period would come every second period only.
    """
    if now_s // period_s > (begun_s + EARLY_S) // period_s:
        return 0.0
    return period_s - now_s % period_s


class Pace:
    """Lets other tasks run whenever `SLICE_S` has gone by."""

    def __init__(self) -> None:
        self._since_s = time.perf_counter()

    async def breathe(self) -> None:
        """Call between two small pieces of work."""
        if time.perf_counter() - self._since_s >= SLICE_S:
            await asyncio.sleep(0)
            self._since_s = time.perf_counter()
