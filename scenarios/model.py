"""A scenario: the junctions of a city with their plans, and the street to simulate them on, by fidelity.

Scenario
├── Site          one junction's layout and fixed plans (junction.site)
└── StreetFiles   one fidelity's SUMO files
    └── TlsBinding    which SUMO link obeys which signal group
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from junction.errors import ScenarioError
from junction.site import Site
from scenarios.day_files import DayFiles, StandingVehicle
from scenarios.names import CityNames

TRAINING = "training"
"""Virtual 1.75 m lanes, no lateral resolution: many times faster than `EVALUATION`."""
EVALUATION = "evaluation"
"""Real lanes with SUMO's sublane model at 0.4 m: the fidelity that results are reported at."""
MESO = "meso"
"""SUMO's mesoscopic model: for fixed plans and demand. Its vehicles have no place on a lane, so no camera sees them."""
FIDELITIES = (TRAINING, EVALUATION, MESO)

STREET_FILE = "street.json"
FLOWS_FILE = "asked_pcu_h.json"
"""PCU that the demand asks of each junction's lane groups, by hour of the day."""
CALIBRATED_FILE = "calibrated.rou.xml"
STREET_SCHEMA = "chauraha.street/1"


@dataclass(frozen=True, kw_only=True)
class TlsBinding:
    """One junction's signal groups in SUMO.

    `group_links` maps a signal group to the SUMO link indices that show its lamp. Every index below `link_count`
    is in exactly one group or in `free_links`. Traffic of `turn_on_red_links` may go on red after a stop (SUMO's "s").
    Raises ScenarioError when a link is missing or bound twice.
    """

    tls_id: str
    link_count: int
    group_links: Mapping[str, tuple[int, ...]]
    free_links: tuple[int, ...] = ()
    turn_on_red_links: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        bound = sorted([link for links in self.group_links.values() for link in links] + list(self.free_links))
        if bound != list(range(self.link_count)):
            raise ScenarioError(
                f"tls {self.tls_id}.group_links",
                expected=f"each link 0..{self.link_count - 1} in exactly one group or free",
                got=bound,
                hint="rebuild with: chauraha scenario build NAME",
            )


@dataclass(frozen=True, kw_only=True)
class StreetFiles:
    """One fidelity of a scenario, built. Times are SUMO seconds: seconds after local midnight of the scenario's day.

    `tls` is by junction id. `lane_group_lanes[junction][lane group]` are the SUMO lanes at the stop line.
    `actuated_file` is an additional file with a SUMO actuated program (programID "actuated") for every tls.
    `begin_s` to `end_s` is simulated when nobody says otherwise; `windows` are other times of the day by name.
    `level_crossings` are the railway's own signals (SUMO ids), no junction's; a file of closings among
    `additional_files` times them. `days` are days that differ from the normal one, by name; `standing` are vehicles
    that break down in a run.
    """

    fidelity: str
    net_file: Path
    route_files: tuple[Path, ...]
    additional_files: tuple[Path, ...]
    begin_s: float
    end_s: float
    step_length_s: float
    lateral_resolution_m: float | None
    tls: Mapping[str, TlsBinding]
    lane_group_lanes: Mapping[str, Mapping[str, tuple[str, ...]]]
    actuated_file: Path
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    level_crossings: tuple[str, ...] = ()
    days: Mapping[str, DayFiles] = field(default_factory=dict)
    standing: tuple[StandingVehicle, ...] = ()

    def window(self, name: str) -> tuple[float, float]:
        """Begin and end of the window of that name. Raises ScenarioError with the names there are."""
        if name not in self.windows:
            raise ScenarioError("window", expected=f"one of {sorted(self.windows)}", got=name)
        return self.windows[name]

    def on_day(self, name: str) -> StreetFiles:
        """The street on the day of that name. Raises ScenarioError with the names there are."""
        if name not in self.days:
            raise ScenarioError(
                "day",
                expected=f"one of {sorted(self.days)}",
                got=name,
                hint="days are built with the street: chauraha scenario build NAME",
            )
        day = self.days[name]
        return replace(
            self,
            route_files=self.route_files if day.route_files is None else day.route_files,
            additional_files=day.additional_files,
            standing=day.standing,
            days={},
        )


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A city model, loaded. `day_start_at` is the Unix time of SUMO second 0; `sites` is by junction id.

    `corridors` names rows of junctions in driving order. `map_geojson` is a FeatureCollection of road LineStrings
    (properties `name`, `class`). `policy_file` may not exist. `names` is for people only. `day` is the day that its
    streets are of; None for the normal one.
    """

    name: str
    name_en: str
    name_hi: str
    folder: Path
    day_start_at: float
    sites: Mapping[str, Site]
    corridors: Mapping[str, tuple[str, ...]]
    map_geojson: dict[str, Any] = field(repr=False)
    policy_file: Path
    names: CityNames = field(default_factory=CityNames)
    day: str | None = None

    def on_day(self, name: str | None) -> Scenario:
        """The same city on that day (None: the normal one); `street` says whether there is such a day."""
        return replace(self, day=name)

    def build_folder(self, fidelity: str = TRAINING) -> Path:
        """Where that fidelity's SUMO files are, once built."""
        return self.folder / "build" / fidelity

    @property
    def calibrated_file(self) -> Path:
        """Demand calibrated from counts (`chauraha scenario calibrate`); may not exist."""
        return self.folder / CALIBRATED_FILE

    def street(self, fidelity: str = TRAINING) -> StreetFiles:
        """That fidelity's SUMO files on this day, with the calibrated demand where there is one.

        Raises ScenarioError when unknown, not built or incomplete, and for a day with traffic of its own where the
        demand is calibrated: it would replace what was counted.
        """
        built = self.built_street(fidelity)
        if self.calibrated_file.is_file():
            built = replace(built, route_files=(self.calibrated_file,))
        if self.day is None:
            return built
        street = built.on_day(self.day)
        if self.calibrated_file.is_file() and street.route_files != built.route_files:
            raise ScenarioError(
                f"scenario {self.name}.day",
                expected="a day with the normal day's traffic, since the demand is calibrated",
                got=self.day,
                hint=f"go back to the scenario's own demand: chauraha scenario calibrate {self.name} --remove",
            )
        return street

    def built_street(self, fidelity: str = TRAINING) -> StreetFiles:
        """That fidelity's SUMO files as built, with the scenario's own demand. Raises ScenarioError like `street`."""
        if fidelity not in FIDELITIES:
            raise ScenarioError(f"scenario {self.name}.fidelity", expected=f"one of {list(FIDELITIES)}", got=fidelity)
        street_file = self.build_folder(fidelity) / STREET_FILE
        if not street_file.is_file():
            raise ScenarioError(
                f"scenario {self.name}.street",
                expected=f"a built {fidelity} street at {street_file}",
                got="no such file",
                hint=f"run: chauraha scenario build {self._build_name()} --fidelity {fidelity}",
            )
        return read_street(street_file)

    def _build_name(self) -> str:
        return self.name if self.folder == Path(__file__).parent / self.name else str(self.folder)


def street_to_document(street: StreetFiles) -> dict[str, Any]:
    """JSON-ready, with file names relative to the street's folder."""
    return {
        "schema": STREET_SCHEMA,
        "fidelity": street.fidelity,
        "net_file": street.net_file.name,
        "route_files": [path.name for path in street.route_files],
        "additional_files": [path.name for path in street.additional_files],
        "actuated_file": street.actuated_file.name,
        "begin_s": street.begin_s,
        "end_s": street.end_s,
        "windows": {name: list(span) for name, span in street.windows.items()},
        "step_length_s": street.step_length_s,
        "level_crossings": list(street.level_crossings),
        "days": {name: day.to_document() for name, day in street.days.items()},
        "lateral_resolution_m": street.lateral_resolution_m,
        "tls": {
            junction_id: {
                "tls_id": binding.tls_id,
                "link_count": binding.link_count,
                "group_links": {group: list(links) for group, links in binding.group_links.items()},
                "free_links": list(binding.free_links),
                "turn_on_red_links": list(binding.turn_on_red_links),
            }
            for junction_id, binding in street.tls.items()
        },
        "lane_group_lanes": {
            junction_id: {group: list(lanes) for group, lanes in groups.items()}
            for junction_id, groups in street.lane_group_lanes.items()
        },
    }


def read_street(street_file: Path) -> StreetFiles:
    """The street that `street.json` describes. Raises ScenarioError when it or a file that it names is wrong."""
    folder = street_file.parent
    rebuild = "rebuild with: chauraha scenario build NAME"
    try:
        document = json.loads(street_file.read_text(encoding="utf-8"))
        if document["schema"] != STREET_SCHEMA:
            raise ScenarioError(f"{street_file}.schema", expected=STREET_SCHEMA, got=document["schema"], hint=rebuild)
        street = StreetFiles(
            fidelity=document["fidelity"],
            net_file=folder / document["net_file"],
            route_files=tuple(folder / name for name in document["route_files"]),
            additional_files=tuple(folder / name for name in document["additional_files"]),
            actuated_file=folder / document["actuated_file"],
            begin_s=float(document["begin_s"]),
            end_s=float(document["end_s"]),
            windows={name: (float(a), float(b)) for name, (a, b) in document.get("windows", {}).items()},
            step_length_s=float(document["step_length_s"]),
            level_crossings=tuple(document["level_crossings"]),
            days={name: DayFiles.from_document(raw, folder) for name, raw in document.get("days", {}).items()},
            lateral_resolution_m=document["lateral_resolution_m"],
            tls={
                junction_id: TlsBinding(
                    tls_id=raw["tls_id"],
                    link_count=raw["link_count"],
                    group_links={group: tuple(links) for group, links in raw["group_links"].items()},
                    free_links=tuple(raw["free_links"]),
                    turn_on_red_links=tuple(raw.get("turn_on_red_links", ())),
                )
                for junction_id, raw in document["tls"].items()
            },
            lane_group_lanes={
                junction_id: {group: tuple(lanes) for group, lanes in groups.items()}
                for junction_id, groups in document["lane_group_lanes"].items()
            },
        )
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as wrong:
        raise ScenarioError(
            str(street_file), expected=f"the fields of {STREET_SCHEMA}", got=repr(wrong), hint=rebuild
        ) from None
    of_days = [path for day in street.days.values() for path in (*(day.route_files or ()), *day.additional_files)]
    for path in (street.net_file, street.actuated_file, *street.route_files, *street.additional_files, *of_days):
        if not path.is_file():
            raise ScenarioError(str(street_file), expected=f"the file {path.name} beside it", got="none", hint=rebuild)
    return street
