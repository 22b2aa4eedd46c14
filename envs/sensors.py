"""How far a camera's report is from the truth.

The default figures are assumed, not measured: they stand until the detector's own evaluation writes a sensor file
(`SensorModel.from_file`; docs/detector.md gives its schema). `SensorModel.perfect()` is the same model with every error
at zero.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from envs.view import JunctionView
from junction.counts import CameraState
from junction.errors import InputError
from junction.vehicle import CLASS_INDEX, VEHICLE_CLASSES, VehicleClass

SENSORS_SCHEMA: Literal["chauraha.sensors/1"] = "chauraha.sensors/1"
_TOLD_ONLY = frozenset({"schema_", "basis", "evidence", "places"})
_LOOKALIKES: Mapping[str, Mapping[str, float]] = {
    "two_wheeler": {"bicycle": 0.02},
    "car": {"lcv": 0.02},
    "auto_rickshaw": {"e_rickshaw": 0.10},
    "e_rickshaw": {"auto_rickshaw": 0.10},
    "bus": {"truck": 0.05},
    "truck": {"bus": 0.03, "lcv": 0.05},
    "lcv": {"truck": 0.05, "car": 0.05},
    "bicycle": {"two_wheeler": 0.08},
    "cycle_rickshaw": {"e_rickshaw": 0.08},
}
_MISSED: Mapping[str, float] = {
    **dict.fromkeys((name.value for name in VEHICLE_CLASSES), 0.06),
    VehicleClass.TWO_WHEELER.value: 0.12,
    VehicleClass.BICYCLE.value: 0.15,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LostWindow:
    """A camera shows nothing from `from_s` to `to_s` (SUMO seconds). `junction_id` "*" means every junction.

    `state` says how: lost, or (among others) frozen, which first repeats the last picture as if it were new.
    """

    junction_id: str
    from_s: float
    to_s: float
    state: CameraState = CameraState.LOST


@dataclass(frozen=True, kw_only=True)
class SensorModel:
    """Errors of a camera.

    `range_m` shortens every lane group's `storage_m` (None: as it is). `missed` is the share of vehicles not seen, by
    class; `doubled` the share counted twice; `confused[class][other]` the share of a class taken for another.
    `hidden[class]` is the share of the smaller vehicles of its lane group that one such large vehicle hides; several
    hide independently, and crossings are not hidden (a vehicle on the stop line is in front).
    `misjudged` is the share of vehicles whose standing or moving is taken wrongly, `queue_m_noise` the relative
    standard deviation of the queue's length. A look becomes known `latency_s` after it was taken. `looks_lost` is the
    share of looks that bring nothing; `outages_per_h` starts an outage of `outage_s` on average at random (of which
    `frozen` is the share that begin as a frozen picture), and `lost` names outages to come. A frozen picture is
    reported as if it were new until `frozen_unnoticed_s` have passed; then the camera says that it is frozen.
    """

    range_m: float | None = None
    missed: Mapping[str, float] = field(default_factory=lambda: dict(_MISSED))
    doubled: float = 0.02
    confused: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: dict(_LOOKALIKES))
    hidden: Mapping[str, float] = field(default_factory=dict)
    misjudged: float = 0.02
    queue_m_noise: float = 0.10
    latency_s: float = 1.0
    looks_lost: float = 0.01
    outages_per_h: float = 0.0
    outage_s: float = 120.0
    frozen: float = 0.0
    frozen_unnoticed_s: float = 2.0
    lost: tuple[LostWindow, ...] = ()

    def __post_init__(self) -> None:
        shares = {f"missed.{name}": share for name, share in self.missed.items()}
        shares |= {f"confused.{name}": sum(row.values()) for name, row in self.confused.items()}
        shares |= {f"hidden.{name}": share for name, share in self.hidden.items()}
        shares |= {name: getattr(self, name) for name in ("doubled", "misjudged", "looks_lost", "frozen")}
        for name, share in shares.items():
            _require(math.isfinite(share) and 0 <= share <= 1, name, "a share from 0 to 1", share)
        names = [
            *self.missed,
            *self.hidden,
            *self.confused,
            *(other for row in self.confused.values() for other in row),
        ]
        for name in names:
            _require(name in CLASS_INDEX, "missed/hidden/confused", f"classes among {sorted(CLASS_INDEX)}", name)
        for field_name in ("queue_m_noise", "latency_s", "outages_per_h", "outage_s", "frozen_unnoticed_s"):
            value = getattr(self, field_name)
            _require(math.isfinite(value) and value >= 0, field_name, "0 or more", value)
        _require(self.range_m is None or self.range_m > 0, "range_m", "more than 0, or none", self.range_m)

    @classmethod
    def perfect(cls) -> Self:
        """A camera without any error, that answers at once."""
        return cls(missed={}, doubled=0.0, confused={}, misjudged=0.0, queue_m_noise=0.0, latency_s=0.0, looks_lost=0.0)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The model in a JSON or TOML file; fields, and classes, it does not name keep their defaults.

        Raises InputError.
        """
        try:
            text = path.read_text(encoding="utf-8")
            document = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
            read = _SensorFile.model_validate(document)
        except OSError as error:
            raise InputError(str(path), expected="a readable sensor file", got=error.strerror) from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InputError(f"{path}: {where}", expected=first["msg"], got=first.get("input")) from None
        except ValueError as error:
            raise InputError(str(path), expected="JSON, or TOML in a .toml file", got=str(error)) from None
        given = {name: getattr(read, name) for name in read.model_fields_set - _TOLD_ONLY}
        for name, default in (("missed", _MISSED), ("confused", _LOOKALIKES)):
            if name in given:
                given[name] = {**default, **given[name]}
        if "lost" in given:
            given["lost"] = tuple(LostWindow(**window.model_dump()) for window in read.lost)
        return cls(**given)

    def distort(self, view: JunctionView, rng: np.random.Generator) -> JunctionView:
        """What this camera makes of the truth; `view` itself when counting is without error."""
        if self._counts_exactly:
            return view
        both = np.stack([view.queued, view.present - view.queued])
        if self.hidden:
            both = rng.binomial(both, self._in_sight(view.present))
        queued, moving = self.recount(both, rng)
        if self.misjudged:
            to_moving = rng.binomial(queued, self.misjudged)
            to_queued = rng.binomial(moving, self.misjudged)
            queued, moving = queued - to_moving + to_queued, moving - to_queued + to_moving
        queue_m = view.queue_m * np.maximum(0.0, 1 + self.queue_m_noise * rng.standard_normal(view.queue_m.shape))
        queue_m[queued.sum(axis=1) == 0] = 0.0
        return JunctionView(present=queued + moving, queued=queued, queue_m=queue_m)

    def recount(self, vehicles: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Misses, doubles and confusions; the last axis is the class. Only counts above 0 are drawn: most are 0."""
        if self._counts_exactly:
            return vehicles
        places = np.nonzero(vehicles)
        classes = places[-1]
        seen = rng.binomial(vehicles[places], self._seen_share[classes])
        seen += rng.binomial(seen, self.doubled)
        counted = np.zeros_like(vehicles)
        np.add.at(counted, places[:-1], rng.multinomial(seen, self._confusion[classes]))
        return counted

    @cached_property
    def _counts_exactly(self) -> bool:
        shares = [*self.missed.values(), *(share for row in self.confused.values() for share in row.values())]
        return not any([*shares, *self.hidden.values(), self.doubled, self.misjudged, self.queue_m_noise])

    def _in_sight(self, present: NDArray[np.int64]) -> NDArray[np.float64]:
        """By lane group and class, the share of vehicles that no large vehicle hides; same shape as `present`."""
        hides = np.array([self.hidden.get(name.value, 0.0) for name in VEHICLE_CLASSES])
        in_sight = np.prod((1 - hides) ** present, axis=-1, keepdims=True)
        return np.where(hides > 0, 1.0, in_sight)

    @cached_property
    def _seen_share(self) -> NDArray[np.float64]:
        return np.array([1 - self.missed.get(name.value, 0.0) for name in VEHICLE_CLASSES])

    @cached_property
    def _confusion(self) -> NDArray[np.float64]:
        """Rows: true class, columns: reported class; shape (9, 9), rows sum to 1."""
        matrix = np.eye(len(VEHICLE_CLASSES))
        for name, row in self.confused.items():
            for other, share in row.items():
                matrix[CLASS_INDEX[name], CLASS_INDEX[other]] += share
                matrix[CLASS_INDEX[name], CLASS_INDEX[name]] -= share
        return matrix


class _LostWindowFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    junction_id: str
    from_s: float
    to_s: float
    state: Annotated[CameraState, Field(strict=False)] = CameraState.LOST


class _Evidence(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    vehicle_class: str
    by_eye: int
    missed: int
    missed_95: list[float] = []
    taken_for: dict[str, int] = {}
    doubled: int = 0


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    place: str
    by_eye: int
    counted: int


class _SensorFile(BaseModel):
    """A sensor file's fields: `SensorModel`'s own, each optional, and `_TOLD_ONLY`: what they rest on."""

    model_config = ConfigDict(extra="forbid", strict=True)
    schema_: Literal["chauraha.sensors/1"] = Field(SENSORS_SCHEMA, alias="schema")
    basis: str = ""
    evidence: list[_Evidence] = []
    places: list[_Place] = []
    range_m: float | None = None
    missed: dict[str, float] = {}
    doubled: float = 0.0
    confused: dict[str, dict[str, float]] = {}
    hidden: dict[str, float] = {}
    misjudged: float = 0.0
    queue_m_noise: float = 0.0
    latency_s: float = 0.0
    looks_lost: float = 0.0
    outages_per_h: float = 0.0
    outage_s: float = 0.0
    frozen: float = 0.0
    frozen_unnoticed_s: float = 0.0
    lost: list[_LostWindowFile] = []


def _require(ok: bool, name: str, expected: str, got: object) -> None:
    if not ok:
        raise InputError(f"sensors.{name}", expected=expected, got=got)
