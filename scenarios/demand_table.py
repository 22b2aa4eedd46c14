"""`demand.toml`: how much traffic enters by which road at which hour, of which classes, and which way it leans."""

from __future__ import annotations

from collections.abc import Mapping, Set

from pydantic import Field

from junction.errors import ScenarioError
from junction.vehicle import VehicleClass
from scenarios.rows import Basis, SourceRow

HOURS = 24


class EntryFlow(SourceRow):
    road_class: str
    pcu_h_per_lane: float = Field(ge=0)


class Gravity(SourceRow):
    scale_m: float = Field(gt=0)
    min_trip_m: float = Field(ge=0)


class Centre(SourceRow):
    """Edge roads that end within `radius_m` of the junction are the centre's; all others are the town's rim."""

    junction: str
    radius_m: float = Field(gt=0)
    basis: Basis


class Period(SourceRow):
    """A part of the day with its own plans: whole hours, and which way its traffic leans.

    `tide` is the share that the rim's roads bring in more and take out less, and the centre's the other way round
    (inbound in the morning: above 0).
    """

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    hours: tuple[tuple[int, int], ...] = Field(min_length=1)
    tide: float = Field(gt=-1, lt=1)


class Window(SourceRow):
    """A named time to simulate, in seconds after local midnight."""

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    begin_s: float = Field(ge=0)
    end_s: float = Field(le=86400)


class Mix(SourceRow):
    """Class shares of the vehicles that enter by the named roads, or by roads of the classes. They add up to 1."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    roads: tuple[str, ...] = ()
    road_classes: tuple[str, ...] = ()
    share: Mapping[VehicleClass, float]
    basis: Basis


class NoEntry(SourceRow):
    """Classes that may not enter from one hour to another; `except_mixes` are free of it."""

    classes: tuple[VehicleClass, ...]
    from_h: int = Field(ge=0, le=23)
    to_h: int = Field(ge=1, le=24)
    except_mixes: tuple[str, ...] = ()
    basis: Basis


class Demand(SourceRow):
    """`demand.toml`. `level` is the factor on the entry flows by road class and hour of the day.

    The first window is what a run simulates when nobody says otherwise. Roads that no mix names take the shares of
    vtypes.csv.
    """

    basis: Basis
    entry: tuple[EntryFlow, ...]
    gravity: Gravity
    level: Mapping[str, tuple[float, ...]]
    centre: Centre | None = None
    period: tuple[Period, ...] = Field(min_length=1)
    window: tuple[Window, ...] = Field(min_length=1)
    mix: tuple[Mix, ...] = ()
    no_entry: NoEntry | None = None

    def period_at(self, hour: int) -> Period:
        return next(p for p in self.period if any(a <= hour < b for a, b in p.hours))


def check_demand(demand: Demand, where: str, junction_ids: Set[str], class_ids: Set[str]) -> None:
    """Raises ScenarioError naming the key of `where`, what was expected and what came."""
    hours = sorted(hour for period in demand.period for a, b in period.hours for hour in range(a, b))
    if hours != list(range(24)):
        raise ScenarioError(f"{where}.period.hours", expected="each hour from 0 to 23 in one period", got=hours)
    for road_class, levels in demand.level.items():
        if len(levels) != 24 or min(levels) < 0:
            raise ScenarioError(f"{where}.level.{road_class}", expected="24 factors, 0 or more", got=levels)
    unlevelled = sorted({entry.road_class for entry in demand.entry} ^ set(demand.level))
    if unlevelled:
        raise ScenarioError(f"{where}.level", expected="levels for the road classes of [[entry]]", got=unlevelled)
    for window in demand.window:
        if window.begin_s >= window.end_s:
            raise ScenarioError(f"{where}.window.{window.name}", expected="begin_s before end_s", got=window)
    tidal = [period.name for period in demand.period if period.tide]
    if tidal and (demand.centre is None or demand.centre.junction not in junction_ids):
        raise ScenarioError(f"{where}.centre", expected="a junction that tides lean to", got=demand.centre)
    for mix in demand.mix:
        if abs(sum(mix.share.values()) - 1) > 1e-6 or min(mix.share.values()) < 0:
            raise ScenarioError(f"{where}.mix.{mix.name}", expected="shares that add up to 1", got=dict(mix.share))
        strangers = sorted(set(mix.share) - class_ids)
        if strangers:
            raise ScenarioError(f"{where}.mix.{mix.name}", expected="classes of vtypes.csv", got=strangers)
    for what, names in (
        ("period", [p.name for p in demand.period]),
        ("window", [w.name for w in demand.window]),
        ("mix", [m.name for m in demand.mix]),
    ):
        if len(set(names)) != len(names):
            raise ScenarioError(f"{where}.{what}", expected="names that differ", got=names)
