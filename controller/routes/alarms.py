"""Alarms: what is wrong in the city, who saw to it, what was done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from starlette.responses import Response

from controller.alarms.alarm import Alarm, AlarmAction
from controller.alarms.answers import AlarmsAnswer, AlarmWithActions
from controller.routes import Caller, TheService, json_response
from controller.schemas import ActionBody
from junction.plan import DAY_S

MAX_DAYS = 400

router = APIRouter(prefix="/v1", tags=["alarms"])


async def known_alarm(service: TheService, alarm_id: Annotated[str, Path(max_length=16)]) -> Alarm:
    """The path's alarm; 404 when there never was one of that id."""
    alarm = await service.alarms.find(alarm_id)
    if alarm is None:
        raise HTTPException(404, f"no alarm {alarm_id!r}: see GET /v1/alarms")
    return alarm


TheAlarm = Annotated[Alarm, Depends(known_alarm)]


@router.get("/alarms", responses={200: {"model": AlarmsAnswer}})
async def get_alarms(
    service: TheService,
    days: Annotated[float, Query(gt=0, le=MAX_DAYS, description="How many days back from now.")] = 1.0,
    junction_id: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Alarms that were open at some moment of the last days, the newest first, with what was done about each."""
    end_at = service.clock.now_s()
    begin_at = max(0.0, end_at - days * DAY_S)
    alarms = await service.alarms.documents(begin_at, end_at + 1.0, junction_id, limit)
    return json_response({"begin_at": begin_at, "end_at": end_at, "alarms": alarms})


@router.post("/alarms/{alarm_id}/acknowledge", responses={200: {"model": AlarmWithActions}})
async def post_acknowledge(service: TheService, caller: Caller, alarm: TheAlarm) -> Response:
    """Says that someone has seen an alarm; whoever was first stays. It ends only when its cause does."""
    seen = await service.acknowledge(alarm, caller.name)
    return json_response((await service.alarms.with_actions([seen]))[0])


@router.post("/alarms/{alarm_id}/actions", responses={200: {"model": AlarmWithActions}})
async def post_action(service: TheService, caller: Caller, alarm: TheAlarm, body: ActionBody) -> Response:
    """Notes what was done about an alarm, also after its end."""
    action = AlarmAction(at=round(service.clock.now_s(), 3), actor=caller.name, text=body.text)
    await service.alarms.note(alarm, action)
    return json_response((await service.alarms.with_actions([alarm]))[0])
