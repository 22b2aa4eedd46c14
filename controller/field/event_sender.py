"""From the event log over the spool to the service, beside the polls and never in their way."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

import orjson

from controller.field.client import RefusedError, ServiceClient
from controller.field.event_log import EventLog
from controller.field.event_spool import EventSpool
from controller.trouble import Trouble
from junction.errors import ServiceError

BATCH_S = 10.0
"""What a power cut may lose."""
CATCH_UP = 50
"""Batches sent in a row at most: after a long outage the polls must not wait."""

_log = logging.getLogger(__name__)


class EventSender:
    """One controller's. `run` until stopped; what was not sent then is on disk."""

    def __init__(self, log: EventLog, spool: EventSpool, client: ServiceClient) -> None:
        self._log = log
        self._spool = spool
        self._client = client
        self._unkept: list[bytes] = []
        self._sending = Trouble(_log, "events wait on disk", logging.WARNING)
        self._keeping = Trouble(_log, "events wait in memory: the spool cannot be written", logging.WARNING)

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps and sends every `BATCH_S`, and keeps what is left at the end."""
        while not stop.is_set():
            await self.keep()
            await self.send()
            try:
                await asyncio.wait_for(stop.wait(), BATCH_S)
            except TimeoutError:
                continue
        await self.keep()

    async def keep(self) -> None:
        """Moves what was noted into the spool, in a thread: a slow disk must not hold up the lamps."""
        if not self._unkept and (batch := self._log.take()) is not None:
            self._unkept.append(orjson.dumps(batch))
        while self._unkept:
            try:
                await asyncio.to_thread(self._spool.put, self._unkept[0])
                self._keeping.over()
            except sqlite3.Error as wrong:  # they stay in the log, which is bounded
                self._keeping.failed(wrong)
                return
            self._unkept.clear()
            if (batch := self._log.take()) is not None:
                self._unkept.append(orjson.dumps(batch))

    async def send(self) -> None:
        """Hands in the oldest batches, as long as the service takes them."""
        try:
            for _ in range(CATCH_UP):
                found = await asyncio.to_thread(self._spool.first)
                if found is None:
                    break
                try:
                    await self._client.send_events(found[1])
                except RefusedError as refused:
                    _log.warning("events dropped: %s", refused)
                await asyncio.to_thread(self._spool.drop, found[0])
            self._sending.over()
        except (ServiceError, sqlite3.Error) as wrong:
            self._sending.failed(wrong)
