"""A plan: a cycle's stages, their greens and the offset; and the time-of-day table that chooses among plans."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from junction.errors import InputError
from junction.layout import JunctionLayout

DAY_S = 86_400.0
WEEKDAYS = tuple(range(7))


class PlanOrigin(StrEnum):
    TODAY = "today"
    WEBSTER = "webster"
    POLICY = "policy"
    OPERATOR = "operator"
    NATIVE = "native"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanStage:
    stage_id: str
    green_s: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Stages in order, each with its green; intergreens come from the layout.

    The cycle starts with the change to the first stage; `offset_s` is when, after midnight, a cycle starts,
    modulo the cycle. A plan holds only numbers: the guard judges whether a junction may run it.
    """

    id: str
    cycle_s: float
    offset_s: float
    stages: tuple[PlanStage, ...]
    origin: PlanOrigin

    def stage_starts_s(self, layout: JunctionLayout) -> tuple[float, ...]:
        """Seconds into the cycle at which the change to each stage begins (its predecessor's green ends)."""
        starts, at_s = [], 0.0
        for index, stage in enumerate(self.stages):
            starts.append(at_s)
            before = self.stages[index - 1].stage_id
            at_s += layout.transition_s(before, stage.stage_id) + stage.green_s
        return tuple(starts)

    def length_s(self, layout: JunctionLayout) -> float:
        """Sum of greens and intergreens, which must equal `cycle_s`."""
        ids = [stage.stage_id for stage in self.stages]
        changes = list(pairwise([ids[-1], *ids]))
        return sum(s.green_s for s in self.stages) + sum(layout.transition_s(a, b) for a, b in changes)


@dataclass(frozen=True, kw_only=True, slots=True)
class TableEntry:
    """From `from_s` seconds after midnight, on the given weekdays (0 = Monday), run `plan_id`."""

    from_s: float
    plan_id: str
    weekdays: tuple[int, ...] = WEEKDAYS


@dataclass(frozen=True, kw_only=True)
class TimeOfDayTable:
    """Which fixed plan runs when. The entry that began last rules; before the first, the day's last one does.

    Every weekday has an entry, entries begin at whole minutes, and no two of one weekday at the same: so every instant
    has exactly one plan.
    """

    entries: tuple[TableEntry, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise InputError("table.entries", expected="at least one entry", got=self.entries)
        for entry in self.entries:
            if not 0 <= entry.from_s < DAY_S or entry.from_s % 60:
                raise InputError(
                    "table.entry.from_s",
                    expected="seconds after midnight, below 86400, in whole minutes",
                    got=entry.from_s,
                )
            if not entry.weekdays or not set(entry.weekdays) <= set(WEEKDAYS):
                raise InputError("table.entry.weekdays", expected="weekdays from 0 (Monday) to 6", got=entry.weekdays)
        for weekday in WEEKDAYS:
            self._check_day(weekday)

    def plan_id_at(self, time_of_day_s: float, weekday: int) -> str:
        """The plan's id for that second of the day and weekday (0 = Monday)."""
        today = self._day(weekday)
        begun = [e for e in today if e.from_s <= time_of_day_s]
        return (begun or today)[-1].plan_id

    def first_from_s(self, weekday: int) -> float:
        """When that weekday's first entry begins."""
        return self._day(weekday)[0].from_s

    def _day(self, weekday: int) -> list[TableEntry]:
        return sorted((e for e in self.entries if weekday in e.weekdays), key=lambda e: e.from_s)

    def _check_day(self, weekday: int) -> None:
        today = self._day(weekday)
        if not today:
            raise InputError("table.entries", expected=f"an entry for weekday {weekday} (0 is Monday)", got="none")
        for before, after in pairwise(today):
            if before.from_s == after.from_s:
                raise InputError(
                    "table.entries",
                    expected=f"one plan for weekday {weekday} (0 is Monday) from {after.from_s:g} s on",
                    got=f"{before.plan_id} and {after.plan_id}",
                )


def plan_to_document(plan: Plan) -> dict[str, object]:
    return {
        "id": plan.id,
        "cycle_s": plan.cycle_s,
        "offset_s": plan.offset_s,
        "stages": [{"stage_id": s.stage_id, "green_s": s.green_s} for s in plan.stages],
        "origin": str(plan.origin),
    }


def plan_from_document(document: Mapping[str, object]) -> Plan:
    """Raises InputError naming the field that is missing or of the wrong kind."""
    try:
        stages = document["stages"]
        if not (isinstance(stages, list) and all(isinstance(s, dict) for s in stages)):
            raise InputError("plan.stages", expected="a list of objects", got=stages)
        return Plan(
            id=str(document["id"]),
            cycle_s=_number(document["cycle_s"], "plan.cycle_s"),
            offset_s=_number(document["offset_s"], "plan.offset_s"),
            stages=tuple(
                PlanStage(stage_id=str(s["stage_id"]), green_s=_number(s["green_s"], "plan.stages.green_s"))
                for s in stages
            ),
            origin=PlanOrigin(str(document["origin"])),
        )
    except KeyError as missing:
        raise InputError(f"plan.{missing.args[0]}", expected="a value", got=None) from None
    except ValueError:
        raise InputError(
            "plan.origin", expected=f"one of {[str(o) for o in PlanOrigin]}", got=document["origin"]
        ) from None


def _number(value: object, where: str) -> float:
    # Compared, not asked for `isfinite`, which raises for a whole number beyond every float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise InputError(where, expected="a finite number", got=value)
    return float(value)
