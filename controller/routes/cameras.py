"""A junction's cameras: which report, one still of a camera's picture, and the camera file of what is drawn on it."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from starlette.responses import Response

from controller.camera_bodies import (
    JPEG,
    CameraFileAnswer,
    CamerasAnswer,
    DrawingBody,
    StillAskedAnswer,
    StillTakenAnswer,
)
from controller.routes import Caller, Junction, TheService, json_response
from controller.schemas import ReasonBody
from controller.stills import StillState
from detector.camera_checks import check_junction, check_watches
from detector.camera_file import camera_from_text
from detector.camera_toml import camera_toml

router = APIRouter(prefix="/v1/junctions/{junction_id}", tags=["cameras"])


async def known_camera(
    service: TheService, junction_id: Junction, camera_id: Annotated[str, Path(max_length=80)]
) -> str:
    """The path's camera; 404 when it has reported nothing since the service started."""
    if camera_id not in service.states[junction_id].cameras:
        raise HTTPException(404, f"no camera {camera_id!r} of {junction_id} has reported since the service started")
    return camera_id


Camera = Annotated[str, Depends(known_camera)]


@router.get("/cameras", responses={200: {"model": CamerasAnswer}})
async def get_cameras(service: TheService, junction_id: Junction) -> Response:
    """The cameras that have reported since the service started or are missed, with their last state and its age."""
    now_s = service.clock.now_s()
    cameras = [
        {
            "id": camera_id,
            "state": heard.state,
            "age_s": round(now_s - heard.end_at, 2),
            "origin": heard.origin,
            "still": service.stills.state(junction_id, camera_id, now_s),
        }
        for camera_id, heard in sorted(service.states[junction_id].cameras.items())
    ]
    return json_response({"junction_id": junction_id, "cameras": cameras})


@router.post("/cameras/{camera_id}/still", responses={200: {"model": StillAskedAnswer}})
async def post_still(
    service: TheService, caller: Caller, junction_id: Junction, camera_id: Camera, body: ReasonBody
) -> Response:
    """Asks the camera for one still, for a minute: the only picture that this service ever asks for. It goes into the
    audit, and the picture into memory only."""
    until_at = await service.stills.ask(junction_id, camera_id, caller.name, body.reason, service.clock.now_s())
    return json_response({"camera_id": camera_id, "still": StillState.ASKED, "until_at": until_at})


@router.put(
    "/cameras/{camera_id}/still",
    responses={200: {"model": StillTakenAnswer}, 404: {}},
    openapi_extra={"requestBody": {"required": True, "content": JPEG}},
)
async def put_still(request: Request, service: TheService, junction_id: Junction, camera_id: Camera) -> Response:
    """The camera's picture, its privacy masks painted over. 404 when nobody asks for one now."""
    if not service.stills.bring(junction_id, camera_id, await request.body(), service.clock.now_s()):
        raise HTTPException(404, "nobody asks for a still of this camera now")
    return json_response({"taken": True})


@router.get("/cameras/{camera_id}/still", response_class=Response, responses={200: {"content": JPEG}, 404: {}})
async def get_still(service: TheService, caller: Caller, junction_id: Junction, camera_id: Camera) -> Response:
    """The still, for five minutes after it came; every look stands in the audit. 404 where none waits."""
    jpeg = await service.stills.show(junction_id, camera_id, caller.name, service.clock.now_s())
    if jpeg is None:
        raise HTTPException(404, "no still of this camera waits; ask for one")
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/camera-file", responses={200: {"model": CameraFileAnswer}})
async def post_camera_file(service: TheService, junction_id: Junction, body: DrawingBody) -> Response:
    """The camera file of a drawing, read again and checked as `chauraha camera check` does. Nothing of it is kept."""
    text = camera_toml({**body.model_dump(mode="json"), "junction_id": junction_id})
    file_name = f"{body.id}.toml"
    camera = camera_from_text(text, FilePath(file_name))
    layouts = {key: state.site.layout for key, state in service.states.items()}
    checks = [check_watches(camera), check_junction(camera, layouts, service.scenario.name)]
    return json_response({"file_name": file_name, "toml": text, "checks": [check.to_document() for check in checks]})
