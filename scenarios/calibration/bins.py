"""Counts as vehicles by place and calibration interval, with what is missing and what contradicts itself named."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from junction.errors import InputError
from scenarios.calibration.count_row import CountRow
from scenarios.calibration.places import Place

LEAST_COVERAGE = 0.5
"""A place that was seen for a smaller part of an interval is a gap there; above it the count is scaled up."""


@dataclass(frozen=True, kw_only=True)
class Binned:
    """`veh[place]` has a value an interval, None for a gap. `begins_s` are the intervals' begins, each `length_s` long.

    `gaps` and `notes` are lines for the report.
    """

    begins_s: tuple[float, ...]
    length_s: float
    veh: Mapping[Place, tuple[float | None, ...]]
    gaps: tuple[str, ...]
    notes: tuple[str, ...]


def bin_counts(rows: Sequence[tuple[CountRow, Place]], length_s: float) -> Binned:
    """Counts laid into intervals of `length_s` that begin at multiples of it, by the share of time in each.

    Raises InputError for two counts of one place, class and time that differ, or that overlap in part.
    """
    notes, kept = _without_duplicates(rows)
    first = math.floor(min(row.begin_s for row, _ in kept) / length_s + 1e-9)
    last = math.ceil(max(row.end_s for row, _ in kept) / length_s - 1e-9)
    begins_s = tuple(number * length_s for number in range(first, last))
    veh: dict[Place, list[float]] = defaultdict(lambda: [0.0] * len(begins_s))
    seen_s: dict[Place, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0] * len(begins_s)))
    for row, place in kept:
        if row.vehicles is None:
            seen_s[place].setdefault("", [0.0] * len(begins_s))
            continue
        for name, number in row.vehicles.items():
            for slot, begin_s in enumerate(begins_s):
                inside_s = min(row.end_s, begin_s + length_s) - max(row.begin_s, begin_s)
                if inside_s > 0:
                    veh[place][slot] += number * inside_s / (row.end_s - row.begin_s)
                    seen_s[place][name][slot] += inside_s
    gaps, found = [], {}
    for place in sorted(seen_s, key=lambda p: (p.name.kind, str(p.name))):
        values: list[float | None] = []
        for slot, begin_s in enumerate(begins_s):
            covered = max((seconds[slot] for seconds in seen_s[place].values()), default=0.0) / length_s
            if covered + 1e-9 < LEAST_COVERAGE:
                values.append(None)
                gaps.append(f"{place.name} {clock(begin_s)}: counted for {covered:.0%} of the interval, not used")
            else:
                values.append(veh[place][slot] / covered)
                if covered < 1 - 1e-9:
                    gaps.append(f"{place.name} {clock(begin_s)}: counted for {covered:.0%} of the interval, scaled up")
        found[place] = tuple(values)
    return Binned(begins_s=begins_s, length_s=length_s, veh=found, gaps=tuple(gaps), notes=tuple(notes))


def clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}"


def _without_duplicates(
    rows: Sequence[tuple[CountRow, Place]],
) -> tuple[list[str], list[tuple[CountRow, Place]]]:
    """Rows that say the same of the same place, interval and classes count once."""
    notes, kept = [], []
    first: dict[tuple[object, ...], CountRow] = {}
    for row, place in rows:
        key = place, row.begin_s, row.end_s, frozenset(row.vehicles or ())
        before = first.setdefault(key, row)
        if before is row:
            kept.append((row, place))
        elif before.vehicles == row.vehicles:
            notes.append(f"{row.where} repeats {before.where} ({place.name}): counted once")
        else:
            raise InputError(
                f"{row.where} {place.name}",
                expected=f"the count of {before.where} for the same interval: {dict(before.vehicles or {})}",
                got=dict(row.vehicles or {}),
                hint="remove the wrong line",
            )
    for before, row in _overlapping(kept):
        raise InputError(
            f"{row.where} {row.place}",
            expected=f"an interval after that of {before.where} ({before.begin_s:g}-{before.end_s:g} s)",
            got=f"{row.begin_s:g}-{row.end_s:g} s",
        )
    return notes, kept


def _overlapping(rows: Sequence[tuple[CountRow, Place]]) -> Iterator[tuple[CountRow, CountRow]]:
    """Pairs of rows of one place and class whose intervals overlap; a count of all classes overlaps with any class."""
    last: dict[Place, dict[str, CountRow]] = defaultdict(dict)
    for row, place in sorted(rows, key=lambda pair: (pair[0].begin_s, pair[0].end_s)):
        names = set(row.vehicles or ())
        for name, before in last[place].items():
            if (name in names or "" in (name, *names)) and row.begin_s < before.end_s - 1e-6:
                yield before, row
        last[place] |= dict.fromkeys(names, row)
