"""`days.toml`: days that differ from the normal one, and how. A scenario need not have any.

A day says only what is other than usual: roads closed for a time, more or less traffic, a broken-down vehicle, gates
that stay shut longer, rain. Every day has its basis.
"""

from __future__ import annotations

import tomllib
from datetime import time
from pathlib import Path

from pydantic import Field, ValidationError

from junction.errors import ScenarioError
from junction.vehicle import VehicleClass
from scenarios.rows import Basis, SourceRow

DAYS_FILE = "days.toml"


class ClosedRoad(SourceRow):
    """A link that is closed both ways from one whole hour to another. Drivers know, and take the fastest way round."""

    from_junction: str
    to_junction: str
    from_h: int = Field(ge=0, le=23)
    to_h: int = Field(ge=1, le=24)

    @property
    def ends(self) -> frozenset[str]:
        return frozenset((self.from_junction, self.to_junction))


class Breakdown(SourceRow):
    """A vehicle that stands on one lane of the road into `to_junction`, `before_m` ahead of its stop line.

    `lane` is a real lane counted from the kerb. It drives there from the road's far end, so it stands a little later
    than `at`.
    """

    from_junction: str
    to_junction: str
    before_m: float = Field(ge=5)
    lane: int = Field(ge=0)
    vehicle: VehicleClass
    at: time
    lasts_s: float = Field(gt=0)

    @property
    def at_s(self) -> float:
        return self.at.hour * 3600.0 + self.at.minute * 60.0 + self.at.second


class LongClosings(SourceRow):
    """Every closing of these level crossings lasts `factor` times as long as usual."""

    crossings: tuple[str, ...] = Field(min_length=1)
    factor: float = Field(ge=1, le=10)


class Rain(SourceRow):
    """Factors on free speeds, headways, and what drivers dare to accelerate and brake."""

    speed_factor: float = Field(gt=0, le=1)
    headway_factor: float = Field(ge=1)
    acceleration_factor: float = Field(gt=0, le=1)


class Day(SourceRow):
    """`centre_factor` is on the traffic that begins or ends in the centre of `demand.toml`, all day."""

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    name_en: str
    name_hi: str
    basis: Basis
    centre_factor: float = Field(default=1.0, gt=0)
    closed_road: tuple[ClosedRoad, ...] = ()
    breakdown: tuple[Breakdown, ...] = ()
    long_closings: LongClosings | None = None
    rain: Rain | None = None

    @property
    def has_own_demand(self) -> bool:
        """Whether other traffic drives, or on other ways, than on a normal day."""
        return bool(self.closed_road) or self.centre_factor != 1.0


class _Days(SourceRow):
    day: tuple[Day, ...] = ()


def read_days(folder: Path) -> tuple[Day, ...]:
    """The days of `days.toml` in `folder`; none where there is no such file. Raises ScenarioError naming the key."""
    path = folder / DAYS_FILE
    if not path.is_file():
        return ()
    try:
        days = _Days.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).day
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise ScenarioError(str(path), expected="TOML", got=str(wrong)) from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(f"{path} {where}", expected=first["msg"], got=first.get("input")) from None
    names = [day.name for day in days]
    if len(set(names)) != len(names):
        raise ScenarioError(f"{path} day.name", expected="names that differ", got=names)
    for day in days:
        for road in day.closed_road:
            if road.from_h >= road.to_h:
                raise ScenarioError(f"{path} {day.name}.closed_road", expected="from_h before to_h", got=road)
    return days


def day_lines(days: tuple[Day, ...]) -> list[str]:
    """What each day changes, a line a change, for a person."""
    lines = []
    for day in days:
        lines.append(f"day {day.name} ({day.basis}): {day.name_en}")
        if day.centre_factor != 1.0:
            lines.append(f"  traffic from and to the centre x {day.centre_factor:g}")
        lines += [
            f"  {road.from_junction} - {road.to_junction} closed from {road.from_h} to {road.to_h} h"
            for road in day.closed_road
        ]
        lines += [
            f"  a {broken.vehicle.value} stands on lane {broken.lane} from {broken.from_junction}, "
            f"{broken.before_m:g} m before {broken.to_junction}, from {broken.at:%H:%M} for {broken.lasts_s / 60:g} min"
            for broken in day.breakdown
        ]
        if day.long_closings is not None:
            crossings = ", ".join(day.long_closings.crossings)
            lines.append(f"  closings x {day.long_closings.factor:g} at {crossings}")
        if day.rain is not None:
            lines.append(
                f"  rain: speeds x {day.rain.speed_factor:g}, headways x {day.rain.headway_factor:g}, "
                f"acceleration x {day.rain.acceleration_factor:g}"
            )
    return lines
