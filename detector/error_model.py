"""What an evaluation says of the detector's errors, as the sensor file that the simulated cameras read.

Vehicles that were counted by eye one by one are matched with the counted ones by time: what has no partner was missed,
or counted twice; partners of different classes were confused. Where only totals are known (stills, older counts) only
misses are told, for all classes together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import Any

import lap
import numpy as np

from junction.vehicle import VEHICLE_CLASSES

SENSORS_SCHEMA = "chauraha.sensors/1"
MATCH_WITHIN_S = 1.5
"""Further apart two crossings are not the same vehicle: eye and tracker take another point of a long vehicle."""
OTHER_CLASS_S = 0.5
"""What another class costs a match, in seconds apart."""
WEIGHT_VEH = 10.0
"""A class's own share counts as much as that of all classes together once so many of its vehicles were seen."""
CONFIDENCE = 0.95
BLIND_VEH = 10
"""Where none of so many vehicles was counted there is no camera that errs, but a view that the weights do not know."""
LEAST_CONFUSED = 3
"""Of fewer matched vehicles of a class nothing is said of what they are taken for, unless the weights lack it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """One vehicle over a line, seconds from the clip's first frame. `names` are the classes that are right for it."""

    at_s: float
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """A vehicle by hand, as counted, or both."""

    by_hand: Crossing | None
    counted: Crossing | None


def match(by_hand: Sequence[Crossing], counted: Sequence[Crossing]) -> list[Matched]:
    """The pairs that are nearest in time and class altogether (linear assignment), and what has no partner."""
    pairs: list[tuple[int, int]] = []
    if by_hand and counted:
        apart_s = np.array([[_apart_s(a, b) for b in counted] for a in by_hand])
        _, partners, _ = lap.lapjv(apart_s, extend_cost=True, cost_limit=MATCH_WITHIN_S)
        pairs = [(i, int(j)) for i, j in enumerate(partners) if j >= 0]
    with_partner = {j for _, j in pairs}
    partner = dict(pairs)
    found = [
        Matched(by_hand=one, counted=counted[partner[i]] if i in partner else None) for i, one in enumerate(by_hand)
    ]
    return found + [Matched(by_hand=None, counted=one) for j, one in enumerate(counted) if j not in with_partner]


def _apart_s(by_hand: Crossing, counted: Crossing) -> float:
    same = counted.name in by_hand.names
    return abs(by_hand.at_s - counted.at_s) + (0.0 if same else OTHER_CLASS_S)


@dataclass(kw_only=True)
class ErrorTally:
    """Vehicles counted by eye, and what the detector made of each. Feed it, then ask for the document.

    `lacking` are the classes that the weights do not know: whatever they are taken for, it is another class.
    """

    lacking: frozenset[str] = frozenset()
    seen: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    taken_for: dict[str, Counter[str]] = field(default_factory=dict)
    doubled: int = 0
    in_totals: int = 0
    missed_in_totals: int = 0
    blind: list[str] = field(default_factory=list)
    """Places that the weights do not see at all; they are named, and left out of every share."""
    by_place: dict[str, Counter[str]] = field(default_factory=dict)
    """Vehicles `by_eye` and `counted` at each place, directions together."""

    def add_crossings(self, place: str, by_hand: Sequence[Crossing], counted: Sequence[Crossing]) -> None:
        """One direction of one line, vehicle by vehicle."""
        self._note(place, len(by_hand), len(counted))
        if self._is_blind(place, len(by_hand), len(counted)):
            return
        for pair in match(by_hand, counted):
            if pair.by_hand is None:
                self.doubled += 1
                continue
            name = pair.by_hand.name
            if pair.counted is None:
                self.missed[name] += 1
                continue
            self.seen[name] += 1
            right = name not in self.lacking and pair.counted.name in pair.by_hand.names
            taken = name if right else pair.counted.name
            self.taken_for.setdefault(name, Counter())[taken] += 1

    def add_totals(self, place: str, by_hand: Mapping[str, int], counted: Mapping[str, int]) -> None:
        """A place of which only totals are known."""
        total = sum(by_hand.values())
        self._note(place, total, sum(counted.values()))
        if self._is_blind(place, total, sum(counted.values())):
            return
        self.in_totals += total
        self.missed_in_totals += max(0, total - sum(counted.values()))

    def document(self, weights: str) -> dict[str, Any]:
        """A sensor file.

        A share with n vehicles behind it is pulled to that of all classes together as if that one rested on
        `WEIGHT_VEH` vehicles; that one is (k + 1/2) / (n + 1), Jeffreys' estimate: nothing missed of few is not never.
        """
        by_name = {name: (self.missed[name], self.missed[name] + self.seen[name]) for name in map(str, VEHICLE_CLASSES)}
        missed = sum(k for k, _ in by_name.values()) + self.missed_in_totals
        one_by_one = sum(n for _, n in by_name.values())
        everything = one_by_one + self.in_totals
        pooled = _jeffreys(missed, everything)
        confused = {name: self._confused(name) for name in by_name}
        places = len(self.by_place) - len(self.blind)
        left_out = f"; left out, because nothing is seen there: {', '.join(self.blind)}" if self.blind else ""
        return {
            "schema": SENSORS_SCHEMA,
            "basis": (
                f"{weights} against {everything} vehicles counted by eye at {places} places "
                f"({one_by_one} of them one by one); classes that these weights lack: {', '.join(sorted(self.lacking))}"
                f"{left_out}"
            ),
            "missed": {
                name: round((k + WEIGHT_VEH * pooled) / (n + WEIGHT_VEH), 4) for name, (k, n) in by_name.items()
            },
            "doubled": round(_jeffreys(self.doubled, one_by_one), 4),
            "confused": {name: row for name, row in confused.items() if row is not None},
            "evidence": [
                {"vehicle_class": name, "by_eye": n, "missed": k, "missed_95": _interval(k, n)}
                | {"taken_for": dict(self.taken_for.get(name, {}))}
                for name, (k, n) in by_name.items()
                if n
            ]
            + [
                {"vehicle_class": "all", "by_eye": everything, "missed": missed, "doubled": self.doubled}
                | {"missed_95": _interval(missed, everything)}
            ],
            "places": [
                {"place": place, "by_eye": seen["by_eye"], "counted": seen["counted"]}
                for place, seen in self.by_place.items()
            ],
        }

    def _confused(self, name: str) -> dict[str, float] | None:
        """Shares of a class that were taken for others; empty where none was, None where too few were matched."""
        row = self.taken_for.get(name, Counter())
        total = sum(row.values())
        if total < (1 if name in self.lacking else LEAST_CONFUSED):
            return None
        return {other: round(number / total, 4) for other, number in sorted(row.items()) if other != name}

    def _is_blind(self, place: str, by_eye: int, counted: int) -> bool:
        is_blind = by_eye >= BLIND_VEH and counted == 0
        if is_blind and place not in self.blind:
            self.blind.append(place)
        return is_blind

    def _note(self, place: str, by_eye: int, counted: int) -> None:
        self.by_place.setdefault(place, Counter()).update(by_eye=by_eye, counted=counted)


def _jeffreys(k: int, n: int) -> float:
    return (k + 0.5) / (n + 1)


def _interval(k: int, n: int) -> list[float]:
    """Wilson's score interval at `CONFIDENCE` of a share that was k of n; all of [0, 1] for n = 0."""
    if n == 0:
        return [0.0, 1.0]
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    middle = (k + z * z / 2) / (n + z * z)
    half = z * sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)]
