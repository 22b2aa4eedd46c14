"""Vehicle classes of Indian mixed traffic and their passenger-car units.

PCU values for signalised junctions: Indo-HCM 2017; an e-rickshaw has none there and takes the auto-rickshaw's
(`scenarios/kanpur/SOURCES.md` gives each value's basis).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class VehicleClass(StrEnum):
    """The nine classes, in the order that every per-class array uses."""

    TWO_WHEELER = "two_wheeler"
    CAR = "car"
    AUTO_RICKSHAW = "auto_rickshaw"
    E_RICKSHAW = "e_rickshaw"
    BUS = "bus"
    TRUCK = "truck"
    LCV = "lcv"
    BICYCLE = "bicycle"
    CYCLE_RICKSHAW = "cycle_rickshaw"


VEHICLE_CLASSES: tuple[VehicleClass, ...] = tuple(VehicleClass)
CLASS_INDEX: Mapping[str, int] = {name.value: index for index, name in enumerate(VEHICLE_CLASSES)}

PCU: Mapping[VehicleClass, float] = {
    VehicleClass.TWO_WHEELER: 0.4,
    VehicleClass.CAR: 1.0,
    VehicleClass.AUTO_RICKSHAW: 0.5,
    VehicleClass.E_RICKSHAW: 0.5,
    VehicleClass.BUS: 1.6,
    VehicleClass.TRUCK: 1.6,
    VehicleClass.LCV: 1.1,
    VehicleClass.BICYCLE: 0.3,
    VehicleClass.CYCLE_RICKSHAW: 1.8,
}
PCU_VECTOR: NDArray[np.float64] = np.array([PCU[name] for name in VEHICLE_CLASSES])
"""PCU by class, shape (9,), in `VEHICLE_CLASSES` order."""
LANE_M = 3.5
"""Width of one lane."""
JAM_M_PER_PCU = 5.5
"""Length of one standing PCU in one lane."""


def pcu_by_row(counts: NDArray[Any]) -> NDArray[np.float64]:
    """PCU of each row of `counts` (…, 9), by class: the same to the bit however many rows there are."""
    return np.asarray((counts * PCU_VECTOR).sum(axis=-1))


def pcu_of(counts: Mapping[str, float]) -> float:
    """PCU of vehicles counted by class name. Raises KeyError for a name that is no `VehicleClass`."""
    return sum(PCU[VehicleClass(name)] * number for name, number in counts.items())


def lanes_in(width_m: float) -> int:
    """Whole lanes that fit a width, at least one."""
    return max(1, round(width_m / LANE_M))
