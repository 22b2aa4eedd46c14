"""Transactions that are asked for as a whole, so that the event loop waits once for each and not once a statement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.database import blocking_engine

T = TypeVar("T")


class Transactions:
    """One after the other, beside what else goes on in the database. `close` at the end.

    For SQLite they have a thread: through the async engine, whose driver has one too, every step of a transaction
    would cross to that thread and back, and under load wait for the event loop each time.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._async = engine
        self._blocking = blocking_engine(engine)
        self.engine: Engine = self._blocking or engine.sync_engine
        """Whose events are those of these transactions."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="transactions")

    async def run(self, act: Callable[[Connection], T]) -> T:
        """What `act` returns, committed when this does. Raises what it raises, and SQLAlchemyError; then nothing was
        kept. Given up from outside, it is carried out all the same."""
        if self._blocking is None:
            async with self._async.begin() as connection:
                return await connection.run_sync(act)
        return await asyncio.get_running_loop().run_in_executor(self._thread, _committed, self._blocking, act)

    def close(self) -> None:
        """Lets go of the database, after what was begun."""
        self._thread.shutdown()
        if self._blocking is not None:
            self._blocking.dispose()


def _committed(engine: Engine, act: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return act(connection)
