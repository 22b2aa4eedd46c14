"""Delay from SUMO's trip list: every vehicle that was due counts, whether it arrived, is on its way or never got in."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from junction.errors import InputError
from junction.vehicle import CLASS_INDEX, PCU_VECTOR


@dataclass(frozen=True, kw_only=True, slots=True)
class Trip:
    """One vehicle's trip as far as it went. `due_s` is when it wanted to start, in SUMO seconds.

    `time_loss_s` is SUMO's timeLoss (time lost against driving at its own free speed), `depart_delay_s` the wait for
    room to enter the street; both are those so far where the trip did not end.
    """

    vehicle_id: str
    class_name: str
    due_s: float
    departed: bool
    arrived: bool
    duration_s: float
    time_loss_s: float
    depart_delay_s: float
    waiting_s: float
    stops: int
    route_m: float

    @property
    def delay_s(self) -> float:
        """timeLoss + departDelay."""
        return self.time_loss_s + self.depart_delay_s

    @property
    def pcu(self) -> float:
        """PCU by its class; 1 for a vehicle whose id and type name none."""
        index = CLASS_INDEX.get(self.class_name)
        return 1.0 if index is None else float(PCU_VECTOR[index])


@dataclass(frozen=True, kw_only=True, slots=True)
class TripTotals:
    """Trips in sum. The means are over all vehicles counted; None when there are none."""

    vehicles: int
    arrived: int
    unfinished: int
    never_inserted: int
    mean_delay_s: float | None
    mean_delay_s_pcu: float | None
    mean_waiting_s: float | None
    mean_stops: float | None
    mean_trip_s: float | None
    max_delay_s: float | None


def read_trips(tripinfo_file: Path, end_s: float) -> list[Trip]:
    """The trips of a run that ended at `end_s`, in SUMO's order. Raises InputError for a file that is no trip list."""
    trips = []
    try:
        for _, element in ET.iterparse(tripinfo_file):
            if element.tag == "tripinfo":
                trips.append(_trip(element, end_s))
                element.clear()
    except (ET.ParseError, KeyError, ValueError, OSError) as wrong:
        raise InputError(str(tripinfo_file), expected="a whole SUMO tripinfo file", got=str(wrong)) from None
    return trips


def due_between(trips: Iterable[Trip], begin_s: float, end_s: float) -> list[Trip]:
    """The trips due in the window, its end excluded."""
    return [trip for trip in trips if begin_s <= trip.due_s < end_s]


def total(trips: Iterable[Trip]) -> TripTotals:
    """All trips in sum; `mean_trip_s` is over those that arrived (time since due)."""
    counted = list(trips)
    arrived = [trip for trip in counted if trip.arrived]
    pcu = sum(trip.pcu for trip in counted)
    return TripTotals(
        vehicles=len(counted),
        arrived=len(arrived),
        unfinished=sum(trip.departed and not trip.arrived for trip in counted),
        never_inserted=sum(not trip.departed for trip in counted),
        mean_delay_s=_mean([trip.delay_s for trip in counted]),
        mean_delay_s_pcu=math.fsum(trip.delay_s * trip.pcu for trip in counted) / pcu if counted else None,
        mean_waiting_s=_mean([trip.waiting_s + trip.depart_delay_s for trip in counted]),
        mean_stops=_mean([float(trip.stops) for trip in counted]),
        mean_trip_s=_mean([trip.duration_s + trip.depart_delay_s for trip in arrived]),
        max_delay_s=max((trip.delay_s for trip in counted), default=None),
    )


def _trip(element: ET.Element, end_s: float) -> Trip:
    vehicle_id = element.attrib["id"]
    depart_s = float(element.attrib["depart"])
    depart_delay_s = float(element.attrib["departDelay"])
    departed = depart_s >= 0
    return Trip(
        vehicle_id=vehicle_id,
        class_name=_class_name(vehicle_id, element.attrib["vType"]),
        due_s=(depart_s if departed else end_s) - depart_delay_s,
        departed=departed,
        arrived=float(element.attrib["arrival"]) >= 0,
        duration_s=float(element.attrib["duration"]),
        time_loss_s=float(element.attrib["timeLoss"]),
        depart_delay_s=depart_delay_s,
        waiting_s=float(element.attrib["waitingTime"]),
        stops=int(element.attrib["waitingCount"]),
        route_m=float(element.attrib["routeLength"]),
    )


def _class_name(vehicle_id: str, type_id: str) -> str:
    """The class that the id's first word or the type names; else the type as it is."""
    named = vehicle_id.split(".", 1)[0]
    return named if named in CLASS_INDEX else type_id.split("@", 1)[0]


def _mean(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
