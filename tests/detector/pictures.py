"""Pictures, detections and cameras that the detector's tests share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detector.camera import Camera, Gate, LaneGroupZone, MovementRule
from detector.detection import Detections, RecordedDetections, detections_from_rows
from detector.frame import Image
from detector.line import CountingLine, Direction
from detector.polygon import Polygon
from detector.tracking import TrackedBox

WIDTH_PX, HEIGHT_PX, FPS = 400, 400, 10.0
COCO = {0: "person", 2: "car", 3: "motorcycle", 7: "truck"}
CAR, TRUCK = 2, 7

CAMERA = Camera(
    id="cam",
    junction_id="rawatpur",
    lines=(
        CountingLine(name="stop", start=(0.0, 0.5), end=(1.0, 0.5)),
        CountingLine(name="out", start=(0.0, 0.8), end=(1.0, 0.8)),
    ),
    zones=(
        LaneGroupZone(
            lane_group_id="north_a",
            polygon=Polygon(corners=((0.0, 0.0), (1.0, 0.0), (1.0, 0.49), (0.0, 0.49))),
            stop=Gate(line="stop", direction=Direction.A),
        ),
    ),
    movements=(
        MovementRule(
            id="north-south",
            entry=Gate(line="stop", direction=Direction.A),
            exit=Gate(line="out", direction=Direction.A),
        ),
    ),
)
"""Vehicles come from the picture's top over `stop` and leave over `out`; both directions a."""


def street(width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> Image:
    """A view full of edges and corners, the same at every size: 400 grey tiles."""
    tiles = np.random.default_rng(7).integers(60, 180, (20, 20), dtype=np.uint8)
    rows, columns = np.arange(height_px) * 20 // height_px, np.arange(width_px) * 20 // width_px
    return np.asarray(tiles[rows][:, columns, None].repeat(3, axis=2), dtype=np.uint8)


def noisy(count: int, seed: int = 1, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> list[Image]:
    """Pictures of a camera that works: the street with sensor noise."""
    draw = np.random.default_rng(seed)
    view = street(width_px, height_px)
    return [view + draw.integers(0, 12, view.shape, dtype=np.uint8) for _ in range(count)]


def black(count: int) -> list[Image]:
    return [np.zeros((HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8) for _ in range(count)]


def row(x: float, y: float, class_id: int = CAR, confidence: float = 0.8) -> tuple[float, ...]:
    """A detection of 40 by 40 px with its middle at (x, y)."""
    return (x - 20, y - 20, x + 20, y + 20, confidence, class_id)


def recorded(rows_by_frame: Sequence[Sequence[tuple[float, ...]]]) -> RecordedDetections:
    return RecordedDetections([detections_from_rows(rows) for rows in rows_by_frame], COCO)


class OrderTracker:
    """A tracker for scripts: the vehicle in column k of the picture (100 px wide) has number k."""

    def __init__(self) -> None:
        self.resets = 0

    def update(self, detections: Detections, picture: Image | None = None) -> list[TrackedBox]:
        return [
            TrackedBox(
                track_id=int(box[0] + 20) // 100 + 1,
                box_px=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
                confidence=float(detections.confidence[i]),
                class_id=int(detections.class_ids[i]),
            )
            for i, box in enumerate(detections.boxes_px)
        ]

    def reset(self) -> None:
        self.resets += 1


def write_video(path: Path, images: Sequence[Image], fps: int = 10) -> None:
    """An H.264 MP4 with its index at the front, so that a part of it can still be opened."""
    import av

    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "5"}
        for image in images:
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
