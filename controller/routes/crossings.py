"""A junction's level crossings: what is known of them, and the word of a gate or an operator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from starlette.responses import Response

from controller.crossing_bodies import CrossingAnswer, CrossingBody, CrossingsAnswer
from controller.routes import Caller, Junction, TheService, json_response

router = APIRouter(prefix="/v1", tags=["junctions"])


@router.get("/junctions/{junction_id}/crossings", responses={200: {"model": CrossingsAnswer}})
async def get_crossings(service: TheService, junction_id: Junction) -> Response:
    """The level crossings beside the junction, by its site, and whether they are shut now."""
    crossings = service.states[junction_id].crossings.documents(service.clock.now_s())
    return json_response({"junction_id": junction_id, "crossings": crossings})


@router.post("/junctions/{junction_id}/crossings/{crossing_id}", responses={200: {"model": CrossingAnswer}})
async def post_crossing(
    service: TheService,
    caller: Caller,
    junction_id: Junction,
    crossing_id: Annotated[str, Path(max_length=80)],
    body: CrossingBody,
) -> Response:
    """Says that a crossing is shut or open, on disk before it is acknowledged; say it again before `ttl_s` is over."""
    now_s = service.clock.now_s()
    document = await service.crossings.take(junction_id, crossing_id, body, caller.name, now_s)
    if document is None:
        raise HTTPException(404, f"no level crossing {crossing_id!r} beside {junction_id}")
    return json_response(document)
