"""What a simulated vehicle is: its class among the nine, and its length. Asked of SUMO once, then remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from junction.vehicle import CLASS_INDEX, VehicleClass

_SUMO_CLASS: Mapping[str, VehicleClass] = {
    "motorcycle": VehicleClass.TWO_WHEELER,
    "moped": VehicleClass.TWO_WHEELER,
    "bus": VehicleClass.BUS,
    "coach": VehicleClass.BUS,
    "truck": VehicleClass.TRUCK,
    "trailer": VehicleClass.TRUCK,
    "delivery": VehicleClass.LCV,
    "bicycle": VehicleClass.BICYCLE,
}
"""For vehicles whose id and type name no class (a foreign scenario); every other SUMO class counts as a car."""


class VehicleKinds:
    """The vehicles of one run. `sumo` is libsumo, or a traci connection."""

    def __init__(self, sumo: Any) -> None:
        self._sumo = sumo
        self.class_of: dict[str, int] = {}
        """Places in `VEHICLE_CLASSES` of the vehicles asked for so far, by id; `class_index` fills it."""
        self._type_class: dict[str, int] = {}
        self._type_length_m: dict[str, float] = {}

    def class_index(self, vehicle_id: str) -> int:
        """The place in `VEHICLE_CLASSES` that the word before the first dot of its id, or its type, says."""
        index = self.class_of.get(vehicle_id)
        if index is None:
            index = CLASS_INDEX.get(vehicle_id.split(".", 1)[0])
            if index is None:
                index = self._class_of_type(vehicle_id)
            self.class_of[vehicle_id] = index
        return index

    def length_m(self, vehicle_id: str) -> float:
        """Its type's length."""
        type_id = self._sumo.vehicle.getTypeID(vehicle_id)
        if type_id not in self._type_length_m:
            self._type_length_m[type_id] = float(self._sumo.vehicle.getLength(vehicle_id))
        return self._type_length_m[type_id]

    def _class_of_type(self, vehicle_id: str) -> int:
        vehicles = self._sumo.vehicle
        type_id = vehicles.getTypeID(vehicle_id)
        if type_id not in self._type_class:
            sumo_class = _SUMO_CLASS.get(vehicles.getVehicleClass(vehicle_id), VehicleClass.CAR)
            self._type_class[type_id] = CLASS_INDEX.get(type_id.split("@", 1)[0], CLASS_INDEX[sumo_class])
        return self._type_class[type_id]
