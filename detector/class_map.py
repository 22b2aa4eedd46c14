"""From the class names of some weights to our vehicle classes.

A class that the weights cannot know is never guessed: `not_separable` names it wherever counts are written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from detector.camera import Camera
from detector.motion import MOTION_CLASSES
from junction.errors import InputError
from junction.vehicle import VEHICLE_CLASSES, VehicleClass

IGNORED = "ignore"
"""In a camera file: do not count this class of the weights."""
RIDER = "rider"
"""In a camera file: this class is a person, who may be the rider of a cycle."""
CYCLES = (VehicleClass.TWO_WHEELER, VehicleClass.BICYCLE)


@dataclass(frozen=True, kw_only=True)
class ClassMap:
    """`vehicles`: class number of the weights to vehicle class; `riders`: class numbers of people."""

    vehicles: Mapping[int, VehicleClass]
    riders: frozenset[int]

    @property
    def wanted(self) -> frozenset[int]:
        """Every class number that the detector is asked for."""
        return frozenset(self.vehicles) | self.riders

    @property
    def cycles(self) -> frozenset[int]:
        """Class numbers of the vehicles that people sit on and are seen on."""
        return frozenset(number for number, name in self.vehicles.items() if name in CYCLES)

    @property
    def not_separable(self) -> tuple[str, ...]:
        """Vehicle classes that these weights cannot tell; their vehicles are counted under other names, or missed."""
        return tuple(str(name) for name in VEHICLE_CLASSES if name not in self.vehicles.values())


def class_map(class_names: Mapping[int, str], overrides: Mapping[str, str] | None = None) -> ClassMap:
    """The map for weights with these classes (number to name).

    A class named as one of ours is ours; COCO's and UVH-26's are in `class_maps/`; `overrides` (class name of the
    weights to a vehicle class, "rider" or "ignore") come first. Raises InputError for an override that names a class
    the weights lack or one that is not ours, and for weights without any vehicle.
    """
    overrides = overrides or {}
    strangers = sorted(set(overrides) - set(class_names.values()))
    if strangers:
        raise InputError(
            "classes",
            expected=f"classes of the weights, which are {', '.join(sorted(class_names.values()))}",
            got=strangers,
            hint="take them out of the camera file, or use the weights it was written for",
        )
    known = {str(name) for name in VEHICLE_CLASSES}
    for name, meaning in overrides.items():
        if meaning not in known | {IGNORED, RIDER}:
            raise InputError(f"classes.{name}", expected=f"one of {sorted(known)}, {RIDER} or {IGNORED}", got=meaning)
    meanings = {**_shipped(), **{name: name for name in known}, **overrides}
    vehicles = {
        number: VehicleClass(meanings[name]) for number, name in class_names.items() if meanings.get(name) in known
    }
    if not vehicles:
        raise InputError(
            "classes",
            expected="weights that know at least one vehicle class",
            got=sorted(class_names.values()),
            hint="name the weights' vehicle classes in the camera file's [classes]",
        )
    riders = frozenset(number for number, name in class_names.items() if meanings.get(name) == RIDER)
    return ClassMap(vehicles=vehicles, riders=riders)


def classes_of(camera: Camera, class_names: Mapping[int, str] | None) -> ClassMap:
    """The map for a camera: what size tells where it finds by motion, else what its weights (`class_names`) know."""
    if camera.by_motion:
        return class_map(MOTION_CLASSES, camera.classes)
    assert class_names is not None, "a camera that finds by weights needs some"
    return class_map(class_names, camera.classes)


@cache
def _shipped() -> Mapping[str, str]:
    """The meanings of every data set's names that come with the detector; a name means the same in all of them."""
    meanings: dict[str, str] = {}
    for file in ("coco.toml", "uvh26.toml"):
        table = tomllib.loads(files("detector").joinpath("class_maps", file).read_text(encoding="utf-8"))
        meanings |= {**table["vehicles"], **dict.fromkeys(table.get("riders", {}).get("classes", ()), RIDER)}
    return meanings
