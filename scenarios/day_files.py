"""What a day changes in a built street: its files in the place of the normal day's, and vehicles that stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr


@dataclass(frozen=True, kw_only=True)
class StandingVehicle:
    """One vehicle that drives `edges` from their start and stands on `lane`, its front at `at_m`, until `until_s`.

    Times are SUMO seconds. Its id begins with its class, as every vehicle's may.
    """

    id: str
    type_id: str
    edges: tuple[str, ...]
    lane: str
    at_m: float
    from_s: float
    until_s: float

    def line(self, begin_s: float) -> str | None:
        """SUMO's element for a run from `begin_s`; None when it is over by then.

        SUMO drops what departs before a run begins, so a breakdown that has begun departs at once.
        """
        if self.until_s <= begin_s:
            return None
        return (
            f"<vehicle id={quoteattr(self.id)} type={quoteattr(self.type_id)} "
            f'depart="{max(self.from_s, begin_s):g}" departLane="best" departSpeed="max">'
            f"<route edges={quoteattr(' '.join(self.edges))}/>"
            f'<stop lane={quoteattr(self.lane)} endPos="{self.at_m:.2f}" until="{self.until_s:g}"/></vehicle>'
        )


@dataclass(frozen=True, kw_only=True)
class DayFiles:
    """The street's files on one day. `route_files` is None where the traffic is the normal day's."""

    route_files: tuple[Path, ...] | None
    additional_files: tuple[Path, ...]
    standing: tuple[StandingVehicle, ...] = ()

    def to_document(self) -> dict[str, Any]:
        return {
            "route_files": None if self.route_files is None else [path.name for path in self.route_files],
            "additional_files": [path.name for path in self.additional_files],
            "standing": [{**asdict(vehicle), "edges": list(vehicle.edges)} for vehicle in self.standing],
        }

    @classmethod
    def from_document(cls, raw: dict[str, Any], folder: Path) -> DayFiles:
        """Raises KeyError and TypeError for other fields than `to_document` writes."""
        routes = raw["route_files"]
        return cls(
            route_files=None if routes is None else tuple(folder / name for name in routes),
            additional_files=tuple(folder / name for name in raw["additional_files"]),
            standing=tuple(
                StandingVehicle(**{**vehicle, "edges": tuple(vehicle["edges"])}) for vehicle in raw["standing"]
            ),
        )


def standing_lines(standing: Sequence[StandingVehicle], begin_s: float) -> list[str]:
    """SUMO's elements for a run from `begin_s`, in the order of their departures."""
    ordered = sorted(standing, key=lambda vehicle: (max(vehicle.from_s, begin_s), vehicle.id))
    return [line for vehicle in ordered if (line := vehicle.line(begin_s)) is not None]
