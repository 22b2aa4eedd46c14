"""Level crossings at the HTTP edge."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from controller.answers import AT, Answer, example_of
from controller.schemas import Body, StrictBool, example

MAX_WORD_S = 1800.0
"""No word on a crossing counts for longer than the longest closing of the tables."""
CROSSING = {
    "id": "lc_geeta",
    "name_en": "Geeta Nagar (Kakadeo)",
    "name_hi": "गीता नगर (काकादेव)",
    "approach_id": "lc_kakadeo",
    "at_m": 70.0,
    "closed": True,
    "since_at": AT,
    "opens_at": AT + 180,
    "left_s": 60.0,
    "held_off": ["A"],
}


class CrossingBody(Body):
    """Whether the gate is shut, and for how long that counts unless it is said again. `opens_in_s` is for display."""

    model_config = example(closed=True, ttl_s=60.0, opens_in_s=180.0)

    closed: StrictBool
    ttl_s: Annotated[float, Field(strict=True, gt=0, le=MAX_WORD_S)]
    opens_in_s: Annotated[float, Field(strict=True, ge=0, le=MAX_WORD_S)] | None = None

    @model_validator(mode="after")
    def _opens_when_shut(self) -> Self:
        if self.opens_in_s is not None and not self.closed:
            raise ValueError("opens_in_s only with closed true")
        return self


class CrossingAnswer(Answer):
    """A level crossing beside a junction. `closed` is null where no word counts; `held_off` are the stages that wait
    while it is shut."""

    model_config = example_of(**CROSSING)

    id: str
    name_en: str
    name_hi: str
    approach_id: str
    at_m: float
    closed: bool | None
    since_at: float | None
    opens_at: float | None
    left_s: float | None
    held_off: list[str]


class CrossingsAnswer(Answer):
    model_config = example_of(junction_id="geeta_nagar", crossings=[CROSSING])

    junction_id: str
    crossings: list[CrossingAnswer]
