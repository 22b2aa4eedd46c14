"""Green waves: the time-space diagram of a corridor's plans."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from starlette.responses import Response

from controller.green_wave_answers import GreenWavesAnswer
from controller.green_wave_book import RIVAL
from controller.routes import TheService, json_response

router = APIRouter(prefix="/v1", tags=["figures"])


@router.get("/green-waves/{corridor_id}", responses={200: {"model": GreenWavesAnswer}, 404: {}})
async def get_green_waves(
    service: TheService,
    corridor_id: Annotated[str, Path(max_length=80)],
    program: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """Greens by distance and the bands both ways, under a program of fixed plans; by default the coordinated one of
    this hour, else the calendar's. 404 for a corridor or program that is not there, and where no speed is known."""
    book, now_s = service.green_waves, service.clock.now_s()
    programs = book.programs(corridor_id)
    if not programs:
        raise HTTPException(404, f"no corridor {corridor_id!r} with plans: see corridors in GET /v1/city")
    by_calendar = book.program_at(corridor_id, now_s)
    asked = program or book.program_at(corridor_id, now_s, RIVAL) or by_calendar or programs[0]
    if asked not in programs:
        raise HTTPException(404, f"no program {asked!r} for {corridor_id}: one of {list(programs)}")
    waves = await book.document(corridor_id, asked)
    if waves is None:
        raise HTTPException(404, "this scenario has no standards.toml: how fast platoons drive is not known")
    return json_response(
        {"corridor_id": corridor_id, "program": asked, "programs": programs, "calendar_program": by_calendar, **waves}
    )
