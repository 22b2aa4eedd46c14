"""A YOLO data set of a junction under its fixed plans: pictures, labels, `data.yaml`, and what they were made with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from envs.city import CitySimulation, Episode
from envs.rendering.approach import arms, camera_of_arm
from envs.rendering.frame import Label, draw_frame
from envs.rendering.light import Light, in_light, opencv
from envs.rendering.viewpoint import View, camera_at
from junction.errors import InputError
from junction.files import write_whole
from junction.vehicle import VEHICLE_CLASSES
from scenarios.model import Scenario

REACH_M = 90.0
WARMUP_S = 600.0
"""Streets begin empty; by then the queues are there."""
VALIDATION_SHARE = 0.2
FRAMES_A_CAMERA = 10
"""So many frames a camera hangs where it does; then another corner, another height."""
JPEG_QUALITY = 90


@dataclass(frozen=True, kw_only=True)
class DataSetPlan:
    """What to render: `frames` pictures, one every `every_s` simulated seconds, the lights in turn."""

    junction_id: str
    frames: int
    every_s: float = 3.0
    view: View = View.PERSPECTIVE
    lights: tuple[Light, ...] = tuple(Light)
    size_px: tuple[int, int] = (640, 384)
    seed: int = 1

    def __post_init__(self) -> None:
        if self.frames < 2:
            raise InputError("frames", expected="2 or more: some to train with, some to validate", got=self.frames)
        if self.every_s < 1 or self.every_s != round(self.every_s):
            raise InputError("every_s", expected="whole seconds, at least 1", got=self.every_s)
        if not self.lights:
            raise InputError("lights", expected=f"some of {[str(light) for light in Light]}", got="none")
        if min(self.size_px) < 64:
            raise InputError("size", expected="at least 64 pixels each way", got=self.size_px)


def render_data_set(
    scenario: Scenario, plan: DataSetPlan, folder: Path, told: Callable[[int], None] = lambda _: None
) -> int:
    """Write the data set and return how many vehicles are labelled. The last fifth of the time is for validation.

    The same plan gives the same bytes. `told` is called with the number of each finished frame. Raises InputError for a
    junction that the scenario has not, a folder that is not empty, or a scenario that is over before the last frame.
    """
    if plan.junction_id not in scenario.sites:
        raise InputError("junction", expected=f"one of {sorted(scenario.sites)}", got=plan.junction_id)
    if folder.exists() and any(folder.iterdir()):
        raise InputError("out", expected="a new or empty folder", got=str(folder))
    files = scenario.street()
    end_s = files.begin_s + WARMUP_S + plan.every_s * plan.frames
    if end_s > files.end_s:
        fit = int((files.end_s - files.begin_s - WARMUP_S) // plan.every_s)
        raise InputError("frames", expected=f"at most {fit}, one every {plan.every_s:g} s", got=plan.frames)
    for part in ("train", "val"):
        (folder / "images" / part).mkdir(parents=True, exist_ok=True)
        (folder / "labels" / part).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(plan.seed)
    labelled = 0
    first_validated = plan.frames - max(1, round(VALIDATION_SHARE * plan.frames))
    with CitySimulation(scenario, controlled=(), interval_s=plan.every_s) as city:
        city.reset(plan.seed, Episode(begin_s=files.begin_s, end_s=end_s + 1, warmup_s=WARMUP_S))
        layout = scenario.sites[plan.junction_id].layout
        lanes_of_arms = list(arms(layout, city.street.lane_group_lines(plan.junction_id)).values())
        for number in range(plan.frames):
            scene = city.street.scene(plan.junction_id, REACH_M)
            if number % FRAMES_A_CAMERA == 0 or number == first_validated:
                if plan.view is View.ARM:
                    camera = camera_of_arm(
                        lanes_of_arms[number // FRAMES_A_CAMERA % len(lanes_of_arms)], plan.size_px, rng
                    )
                else:
                    camera = camera_at(scene.middle, plan.view, plan.size_px, rng)
            image, labels = draw_frame(scene, camera, rng)
            shown = in_light(image, plan.lights[number % len(plan.lights)], rng)
            _, encoded = opencv().imencode(".jpg", shown, [opencv().IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            part, name = ("train" if number < first_validated else "val"), f"{plan.junction_id}-{number:06d}"
            write_whole(folder / "images" / part / f"{name}.jpg", encoded.tobytes())
            write_whole(folder / "labels" / part / f"{name}.txt", _label_lines(labels, plan.size_px).encode())
            labelled += len(labels)
            told(number)
            city.apply([])
    names = "".join(f"  {index}: {name}\n" for index, name in enumerate(VEHICLE_CLASSES))
    write_whole(folder / "data.yaml", f"train: images/train\nval: images/val\nnames:\n{names}".encode())
    made = {"scenario": scenario.name, **asdict(plan), "labelled": labelled}
    write_whole(folder / "made.json", (json.dumps(made, indent=1) + "\n").encode())
    return labelled


def _label_lines(labels: list[Label], size_px: tuple[int, int]) -> str:
    """YOLO's own form: class, middle x and y, width and height, in shares of the picture."""
    width_px, height_px = size_px
    lines = []
    for label in labels:
        left, top, right, bottom = label.box_px
        shares = (
            (left + right) / 2 / width_px,
            (top + bottom) / 2 / height_px,
            (right - left) / width_px,
            (bottom - top) / height_px,
        )
        lines.append(" ".join([str(label.class_index), *(f"{share:.6f}" for share in shares)]) + "\n")
    return "".join(lines)
