from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from detector.class_map import class_map
from junction.errors import InputError
from junction.vehicle import VEHICLE_CLASSES, VehicleClass

COCO = {0: "person", 1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck", 16: "dog"}


def test_coco() -> None:
    found = class_map(COCO)
    assert found.vehicles == {
        1: VehicleClass.BICYCLE, 2: VehicleClass.CAR, 3: VehicleClass.TWO_WHEELER, 5: VehicleClass.BUS,
        7: VehicleClass.TRUCK,
    }  # fmt: skip
    assert found.riders == {0}
    assert found.cycles == {1, 3}
    assert found.wanted == {0, 1, 2, 3, 5, 7}
    assert found.not_separable == ("auto_rickshaw", "e_rickshaw", "lcv", "cycle_rickshaw")


def test_weights_that_use_our_names_need_no_table() -> None:
    found = class_map(dict(enumerate(str(name) for name in VEHICLE_CLASSES)))
    assert found.not_separable == ()
    assert found.vehicles[2] is VehicleClass.AUTO_RICKSHAW


def test_a_camera_files_table_comes_first() -> None:
    names = {0: "Three-wheeler", 1: "truck", 2: "car"}
    found = class_map(names, {"Three-wheeler": "auto_rickshaw", "truck": "lcv", "car": "ignore"})
    assert found.vehicles == {0: VehicleClass.AUTO_RICKSHAW, 1: VehicleClass.LCV}
    assert "truck" in found.not_separable


@pytest.mark.parametrize(
    ("names", "overrides", "message"),
    [
        (COCO, {"tuk-tuk": "auto_rickshaw"}, "expected classes of the weights"),
        (COCO, {"car": "spaceship"}, "classes.car"),
        ({0: "cat", 1: "dog"}, {}, "at least one vehicle class"),
        ({0: "car"}, {"car": "ignore"}, "at least one vehicle class"),
    ],
)
def test_a_map_that_cannot_be_is_refused(names: dict[int, str], overrides: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        class_map(names, overrides)


def test_uvh26_as_its_data_set_file_numbers_it() -> None:
    folder = Path(__file__).parents[2] / "detector" / "data_sets"
    names = yaml.safe_load((folder / "uvh26.yaml").read_text(encoding="utf-8"))["names"]
    assert len(names) == 14
    found = class_map(names)
    assert {names[number] for number in names if number not in found.vehicles} == {"other"}
    assert found.vehicles[2] is VehicleClass.AUTO_RICKSHAW
    assert set(found.not_separable) == {"e_rickshaw", "cycle_rickshaw"}
