"""Count records on their way out: to the timing service (`detector/http_sender.py`) or a broker (`detector/mqtt.py`).

Every record is sent until it has been taken, in order; sending one twice is harmless, because whoever takes it
knows it by (camera, boot_id, n). A file's records are sent between its frames; a live camera's by a thread of their
own, so that a service that is away holds up no counting.
"""

from __future__ import annotations

import logging
import threading
from typing import Protocol

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    stop_when_event_set,
    wait_exponential,
    wait_random,
)
from tenacity.nap import sleep_using_event
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from detector.spool import Spool, Waiting
from junction.counts import CountRecord
from junction.errors import ServiceError

LAST_TRY_S = 60.0
"""How long the end of a run waits for a service that is away."""
IDLE_S = 1.0
"""How often the thread looks for what is unsent when nothing new came."""

_log = logging.getLogger(__name__)


class NotNowError(Exception):
    """The service is away or busy; the same record may be sent again."""


class BadRecordError(ServiceError):
    """The service will never take this record."""


class Sender(Protocol):
    """Where records go."""

    @property
    def name(self) -> str:
        """The address, for a person."""
        ...

    def send(self, waiting: Waiting) -> bool:
        """Deliver one record; whether it was known there already.

        Raises NotNowError, BadRecordError, or ServiceError for a refusal that may be lifted.
        """
        ...

    def close(self) -> None: ...


class Publisher:
    """Sends records in order and keeps in `spool` what has not been taken. Call `close` at the end.

    A record that is refused raises ServiceError with the service's own words. With `background`, `publish` only stores
    the record; a thread sends it, sets aside what the service calls wrong, and tries the rest again for ever.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        wait: wait_base | None = None,
        last_try_s: float = LAST_TRY_S,
        spool: Spool | None = None,
        background: bool = False,
    ) -> None:
        self.sender = sender
        self._wait = wait or wait_exponential(multiplier=0.2, max=5.0) + wait_random(0.0, 0.2)
        self._last_try_s = last_try_s
        self._spool = Spool() if spool is None else spool
        self._closing = threading.Event()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._keep_sending, name="counts", daemon=True) if background else None
        self.accepted = 0
        self.duplicates = 0
        if self._thread is not None:
            self._thread.start()

    @property
    def name(self) -> str:
        """The address that records go to."""
        return self.sender.name

    @property
    def unsent(self) -> int:
        """Records that the service has not taken yet."""
        return len(self._spool)

    def publish(self, record: CountRecord) -> None:
        """Send what is waiting and this. Counting goes on when the service is away; the record then waits."""
        self._spool.put(record)
        if self._thread is None:
            self._drain(self._tries(stop_after_attempt(2)))
        else:
            self._news.set()

    def close(self) -> int:
        """Send what is still waiting, patiently; the number left in a durable spool for the next start.

        Raises ServiceError naming what could not be delivered and will be lost.
        """
        try:
            self._closing.set()
            self._news.set()
            if self._thread is not None:
                self._thread.join()
            self._drain(self._tries(stop_after_delay(self._last_try_s)))
            left = self.unsent
            if left and not self._spool.durable:
                raise ServiceError(
                    f"{left} count records could not be delivered to {self.sender.name} within "
                    f"{self._last_try_s:g} s; start the service and count again"
                )
            return left
        finally:
            self.sender.close()

    def _tries(self, stop: stop_base) -> Retrying:
        return Retrying(retry=retry_if_exception_type(NotNowError), stop=stop, wait=self._wait)

    def _keep_sending(self) -> None:
        tries = self._tries(stop_when_event_set(self._closing)).copy(sleep=sleep_using_event(self._closing))
        trouble = ""
        while not self._closing.is_set():
            self._news.wait(IDLE_S)
            self._news.clear()
            try:
                self._drain(tries)
                trouble = ""
            except ServiceError as refusal:
                if str(refusal) != trouble:
                    trouble = str(refusal)
                    _log.warning("counts wait: %s", trouble)

    def _drain(self, retrying: Retrying) -> None:
        while (waiting := self._spool.first()) is not None:
            try:
                answer = retrying.copy(reraise=True)(self.sender.send, waiting)
            except NotNowError:
                return
            except BadRecordError as refusal:
                if self._thread is None:
                    raise
                _log.warning("a count record was set aside: %s", refusal)
                self._spool.set_aside(waiting, str(refusal))
                continue
            self._spool.drop(waiting)
            self.duplicates += answer
            self.accepted += not answer
