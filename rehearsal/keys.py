"""The keys of the simulated boxes, made as an admin makes them for real ones; the service must be open to loopback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpx

from controller.access.key_file import key_headers
from controller.access.roles import DeviceKind
from junction.errors import ServiceError


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxKeys:
    """One junction's: what its camera and its controller send with every call."""

    camera: Mapping[str, str]
    controller: Mapping[str, str]


async def make_keys(url: str, junction_ids: Iterable[str]) -> dict[str, BoxKeys]:
    """A key for every camera and controller. Raises ServiceError when one cannot be had."""
    async with httpx.AsyncClient(base_url=url, timeout=30.0) as http:
        return {
            junction_id: BoxKeys(
                camera=await _key(http, DeviceKind.CAMERA, junction_id),
                controller=await _key(http, DeviceKind.CONTROLLER, junction_id),
            )
            for junction_id in junction_ids
        }


async def _key(http: httpx.AsyncClient, kind: DeviceKind, junction_id: str) -> dict[str, str]:
    body = {"kind": kind, "junction_id": junction_id, "name": f"simulated {kind}"}
    try:
        answer = await http.post("/v1/device-keys", json=body)
        answer.raise_for_status()
    except httpx.HTTPError as wrong:
        raise ServiceError(f"no key for {junction_id}'s {kind}: {wrong}") from None
    return key_headers(str(answer.json()["key"]))
