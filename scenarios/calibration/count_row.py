"""One count as read from a file: so many vehicles at a place in an interval, and where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    LINK = "link"
    LANE_GROUP = "lane_group"
    MOVEMENT = "movement"


@dataclass(frozen=True, kw_only=True)
class PlaceName:
    """A place as a file names it. `junction` is empty for a link."""

    kind: PlaceKind
    junction: str
    name: str

    def __str__(self) -> str:
        return f"{self.junction}/{self.name}" if self.junction else self.name


@dataclass(frozen=True, kw_only=True)
class CountRow:
    """`vehicles` by class name ("" for a count that names no class), or None where the camera did not see.

    `begin_s` and `end_s` are seconds after local midnight. `separable` says that every class was told apart.
    """

    where: str
    place: PlaceName
    begin_s: float
    end_s: float
    vehicles: Mapping[str, float] | None
    separable: bool

    @property
    def total_veh(self) -> float:
        return sum((self.vehicles or {}).values())
