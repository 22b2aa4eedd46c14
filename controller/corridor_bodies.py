"""Green corridors at the HTTP edge: what is asked, and the shapes of the answers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from controller.answers import AT, Answer, example_of
from controller.schemas import MAX_OVERRIDE_S, Body, Id, example

MAX_ROUTE = 50
PASSAGE = {
    "junction_id": "rawatpur",
    "movement_id": "geeta_nagar-gol_chauraha",
    "stage_id": "D",
    "from_at": AT,
    "green_at": AT + 52,
    "arrive_at": AT + 90,
    "until_at": AT + 117.6,
    "green_in_s": 52.0,
    "arrives_in_s": 90.0,
    "left_s": 117.6,
}
CORRIDOR = {
    "id": "4c1f09a2b7",
    "route": ["geeta_nagar", "rawatpur"],
    "speed_kmh": 45.0,
    "reason": "ambulance to Hallet",
    "opened_by": "asha",
    "opened_at": AT,
    "ends_at": AT + 600,
    "left_s": 600.0,
    "passages": [PASSAGE],
}


class CorridorBody(Body):
    """A vehicle's way through neighbouring junctions, in order. It is at the first one's stop line in `arrives_in_s`.

    It comes in on `from_approach` of the first junction and leaves the last one towards `to_approach`; left out:
    straight on.
    """

    model_config = example(
        route=["geeta_nagar", "rawatpur", "gol_chauraha"],
        speed_kmh=40.0,
        ttl_s=600.0,
        arrives_in_s=60.0,
        reason="ambulance to Hallet",
    )

    route: Annotated[list[Id], Field(min_length=2, max_length=MAX_ROUTE)]
    speed_kmh: Annotated[float, Field(strict=True, ge=5, le=120)]
    ttl_s: Annotated[float, Field(strict=True, gt=0, le=MAX_OVERRIDE_S)]
    arrives_in_s: Annotated[float, Field(strict=True, ge=0, le=MAX_OVERRIDE_S)] = 0.0
    from_approach: Id | None = None
    to_approach: Id | None = None
    reason: Annotated[str, Field(min_length=3, max_length=300)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.route)) != len(self.route):
            raise ValueError("a route that comes to each junction once")
        return self


class PassageAnswer(Answer):
    """One junction's part: `from_at` it serves the others in turn, `green_at` it is green for the vehicle."""

    junction_id: str
    movement_id: str
    stage_id: str
    from_at: float
    green_at: float
    arrive_at: float
    until_at: float
    green_in_s: float
    arrives_in_s: float
    left_s: float


class CorridorAnswer(Answer):
    """A green corridor with its countdowns, at the time of the answer."""

    model_config = example_of(**CORRIDOR)

    id: str
    route: list[str]
    speed_kmh: float
    reason: str
    opened_by: str
    opened_at: float
    ends_at: float
    left_s: float
    passages: list[PassageAnswer]


class CorridorsAnswer(Answer):
    """Those that are open, the oldest first."""

    model_config = example_of(corridors=[CORRIDOR])

    corridors: list[CorridorAnswer]
