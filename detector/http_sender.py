"""Count records to the timing service: `POST /v1/junctions/{id}/counts`."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from detector.publish import BadRecordError, NotNowError
from detector.spool import Waiting
from junction.errors import InputError, ServiceError

TIMEOUT_S = 5.0
_BAD_RECORD = frozenset({400, 409, 413, 422})
"""Answers that say that this record is wrong; any other refusal may be lifted."""
_BAD_KEY = frozenset({401, 403})


class HttpSender:
    """Posts records to the service at `url` (without `/v1`). An address that is none raises InputError at once.

    `keys` are the cameras' own for the service, by camera id; `key` is that of every other camera.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        keys: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._key = key
        self._keys = dict(keys or {})
        self._client = httpx.Client(base_url=_address(url), timeout=TIMEOUT_S, transport=transport)
        self._url = url
        self.stills_asked: set[str] = set()
        """Cameras of which the service wants one picture (`detector/still.py`)."""

    @property
    def name(self) -> str:
        return self._url

    def close(self) -> None:
        self._client.close()

    def send(self, waiting: Waiting) -> bool:
        """Whether the service had it already."""
        path = f"/v1/junctions/{quote(waiting.junction_id, safe='')}/counts"
        try:
            response = self._client.post(path, json=waiting.document, headers=self._headers(waiting.camera_id))
        except httpx.TransportError as error:
            raise NotNowError(str(error)) from None
        if response.status_code >= 500 or response.status_code in (408, 429):
            raise NotNowError(f"{response.status_code}")
        if not response.is_success:
            kind = BadRecordError if response.status_code in _BAD_RECORD else ServiceError
            raise kind(f"{self._url} refused the counts of {waiting.camera_id}: {_words(response)}")
        try:
            answer = response.json()
            known = bool(answer["duplicate"])
            if answer.get("still_asked"):
                self.stills_asked.add(waiting.camera_id)
            return known
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ServiceError(
                f"{self._url}{path}: expected {{accepted, duplicate}}, got {response.text[:120]!r}; "
                "is this the timing service?"
            ) from None

    def bring_still(self, junction_id: str, camera_id: str, jpeg: bytes) -> None:
        """Brings the picture that was asked for. Raises ServiceError where it is not taken."""
        path = f"/v1/junctions/{quote(junction_id, safe='')}/cameras/{quote(camera_id, safe='')}/still"
        headers = {**self._headers(camera_id), "Content-Type": "image/jpeg"}
        try:
            response = self._client.put(path, content=jpeg, headers=headers)
        except httpx.TransportError as error:
            raise ServiceError(f"{self._url}: {error}") from None
        if not response.is_success:
            raise ServiceError(f"{self._url} refused the still of {camera_id}: {_words(response)}")

    def _headers(self, camera_id: str) -> dict[str, str]:
        key = self._keys.get(camera_id, self._key)
        return {} if key is None else {"Authorization": f"Bearer {key}"}


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
