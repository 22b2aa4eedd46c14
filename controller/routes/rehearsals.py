"""Recorded rehearsals: which there are, a recording's index, and its chunks of a simulated minute."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request
from starlette.responses import FileResponse, Response

from controller.rehearsal_answers import RecordingAnswer, RehearsalsAnswer
from controller.rehearsals import RehearsalEntry
from controller.routes import TheService, json_response

CHUNK_TYPE = "application/gzip"
CHUNKS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Gzip of the layout in docs/recording.md.",
        "content": {CHUNK_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {},
}
KEPT = "private, max-age=31536000, immutable"
"""A chunk's name holds its content's digest."""

router = APIRouter(prefix="/v1/rehearsals", tags=["rehearsals"])

RehearsalId = Annotated[str, Path(max_length=80)]
ChunkName = Annotated[str, Path(max_length=60)]


@router.get("", responses={200: {"model": RehearsalsAnswer}})
async def get_rehearsals(service: TheService) -> Response:
    """Every recording in the service's folder, the newest first; one that cannot be replayed says why."""
    entries = await asyncio.to_thread(service.rehearsals.entries)
    return json_response({"rehearsals": [_document(entry) for entry in entries]})


@router.get("/{rehearsal_id}", responses={200: {"model": RecordingAnswer}})
async def get_rehearsal(service: TheService, rehearsal_id: RehearsalId) -> Response:
    """A recording's index: what was run, its chunks, the junctions and the report."""
    entry = await asyncio.to_thread(service.rehearsals.find, rehearsal_id)
    if entry is None or entry.fault is not None:
        raise HTTPException(404, f"no recording {rehearsal_id!r}" if entry is None else entry.fault or "")
    return json_response(dict(entry.index), headers={"Cache-Control": "no-cache"})


@router.get("/{rehearsal_id}/chunks/{chunk}", response_class=FileResponse, responses=CHUNKS)
async def get_chunk(request: Request, service: TheService, rehearsal_id: RehearsalId, chunk: ChunkName) -> Response:
    """A chunk that the recording's index names. It never changes: caches may keep it."""
    file = await asyncio.to_thread(service.rehearsals.chunk, rehearsal_id, chunk)
    if file is None:
        raise HTTPException(404, f"no chunk {chunk!r} in a recording {rehearsal_id!r}")
    headers = {"ETag": f'"{chunk}"', "Cache-Control": KEPT}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return FileResponse(file, media_type=CHUNK_TYPE, headers=headers)


def _document(entry: RehearsalEntry) -> dict[str, Any]:
    runs = {name: _run(chunks) for name, chunks in entry.index.get("runs", {}).items()}
    return {
        "id": entry.id,
        "changed_at": entry.changed_at,
        "fault": entry.fault,
        "complete": bool(entry.index.get("complete")),
        "about": entry.index.get("about", {}),
        "runs": runs,
    }


def _run(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    if not chunks:
        return {"seconds": 0, "delay_s": None}
    last = chunks[-1]
    return {"seconds": last["first_s"] + last["moments"] - 1, "delay_s": last["delay_s"]}
