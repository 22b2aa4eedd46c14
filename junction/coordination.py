"""Green waves: how long a platoon has along a corridor of fixed plans, and the offsets that make it longest.

A *band* is a span of departures from a direction's first signal whose vehicles, driving at the given travel times,
meet every signal of the corridor green (Morgan & Little 1964, "Synchronizing traffic signals for maximal bandwidth").
Their half-integer method takes both directions' greens to be centred on each other, which stages that give one arm at
a time are not. `best_offsets` therefore searches the same problem exhaustively on whole seconds. That is cheap: once
both bands' starts are given, each signal's offset can be chosen by itself.

Times are kept in tenths of a second, the unit of plans, so that what is measured is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from junction.errors import InputError
from junction.layout import JunctionLayout, deciseconds
from junction.plan import DAY_S, Plan

_DS = 10


@dataclass(frozen=True, kw_only=True)
class Green:
    """From `from_s` (into the cycle) for `length_s`."""

    from_s: float
    length_s: float


@dataclass(frozen=True, kw_only=True)
class CorridorSignal:
    """One signal of a corridor, its plan at offset 0.

    `outbound` and `inbound` are the greens that each direction's through traffic gets in a cycle. `outbound_at_s` is
    the travel time from the corridor's first signal, `inbound_at_s` from its last. Raises InputError for a cycle that
    is not whole seconds, a direction without green, or greens and times out of range.
    """

    id: str
    cycle_s: float
    outbound: tuple[Green, ...]
    inbound: tuple[Green, ...]
    outbound_at_s: float
    inbound_at_s: float

    def __post_init__(self) -> None:
        where = f"corridor signal {self.id}"
        if not (self.cycle_s >= 1 and self.cycle_s == int(self.cycle_s)):
            raise InputError(f"{where}.cycle_s", expected="whole seconds", got=self.cycle_s)
        for name, greens in (("outbound", self.outbound), ("inbound", self.inbound)):
            if not greens or any(not (0 <= g.from_s < self.cycle_s and 0 < g.length_s <= self.cycle_s) for g in greens):
                raise InputError(f"{where}.{name}", expected=f"greens within {self.cycle_s:g} s", got=greens)
        for name, at_s in (("outbound_at_s", self.outbound_at_s), ("inbound_at_s", self.inbound_at_s)):
            if not (math.isfinite(at_s) and at_s >= 0):
                raise InputError(f"{where}.{name}", expected="seconds, 0 or more", got=at_s)


@dataclass(frozen=True, kw_only=True)
class Band:
    """`width_s` is the longest span of departures that meet no red, `from_s` when it first begins (seconds after
    midnight, at the direction's first signal; 0 where there is none); `share` is that of all departures, evenly spread.

    Where every signal runs the same cycle and there is one band in it, share = width / cycle.
    """

    width_s: float
    from_s: float
    share: float


@dataclass(frozen=True, kw_only=True)
class Bands:
    outbound: Band
    inbound: Band


def through_greens(layout: JunctionLayout, plan: Plan, group_id: str) -> tuple[Green, ...]:
    """The group's greens in a cycle of the plan, from the cycle's start. Stages that share the group run together."""
    ids = [stage.stage_id for stage in plan.stages]
    greens = []
    for index, (start_s, stage) in enumerate(zip(plan.stage_starts_s(layout), plan.stages, strict=True)):
        if group_id not in layout.stage(stage.stage_id).group_ids:
            continue
        change_s = layout.transition_s(ids[index - 1], stage.stage_id)
        held = group_id in layout.stage(ids[index - 1]).group_ids
        from_s = start_s if held else start_s + change_s
        length_s = stage.green_s + (change_s if held else 0.0)
        greens.append(Green(from_s=round(from_s, 1) % plan.cycle_s, length_s=round(length_s, 1)))
    return tuple(greens)


def in_step(signals: Sequence[CorridorSignal]) -> bool:
    """Whether the greens repeat with the longest cycle. Else a band comes now and then, not in every cycle."""
    longest = max(s.cycle_s for s in signals)
    return all(longest % s.cycle_s == 0 for s in signals)


def bands(signals: Sequence[CorridorSignal], offsets_s: Sequence[float]) -> Bands:
    """Both directions' bands through all the signals at these offsets, by going through every tenth of a second.

    Cycles may differ: the pattern then repeats with their common multiple, or is measured over a day.
    """
    _check(signals)
    period_ds = min(math.lcm(*(round(s.cycle_s) * _DS for s in signals)), round(DAY_S) * _DS)
    outbound = inbound = np.ones(period_ds, dtype=np.bool_)
    for signal, offset_s in zip(signals, offsets_s, strict=True):
        outbound = outbound & _met_green(signal, offset_s, period_ds, outbound=True)
        inbound = inbound & _met_green(signal, offset_s, period_ds, outbound=False)
    return Bands(outbound=_band(outbound), inbound=_band(inbound))


def best_offsets(signals: Sequence[CorridorSignal]) -> tuple[float, ...]:
    """Whole-second offsets with the widest smaller band, then the widest sum of both; the first signal's is 0.

    Cycles must divide the longest one (a half cycle is one of them). Exhaustive over offsets and over the starts of
    bands on whole seconds; among equals the first found, so the same signals give the same offsets.
    """
    _check(signals)
    cycle = max(round(s.cycle_s) for s in signals)
    odd = [s.id for s in signals if cycle % round(s.cycle_s)]
    if odd:
        raise InputError("corridor.cycle_s", expected=f"{cycle} s or a whole part of it", got=odd)
    # left[signal, offset]: how long the green lasts on for the head of a band that starts at second 0.
    out = np.array([_left_s(s, cycle, outbound=True) for s in signals])
    back = np.array([_left_s(s, cycle, outbound=False) for s in signals])
    widths = np.arange(int(out.max(axis=1).min()) + 1)
    wide_enough = out[:, None, :] >= widths[None, :, None]
    best: tuple[tuple[float, float], int, int] | None = None
    for begin in range(cycle):
        reached = np.where(wide_enough, np.roll(back, begin, axis=1)[:, None, :], -1.0).max(axis=2).min(axis=0)
        for width in widths:
            key = (min(float(width), float(reached[width])), float(width + reached[width]))
            if best is None or key > best[0]:
                best = (key, begin, int(width))
    assert best is not None
    _, start, chosen_width = best
    shifted = np.roll(back, start, axis=1)
    chosen = [
        int(np.where(fits, row, -1.0).argmax()) for fits, row in zip(wide_enough[:, chosen_width], shifted, strict=True)
    ]
    return tuple(float((o - chosen[0]) % round(s.cycle_s)) for o, s in zip(chosen, signals, strict=True))


def sections(signals: Sequence[CorridorSignal], least_band_s: float) -> tuple[tuple[CorridorSignal, ...], ...]:
    """The corridor in as few sections as have a band of `least_band_s` both ways, or are one signal.

    A long corridor of unevenly spaced signals seldom has a band from end to end in both directions. Taking as many
    signals as go into each section gives the fewest: whatever holds for signals in a row holds for a part of them.
    """
    _check(signals)
    found: list[tuple[CorridorSignal, ...]] = []
    for signal in signals:
        longer = (*found[-1], signal) if found else ()
        if longer and least_width_s(bands(longer, best_offsets(longer))) >= least_band_s:
            found[-1] = longer
        else:
            found.append((signal,))
    return tuple(found)


def sections_at(
    signals: Sequence[CorridorSignal], offsets_s: Sequence[float], least_band_s: float
) -> tuple[slice, ...]:
    """Where the corridor falls apart at these offsets: in as few sections as have, in every cycle, a band of
    `least_band_s` both ways, or are one signal."""
    _check(signals)
    found = [slice(0, 1)]
    for index in range(1, len(signals)):
        longer = slice(found[-1].start, index + 1)
        if in_step(signals[longer]) and least_width_s(bands(signals[longer], offsets_s[longer])) >= least_band_s:
            found[-1] = longer
        else:
            found.append(slice(index, index + 1))
    return tuple(found)


def section_offsets(parts: Sequence[Sequence[CorridorSignal]]) -> tuple[float, ...]:
    """Offsets of all the signals: the best within each section, and at each seam the best for the two signals there."""
    offsets_s: list[float] = []
    before: CorridorSignal | None = None
    for part in parts:
        start_s = 0.0 if before is None else offsets_s[-1] + best_offsets((before, part[0]))[1]
        offsets_s += [(start_s + o) % s.cycle_s for o, s in zip(best_offsets(part), part, strict=True)]
        before = part[-1]
    return tuple(offsets_s)


def least_width_s(found: Bands) -> float:
    """The narrower direction's band."""
    return min(found.outbound.width_s, found.inbound.width_s)


def _check(signals: Sequence[CorridorSignal]) -> None:
    if not signals:
        raise InputError("corridor.signals", expected="at least one", got=signals)


def _lit(signal: CorridorSignal, outbound: bool) -> NDArray[np.bool_]:
    """Whether the direction is green, by tenth of a second of the cycle."""
    cycle_ds = round(signal.cycle_s) * _DS
    lit = np.zeros(cycle_ds, dtype=np.bool_)
    for green in signal.outbound if outbound else signal.inbound:
        start = deciseconds(green.from_s)
        lit[np.arange(start, start + deciseconds(green.length_s)) % cycle_ds] = True
    return lit


def _met_green(signal: CorridorSignal, offset_s: float, period_ds: int, *, outbound: bool) -> NDArray[np.bool_]:
    """Whether a departure at each tenth of a second of the period finds this signal green."""
    at_s = signal.outbound_at_s if outbound else signal.inbound_at_s
    into_ds = np.arange(period_ds) + deciseconds(at_s) - deciseconds(offset_s)
    return _lit(signal, outbound)[into_ds % (round(signal.cycle_s) * _DS)]


def _left_s(signal: CorridorSignal, cycle: int, *, outbound: bool) -> NDArray[np.float64]:
    """By whole-second offset, the seconds of green that a vehicle due at second 0 plus its travel time still finds."""
    lit = np.tile(_lit(signal, outbound), cycle // round(signal.cycle_s))
    if lit.all():
        left_ds = np.full(lit.size, lit.size)
    else:
        red_at = np.flatnonzero(~lit)
        ends = np.concatenate([red_at, [red_at[0] + lit.size]])
        times = np.arange(lit.size)
        left_ds = ends[np.searchsorted(ends, times)] - times
    at_ds = deciseconds(signal.outbound_at_s if outbound else signal.inbound_at_s)
    return np.asarray(left_ds[(at_ds - np.arange(cycle) * _DS) % lit.size] / _DS, dtype=np.float64)


def _band(free: NDArray[np.bool_]) -> Band:
    if free.all():
        return Band(width_s=free.size / _DS, from_s=0.0, share=1.0)
    if not free.any():
        return Band(width_s=0.0, from_s=0.0, share=0.0)
    first_red = int(np.flatnonzero(~free)[0])
    turned = np.roll(free, -first_red)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], turned.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    from_ds = (int(edges[2 * longest]) + first_red) % free.size
    return Band(width_s=float(lengths[longest]) / _DS, from_s=from_ds / _DS, share=float(free.mean()))
