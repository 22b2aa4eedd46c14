"""Shapes of the answers about recorded rehearsals."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from controller.answers import AT, Answer, Named, example_of

CHUNK = "ai-0000-5c1f0d2e9a7b4433.bin.gz"
ABOUT = {
    "scenario": "kanpur",
    "day": None,
    "begin_at": AT,
    "seed": 1,
    "minutes": 30.0,
    "fidelity": "training",
    "policy": None,
    "faults": [
        {"fault": "server-down@600-900", "kind": "server-down", "junction_id": None, "from_s": 600.0, "to_s": 900.0}
    ],
    "versions": {"chauraha": "0.1.0", "libsumo": "1.28.0"},
}
PLACES = [[80.25, 80.33, 80.41]] * 3


class RehearsalRun(Answer):
    """`seconds` recorded so far, and the mean delay of every vehicle due by then."""

    seconds: int
    delay_s: float | None


class RehearsalAnswer(Named):
    """`fault` says why it cannot be replayed here, `complete` is false where it was cut short or still goes on."""

    changed_at: float
    fault: str | None
    complete: bool
    about: dict[str, Any]
    runs: dict[Literal["ai", "fixed"], RehearsalRun]


class RehearsalsAnswer(Answer):
    """The newest first."""

    model_config = example_of(
        rehearsals=[
            {
                "id": "morning",
                "changed_at": AT,
                "fault": None,
                "complete": True,
                "about": ABOUT,
                "runs": {"ai": {"seconds": 1800, "delay_s": 61.2}, "fixed": {"seconds": 1800, "delay_s": 74.0}},
            }
        ]
    )

    rehearsals: list[RehearsalAnswer]


class RecordedChunk(Answer):
    """`file` is what to ask for; `moments` a second apart, of which the last is the next chunk's first."""

    file: str
    size: int
    first_s: int
    moments: int
    vehicles: int
    delay_s: float | None
    queue_veh: int


class RecordedJunction(Named):
    groups: list[str]


class RecordedBox(Answer):
    """Half of its sides in a chunk's units, and the places of its 3 x 3 points, rows from south to north."""

    unit_m: float
    half_x: float
    half_y: float
    lon: list[list[float]]
    lat: list[list[float]]


class RecordingAnswer(Answer):
    """`chauraha.recording/1`, as `chauraha rehearse --record` wrote it."""

    model_config = example_of(
        schema="chauraha.recording/1",
        complete=False,
        about=ABOUT,
        classes=["two_wheeler", "car"],
        bodies_m={"two_wheeler": [1.9, 0.7], "car": [4.0, 1.7]},
        modes=["ai", "fixed"],
        chunk_s=60,
        box={"unit_m": 0.24, "half_x": 32500.0, "half_y": 28000.0, "lon": PLACES, "lat": PLACES},
        junctions=[{"id": "rawatpur", "groups": ["n", "s"]}],
        runs={
            "ai": [
                {
                    "file": CHUNK,
                    "size": 312_400,
                    "first_s": 0,
                    "moments": 61,
                    "vehicles": 5000,
                    "delay_s": 12.1,
                    "queue_veh": 700,
                }
            ]
        },
        report=None,
    )

    schema_: Literal["chauraha.recording/1"] = Field(alias="schema")
    complete: bool
    about: dict[str, Any]
    classes: list[str]
    bodies_m: dict[str, tuple[float, float]]
    modes: list[str]
    chunk_s: int
    box: RecordedBox
    junctions: list[RecordedJunction]
    runs: dict[Literal["ai", "fixed"], list[RecordedChunk]]
    report: dict[str, Any] | None
