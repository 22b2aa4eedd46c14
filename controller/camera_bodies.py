"""What is asked and answered about a junction's cameras: which there are, a still, and the drawing on it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from controller.answers import Answer, Named, example_of
from controller.schemas import Body, example
from controller.stills import StillState
from junction.counts import CameraState

MAX_SHAPES = 64
MAX_CORNERS = 64

Fraction = Annotated[float, Field(strict=True, ge=0, le=1)]
Point = tuple[Fraction, Fraction]
Corners = Annotated[list[Point], Field(min_length=3, max_length=MAX_CORNERS)]
DrawnName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:#-]{0,79}$")]
"""As a camera file's names are."""
Gate = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:#-]{0,79}:[ab]$")]


class LineBody(Body):
    name: DrawnName
    points: tuple[Point, Point]


class ZoneBody(Body):
    lane_group_id: DrawnName
    polygon: Corners
    stop: Gate | None = None
    lanes: Annotated[float, Field(strict=True, gt=0, le=12)] = 1.0


class MovementBody(Body):
    id: DrawnName
    entry: Gate
    exit: Gate


class MaskBody(Body):
    polygon: Corners


class DrawingBody(Body):
    """What was drawn on a camera's picture, in fractions of its width and height; becomes a camera file."""

    model_config = example(
        id="rawatpur-1",
        lines=[{"name": "stop", "points": [[0.1, 0.8], [0.9, 0.8]]}],
        zones=[
            {
                "lane_group_id": "geeta_nagar_s",
                "polygon": [[0.2, 0.2], [0.8, 0.2], [0.9, 0.8], [0.1, 0.8]],
                "stop": "stop:a",
                "lanes": 2,
            }
        ],
        privacy_masks=[{"polygon": [[0.0, 0.0], [0.2, 0.0], [0.0, 0.2]]}],
    )

    id: DrawnName
    lines: Annotated[list[LineBody], Field(max_length=MAX_SHAPES)] = Field(default_factory=list)
    zones: Annotated[list[ZoneBody], Field(max_length=MAX_SHAPES)] = Field(default_factory=list)
    movements: Annotated[list[MovementBody], Field(max_length=MAX_SHAPES)] = Field(default_factory=list)
    privacy_masks: Annotated[list[MaskBody], Field(max_length=MAX_SHAPES)] = Field(default_factory=list)


class CheckAnswer(Answer):
    """`detail` is English; `facts` holds what it says, for other languages: counts, and ids of lane groups."""

    name: str
    ok: bool
    detail: str
    facts: dict[str, int | list[str]]


class CameraFileAnswer(Answer):
    """`toml` is the camera file's text. What is wrong with a drawing so that it is none is a 422 instead."""

    model_config = example_of(
        file_name="rawatpur-1.toml",
        toml='schema = "chauraha.camera/1"\nid = "rawatpur-1"\njunction_id = "rawatpur"\n',
        checks=[
            {
                "name": "camera file",
                "ok": True,
                "detail": "1 lines, 1 zones, 0 movements, 1 privacy masks, no homography",
                "facts": {"lines": 1, "zones": 1, "movements": 0, "privacy_masks": 1},
            }
        ],
    )

    file_name: str
    toml: str
    checks: list[CheckAnswer]


class CameraAnswer(Named):
    state: CameraState
    age_s: float
    origin: Literal["measured", "simulated"]
    still: StillState


class CamerasAnswer(Answer):
    """Cameras that reported since the service started, or are missed since before. `still`: whether one is asked for,
    or waits to be looked at."""

    model_config = example_of(
        junction_id="rawatpur",
        cameras=[{"id": "rawatpur-1", "state": "ok", "age_s": 0.8, "origin": "measured", "still": "none"}],
    )

    junction_id: str
    cameras: list[CameraAnswer]


class StillAskedAnswer(Answer):
    model_config = example_of(camera_id="rawatpur-1", still="asked", until_at=1795346357.0)

    camera_id: str
    still: StillState
    until_at: float


class StillTakenAnswer(Answer):
    model_config = example_of(taken=True)

    taken: bool


JPEG: dict[str, Any] = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
