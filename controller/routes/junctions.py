"""A junction's documents: site, status, observation, counts, override, modes; and the plans."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated

import orjson
from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from controller.answers import (
    CountsAnswer,
    CountsTakenAnswer,
    DecisionAnswer,
    HistoryAnswer,
    ObservationAnswer,
    OverrideAnswer,
    PlanAnswer,
    ReportTakenAnswer,
    SiteAnswer,
    StatusAnswer,
)
from controller.decision import decision_document
from controller.event_bodies import EventsAnswer, EventsBody, EventsTakenAnswer, events_document
from controller.live import corridor_document, lane_group_documents, override_document
from controller.plans import find_plan, plan_document
from controller.polls import take_report
from controller.routes import Caller, FromTime, Junction, TheService, ToTime, json_response, must_be_of, signed_response
from controller.schemas import CountsBody, OverrideBody
from controller.signing import canonical
from junction.encoding import ENCODING_VERSION, STAGE_FEATURES, encode
from junction.errors import InputError
from junction.plan import DAY_S
from junction.policy import Situation
from junction.site import site_to_document

MAX_RECORDS = 500
MAX_HISTORY = 200

NOT_MODIFIED = {"description": "The client has it already."}
REPORT = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/StatusBody"}}},
    }
}
"""The report is read without FastAPI: a poll carries the same one."""

router = APIRouter(prefix="/v1")


@router.get(
    "/junctions/{junction_id}/site",
    tags=["control"],
    responses={200: {"model": SiteAnswer}, 304: NOT_MODIFIED},
)
async def get_site(request: Request, service: TheService, junction_id: Junction) -> Response:
    """What a controller keeps for itself, signed; its tag is the `site_hash` of every control document."""
    site = service.states[junction_id].site
    document = {**site_to_document(site), "junction_id": junction_id, "site_hash": site.hash}
    return signed_response(request, document, site.hash)


@router.get(
    "/plans/{plan_id}",
    tags=["control"],
    responses={200: {"model": PlanAnswer}, 304: NOT_MODIFIED},
)
async def get_plan(request: Request, service: TheService, caller: Caller, plan_id: str) -> Response:
    """One fixed plan, signed, by `JUNCTION:PLAN`, or by the plan's id where only one junction has it."""
    found = find_plan({key: state.site for key, state in service.states.items()}, plan_id)
    if found is None:
        raise HTTPException(404, f"no plan {plan_id!r}: name it as JUNCTION:PLAN")
    must_be_of(caller, found[0].layout.id)
    document = plan_document(*found)
    return signed_response(request, document, hashlib.sha256(canonical(document)).hexdigest()[:16])


@router.get("/junctions/{junction_id}/status", tags=["junctions"], responses={200: {"model": StatusAnswer}})
async def get_status(service: TheService, junction_id: Junction) -> Response:
    """The field controller's last report and its age (`report` is null when there was none), and what people asked of
    the junction, with countdowns."""
    state, now_s = service.states[junction_id], service.clock.now_s()
    return json_response(
        {
            "junction_id": junction_id,
            "age_s": None if state.report is None else round(now_s - state.report.received_s, 2),
            "report": None if state.report is None else state.report.document,
            "override": override_document(state, now_s),
            "corridor": corridor_document(state, now_s),
        }
    )


@router.post(
    "/junctions/{junction_id}/status",
    tags=["control"],
    responses={200: {"model": ReportTakenAnswer}},
    openapi_extra=REPORT,
)
async def post_status(request: Request, service: TheService, junction_id: Junction) -> Response:
    """A report alone, for a controller that polls by GET."""
    return take_report(service, junction_id, await request.body()) or json_response({"accepted": True})


@router.get("/junctions/{junction_id}/observation", tags=["junctions"], responses={200: {"model": ObservationAnswer}})
async def get_observation(service: TheService, junction_id: Junction) -> Response:
    """What a policy would be given now: the readings and the encoded rows."""
    state = service.states[junction_id]
    now_s = service.clock.now_s()
    observation = state.observation(now_s)
    layout = state.site.layout
    situation = Situation(layout=layout, observation=observation, allowed=state.guard.allowed(observation.signals))
    rows = encode(situation)[: len(layout.stages)]
    return json_response(
        {
            "junction_id": junction_id,
            "at": now_s,
            "known_share": observation.known_share,
            "lane_groups": lane_group_documents(observation),
            "signals_known": state.fresh_signals(now_s) is not None,
            "encoding": {
                "version": ENCODING_VERSION,
                "features": STAGE_FEATURES,
                "stages": {stage.id: row.tolist() for stage, row in zip(layout.stages, rows, strict=True)},
                "allowed": {stage.id: bool(situation.allowed[i]) for i, stage in enumerate(layout.stages)},
            },
        }
    )


@router.get("/junctions/{junction_id}/decision", tags=["junctions"], responses={200: {"model": DecisionAnswer}})
async def get_decision(service: TheService, junction_id: Junction) -> Response:
    """Why the policy chose what it last chose: each allowed stage's score, and each movement's part in it."""
    return json_response(decision_document(service.states[junction_id]))


@router.post("/junctions/{junction_id}/counts", tags=["counts"], responses={200: {"model": CountsTakenAnswer}})
async def post_counts(service: TheService, junction_id: Junction, body: CountsBody) -> Response:
    """A camera's report; sending one again changes nothing. `still_asked` stands in the answer, true, only while an
    engineer asks for a still of that camera."""
    accepted = await service.take_counts(junction_id, body)
    answer = {"accepted": accepted, "duplicate": not accepted}
    if service.stills.asks(junction_id, body.camera_id, service.clock.now_s()):
        answer["still_asked"] = True
    return json_response(answer)


@router.get("/junctions/{junction_id}/counts", tags=["counts"], responses={200: {"model": CountsAnswer}})
async def get_counts(
    service: TheService,
    junction_id: Junction,
    since: Annotated[float, Query(ge=0, le=1e11, allow_inf_nan=False)] = 0.0,
) -> Response:
    """The last reports that ended after `since`, line totals since then, and what is seen now."""
    await service.store.flush()
    records = await service.store.counts(junction_id, since, MAX_RECORDS)
    totals: dict[str, dict[str, dict[str, int]]] = {}
    for row in await service.store.line_totals(junction_id, since):
        by_class = totals.setdefault(row["line"], {}).setdefault(row["direction"], {})
        by_class[row["vehicle_class"]] = int(row["number"])
    observation = service.states[junction_id].observation(service.clock.now_s())
    return json_response(
        {
            "junction_id": junction_id,
            "records": [orjson.Fragment(record) for record in records],
            "totals": totals,
            "lane_groups": lane_group_documents(observation),
        }
    )


@router.post("/junctions/{junction_id}/events", tags=["control"], responses={200: {"model": EventsTakenAnswer}})
async def post_events(service: TheService, junction_id: Junction, body: EventsBody) -> Response:
    """A batch of a controller's high-resolution events, on disk before it is acknowledged; again changes nothing."""
    accepted = await service.take_events(junction_id, body)
    return json_response({"accepted": accepted, "duplicate": not accepted})


@router.get("/junctions/{junction_id}/events", tags=["figures"], responses={200: {"model": EventsAnswer}})
async def get_events(
    service: TheService, junction_id: Junction, from_at: FromTime = None, to_at: ToTime = None
) -> Response:
    """A controller's high-resolution events of at most a day; left out: of the hour before `to`, or before now."""
    end_at = service.clock.now_s() if to_at is None else to_at
    begin_at = end_at - 3600 if from_at is None else from_at
    if not begin_at < end_at <= begin_at + DAY_S:
        raise InputError("to", expected=f"after from ({begin_at:g}), by at most a day", got=end_at)
    bodies = await service.store.event_batches(junction_id, begin_at, end_at)
    events = await asyncio.to_thread(events_document, bodies, begin_at, end_at)
    return json_response({"junction_id": junction_id, "from_at": begin_at, "to_at": end_at, "events": events})


@router.post("/junctions/{junction_id}/override", tags=["junctions"], responses={200: {"model": OverrideAnswer}})
async def post_override(service: TheService, caller: Caller, junction_id: Junction, body: OverrideBody) -> Response:
    """An operator's wish, on disk before it is acknowledged; it applies from the next tick."""
    row = await service.take_override(junction_id, body, caller.name)
    return json_response(
        {
            "junction_id": junction_id,
            "kind": row.kind,
            "stage_id": row.stage_id,
            "plan_id": row.plan_id,
            "from_at": row.from_at,
            "until_at": row.until_at,
            "reason": row.reason,
        }
    )


@router.get("/junctions/{junction_id}/history", tags=["junctions"], responses={200: {"model": HistoryAnswer}})
async def get_history(service: TheService, junction_id: Junction) -> Response:
    """The last changes of mode with their causes, and the last overrides; newest first."""
    await service.store.flush()
    changes = await service.store.mode_changes(junction_id, MAX_HISTORY)
    overrides = await service.store.overrides(junction_id, MAX_HISTORY)
    return json_response({"junction_id": junction_id, "mode_changes": changes, "overrides": overrides})
