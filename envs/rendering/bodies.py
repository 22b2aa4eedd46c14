"""What vehicles look like from outside: a few boxes each, by class. Sizes in shares of the vehicle's own length and
width, heights in metres (assumed from common Indian makes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from junction.vehicle import VehicleClass

Colour = tuple[int, int, int]
"""Red, green, blue."""
GLASS: Colour = (40, 52, 62)
SKIN: Colour = (120, 84, 62)
RUBBER: Colour = (28, 28, 30)
PAINTS: tuple[Colour, ...] = (
    (236, 236, 234), (206, 208, 210), (150, 154, 158), (44, 46, 50), (168, 34, 36), (38, 66, 132), (110, 86, 62),
    (224, 196, 60),
)  # fmt: skip
CLOTHES: tuple[Colour, ...] = ((180, 60, 50), (60, 90, 150), (220, 220, 210), (50, 60, 60), (210, 160, 60))


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A box: from `rear` to `front` (shares of the length, from the back), `wide` (share of the width), `low_m` to
    `high_m`. `paint` is a colour, "body" or "clothes" (the vehicle's own)."""

    rear: float
    front: float
    wide: float
    low_m: float
    high_m: float
    paint: Colour | str


def _part(rear: float, front: float, wide: float, low_m: float, high_m: float, paint: Colour | str) -> Part:
    return Part(rear=rear, front=front, wide=wide, low_m=low_m, high_m=high_m, paint=paint)


BODIES: Mapping[VehicleClass, tuple[Part, ...]] = {
    VehicleClass.TWO_WHEELER: (
        _part(0.0, 1.0, 0.35, 0.0, 0.75, RUBBER),
        _part(0.25, 0.6, 0.9, 0.75, 1.3, "clothes"),
        _part(0.35, 0.55, 0.4, 1.3, 1.6, SKIN),
    ),
    VehicleClass.CAR: (
        _part(0.0, 1.0, 1.0, 0.2, 0.85, "body"),
        _part(0.1, 0.72, 0.88, 0.85, 1.25, GLASS),
        _part(0.16, 0.62, 0.84, 1.25, 1.48, "body"),
    ),
    VehicleClass.AUTO_RICKSHAW: (
        _part(0.0, 1.0, 0.95, 0.2, 0.9, (30, 110, 60)),
        _part(0.1, 0.85, 0.95, 0.9, 1.35, GLASS),
        _part(0.0, 0.8, 1.0, 1.35, 1.75, (226, 190, 40)),
    ),
    VehicleClass.E_RICKSHAW: (
        _part(0.0, 1.0, 0.9, 0.25, 0.7, (30, 130, 170)),
        _part(0.1, 0.6, 0.9, 0.7, 1.4, "clothes"),
        _part(0.0, 0.95, 1.0, 1.7, 1.85, (200, 60, 60)),
    ),
    VehicleClass.BUS: (
        _part(0.0, 1.0, 1.0, 0.3, 1.3, "body"),
        _part(0.0, 0.99, 0.99, 1.3, 2.3, GLASS),
        _part(0.0, 1.0, 1.0, 2.3, 3.1, "body"),
    ),
    VehicleClass.TRUCK: (
        _part(0.0, 0.72, 1.0, 0.7, 2.9, (120, 84, 50)),
        _part(0.74, 1.0, 0.95, 0.5, 2.6, "body"),
        _part(0.8, 1.01, 0.85, 1.5, 2.2, GLASS),
    ),
    VehicleClass.LCV: (
        _part(0.0, 0.6, 1.0, 0.5, 1.2, "body"),
        _part(0.62, 1.0, 0.95, 0.3, 1.3, "body"),
        _part(0.64, 0.92, 0.9, 1.3, 1.9, GLASS),
    ),
    VehicleClass.BICYCLE: (
        _part(0.0, 1.0, 0.12, 0.0, 0.65, RUBBER),
        _part(0.3, 0.55, 0.8, 0.85, 1.4, "clothes"),
        _part(0.35, 0.55, 0.4, 1.4, 1.7, SKIN),
    ),
    VehicleClass.CYCLE_RICKSHAW: (
        _part(0.0, 0.5, 1.0, 0.5, 1.1, (150, 40, 40)),
        _part(0.0, 0.4, 0.95, 1.5, 1.65, (60, 60, 120)),
        _part(0.6, 0.8, 0.5, 0.8, 1.4, "clothes"),
        _part(0.5, 1.0, 0.1, 0.0, 0.7, RUBBER),
    ),
}


def paint_of(part: Part, rng: np.random.Generator) -> Colour:
    """The part's colour; a vehicle's own is drawn."""
    if not isinstance(part.paint, str):
        return part.paint
    choices = PAINTS if part.paint == "body" else CLOTHES
    return choices[int(rng.integers(len(choices)))]
