"""A scenario's readable source files, checked: junctions, links, edge roads, vehicle types, standards and demand.

Every figure keeps its basis (`sourced`, `approx`, `memory`, `assumed`, `calibrated`) in a column or key beside it.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationError

from junction.errors import ScenarioError
from scenarios.bus_rows import BUS_LINES_TABLE, BUS_STOPS_TABLE, BusLineRow, BusStopRow
from scenarios.days import DAYS_FILE
from scenarios.demand_table import Demand, check_demand
from scenarios.plan_calendar import CALENDAR_FILE
from scenarios.rows import Basis, SourceRow

SOURCE_FILES = (
    "scenario.toml",
    "standards.toml",
    "demand.toml",
    "junctions.csv",
    "links.csv",
    "stubs.csv",
    "side_streets.csv",
    "level_crossings.csv",
    "trains.csv",
    "vtypes.csv",
)
OPTIONAL_FILES = (DAYS_FILE, CALENDAR_FILE, BUS_STOPS_TABLE, BUS_LINES_TABLE)


class JunctionRow(SourceRow):
    """One junction. `arms` is its real number of arms; `pedestrian_stage` gives all crossings a stage together."""

    id: str
    name_en: str
    name_hi: str
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    coord_error_m: float
    coord_basis: Basis
    coord_from: str
    arms: int = Field(ge=2, le=8)
    thana: str
    thana_basis: Basis
    signal: str
    signal_from: str
    pedestrian_stage: bool
    pedestrian_basis: Basis


class Road(SourceRow):
    """What a link and an edge road share."""

    road_en: str
    road_hi: str
    road_class: Literal["highway", "arterial", "sub-arterial", "collector", "local"]
    lanes_per_dir: int = Field(ge=1, le=4)
    lanes_basis: Basis
    speed_kmh: float = Field(gt=0, le=120)
    speed_basis: Basis
    length_m: float = Field(gt=0)


class LinkRow(Road):
    """A two-way road between two junctions."""

    from_junction: str
    to_junction: str
    length_basis: Basis
    note: str

    @property
    def ends(self) -> tuple[str, str]:
        return self.from_junction, self.to_junction


class StubRow(Road):
    """An arm that leads out of the model and to no junction of the tables."""

    id: str
    junction: str
    bearing_deg: float = Field(ge=0, lt=360)
    bearing_basis: Basis


class SideStreetRow(Road):
    """A street that ends in a link between its junctions: a T-junction without signals.

    `at_m` is measured from the link's `from_junction`; `side` is the traveller's who drives from there.
    """

    id: str
    from_junction: str
    to_junction: str
    at_m: float = Field(gt=0)
    side: Literal["left", "right"]

    @property
    def ends(self) -> tuple[str, str]:
        return self.from_junction, self.to_junction


class LevelCrossingRow(SourceRow):
    """Where the railway crosses a junction's arm, `at_m` from the junction; `line_m` is its place along the railway."""

    id: str
    name_en: str
    name_hi: str
    junction: str
    arm: str
    at_m: float = Field(gt=0)
    line_m: float
    basis: Basis


class TrainRow(SourceRow):
    """One train of the day: `at` is when a gate at `line_m` 0 would shut, `direction` away from it or towards."""

    at: time
    direction: Literal["away", "towards"]
    speed_kmh: float = Field(gt=0, le=160)
    closed_s: float = Field(gt=0, le=1800)
    basis: Basis

    @property
    def at_s(self) -> float:
        return self.at.hour * 3600.0 + self.at.minute * 60.0 + self.at.second


class Settings(SourceRow):
    """`scenario.toml`."""

    name_en: str
    name_hi: str
    date: date
    timezone: str
    in_scope: tuple[str, ...] = Field(min_length=1)
    corridors: Mapping[str, tuple[str, ...]]


class Timing(SourceRow):
    """Signal timing standards (`standards.toml`)."""

    amber_s: float = Field(ge=2)
    amber_basis: Basis
    all_red_s: float = Field(ge=1)
    all_red_basis: Basis
    min_green_s: float = Field(gt=0)
    min_green_basis: Basis
    min_green_right_s: float = Field(gt=0)
    min_green_right_basis: Basis
    max_green_s: float
    max_red_s: float = Field(ge=120, le=180)
    max_basis: Basis
    clearing_speed_kmh: float = Field(gt=0)
    entering_speed_kmh: float = Field(gt=0)
    clearing_length_m: float = Field(ge=0)
    clearing_basis: Basis


class SaturationFlow(SourceRow):
    """Indo-HCM 2017's base saturation flow by approach width."""

    below_7m_pcu_h_m: float
    base_pcu_h_m: float
    slope_pcu_h_m2: float
    above_10_5m_pcu_h_m: float
    basis: Basis

    def pcu_h(self, width_m: float) -> float:
        """Saturation flow in PCU an hour of green of an approach `width_m` wide (Indo-HCM 2017, signalised)."""
        if width_m < 7.0:
            return self.below_7m_pcu_h_m * width_m
        if width_m <= 10.5:
            return (self.base_pcu_h_m - self.slope_pcu_h_m2 * width_m) * width_m
        return self.above_10_5m_pcu_h_m * width_m


class RoadStandard(SourceRow):
    lane_width_m: float = Field(gt=0)
    virtual_lanes_per_lane: int = Field(ge=1, le=3)
    mouth_m: float = Field(gt=0)
    mouth_basis: Basis
    edge_length_m: float = Field(gt=0)
    edge_basis: Basis
    u_turns: bool
    u_turns_basis: Basis


class PlanStandard(SourceRow):
    arm_share_s: Mapping[int, float]
    arm_share_basis: Basis
    min_cycle_s: float
    max_cycle_s: float
    webster_max_cycle_s: float
    progression_share: float = Field(gt=0, le=1)
    progression_basis: Basis
    least_band_s: float = Field(ge=0)
    coordinated: tuple[str, ...] = ()


class Standards(SourceRow):
    """`standards.toml`."""

    timing: Timing
    saturation_flow: SaturationFlow
    road: RoadStandard
    plans: PlanStandard


class VehicleRow(SourceRow):
    """One vehicle class's parameters in SUMO; columns from `vClass` to `latAlignment` are SUMO's own names.

    Where the sublane model drives, `sublane_sigma` (dawdling) and `sublane_speed_gain` (how eager a class is to squeeze
    past) take the place of `sigma` and `speed_gain`. `calibrated_basis` is that of these, of `sigma`, and of
    `minGapLat` and `latAlignment`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str
    vehicle_class: str = Field(alias="vClass")
    length_m: float
    width_m: float
    min_gap_m: float = Field(alias="minGap_m")
    min_gap_lat_m: float = Field(alias="minGapLat_m")
    accel: float
    decel: float
    emergency_decel: float = Field(alias="emergencyDecel")
    max_speed_mps: float = Field(alias="maxSpeed_mps")
    tau_s: float
    sigma: float
    sublane_sigma: float
    max_speed_lat: float = Field(alias="maxSpeedLat")
    pushy: float = Field(alias="lcPushy")
    assertive: float = Field(alias="lcAssertive")
    sublane: float = Field(alias="lcSublane")
    speed_gain: float = Field(alias="lcSpeedGain")
    sublane_speed_gain: float = Field(alias="sublane_lcSpeedGain")
    lat_alignment: str = Field(alias="latAlignment")
    pcu: float
    mix_share: float = Field(ge=0, le=1)
    pcu_basis: Basis
    mix_basis: Basis
    size_basis: Basis
    driving_basis: Basis
    calibrated_basis: Basis
    emission_class: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """All source files of one scenario. `digest` is a hex SHA-256 of their text."""

    folder: Path
    settings: Settings
    standards: Standards
    demand: Demand
    junctions: Mapping[str, JunctionRow]
    links: tuple[LinkRow, ...]
    stubs: tuple[StubRow, ...]
    side_streets: tuple[SideStreetRow, ...]
    level_crossings: tuple[LevelCrossingRow, ...]
    trains: tuple[TrainRow, ...]
    vehicles: tuple[VehicleRow, ...]
    bus_stops: tuple[BusStopRow, ...]
    bus_lines: tuple[BusLineRow, ...]
    digest: str

    @property
    def in_scope(self) -> tuple[JunctionRow, ...]:
        """The junctions to build, in the order of `scenario.toml`."""
        return tuple(self.junctions[j] for j in self.settings.in_scope)


_M = TypeVar("_M", bound=SourceRow)


def read_source(folder: Path) -> Source:
    """The source files in `folder`. Raises ScenarioError naming file, line or key, what was expected and what came."""
    source = Source(
        folder=folder,
        settings=_toml(folder / "scenario.toml", Settings),
        standards=_toml(folder / "standards.toml", Standards),
        demand=_toml(folder / "demand.toml", Demand),
        junctions={row.id: row for row in _csv(folder / "junctions.csv", JunctionRow)},
        links=tuple(_csv(folder / "links.csv", LinkRow)),
        stubs=tuple(_csv(folder / "stubs.csv", StubRow)),
        side_streets=tuple(_csv(folder / "side_streets.csv", SideStreetRow)),
        level_crossings=tuple(_csv(folder / "level_crossings.csv", LevelCrossingRow)),
        trains=tuple(_csv(folder / "trains.csv", TrainRow)),
        vehicles=tuple(_csv(folder / "vtypes.csv", VehicleRow)),
        bus_stops=tuple(_optional_csv(folder / BUS_STOPS_TABLE, BusStopRow)),
        bus_lines=tuple(_optional_csv(folder / BUS_LINES_TABLE, BusLineRow)),
        digest=source_digest(folder),
    )
    _check_references(source)
    return source


def read_plan_standard(folder: Path) -> PlanStandard | None:
    """The standards that the fixed plans in `folder` were made by; None for a scenario without source tables."""
    return _toml(folder / "standards.toml", Standards).plans if has_source(folder) else None


def has_source(folder: Path) -> bool:
    """Whether a scenario has source tables at all."""
    return all((folder / name).is_file() for name in SOURCE_FILES)


def source_digest(folder: Path) -> str:
    """Hex SHA-256 over the source files' names and text."""
    digest = hashlib.sha256()
    for name in (*SOURCE_FILES, *OPTIONAL_FILES):
        if name in OPTIONAL_FILES and not (folder / name).is_file():
            continue
        text = _text(folder / name)
        digest.update(f"{name}\n{text}\n".encode())
    return digest.hexdigest()


def _check_references(source: Source) -> None:
    known = set(source.junctions)
    in_row = [j for name in source.standards.plans.coordinated for j in source.settings.corridors.get(name, ())]
    if len(set(in_row)) != len(in_row) or set(source.standards.plans.coordinated) - set(source.settings.corridors):
        raise ScenarioError(
            f"{source.folder.name}/standards.toml.plans.coordinated",
            expected="corridors of scenario.toml that share no junction",
            got=source.standards.plans.coordinated,
        )
    for field, wanted in (
        ("scenario.toml.in_scope", source.settings.in_scope),
        ("links.csv.from_junction", [link.from_junction for link in source.links]),
        ("links.csv.to_junction", [link.to_junction for link in source.links]),
        ("stubs.csv.junction", [stub.junction for stub in source.stubs]),
        ("level_crossings.csv.junction", [crossing.junction for crossing in source.level_crossings]),
        ("scenario.toml.corridors", [j for row in source.settings.corridors.values() for j in row]),
    ):
        strangers = sorted(set(wanted) - known)
        if strangers:
            raise ScenarioError(f"{source.folder.name}/{field}", expected="ids of junctions.csv", got=strangers)
    links = {link.ends for link in source.links}
    for street in source.side_streets:
        if street.ends not in links:
            raise ScenarioError(
                f"{source.folder.name}/side_streets.csv {street.id}",
                expected="from_junction and to_junction of a row of links.csv",
                got=list(street.ends),
            )
    for table, names in (
        (BUS_STOPS_TABLE, [stop.id for stop in source.bus_stops]),
        (BUS_LINES_TABLE, [line.id for line in source.bus_lines]),
    ):
        if len(set(names)) != len(names):
            raise ScenarioError(f"{source.folder.name}/{table} id", expected="ids that differ", got=sorted(names))
    check_demand(source.demand, f"{source.folder.name}/demand.toml", known, {row.id for row in source.vehicles})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise ScenarioError(str(path), expected="a source file", got="no such file") from None


def _toml(path: Path, model: type[_M]) -> _M:
    try:
        return model.model_validate(tomllib.loads(_text(path)))
    except tomllib.TOMLDecodeError as wrong:
        raise ScenarioError(str(path), expected="TOML", got=str(wrong)) from None
    except ValidationError as wrong:
        raise _source_error(str(path), wrong) from None


def _optional_csv(path: Path, model: type[_M]) -> list[_M]:
    return _csv(path, model) if path.is_file() else []


def _csv(path: Path, model: type[_M]) -> list[_M]:
    rows = []
    for number, raw in enumerate(csv.DictReader(_text(path).splitlines()), start=2):
        try:
            rows.append(model.model_validate(raw))
        except ValidationError as wrong:
            raise _source_error(f"{path}:{number}", wrong) from None
    return rows


def _source_error(where: str, wrong: ValidationError) -> ScenarioError:
    first = wrong.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return ScenarioError(f"{where} {field}", expected=first["msg"], got=first.get("input"))
