"""The city as a whole: what it is, its state now and as a stream, the signing keys, health, and the driven clock."""

from __future__ import annotations

import asyncio
import gzip
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request
from starlette.responses import Response, StreamingResponse

from controller.access.gate import session_token
from controller.answers import ClockAnswer, HealthAnswer, SigningKeysAnswer
from controller.city_answers import CityAnswer, PublicAnswer, StateAnswer
from controller.key_ring import KEYS_SCHEMA
from controller.live import CITY_SCHEMA, city_junction, named_days
from controller.public_state import GOOD_FOR_S
from controller.routes import JSON, Caller, TheService, json_response
from controller.schemas import ClockBody
from controller.settings import ClockKind


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


EVENTS = "id: 5f0c-1\nevent: state\ndata: {}\n\nid: 5f0c-2\nevent: change\ndata: {}\n\n"
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One event `state`, then events `change`, for ever.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EVENTS}},
    }
}

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METRICS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One metric a line.",
        "content": {"text/plain": {"schema": {"type": "string"}, "example": "chauraha_deciding 1.0\n"}},
    }
}

router = APIRouter()


@router.get("/healthz", tags=["service"], responses={200: {"model": HealthAnswer}})
async def get_health(service: TheService) -> Response:
    """200 while the database answers and the decide loop does its ticks; 503 with a problem document else."""
    await service.store.check()
    if not service.deciding:
        raise HTTPException(503, "the decide loop has made no tick for 5 s; see the service's log")
    return json_response({"ok": True})


@router.get("/metrics", tags=["service"], response_class=Response, responses=METRICS)
async def get_metrics(service: TheService) -> Response:
    """Prometheus' text format: requests, ticks, junctions by mode and cause, the store, the broker."""
    return Response(service.metrics.page(), media_type=METRICS_TYPE)


@router.get("/v1/city", tags=["city"], responses={200: {"model": CityAnswer}})
async def get_city(request: Request, service: TheService) -> Response:
    """`chauraha.city/1`: names, map, corridors and junctions."""
    scenario = service.scenario
    answer = json_response(
        {
            "schema": CITY_SCHEMA,
            "name_en": scenario.name_en,
            "name_hi": scenario.name_hi,
            "day_start_at": scenario.day_start_at,
            "clock": str(service.settings.clock),
            "policy": {"cause": service.policy.cause, "detail": service.policy.detail},
            "map": scenario.map_geojson,
            "corridors": scenario.corridors,
            "thanas": {one.id: {"name_hi": one.name_hi, "basis": one.basis} for one in scenario.names.thana},
            "days": named_days(scenario),
            "junctions": [city_junction(state.site) for state in service.states.values()],
        }
    )
    return await _packed(request, answer)


@router.get("/v1/state", tags=["city"], responses={200: {"model": StateAnswer}})
async def get_state(service: TheService) -> Response:
    """`chauraha.state/1`: every junction now."""
    return Response(await service.state_bytes(), media_type=JSON, headers={"Cache-Control": "no-store"})


@router.get("/v1/public", tags=["city"], responses={200: {"model": PublicAnswer}})
async def get_public(service: TheService) -> Response:
    """`chauraha.public/1`, for anyone: which signals work and the level of service. Caches may keep it for 5 s."""
    body = service.public.bytes_at(service.states, service.clock.now_s())
    return Response(body, media_type=JSON, headers={"Cache-Control": f"public, max-age={GOOD_FOR_S:.0f}"})


@router.get("/v1/stream", tags=["city"], response_class=EventStream, responses=STREAM)
async def get_stream(
    request: Request, service: TheService, caller: Caller, last_event_id: Annotated[str | None, Header()] = None
) -> Response:
    """Server-sent events: `state`, the document of `GET /v1/state`, then `change` about once a second with what is
    different since. After a break a client that names its `Last-Event-ID` gets the changes alone, if it missed few.
    Ends with the session."""
    token = session_token(request.scope) if caller.by == "session" else None
    packed = "gzip" in request.headers.get("accept-encoding", "")
    events = service.stream.events(
        last_event_id, packed=packed, goes_on=lambda: token is None or service.register.session(token) is not None
    )
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    return EventStream(events, headers={**headers, "Content-Encoding": "gzip"} if packed else headers)


async def _packed(request: Request, answer: Response) -> Response:
    """The answer, compressed for whoever takes it so: a quarter of the page's first load else. Not on the loop."""
    answer.headers["Vary"] = "Accept-Encoding"
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return answer
    body = await asyncio.to_thread(gzip.compress, bytes(answer.body), 1)
    return Response(body, media_type=JSON, headers={"Vary": "Accept-Encoding", "Content-Encoding": "gzip"})


@router.get("/v1/keys", tags=["control"], responses={200: {"model": SigningKeysAnswer}, 404: {}})
async def get_keys(service: TheService, by: Annotated[str | None, Query(max_length=16)] = None) -> Response:
    """`chauraha.keys/1`: the public keys to trust now, signed by the one that signs, or by an older one that the
    caller trusts. 404 where the service holds no such key."""
    ring = service.signer
    document = service.stamped({"schema": KEYS_SCHEMA, "keys": ring.published()})
    body = ring.sign_by(by or ring.key_id, document)
    if body is None:
        raise HTTPException(404, f"no key {by!r} here")
    return Response(body, media_type=JSON, headers={"Cache-Control": "no-store"})


@router.post("/v1/twin/clock", tags=["service"], responses={200: {"model": ClockAnswer}, 404: {}})
async def post_clock(service: TheService, body: ClockBody) -> Response:
    """Moves a driven clock forward and runs the decide ticks that fall due. 404 on the system's clock."""
    if service.settings.clock is not ClockKind.DRIVEN:
        raise HTTPException(404, "this service runs on the system's clock; start it with --clock driven")
    decided = await service.drive_to(body.time_at)
    return json_response({"time_at": service.clock.now_s(), "decided": decided})
