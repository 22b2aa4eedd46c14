"""Rendered cameras by hand-computed pixels: where a point falls, what a vehicle covers, what another one hides."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2", reason="install the detect extra: pip install 'chauraha[detect]'")

from envs.rendering.data_set import DataSetPlan, render_data_set
from envs.rendering.frame import Label, draw_frame
from envs.rendering.light import Light, in_light
from envs.rendering.pinhole import PinholeCamera
from envs.rendering.viewpoint import View
from envs.scene import Scene, SceneVehicle
from junction.errors import InputError
from junction.vehicle import CLASS_INDEX, VEHICLE_CLASSES
from scenarios.model import Scenario


def above(height_m: float = 50.0) -> PinholeCamera:
    """Straight down, a right angle wide: as many pixels a metre as 100 / height."""
    return PinholeCamera.looking(
        position=(0.0, 0.0, height_m), at=(0.0, 0.0, 0.0), field_of_view_deg=90.0, width_px=200, height_px=100
    )


def vehicle(name: str, front: tuple[float, float], bearing_deg: float = 0.0, **size: float) -> SceneVehicle:
    return SceneVehicle(
        id=f"{name}.{front}",
        front=front,
        bearing_deg=bearing_deg,
        length_m=size.get("length_m", 4.0),
        width_m=size.get("width_m", 2.0),
        class_index=CLASS_INDEX[name],
    )


def seen(*vehicles: SceneVehicle, camera: PinholeCamera | None = None) -> list[Label]:
    scene = Scene(middle=(0.0, 0.0), lanes=(), stops=(), vehicles=vehicles)
    return draw_frame(scene, camera or above(), np.random.default_rng(1))[1]


def test_a_point_falls_where_it_must() -> None:
    pixels, depth_m = above(10.0).project(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 5.0]]))
    # Ten pixels a metre on the ground, twenty at half the height; north is up.
    assert pixels == pytest.approx(np.array([[110.0, 50.0], [100.0, 30.0]]))
    assert depth_m == pytest.approx([10.0, 5.0])


def test_looking_north_east_is_right_and_higher_is_up() -> None:
    level = PinholeCamera.looking(
        position=(0.0, -10.0, 5.0), at=(0.0, 0.0, 5.0), field_of_view_deg=90.0, width_px=200, height_px=100
    )
    pixels, depth_m = level.project(np.array([[2.0, 0.0, 5.0], [0.0, 0.0, 6.0], [0.0, -20.0, 5.0]]))
    assert pixels[:2] == pytest.approx(np.array([[120.0, 50.0], [100.0, 40.0]]))
    assert depth_m == pytest.approx([10.0, 10.0, -10.0])


def test_a_cars_box_is_what_it_covers() -> None:
    (label,) = seen(vehicle("car", (0.0, 2.0)), camera=above(20.0))
    # The roof is 1.48 m up, but the widest part ends at 0.85 m: 4 m by 2 m at 100 / 19.15 pixels a metre.
    assert label.class_index == CLASS_INDEX["car"]
    assert label.box_px == pytest.approx((95, 40, 105, 60), abs=1.5)


def test_bearing_is_clockwise_from_north() -> None:
    (label,) = seen(vehicle("bus", (10.0, 0.0), 90.0, length_m=12.0, width_m=2.5), camera=above(30.0))
    left, top, right, bottom = label.box_px
    # Its front is east of the middle; the roof is 3.1 m up: 100 / 26.9 pixels a metre.
    assert right == pytest.approx(100 + 10 * 100 / 26.9, abs=1)
    assert left == pytest.approx(100 - 2 * 100 / 26.9, abs=1)
    assert bottom - top == pytest.approx(2.5 * 100 / 26.9, abs=2)


def test_what_is_hidden_is_not_labelled() -> None:
    pole = PinholeCamera.looking(
        position=(0.0, -20.0, 4.0), at=(0.0, 0.0, 1.0), field_of_view_deg=60.0, width_px=640, height_px=384
    )
    bus = vehicle("bus", (6.0, 0.0), 90.0, length_m=12.0, width_m=2.5)
    behind = vehicle("two_wheeler", (0.0, 6.0), length_m=1.9, width_m=0.7)
    beside = vehicle("two_wheeler", (9.0, 3.0), length_m=1.9, width_m=0.7)
    found = [VEHICLE_CLASSES[label.class_index].value for label in seen(bus, behind, beside, camera=pole)]
    assert found == ["bus", "two_wheeler"]
    alone = seen(behind, camera=pole)
    assert len(alone) == 1


def test_what_is_too_near_or_out_of_the_picture_is_not_drawn() -> None:
    assert seen(vehicle("car", (0.0, 2.0)), camera=above(2.0)) == []
    assert seen(vehicle("car", (4000.0, 0.0))) == []


def test_light_changes_the_picture_as_it_should() -> None:
    grey = np.full((90, 160, 3), 128, np.uint8)
    day, dusk, rain = (in_light(grey, light, np.random.default_rng(1)).astype(float) for light in Light)
    assert dusk.mean() < 0.6 * day.mean()
    assert dusk.std() > day.std()
    assert rain.std() > day.std()
    again = in_light(grey, Light.DAY, np.random.default_rng(1))
    assert (again == day).all()


def test_a_data_set_is_whole_and_the_same_again(tiny_scenario: Scenario, tmp_path: Path) -> None:
    plan = DataSetPlan(junction_id="west", frames=5, every_s=5.0, view=View.TOP, size_px=(320, 192))
    told: list[int] = []
    labelled = render_data_set(tiny_scenario, plan, tmp_path / "one", told.append)
    assert told == [0, 1, 2, 3, 4]
    render_data_set(tiny_scenario, plan, tmp_path / "two")
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert [str(path) for path in files if path.suffix == ".jpg"] == [
        *(f"images/train/west-{number:06d}.jpg" for number in range(4)),
        "images/val/west-000004.jpg",
    ]
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
    lines = [
        line
        for path in files
        if path.parts[0] == "labels"
        for line in (tmp_path / "one" / path).read_text().splitlines()
    ]
    assert len(lines) == labelled > 10
    for line in lines:
        index, x, y, width, height = (float(word) for word in line.split())
        assert int(index) in range(len(VEHICLE_CLASSES))
        assert x - width / 2 > -1e-5
        assert x + width / 2 < 1 + 1e-5
        assert 0 < height <= 1
        assert math.isfinite(y)
    assert json.loads((tmp_path / "one" / "made.json").read_text())["junction_id"] == "west"
    with pytest.raises(InputError, match="new or empty folder"):
        render_data_set(tiny_scenario, plan, tmp_path / "one")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"junction_id": "moon"}, "junction"),
        ({"frames": 100_000}, "at most"),
    ],
)
def test_a_plan_that_cannot_be_rendered(
    tiny_scenario: Scenario, tmp_path: Path, change: dict[str, object], told: str
) -> None:
    plan = DataSetPlan(**{"junction_id": "west", "frames": 5, **change})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=told):
        render_data_set(tiny_scenario, plan, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("change", [{"frames": 1}, {"every_s": 0.5}, {"lights": ()}, {"size_px": (10, 10)}])
def test_a_plan_that_makes_no_sense(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        DataSetPlan(**{"junction_id": "west", "frames": 5, **change})  # type: ignore[arg-type]
