"""What a junction is: approaches, lane groups, movements, signal groups, stages, conflicts and intergreens.

    JunctionLayout
    ├── Approach      an arm that vehicles come in on
    ├── LaneGroup     lanes of one approach that queue as one
    ├── Movement      from-approach to to-approach, out of one lane group, under one signal group
    ├── SignalGroup   the lamps that change together, with their minimum and maximum green and maximum red
    └── Stage         a set of signal groups given green together

A layout is checked when it is made: one that breaks a rule cannot exist.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from junction.errors import InputError

PEDESTRIAN_INITIAL_S = 7.0
"""Seconds a pedestrian needs to start (IRC:93-1985)."""
PEDESTRIAN_SPEED_MPS = 1.2
"""Walking speed in metres a second (IRC:93-1985)."""
MIN_CYCLE_S = 40.0
MAX_CYCLE_S = 180.0
LONGEST_S = 3600.0
"""No green or intergreen is longer: what is, is a mistake in the data."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:#-]{0,79}")


def deciseconds(seconds: float) -> int:
    """Whole tenths of a second: the grid that lamps change on."""
    return round(seconds * 10)


class Turn(StrEnum):
    LEFT = "left"
    STRAIGHT = "straight"
    RIGHT = "right"
    U_TURN = "u_turn"


class GroupKind(StrEnum):
    VEHICLE = "vehicle"
    PEDESTRIAN = "pedestrian"


@dataclass(frozen=True, kw_only=True, slots=True)
class Approach:
    """An arm. `bearing_deg` is the compass bearing of the arm seen from the junction's middle (0 = north)."""

    id: str
    name_en: str
    name_hi: str
    bearing_deg: float
    speed_kmh: float
    width_m: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneGroup:
    """Lanes of one approach that queue as one. `storage_m` is the length a camera can see (default 120 m)."""

    id: str
    approach_id: str
    width_m: float
    storage_m: float
    saturation_flow_pcu_h: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """From one approach to another (by the approach id of the arm it leaves on)."""

    id: str
    from_approach: str
    to_approach: str
    turn: Turn
    lane_group_id: str
    group_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalGroup:
    """Lamps that change together.

    For a pedestrian group `min_green_s` is the walk and `amber_s` the clearance; together they must be at
    least 7 s + `crossing_width_m` / 1.2 m/s (IRC:93-1985).
    """

    id: str
    kind: GroupKind = GroupKind.VEHICLE
    min_green_s: float
    max_green_s: float
    max_red_s: float
    amber_s: float
    crossing_width_m: float | None = None

    def __post_init__(self) -> None:
        _require(
            0 < self.min_green_s <= self.max_green_s,
            f"group {self.id}.min_green_s",
            f"more than 0 and at most max_green_s ({self.max_green_s})",
            self.min_green_s,
        )
        _require(
            self.max_green_s <= LONGEST_S,
            f"group {self.id}.max_green_s",
            f"at most {LONGEST_S:g} s",
            self.max_green_s,
        )
        _require(120 <= self.max_red_s <= 180, f"group {self.id}.max_red_s", "120 to 180 s", self.max_red_s)
        _require(self.amber_s >= 2, f"group {self.id}.amber_s", "at least 2 s (IRC:93-1985)", self.amber_s)
        if self.kind is GroupKind.PEDESTRIAN:
            width_m = self.crossing_width_m
            _require(
                width_m is not None and width_m > 0,
                f"group {self.id}.crossing_width_m",
                "metres for a pedestrian group",
                width_m,
            )
            assert width_m is not None
            need_s = PEDESTRIAN_INITIAL_S + width_m / PEDESTRIAN_SPEED_MPS
            _require(
                self.min_green_s + self.amber_s >= need_s - 1e-9,
                f"group {self.id}.min_green_s",
                f"walk + clearance of at least {need_s:.1f} s",
                self.min_green_s + self.amber_s,
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Signal groups given green together."""

    id: str
    name: str
    group_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class JunctionLayout:
    """A junction. Raises InputError when made of parts that do not fit. Compared and hashed by identity.

    `conflicts` holds unordered pairs of group ids; `intergreen_s[losing, gaining]` is the time from the end of
    green of the losing group to the start of green of the gaining one, for both orders of every conflict, and at
    least the losing group's amber plus `all_red_s`.
    """

    id: str
    name_en: str
    name_hi: str
    lat: float
    lon: float
    thana: str
    approaches: tuple[Approach, ...]
    lane_groups: tuple[LaneGroup, ...]
    movements: tuple[Movement, ...]
    groups: tuple[SignalGroup, ...]
    stages: tuple[Stage, ...]
    conflicts: frozenset[tuple[str, str]]
    intergreen_s: Mapping[tuple[str, str], float]
    all_red_s: float
    basis: str = "assumed"

    def __post_init__(self) -> None:
        _check_ids(self)
        _check_references(self)
        _check_stages(self)
        _check_intergreens(self)

    @cached_property
    def group_index(self) -> Mapping[str, int]:
        return {group.id: index for index, group in enumerate(self.groups)}

    @cached_property
    def stage_index(self) -> Mapping[str, int]:
        return {stage.id: index for index, stage in enumerate(self.stages)}

    @cached_property
    def lane_group_index(self) -> Mapping[str, int]:
        return {lane_group.id: index for index, lane_group in enumerate(self.lane_groups)}

    @cached_property
    def stage_groups(self) -> tuple[frozenset[int], ...]:
        """Group indices of each stage, in stage order."""
        return tuple(frozenset(self.group_index[g] for g in stage.group_ids) for stage in self.stages)

    @cached_property
    def intergreen_ds(self) -> Mapping[tuple[int, int], int]:
        """Intergreen in tenths of a second by (losing, gaining) group index; conflicting pairs only."""
        index = self.group_index
        return {(index[a], index[b]): deciseconds(s) for (a, b), s in self.intergreen_s.items()}

    @cached_property
    def waits_for(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """By gaining group: (conflicting group, intergreen in tenths of a second) pairs."""
        pairs: list[list[tuple[int, int]]] = [[] for _ in self.groups]
        for (losing, gaining), wait_ds in self.intergreen_ds.items():
            pairs[gaining].append((losing, wait_ds))
        return tuple(tuple(sorted(p)) for p in pairs)

    @cached_property
    def amber_ds(self) -> tuple[int, ...]:
        """Amber in tenths of a second, in group order."""
        return tuple(deciseconds(group.amber_s) for group in self.groups)

    @cached_property
    def min_green_ds(self) -> tuple[int, ...]:
        """Minimum green in tenths of a second, in group order."""
        return tuple(deciseconds(group.min_green_s) for group in self.groups)

    @cached_property
    def max_green_ds(self) -> tuple[int, ...]:
        """Maximum green in tenths of a second, in group order."""
        return tuple(deciseconds(group.max_green_s) for group in self.groups)

    @cached_property
    def max_red_ds(self) -> tuple[int, ...]:
        """Maximum red in tenths of a second, in group order."""
        return tuple(deciseconds(group.max_red_s) for group in self.groups)

    @cached_property
    def lane_groups_of_group(self) -> tuple[frozenset[int], ...]:
        """Lane-group indices that discharge under each signal group, in group order."""
        served: list[set[int]] = [set() for _ in self.groups]
        for movement in self.movements:
            served[self.group_index[movement.group_id]].add(self.lane_group_index[movement.lane_group_id])
        return tuple(frozenset(s) for s in served)

    def transition_s(self, from_stage: str, to_stage: str) -> float:
        """Seconds from ending `from_stage` to the green start of what `to_stage` gains (0 if nothing waits)."""
        losing = self.stage_groups[self.stage_index[from_stage]]
        gaining = self.stage_groups[self.stage_index[to_stage]]
        waits = [self.intergreen_ds.get((a, b), 0) for a in losing - gaining for b in gaining - losing]
        return max(waits, default=0) / 10

    def stage(self, stage_id: str) -> Stage:
        """The stage of that id. Raises InputError for an id that is no stage of this junction."""
        if stage_id not in self.stage_index:
            raise InputError(f"junction {self.id}.stage", expected=f"one of {sorted(self.stage_index)}", got=stage_id)
        return self.stages[self.stage_index[stage_id]]


def conflict_pairs(pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Unordered pairs in their one canonical order."""
    return frozenset((a, b) if a <= b else (b, a) for a, b in pairs)


def _require(ok: bool, where: str, expected: str, got: object) -> None:
    if not ok:
        raise InputError(where, expected=expected, got=got)


def _check_ids(layout: JunctionLayout) -> None:
    _require(bool(_ID.fullmatch(layout.id)), "junction.id", f"a name like {_ID.pattern}", layout.id)
    kinds: Mapping[str, tuple[Any, ...]] = {
        "approach": layout.approaches,
        "lane_group": layout.lane_groups,
        "movement": layout.movements,
        "group": layout.groups,
        "stage": layout.stages,
    }
    for kind, parts in kinds.items():
        ids = [part.id for part in parts]
        bad = [i for i in ids if not _ID.fullmatch(i)]
        _require(not bad, f"junction {layout.id}.{kind}.id", f"a name like {_ID.pattern}", bad[:1])
        _require(len(set(ids)) == len(ids), f"junction {layout.id}.{kind}", "ids that differ", ids)
    _require(len(layout.stages) >= 1, f"junction {layout.id}.stages", "at least one stage", 0)


def _check_references(layout: JunctionLayout) -> None:
    where = f"junction {layout.id}"
    approaches = {a.id for a in layout.approaches}
    lane_groups = {g.id for g in layout.lane_groups}
    groups = {g.id for g in layout.groups}
    for lane_group in layout.lane_groups:
        _require(
            lane_group.approach_id in approaches,
            f"{where}.lane_group {lane_group.id}.approach_id",
            f"one of {sorted(approaches)}",
            lane_group.approach_id,
        )
        _require(
            0 < lane_group.saturation_flow_pcu_h < math.inf,
            f"{where}.lane_group {lane_group.id}.saturation_flow_pcu_h",
            "a finite number above 0",
            lane_group.saturation_flow_pcu_h,
        )
        _require(
            0 < lane_group.storage_m < math.inf,
            f"{where}.lane_group {lane_group.id}.storage_m",
            "a finite number above 0",
            lane_group.storage_m,
        )
    for movement in layout.movements:
        _require(
            movement.from_approach in approaches,
            f"{where}.movement {movement.id}.from_approach",
            f"one of {sorted(approaches)}",
            movement.from_approach,
        )
        _require(
            movement.lane_group_id in lane_groups,
            f"{where}.movement {movement.id}.lane_group_id",
            f"one of {sorted(lane_groups)}",
            movement.lane_group_id,
        )
        _require(
            movement.group_id in groups,
            f"{where}.movement {movement.id}.group_id",
            f"one of {sorted(groups)}",
            movement.group_id,
        )


def _check_stages(layout: JunctionLayout) -> None:
    where = f"junction {layout.id}"
    groups = {g.id for g in layout.groups}
    for pair in layout.conflicts:
        _require(
            pair[0] < pair[1] and set(pair) <= groups,
            f"{where}.conflicts",
            "ordered pairs of two different group ids",
            pair,
        )
    served: set[str] = set()
    for stage in layout.stages:
        _require(
            bool(stage.group_ids) and set(stage.group_ids) <= groups,
            f"{where}.stage {stage.id}.group_ids",
            f"some of {sorted(groups)}",
            stage.group_ids,
        )
        served.update(stage.group_ids)
        clash = [p for p in layout.conflicts if p[0] in stage.group_ids and p[1] in stage.group_ids]
        _require(not clash, f"{where}.stage {stage.id}", "groups that do not conflict", clash)
    _require(served == groups, f"{where}.stages", "every group served by some stage", sorted(groups - served))
    if len(layout.stages) > 1:
        for stage in layout.stages:
            escapes = [s for s in layout.stages if not set(s.group_ids) & set(stage.group_ids)]
            _require(
                bool(escapes),
                f"{where}.stage {stage.id}",
                "another stage that shares no group with it (else its green could never end)",
                stage.group_ids,
            )


def _check_intergreens(layout: JunctionLayout) -> None:
    where = f"junction {layout.id}.intergreen_s"
    amber_s = {g.id: g.amber_s for g in layout.groups}
    want = {order for a, b in layout.conflicts for order in ((a, b), (b, a))}
    _require(
        set(layout.intergreen_s) == want,
        where,
        "an entry for both orders of every conflict and no other",
        sorted(set(layout.intergreen_s) ^ want)[:3],
    )
    for (losing, gaining), seconds in layout.intergreen_s.items():
        floor_s = amber_s[losing] + layout.all_red_s
        _require(
            floor_s - 1e-9 <= seconds <= LONGEST_S,
            f"{where}[{losing},{gaining}]",
            f"at least amber + all-red = {floor_s} s, at most {LONGEST_S:g} s",
            seconds,
        )
