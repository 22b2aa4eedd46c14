"""Writing what a day changes: into a street's folder, beside the normal day's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junction.errors import ScenarioError
from scenarios.closings import write_closings
from scenarios.cuts import crossing_rows
from scenarios.day_demand import DayDemand, arm_of
from scenarios.day_files import DayFiles, StandingVehicle
from scenarios.days import Breakdown, Day
from scenarios.demand import TripFlow, flow_lines
from scenarios.network import lane_pattern, way_towards
from scenarios.source import Source
from scenarios.town import Town
from scenarios.vehicles import vtype_lines


@dataclass(frozen=True, kw_only=True)
class DayBuilder:
    """Writes days of one fidelity into `folder`; `vtypes_file` and `closings_file` there are the normal day's,
    `other_files` what no day changes.

    `demands` is by day; `net` is the fidelity's, `crossing_links` each level crossing's number of links in it.
    """

    source: Source
    town: Town
    trips: tuple[TripFlow, ...]
    demands: Mapping[str, DayDemand]
    fidelity: str
    step_length_s: float
    net: Any
    crossing_links: Mapping[str, int]
    folder: Path
    vtypes_file: Path
    closings_file: Path
    other_files: tuple[Path, ...]

    def write(self, day: Day) -> DayFiles:
        """The day's files. Raises ScenarioError for a road, lane or crossing that is not there."""
        return DayFiles(
            route_files=(self._routes(day),) if day.has_own_demand else None,
            additional_files=(
                self._types(day) if day.rain else self.vtypes_file,
                self._closings(day) if day.long_closings else self.closings_file,
                *self.other_files,
            ),
            standing=tuple(
                vehicle for number, broken in enumerate(day.breakdown) for vehicle in self._broken(day, broken, number)
            ),
        )

    def _routes(self, day: Day) -> Path:
        path = self.folder / f"{day.name}.rou.xml"
        lines = flow_lines(self.source, self.town, self.trips, self.fidelity, self.demands[day.name])
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def _types(self, day: Day) -> Path:
        path = self.folder / f"{day.name}.{self.vtypes_file.name}"
        lines = vtype_lines(self.source.vehicles, self.fidelity, self.step_length_s, day.rain)
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def _closings(self, day: Day) -> Path:
        long = day.long_closings
        ids = () if long is None else long.crossings
        strangers = sorted(set(ids) - set(self.crossing_links))
        if strangers:
            raise ScenarioError(
                f"days.toml {day.name}.long_closings", expected=f"some of {sorted(self.crossing_links)}", got=strangers
            )
        path = self.folder / f"{day.name}.{self.closings_file.name}"
        rows = crossing_rows(self.source, self.town.level_crossings)
        factor = 1.0 if long is None else long.factor
        write_closings(rows, self.source.trains, self.crossing_links, path, dict.fromkeys(ids, factor))
        return path

    def _broken(self, day: Day, broken: Breakdown, number: int) -> list[StandingVehicle]:
        """A vehicle on every lane of this fidelity that makes up the real one."""
        where = f"days.toml {day.name}.breakdown"
        arm = arm_of(self.town, broken.to_junction, broken.from_junction, where)
        if broken.lane >= arm.road.lanes_per_dir:
            raise ScenarioError(f"{where}.lane", expected=f"below {arm.road.lanes_per_dir}", got=broken.lane)
        way = way_towards(self.town, arm)
        lengths_m = {edge: float(self.net.getEdge(edge).getLength()) for edge in way}
        edges = list(way)
        left_m = broken.before_m
        while edges and left_m >= lengths_m[edges[-1]]:
            left_m -= lengths_m[edges.pop()]
        if not edges:
            raise ScenarioError(f"{where}.before_m", expected=f"less than {arm.length_m:g} m", got=broken.before_m)
        per_lane = lane_pattern(self.fidelity, self.source.standards.road).per_lane
        return [
            StandingVehicle(
                id=f"{broken.vehicle.value}.{day.name}.{number}.{beside}",
                type_id=broken.vehicle.value,
                edges=tuple(way),
                lane=f"{edges[-1]}_{broken.lane * per_lane + beside}",
                at_m=round(lengths_m[edges[-1]] - left_m, 2),
                from_s=broken.at_s,
                until_s=broken.at_s + broken.lasts_s,
            )
            for beside in range(per_lane)
        ]
