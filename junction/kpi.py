"""The figures that simulation and street are judged by: each defined once, a pure function, with its source.

A figure that cannot be known (nothing seen, nobody departed) is None, never 0: an unknown delay is no good delay.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from junction.errors import InputError
from junction.mode import Mode

LOS_UPPER_S_PCU: Mapping[str, float] = {"A": 20.0, "B": 40.0, "C": 65.0, "D": 95.0, "E": 130.0}
"""Control delay up to which each level of service reaches, s/PCU (Indo-HCM 2017, signalised intersections)."""
HCM_LOS_UPPER_S_VEH: Mapping[str, float] = {"A": 10.0, "B": 20.0, "C": 35.0, "D": 55.0, "E": 80.0}
"""The same by the US Highway Capacity Manual (2000 and later), s/veh."""
WORST_LOS = "F"
ANALYSIS_PERIOD_H = 0.25
"""The period T of the delay formula, hours: a quarter of an hour, as HCM and Indo-HCM use."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueInterval:
    """What was seen of one or several lane groups over `duration_s`.

    `queue_pcu` is the stopped queue (mean over the interval, or its end), `departed_pcu` what crossed the stop
    line in it. Both are None when the camera did not see. `share` is the part of the junction's lane groups that this
    is about: where each approach has a camera of its own, their intervals add up to one of the whole junction.
    """

    duration_s: float
    queue_pcu: float | None
    departed_pcu: float | None
    share: float = 1.0

    @property
    def seen_s(self) -> float:
        """Seconds for which this counts as a view of the whole junction."""
        return self.duration_s * self.share


def level_of_service(delay_s_pcu: float | None) -> str | None:
    """Level of service "A" to "F" of a control delay in s/PCU (Indo-HCM 2017); None for an unknown delay."""
    return _level(delay_s_pcu, LOS_UPPER_S_PCU)


def hcm_level_of_service(delay_s_veh: float | None) -> str | None:
    """Level of service "A" to "F" of a control delay in s/veh (US HCM); None for an unknown delay."""
    return _level(delay_s_veh, HCM_LOS_UPPER_S_VEH)


def degree_of_saturation(
    flow_pcu_h: float, saturation_flow_pcu_h: float, effective_green_s: float, cycle_s: float
) -> float:
    """X = q C / (s g): the share of a lane group's capacity that is used (Webster 1958; HCM v/c).

    Raises InputError unless 0 < effective_green_s <= cycle_s and the saturation flow is above 0.
    """
    if not 0 < effective_green_s <= cycle_s:
        raise InputError(
            "effective_green_s", expected=f"more than 0, at most the cycle ({cycle_s} s)", got=effective_green_s
        )
    if not saturation_flow_pcu_h > 0:
        raise InputError("saturation_flow_pcu_h", expected="more than 0", got=saturation_flow_pcu_h)
    return flow_pcu_h * cycle_s / (saturation_flow_pcu_h * effective_green_s)


def webster_delay_s_pcu(
    flow_pcu_h: float,
    saturation_flow_pcu_h: float,
    effective_green_s: float,
    cycle_s: float,
    *,
    initial_queue_delay_s: float = 0.0,
    period_h: float = ANALYSIS_PERIOD_H,
) -> float:
    """Control delay of a lane group under fixed time, s/PCU: 0.9 d1 + d2 + d3 (Indo-HCM 2017).

    d1 = 0.5 C (1 - g/C)^2 / (1 - min(1, X) g/C) is the uniform delay (Webster 1958),
    d2 = 900 T [(X - 1) + sqrt((X - 1)^2 + 4 X / (c T))] the overflow delay with capacity c = s g / C, and
    d3 (`initial_queue_delay_s`) the delay from a queue that was there before. Raises InputError as
    `degree_of_saturation` does.
    """
    x = degree_of_saturation(flow_pcu_h, saturation_flow_pcu_h, effective_green_s, cycle_s)
    if effective_green_s == cycle_s:
        uniform_s = 0.0
    else:
        green_ratio = effective_green_s / cycle_s
        uniform_s = 0.5 * cycle_s * (1 - green_ratio) ** 2 / (1 - min(1.0, x) * green_ratio)
    capacity_pcu_h = saturation_flow_pcu_h * effective_green_s / cycle_s
    overflow_s = 900 * period_h * ((x - 1) + math.sqrt((x - 1) ** 2 + 4 * x / (capacity_pcu_h * period_h)))
    return 0.9 * uniform_s + overflow_s + initial_queue_delay_s


def queue_delay_s_pcu(intervals: Iterable[QueueInterval]) -> float | None:
    """Stopped delay per departed PCU: sum(queue_pcu * dt) / departed PCU, over the intervals that were seen.

    Queue integration as in the HCM's field method (HCM 2000, chapter 16, appendix A): every queued PCU waits dt in
    each interval. It leaves out slowing down and starting up, so it is a lower estimate of control delay. None when
    nothing was seen or nothing departed.
    """
    waited_pcu_s = departed_pcu = 0.0
    for interval in intervals:
        if interval.queue_pcu is not None and interval.departed_pcu is not None:
            waited_pcu_s += interval.queue_pcu * interval.duration_s
            departed_pcu += interval.departed_pcu
    return waited_pcu_s / departed_pcu if departed_pcu > 0 else None


def mean_queue_pcu(intervals: Iterable[QueueInterval]) -> float | None:
    """Mean queue over the time that was seen, PCU; None when none was."""
    pcu_s = seen_s = 0.0
    for interval in intervals:
        if interval.queue_pcu is not None:
            pcu_s += interval.queue_pcu * interval.duration_s
            seen_s += interval.seen_s
    return pcu_s / seen_s if seen_s > 0 else None


def throughput_pcu_h(intervals: Iterable[QueueInterval]) -> float | None:
    """PCU over the stop line an hour of seen time; None when no time was seen."""
    departed_pcu = seen_s = 0.0
    for interval in intervals:
        if interval.departed_pcu is not None:
            departed_pcu += interval.departed_pcu
            seen_s += interval.seen_s
    return departed_pcu * 3600 / seen_s if seen_s > 0 else None


def trip_delay_s(time_loss_s: float, depart_delay_s: float) -> float:
    """A trip's whole delay: time lost on the way plus the wait to enter the street.

    SUMO's tripinfo `timeLoss` + `departDelay`. Without the second, a policy that blocks the entries would look good.
    """
    return time_loss_s + depart_delay_s


def geh(modelled_veh_h: float, counted_veh_h: float) -> float:
    """GEH = sqrt(2 (M - C)^2 / (M + C)) of hourly flows (UK DMRB vol. 12; below 5 is a good fit); 0 if both are 0."""
    total = modelled_veh_h + counted_veh_h
    return math.sqrt(2 * (modelled_veh_h - counted_veh_h) ** 2 / total) if total > 0 else 0.0


def cycle_failed(queue_at_green_start_pcu: float | None, departed_in_green_pcu: float | None) -> bool | None:
    """True when part of the queue that stood at the start of green is left at its end and needs a second green.

    HCM's "cycle failure" (split failure). None when either figure is unknown.
    """
    if queue_at_green_start_pcu is None or departed_in_green_pcu is None:
        return None
    return departed_in_green_pcu < queue_at_green_start_pcu - 1e-9


def mode_share(spans: Iterable[tuple[Mode, float]]) -> dict[Mode, float]:
    """Share of the time spent in each mode, from (mode, seconds) spans; sums to 1, or is empty for no time."""
    spent_s: dict[Mode, float] = {}
    for mode, seconds in spans:
        spent_s[mode] = spent_s.get(mode, 0.0) + seconds
    total_s = sum(spent_s.values())
    return {mode: seconds / total_s for mode, seconds in spent_s.items()} if total_s > 0 else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class KpiSums:
    """A junction's figures over some time, as sums: those of two times, or of two junctions, add up.

    `duration_s` is the time covered by the record, `seen_s` the camera time in it (of the whole junction: a camera that
    sees half of its lane groups counts half), `queue_pcu_s` the integral of the stopped queue over what was seen,
    `longest_queue_pcu` the longest that one report told, `departed_pcu` what crossed the stop lines then. `mode_s` is
    the time in each mode. `greens` are those of lane groups that could be judged, `failed_greens` of them left a queue
    (`cycle_failed`).
    `simulated_s` is the part of `seen_s` that a simulation reported.
    """

    duration_s: float = 0.0
    seen_s: float = 0.0
    simulated_s: float = 0.0
    queue_pcu_s: float = 0.0
    departed_pcu: float = 0.0
    greens: float = 0.0
    failed_greens: float = 0.0
    longest_queue_pcu: float | None = None
    mode_s: Mapping[Mode, float] = field(default_factory=dict)

    def __add__(self, other: KpiSums) -> KpiSums:
        longest = [queue for queue in (self.longest_queue_pcu, other.longest_queue_pcu) if queue is not None]
        modes = {*self.mode_s, *other.mode_s}
        return KpiSums(
            duration_s=self.duration_s + other.duration_s,
            seen_s=self.seen_s + other.seen_s,
            simulated_s=self.simulated_s + other.simulated_s,
            queue_pcu_s=self.queue_pcu_s + other.queue_pcu_s,
            departed_pcu=self.departed_pcu + other.departed_pcu,
            greens=self.greens + other.greens,
            failed_greens=self.failed_greens + other.failed_greens,
            longest_queue_pcu=max(longest, default=None),
            mode_s={mode: self.mode_s.get(mode, 0.0) + other.mode_s.get(mode, 0.0) for mode in modes},
        )

    @property
    def delay_s_pcu(self) -> float | None:
        """Stopped delay per departed PCU, as `queue_delay_s_pcu`; None when nothing departed or nothing was seen."""
        return self.queue_pcu_s / self.departed_pcu if self.departed_pcu > 0 else None

    @property
    def throughput_pcu_h(self) -> float | None:
        """PCU over the stop lines an hour of seen time; None when no time was seen."""
        return self.departed_pcu * 3600 / self.seen_s if self.seen_s > 0 else None

    @property
    def mean_queue_pcu(self) -> float | None:
        """Over the time that was seen; None when none was."""
        return self.queue_pcu_s / self.seen_s if self.seen_s > 0 else None

    @property
    def cycle_failure_share(self) -> float | None:
        """Share of the judged greens that left part of their queue; None when none was judged."""
        return self.failed_greens / self.greens if self.greens > 0 else None

    def excess_delay_pcu_h(self, acceptable_s_pcu: float) -> float | None:
        """PCU hours waited beyond `acceptable_s_pcu` for each; None for an unknown delay, 0 at best."""
        delay_s = self.delay_s_pcu
        return None if delay_s is None else max(0.0, delay_s - acceptable_s_pcu) * self.departed_pcu / 3600


def _level(delay_s: float | None, upper_s: Mapping[str, float]) -> str | None:
    if delay_s is None or not math.isfinite(delay_s):
        return None
    return next((level for level, limit_s in upper_s.items() if delay_s <= limit_s), WORST_LOS)
