"""An independent look at lamp timelines: what was shown, judged by the safety envelope's text alone.

It shares no code with the guard and the stage machine and never asks them: it takes lamps as they were sampled and
the junction's limits, and lists every event that the envelope forbids. It serves tests, every evaluation, and any
rival whose lamps are not guarded.

A sample shows the lamps from its moment on. When lamps change only at sampled moments (whole seconds in SUMO, tenths
in the stage machine) every duration is exact; otherwise a duration may be off by less than one sample either way,
and `tolerance_s` (then the sample's length) keeps what is not certain from being reported. What began before the
record or outlasts it is judged only by what is certain: a maximum can be exceeded within the record, a minimum
cannot be missed by an interval whose other end was not seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from junction.errors import InputError
from junction.layout import JunctionLayout

_LAMPS = frozenset("ryG")


class SafetyRule(StrEnum):
    """The envelope's rules that can be read off lamps."""

    CONFLICTING_GREENS = "conflicting_greens"
    INTERGREEN = "intergreen"
    AMBER = "amber"
    GREEN_TO_RED = "green_to_red"
    LAMP_ORDER = "lamp_order"
    MIN_GREEN = "min_green"
    MAX_GREEN = "max_green"
    MAX_RED = "max_red"


@dataclass(frozen=True, kw_only=True, slots=True)
class UnsafeEvent:
    """One breach, at the moment it became one."""

    junction_id: str
    time_s: float
    rule: SafetyRule
    detail: str


class LampAudit:
    """Watches one junction's lamps, one sample after another; see the module for how samples are read.

    `sample_s` is the time between samples: a longer gap raises InputError, for what was shown in it is unknown.
    Time is kept in whole milliseconds.
    """

    def __init__(self, layout: JunctionLayout, sample_s: float = 1.0, *, tolerance_s: float = 0.0) -> None:
        if not (math.isfinite(sample_s) and sample_s > 0):
            raise InputError("sample_s", expected="seconds above 0", got=sample_s)
        if not (math.isfinite(tolerance_s) and 0 <= tolerance_s <= sample_s):
            raise InputError("tolerance_s", expected=f"0 to the sample's length ({sample_s} s)", got=tolerance_s)
        self._layout = layout
        self._sample_ms = _ms(sample_s)
        self._tolerance_ms = _ms(tolerance_s)
        self._names = tuple(group.id for group in layout.groups)
        self._min_green_ms = tuple(_ms(group.min_green_s) for group in layout.groups)
        self._max_green_ms = tuple(_ms(group.max_green_s) for group in layout.groups)
        self._max_red_ms = tuple(_ms(group.max_red_s) for group in layout.groups)
        self._amber_ms = tuple(_ms(group.amber_s) for group in layout.groups)
        position = {name: index for index, name in enumerate(self._names)}
        self._rivals: tuple[list[int], ...] = tuple([] for _ in self._names)
        for one, other in sorted(layout.conflicts):
            self._rivals[position[one]].append(position[other])
            self._rivals[position[other]].append(position[one])
        self._intergreen_ms = {
            (position[losing], position[gaining]): _ms(seconds)
            for (losing, gaining), seconds in layout.intergreen_s.items()
        }
        self._events: list[UnsafeEvent] = []
        self._now_ms = self._record_start_ms = 0
        self._shown = ""
        self._end_record()

    def feed(self, time_s: float, lamps: Sequence[str] | None) -> None:
        """One sample: a lamp "r", "y" or "G" for each group in layout order, as a string or a sequence.

        None says that the signals are dark or flashing: the record ends here and a new one begins with the next
        lamps. Raises InputError for other lamps, a wrong number of them, time that stands still or runs backwards,
        and a gap longer than a sample.
        """
        now_ms = _ms(time_s)
        if self._shown and not 0 < now_ms - self._now_ms <= self._sample_ms:
            raise InputError(
                f"junction {self._layout.id}.lamps.time_s",
                got=time_s,
                expected=f"after {self._now_ms / 1000} s, by at most {self._sample_ms / 1000} s",
            )
        if lamps is None:
            self._events += self._open_events(now_ms)
            self._end_record()
            return
        self.show(now_ms, lamps if isinstance(lamps, str) else "".join(lamps))

    def show(self, now_ms: int, shown: str) -> None:
        """`feed` for lamps that are known to have been the same since the last call, however long ago."""
        self._now_ms = now_ms
        if shown != self._shown:
            self._change(now_ms, shown)

    def finish(self) -> tuple[UnsafeEvent, ...]:
        """Every breach so far, by time; what still goes on is judged up to the last sample. May be asked again."""
        return tuple(sorted([*self._events, *self._open_events(self._now_ms)], key=lambda event: event.time_s))

    def _end_record(self) -> None:
        groups = len(self._names)
        self._shown = ""
        self._now_ms = 0
        self._record_start_ms = 0
        self._since_ms = [0] * groups
        self._began_in_record = [False] * groups
        self._green_end_ms: list[int | None] = [None] * groups

    def _change(self, now_ms: int, shown: str) -> None:
        if len(shown) != len(self._names) or not _LAMPS.issuperset(shown):
            raise InputError(
                f"junction {self._layout.id}.lamps",
                got=shown,
                expected=f"'r', 'y' or 'G' for each of {len(self._names)} groups",
            )
        before = self._shown
        turned = [group for group, lamp in enumerate(shown) if not before or lamp != before[group]]
        if not before:
            self._record_start_ms = now_ms
        for group in turned:
            if before:
                self._judge_ended(group, before[group], shown[group], now_ms)
            self._since_ms[group] = now_ms
            self._began_in_record[group] = bool(before)
        greens = [group for group in turned if shown[group] == "G"]
        for group in greens:
            self._judge_gained(group, greens, shown, now_ms)
        self._shown = shown

    def _judge_ended(self, group: int, lamp: str, successor: str, now_ms: int) -> None:
        """The interval of `lamp` that ends now, and whether `successor` may follow it."""
        name, lasted_ms = self._names[group], now_ms - self._since_ms[group]
        if successor == "G" or lamp == "G":
            self._events += self._overlong(group, lamp, now_ms)
        if lamp == "G":
            self._green_end_ms[group] = now_ms
        for ended, rule, least_ms in (
            ("G", SafetyRule.MIN_GREEN, self._min_green_ms[group]),
            ("y", SafetyRule.AMBER, self._amber_ms[group]),
        ):
            if lamp == ended and self._began_in_record[group] and lasted_ms < least_ms - self._tolerance_ms:
                self._report(now_ms, rule, f"{name} had {lasted_ms / 1000:g} s, at least {least_ms / 1000:g} s")
        if (lamp, successor) == ("G", "r"):
            self._report(now_ms, SafetyRule.GREEN_TO_RED, f"{name} turns red without amber")
        elif (lamp, successor) in {("r", "y"), ("y", "G")}:
            self._report(now_ms, SafetyRule.LAMP_ORDER, f"{name} goes from {lamp} to {successor}")

    def _judge_gained(self, group: int, greens: Sequence[int], shown: str, now_ms: int) -> None:
        """A green that starts now against everything it conflicts with; amber counts as still occupied."""
        for rival in self._rivals[group]:
            pair = f"{self._names[group]} turns green"
            ended_ms, needed_ms = self._green_end_ms[rival], self._intergreen_ms[rival, group]
            if shown[rival] == "G":
                if rival < group or rival not in greens:
                    self._report(now_ms, SafetyRule.CONFLICTING_GREENS, f"{pair} while {self._names[rival]} is green")
            elif ended_ms is not None and now_ms - ended_ms < needed_ms - self._tolerance_ms:
                self._report(
                    now_ms,
                    SafetyRule.INTERGREEN,
                    f"{pair} {(now_ms - ended_ms) / 1000:g} s after {self._names[rival]}, "
                    f"at least {needed_ms / 1000:g} s",
                )
            elif shown[rival] == "y":
                self._report(now_ms, SafetyRule.INTERGREEN, f"{pair} while {self._names[rival]} is amber")

    def _overlong(self, group: int, lamp: str, until_ms: int) -> list[UnsafeEvent]:
        """The green, or the wait for green since it last ended (or the record began), up to `until_ms`."""
        if lamp == "G":
            rule, from_ms, most_ms = SafetyRule.MAX_GREEN, self._since_ms[group], self._max_green_ms[group]
        else:
            ended_ms = self._green_end_ms[group]
            from_ms = self._record_start_ms if ended_ms is None else ended_ms
            rule, most_ms = SafetyRule.MAX_RED, self._max_red_ms[group]
        lasted_ms = until_ms - from_ms
        if lasted_ms <= most_ms + self._tolerance_ms:
            return []
        detail = f"{self._names[group]} for {lasted_ms / 1000:g} s, at most {most_ms / 1000:g} s"
        return [self._event(from_ms + most_ms, rule, detail)]

    def _open_events(self, until_ms: int) -> list[UnsafeEvent]:
        return [e for group, lamp in enumerate(self._shown) for e in self._overlong(group, lamp, until_ms)]

    def _report(self, at_ms: int, rule: SafetyRule, detail: str) -> None:
        self._events.append(self._event(at_ms, rule, detail))

    def _event(self, at_ms: int, rule: SafetyRule, detail: str) -> UnsafeEvent:
        return UnsafeEvent(junction_id=self._layout.id, time_s=at_ms / 1000, rule=rule, detail=detail)


def audit_timeline(
    layout: JunctionLayout,
    lamps: NDArray[np.str_],
    *,
    start_s: float = 0.0,
    sample_s: float = 1.0,
    tolerance_s: float = 0.0,
) -> tuple[UnsafeEvent, ...]:
    """Every breach in a whole record at once: `lamps` of shape (samples, groups), the first at `start_s`.

    The same judgement as `LampAudit`, looking only into the samples at which something changes. Raises InputError as
    `LampAudit` does, and for another shape.
    """
    if lamps.ndim != 2 or lamps.shape[1] != len(layout.groups):
        raise InputError(
            f"junction {layout.id}.lamps", expected=f"shape (samples, {len(layout.groups)})", got=lamps.shape
        )
    audit = LampAudit(layout, sample_s, tolerance_s=tolerance_s)
    changed = np.flatnonzero((lamps[1:] != lamps[:-1]).any(axis=1)) + 1
    for row in [0, *changed.tolist()][: len(lamps)]:
        audit.show(_ms(start_s) + row * _ms(sample_s), "".join(lamps[row].tolist()))
    if len(lamps):
        audit.show(_ms(start_s) + (len(lamps) - 1) * _ms(sample_s), "".join(lamps[-1].tolist()))
    return audit.finish()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
