"""Green corridors: open one, see those that are open, close one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from starlette.responses import Response

from controller.corridor_bodies import CorridorAnswer, CorridorBody, CorridorsAnswer
from controller.corridor_records import corridor_document
from controller.routes import Caller, TheService, json_response

router = APIRouter(prefix="/v1", tags=["junctions"])


@router.get("/corridors", responses={200: {"model": CorridorsAnswer}})
async def get_corridors(service: TheService) -> Response:
    """Every green corridor that is open, with each junction's times."""
    return json_response({"corridors": service.corridors.documents(service.clock.now_s())})


@router.post("/corridors", responses={200: {"model": CorridorAnswer}})
async def post_corridor(service: TheService, caller: Caller, body: CorridorBody) -> Response:
    """Opens a green corridor for an emergency vehicle, on disk before it is acknowledged; it ends by itself."""
    now_s = service.clock.now_s()
    return json_response(corridor_document(await service.corridors.open(body, caller.name, now_s), now_s))


@router.delete("/corridors/{corridor_id}", responses={200: {"model": CorridorAnswer}})
async def delete_corridor(
    service: TheService, caller: Caller, corridor_id: Annotated[str, Path(max_length=20)]
) -> Response:
    """Closes one: its junctions go back to what timed them before, from the next tick on."""
    now_s = service.clock.now_s()
    corridor = await service.corridors.close(corridor_id, caller.name, now_s, "closed by hand")
    if corridor is None:
        raise HTTPException(404, f"no corridor {corridor_id!r} is open: see GET /v1/corridors")
    return json_response(corridor_document(corridor, now_s))
