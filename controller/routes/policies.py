"""The policies that can run, and which one does: list, shadow, promote, roll back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path
from starlette.responses import Response

from controller.policy_answers import LiveAnswer, PoliciesAnswer, ShadowAnswer
from controller.policy_catalogue import PolicyEntry
from controller.routes import Caller, TheService, json_response
from controller.run_answers import CurveAnswer
from controller.schemas import ReasonBody
from controller.training_runs import curve_document

SHOWN = ("name", "created", "interval_s", "notes", "results")
"""What of a card is shown, where it has it."""

router = APIRouter(prefix="/v1", tags=["policies"])


async def known_policy(service: TheService, policy_id: Annotated[str, Path(max_length=40)]) -> str:
    """The path's policy; 404 when there is none of that id on disk."""
    if policy_id not in await service.policies.entries():
        raise HTTPException(404, f"no policy {policy_id!r}: see GET /v1/policies")
    return policy_id


PolicyId = Annotated[str, Depends(known_policy)]


@router.get("/policies", responses={200: {"model": PoliciesAnswer}})
async def get_policies(service: TheService) -> Response:
    """Every policy on disk with what its card says, the live one and the shadow."""
    desk = service.policies
    entries = await desk.entries()
    return json_response(
        {
            "live": desk.live_id,
            "running": service.policy.policy is not None,
            "shadow": None if desk.shadow is None else desk.shadow.policy_id,
            "policies": [_document(entry) for entry in entries.values()],
        }
    )


@router.post("/policies/rollback", responses={200: {"model": LiveAnswer}})
async def post_rollback(service: TheService, caller: Caller, body: ReasonBody) -> Response:
    """Takes the last promotion back; the one before decides from the next tick."""
    before = await service.policies.rollback(caller.name, body.reason)
    return json_response({"live": service.policies.live_id, "before": before})


@router.get("/policies/{policy_id}/curve", responses={200: {"model": CurveAnswer}})
async def get_curve(service: TheService, policy_id: PolicyId) -> Response:
    """How the policy learned, as its card tells; empty for a card that does not."""
    card = (await service.policies.entries())[policy_id].card
    return json_response(curve_document(card.get("curve"), card.get("evaluations")))


@router.post("/policies/{policy_id}/promote", responses={200: {"model": LiveAnswer}})
async def post_promotion(service: TheService, caller: Caller, policy_id: PolicyId, body: ReasonBody) -> Response:
    """Makes a policy the live one from the next tick, on disk before it counts; one that cannot run is refused."""
    before = await service.policies.promote(policy_id, caller.name, body.reason)
    return json_response({"live": service.policies.live_id, "before": before})


@router.get("/policies/{policy_id}/shadow", responses={200: {"model": ShadowAnswer}})
async def get_shadow(service: TheService, policy_id: PolicyId) -> Response:
    """How a candidate compares with the live policy, since it began."""
    return json_response({"policy_id": policy_id, **service.policies.shadow_document(policy_id)})


@router.post("/policies/{policy_id}/shadow", responses={200: {"model": ShadowAnswer}})
async def post_shadow(service: TheService, caller: Caller, policy_id: PolicyId, body: ReasonBody) -> Response:
    """Lets a policy decide beside the live one, on what that one sees; nothing it says reaches a junction."""
    await service.policies.begin_shadow(policy_id, caller.name, body.reason)
    return json_response({"policy_id": policy_id, **service.policies.shadow_document(policy_id)})


@router.delete("/policies/{policy_id}/shadow", responses={200: {"model": ShadowAnswer}})
async def delete_shadow(service: TheService, caller: Caller, policy_id: PolicyId) -> Response:
    """Ends the candidate; its figures are gone with it."""
    await service.policies.end_shadow(policy_id, caller.name, "ended")
    return json_response({"policy_id": policy_id, **service.policies.shadow_document(policy_id)})


def _document(entry: PolicyEntry) -> dict[str, Any]:
    card = {name: entry.card[name] for name in SHOWN if name in entry.card}
    return {"id": entry.id, "sha256": entry.sha256, "fault": entry.fault, "card": card}
