"""Count records to the timing service: `POST /v1/junctions/{id}/counts`.

Every record is sent until the service has taken it, in order; sending one twice is harmless, because the service
knows it by (camera, boot_id, n). A file's records are sent between its frames; a live camera's by a thread of their
own, so that a service that is away holds up no counting.
"""

from __future__ import annotations

import logging
import threading
from urllib.parse import quote

import httpx
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
from junction.errors import InputError, ServiceError

TIMEOUT_S = 5.0
LAST_TRY_S = 60.0
"""How long the end of a run waits for a service that is away."""
IDLE_S = 1.0
"""How often the thread looks for what is unsent when nothing new came."""
_BAD_RECORD = frozenset({400, 409, 413, 422})
"""Answers that say that this record is wrong; any other refusal may be lifted."""

_BAD_KEY = frozenset({401, 403})

_log = logging.getLogger(__name__)


class _NotNowError(Exception):
    """The service is away or busy; the same record may be sent again."""


class _BadRecordError(ServiceError):
    """The service will never take this record."""


class Publisher:
    """Sends records in order and keeps in `spool` what the service has not taken. Call `close` at the end.

    `url` is the service's address without `/v1`; an address that is none raises InputError at once. `key` is this
    camera's own for the service. A record that the service refuses (a 4xx) raises ServiceError with the service's own
    words. With `background`, `publish` only stores the record; a thread sends it, sets aside what the service calls
    wrong, and tries the rest again for ever.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        wait: wait_base | None = None,
        last_try_s: float = LAST_TRY_S,
        spool: Spool | None = None,
        background: bool = False,
        key: str | None = None,
    ) -> None:
        address = _address(url)
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=address, timeout=TIMEOUT_S, transport=transport, headers=headers)
        self._url = url
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
                    f"{left} count records could not be delivered to {self._url} within "
                    f"{self._last_try_s:g} s; start the service and count again"
                )
            return left
        finally:
            self._client.close()

    def _tries(self, stop: stop_base) -> Retrying:
        return Retrying(retry=retry_if_exception_type(_NotNowError), stop=stop, wait=self._wait)

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
                answer = retrying.copy(reraise=True)(self._send, waiting)
            except _NotNowError:
                return
            except _BadRecordError as refusal:
                if self._thread is None:
                    raise
                _log.warning("a count record was set aside: %s", refusal)
                self._spool.set_aside(waiting, str(refusal))
                continue
            self._spool.drop(waiting)
            self.duplicates += answer
            self.accepted += not answer

    def _send(self, waiting: Waiting) -> bool:
        """Whether the service had it already."""
        path = f"/v1/junctions/{quote(waiting.junction_id, safe='')}/counts"
        try:
            response = self._client.post(path, json=waiting.document)
        except httpx.TransportError as error:
            raise _NotNowError(str(error)) from None
        if response.status_code >= 500 or response.status_code in (408, 429):
            raise _NotNowError(f"{response.status_code}")
        if not response.is_success:
            kind = _BadRecordError if response.status_code in _BAD_RECORD else ServiceError
            raise kind(f"{self._url} refused the counts of {waiting.camera_id}: {_words(response)}")
        try:
            return bool(response.json()["duplicate"])
        except (ValueError, KeyError, TypeError):
            raise ServiceError(
                f"{self._url}{path}: expected {{accepted, duplicate}}, got {response.text[:120]!r}; "
                "is this the timing service?"
            ) from None


def _address(url: str) -> httpx.URL:
    """The service's address. Raises InputError for what is none."""
    try:
        address = httpx.URL(url.rstrip("/"))
    except httpx.InvalidURL:
        address = httpx.URL("")
    if address.scheme not in ("http", "https") or not address.host:
        raise InputError("--post", expected="the service's address, such as http://127.0.0.1:8000", got=url)
    return address


def _words(response: httpx.Response) -> str:
    """A problem document's own words, or the status."""
    try:
        problem = response.json()
        detail = problem.get("detail") or problem.get("title")
    except (ValueError, AttributeError):
        detail = None
    hint = "; see --key-file" if response.status_code in _BAD_KEY else ""
    return f"{response.status_code} {detail or response.reason_phrase}{hint}"
