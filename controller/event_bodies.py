"""A field controller's high-resolution events at the HTTP edge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from controller.answers import AT, Answer, example_of
from controller.schemas import EVENTS_SCHEMA, MAX_EVENTS, Body, Id, UnixTime, example


class EventBody(Body):
    """One event. `code` and `parameter` as in the Indiana enumerations (Sturdevant et al. 2012); docs/timing-api.md."""

    at: UnixTime
    code: Annotated[int, Field(strict=True, ge=0, le=255)]
    parameter: Annotated[int, Field(strict=True, ge=0, le=65_535)]


class EventsBody(Body):
    """A batch; (`boot_id`, `n`) makes it idempotent."""

    model_config = example(
        schema=EVENTS_SCHEMA,
        boot_id="2f6c",
        n=1,
        events=[{"at": AT, "code": 7, "parameter": 1}, {"at": AT, "code": 8, "parameter": 1}],
    )

    schema_: Literal["chauraha.events/1"] = Field(default=EVENTS_SCHEMA, alias="schema")
    boot_id: Id
    n: Annotated[int, Field(strict=True, ge=0, le=2**53)]
    events: Annotated[list[EventBody], Field(min_length=1, max_length=MAX_EVENTS)]

    def to_row(self, junction_id: str, now_s: float) -> dict[str, Any]:
        """As the store keeps it."""
        times = [event.at for event in self.events]
        return {
            "junction_id": junction_id,
            "boot_id": self.boot_id,
            "n": self.n,
            "begin_at": min(times),
            "end_at": max(times),
            "received_at": now_s,
            "body": orjson.dumps([[event.at, event.code, event.parameter] for event in self.events]),
        }


class EventsTakenAnswer(Answer):
    model_config = example_of(accepted=True, duplicate=False)

    accepted: bool
    duplicate: bool


class EventsAnswer(Answer):
    """From `from_at` up to, and without, `to_at`; the oldest first."""

    model_config = example_of(
        junction_id="rawatpur", from_at=AT, to_at=AT + 3600, events=[{"at": AT, "code": 7, "parameter": 1}]
    )

    junction_id: str
    from_at: float
    to_at: float
    events: list[EventBody]


def events_document(bodies: Iterable[bytes], begin_at: float, end_at: float) -> list[dict[str, float]]:
    """The events of that time in stored batches, in order."""
    events = sorted(event for body in bodies for event in orjson.loads(body) if begin_at <= event[0] < end_at)
    return [{"at": at, "code": code, "parameter": parameter} for at, code, parameter in events]
