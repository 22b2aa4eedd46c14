"""`bus_stops.csv` and `bus_lines.csv`: where buses and shared rickshaws stop, and who plies.

A scenario need not have any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from junction.vehicle import VehicleClass
from scenarios.rows import Basis, SourceRow

BUS_STOPS_TABLE = "bus_stops.csv"
BUS_LINES_TABLE = "bus_lines.csv"


class BusStopRow(SourceRow):
    """A stop at the kerb of one direction of a link, its front end `at_m` from `from_junction`.

    In a bay, what stops leaves its lane; else it blocks it.
    """

    id: str
    name_en: str
    name_hi: str
    from_junction: str
    to_junction: str
    at_m: float = Field(gt=0)
    length_m: float = Field(ge=10, le=200)
    bay: bool
    basis: Basis

    @property
    def ends(self) -> tuple[str, str]:
        return self.from_junction, self.to_junction


class BusLineRow(SourceRow):
    """Vehicles of one class that drive a corridor of `scenario.toml` from end to end and dwell at every stop.

    They come in by `from_arm` and leave by `to_arm`, arms of the corridor's ends; `per_h` is at level 1.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name_en: str
    name_hi: str
    corridor: str
    direction: Literal["along", "back"]
    from_arm: str
    to_arm: str
    vehicle: VehicleClass
    per_h: float = Field(gt=0)
    dwell_s: float = Field(gt=0, le=600)
    basis: Basis


def bus_table_lines(stops: Sequence[BusStopRow], lines: Sequence[BusLineRow]) -> Iterator[str]:
    """Stops and lines for a person, each with its basis."""
    for line in lines:
        yield (
            f"line {line.id} ({line.basis}): {line.per_h:g} {line.vehicle.value} an hour at level 1, "
            f"{line.dwell_s:g} s at every stop"
        )
    for stop in stops:
        where = "in a bay" if stop.bay else "in the lane"
        yield (
            f"stop {stop.id} ({stop.basis}): {stop.from_junction} - {stop.to_junction} at {stop.at_m:g} m, "
            f"{stop.length_m:g} m long, {where}"
        )
