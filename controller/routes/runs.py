"""Training runs: which there are, and how they learned."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from starlette.responses import Response

from controller.routes import TheService, json_response
from controller.run_answers import RunCurveAnswer, RunsAnswer

router = APIRouter(prefix="/v1", tags=["policies"])


@router.get("/runs", responses={200: {"model": RunsAnswer}})
async def get_runs(service: TheService) -> Response:
    """The training runs in the service's folder `runs`, those that broke off too."""
    return json_response({"runs": await asyncio.to_thread(service.runs.entries)})


@router.get("/runs/{run_id}", responses={200: {"model": RunCurveAnswer}, 404: {}})
async def get_run(service: TheService, run_id: Annotated[str, Path(max_length=80)]) -> Response:
    """A run's learning curve and its evaluations on seeds that it was not trained on."""
    document = await asyncio.to_thread(service.runs.document, run_id)
    if document is None:
        raise HTTPException(404, f"no training run {run_id!r}: see GET /v1/runs")
    return json_response(document)
