"""Count records to the timing service: `POST /v1/junctions/{id}/counts`.

Every record is sent until the service has taken it, in order; sending one twice is harmless, because the service
knows it by (camera, boot_id, n).
"""

from __future__ import annotations

from collections import deque
from urllib.parse import quote

import httpx
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
    wait_random,
)
from tenacity.wait import wait_base

from junction.counts import CountRecord
from junction.errors import InputError, ServiceError

TIMEOUT_S = 5.0
LAST_TRY_S = 60.0
"""How long the end of a run waits for a service that is away."""


class _NotNowError(Exception):
    """The service is away or busy; the same record may be sent again."""


class Publisher:
    """Sends records in order and keeps what the service has not taken. Use as a context, or call `close`.

    `url` is the service's address without `/v1`. A record that the service refuses for good (a 4xx) raises
    ServiceError with the service's own words; an address that is none raises InputError at once.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        wait: wait_base | None = None,
        last_try_s: float = LAST_TRY_S,
    ) -> None:
        address = _address(url)
        self._client = httpx.Client(base_url=address, timeout=TIMEOUT_S, transport=transport)
        self._url = url
        self._wait = wait or wait_exponential(multiplier=0.2, max=5.0) + wait_random(0.0, 0.2)
        self._last_try_s = last_try_s
        self._unsent: deque[CountRecord] = deque()
        self.accepted = 0
        self.duplicates = 0

    @property
    def unsent(self) -> int:
        """Records that the service has not taken yet."""
        return len(self._unsent)

    def publish(self, record: CountRecord) -> None:
        """Send what is waiting and this. Counting goes on when the service is away; the record then waits."""
        self._unsent.append(record)
        self._drain(Retrying(retry=retry_if_exception_type(_NotNowError), stop=stop_after_attempt(2), wait=self._wait))

    def close(self) -> None:
        """Send what is still waiting, patiently. Raises ServiceError naming what could not be delivered."""
        try:
            patient = stop_after_delay(self._last_try_s)
            self._drain(Retrying(retry=retry_if_exception_type(_NotNowError), stop=patient, wait=self._wait))
            if self._unsent:
                raise ServiceError(
                    f"{len(self._unsent)} count records could not be delivered to {self._url} within "
                    f"{self._last_try_s:g} s; start the service and count again"
                )
        finally:
            self._client.close()

    def _drain(self, retrying: Retrying) -> None:
        while self._unsent:
            try:
                answer = retrying.copy(reraise=True)(self._send, self._unsent[0])
            except _NotNowError:
                return
            self._unsent.popleft()
            self.duplicates += answer
            self.accepted += not answer

    def _send(self, record: CountRecord) -> bool:
        """Whether the service had it already."""
        path = f"/v1/junctions/{quote(record.junction_id, safe='')}/counts"
        try:
            response = self._client.post(path, json=record.to_document())
        except httpx.TransportError as error:
            raise _NotNowError(str(error)) from None
        if response.status_code >= 500 or response.status_code in (408, 429):
            raise _NotNowError(f"{response.status_code}")
        if not response.is_success:
            raise ServiceError(f"{self._url} refused the counts of {record.camera_id}: {_words(response)}")
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
    return f"{response.status_code} {detail or response.reason_phrase}"
