"""Sequence numbers of control documents: they only rise, also across restarts and the loss of the database."""

from __future__ import annotations

from controller.store import Store

BLOCK = 1_000


class SequenceNumbers:
    """One number a decide tick, for every junction, out of blocks reserved on disk before they are used.

    A number is never below the Unix time at which its block was reserved. Ticks come once a second, so a service
    that lost its database still starts above every number that it gave out before.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next = 0
        self._end = 0

    async def take(self, now_s: float) -> int:
        """The next number. Raises SQLAlchemyError when no block can be reserved."""
        if self._next >= self._end:
            self._next = await self._store.reserve_seq(BLOCK, int(now_s))
            self._end = self._next + BLOCK
        number = self._next
        self._next += 1
        return number
