"""The HTTP routes, one file a subject. Each reads the running `Service` from the application's state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Depends, HTTPException, Path, Query, Request
from starlette.responses import Response

from controller.access.gate import principal_of
from controller.access.roles import Principal
from controller.service import Service

JSON = "application/json"


def service_of(request: Request) -> Service:
    """The service of the application that got this request."""
    service: Service = request.app.state.service
    return service


# What FastAPI resolves is async: a plain function would cost every request a turn of the thread pool.
async def _service(request: Request) -> Service:
    return service_of(request)


async def known_junction(request: Request, junction_id: Annotated[str, Path(max_length=80)]) -> str:
    """The path's junction; 404 when this city has none of that id."""
    if junction_id not in service_of(request).states:
        raise HTTPException(404, f"no junction {junction_id!r} in this city")
    return junction_id


async def caller_of(request: Request) -> Principal:
    """Whom the gate let in. On a public route there is none to ask for."""
    principal = principal_of(request.scope)
    if principal is None:
        raise HTTPException(401, "this needs a principal")
    return principal


def must_be_of(principal: Principal, junction_id: str) -> None:
    """403 for a device that asks about another junction where the path does not say which it is about."""
    if principal.device is not None and principal.junction_id != junction_id:
        raise HTTPException(403, f"a device of {principal.junction_id} may not ask about {junction_id}")


def json_response(document: object, *, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer, encoded once, without pydantic in between."""
    return Response(orjson.dumps(document), media_type=JSON, headers=headers)


def signed_response(request: Request, document: Mapping[str, Any], etag: str) -> Response:
    """A signed document that never changes under its tag but for stamp and signature: 304 where the client has it."""
    service = service_of(request)
    headers = {"ETag": f'W/"{etag}"', "Cache-Control": "no-cache"}
    known = request.headers.get("if-none-match", "").split(",")
    if etag in {tag.strip().removeprefix("W/").strip('"') for tag in known}:
        return Response(status_code=304, headers=headers)
    return Response(service.signer.sign(service.stamped(document)), media_type=JSON, headers=headers)


TheService = Annotated[Service, Depends(_service)]
Junction = Annotated[str, Depends(known_junction)]
Caller = Annotated[Principal, Depends(caller_of)]
FromTime = Annotated[float | None, Query(alias="from", ge=0, le=1e11, allow_inf_nan=False)]
ToTime = Annotated[float | None, Query(alias="to", ge=0, le=1e11, allow_inf_nan=False)]
