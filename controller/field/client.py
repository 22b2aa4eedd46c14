"""The timing API as a field controller uses it: HTTP and nothing else. The next poll is the retry."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from controller.field.receipt import examine_stamped
from controller.field.wall_clock import EARLIEST_S
from controller.key_ring import KEYS_SCHEMA
from controller.signing import ALGORITHM, Verifier, key_id_of
from junction.errors import InputError, ServiceError
from junction.site import SITE_SCHEMA, Site, site_from_document

REFUSALS = {400, 413, 422}
"""Answers that will be the same however often it is sent."""
POLL_TIMEOUT_S = 0.9
"""Shorter than the second between polls, so that polls never pile up."""

REFUSED_KEY = {
    401: "the service does not know this box's key (--key-file); an admin makes one",
    403: "this box's key is for another junction or another kind of box",
}


class RefusedError(ServiceError):
    """The service has read what was sent and will never take it."""


class ServiceClient:
    """One controller's calls. `http` brings the server's base URL; its owner closes it."""

    def __init__(self, http: httpx.AsyncClient, junction_id: str, *, timeout_s: float = POLL_TIMEOUT_S) -> None:
        self._http = http
        self._timeout_s = timeout_s
        self._junction_id = junction_id
        self._path = f"/v1/junctions/{junction_id}"

    async def poll(self, status: Mapping[str, Any]) -> bytes:
        """Sends the report and brings the control document. Raises ServiceError when none came."""
        return await self._body("POST", f"{self._path}/control", content=orjson.dumps(status))

    async def send_events(self, document: bytes) -> None:
        """Hands in a batch of events. Raises RefusedError where it will never be taken, ServiceError where it was not
        now."""
        await self._body("POST", f"{self._path}/events", content=document)

    async def fetch_site(self, keys: Mapping[str, bytes], *, seq_seen: int = 0, wall_s: float | None = None) -> Site:
        """The junction's site, signed by one of these keys and not older than `seq_seen`.

        Raises ServiceError when it cannot be had or is refused, InputError when it is not one.
        """
        body = await self._body("GET", f"{self._path}/site")
        _must_hold(body, SITE_SCHEMA, keys, self._junction_id, seq_seen, wall_s)
        site = site_from_document(_json(body))
        if site.layout.id != self._junction_id:
            raise InputError("site.layout.id", expected=self._junction_id, got=site.layout.id)
        return site

    async def fetch_keys(
        self, trusted: Mapping[str, bytes] | None = None, *, seq_seen: int = 0, wall_s: float | None = None
    ) -> dict[str, bytes]:
        """The server's public keys by key id, signed by one that is trusted. None: the first it names is trusted.

        Raises ServiceError when they cannot be had or are refused, InputError when they are none.
        """
        if trusted is None:
            body = await self._body("GET", "/v1/keys")
            _must_hold(body, KEYS_SCHEMA, public_keys(_json(body)), None, seq_seen, wall_s)
            return public_keys(_json(body))
        refused: ServiceError | None = None
        for key_id in trusted:
            try:
                body = await self._body("GET", f"/v1/keys?by={key_id}")
                _must_hold(body, KEYS_SCHEMA, trusted, None, seq_seen, wall_s)
                return public_keys(_json(body))
            except ServiceError as error:
                refused = error
        raise refused or ServiceError("no key is trusted, so none can vouch for another")

    async def _body(self, method: str, path: str, *, content: bytes | None = None) -> bytes:
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            answer = await self._http.request(method, path, content=content, headers=headers, timeout=self._timeout_s)
        except httpx.HTTPError as wrong:
            raise ServiceError(f"{method} {path}: {type(wrong).__name__} {wrong}") from None
        if answer.status_code in REFUSED_KEY:
            raise ServiceError(f"{method} {path}: {REFUSED_KEY[answer.status_code]}: {answer.text[:200]}")
        if answer.status_code in REFUSALS:
            raise RefusedError(f"{method} {path}: refused, {answer.status_code} {answer.text[:200]}")
        if answer.status_code != httpx.codes.OK:
            raise ServiceError(f"{method} {path}: expected 200, got {answer.status_code} {answer.text[:200]}")
        return answer.content


def _must_hold(
    body: bytes,
    schema: str,
    keys: Mapping[str, bytes],
    junction_id: str | None,
    seq_seen: int,
    wall_s: float | None,
) -> None:
    known_s = wall_s if wall_s is not None and wall_s >= EARLIEST_S else None
    refusal = examine_stamped(
        body, schema=schema, verifier=Verifier(keys), junction_id=junction_id, seq_seen=seq_seen, wall_s=known_s
    )
    if refusal is not None:
        raise ServiceError(f"{schema} refused: {refusal}")


def public_keys(document: Mapping[str, Any]) -> dict[str, bytes]:
    """Keys of `GET /v1/keys` by id. Raises InputError for a key that is none or that has another's id."""
    found = {}
    try:
        for entry in document["keys"]:
            raw = base64.b64decode(entry["public_key"], validate=True)
            if entry["algorithm"] != ALGORITHM or len(raw) != 32 or key_id_of(raw) != entry["key_id"]:
                raise InputError("keys", expected=f"{ALGORITHM} keys with their own ids", got=entry["key_id"])
            found[str(entry["key_id"])] = raw
    except (KeyError, TypeError, binascii.Error) as wrong:
        raise InputError("keys", expected="key_id, algorithm and public_key in base64", got=repr(wrong)) from None
    return found


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as wrong:
        raise ServiceError(f"expected JSON, got {str(wrong)[:100]}") from None
    if not isinstance(document, dict):
        raise ServiceError(f"expected a JSON object, got {type(document).__name__}")
    return document
