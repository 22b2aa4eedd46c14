"""Greens that did not clear the queue they began with, by lane group, from lamp reports and camera reports."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from junction.counts import CameraState, CountRecord
from junction.kpi import cycle_failed
from junction.layout import JunctionLayout
from junction.vehicle import pcu_of

READING_GOOD_S = 8.0
"""A queue reading older than this says nothing about the queue at the start of green: cameras report every 5 s."""
WAITS_S = 30.0
"""A green whose counts have not come so long after its end is not judged."""
STREAK = 3
"""Failures in a row that call the control room: one or two happen by chance at a junction near its capacity."""


@dataclass(kw_only=True, slots=True)
class _Green:
    began_s: float
    queue_pcu: float | None
    ended_s: float | None = None
    departed_pcu: float | None = 0.0


@dataclass(kw_only=True, slots=True)
class _Lane:
    group_ids: frozenset[str]
    reading: tuple[float, float] | None = None
    green: _Green | None = None
    waiting: list[_Green] = field(default_factory=list)
    streak: int = 0


class CycleWatch:
    """Of one junction. Times are Unix seconds, of lamps by the service's clock and of counts by the cameras'."""

    def __init__(self, layout: JunctionLayout) -> None:
        self._lanes = {
            group.id: _Lane(group_ids=frozenset(m.group_id for m in layout.movements if m.lane_group_id == group.id))
            for group in layout.lane_groups
        }
        self._judged: list[bool] = []

    @property
    def failing(self) -> frozenset[str]:
        """Lane groups whose last `STREAK` greens all failed."""
        return frozenset(key for key, lane in self._lanes.items() if lane.streak >= STREAK)

    def take_judged(self) -> list[bool]:
        """Whether each green judged since the last call failed."""
        judged, self._judged = self._judged, []
        return judged

    def note_greens(self, green_ids: Collection[str], now_s: float) -> None:
        """The signal groups that are green from now on; all others are not."""
        for lane in self._lanes.values():
            is_green = not lane.group_ids.isdisjoint(green_ids)
            if is_green and lane.green is None:
                lane.green = _Green(began_s=now_s, queue_pcu=_queue_at(lane, now_s))
            elif not is_green and lane.green is not None:
                lane.green.ended_s = now_s
                lane.waiting.append(lane.green)
                lane.green = None

    def lose_sight(self) -> None:
        """The lamps are not known for a while: the greens that run cannot be judged."""
        for lane in self._lanes.values():
            lane.green = None
            lane.waiting.clear()

    def take_counts(self, record: CountRecord) -> None:
        """A camera's report. What crossed in it counts for every green that it touches: nobody crosses in red."""
        for count in record.lane_groups:
            lane = self._lanes.get(count.lane_group_id)
            if lane is None:
                continue
            sees = count.seen and record.state is CameraState.OK
            departed_pcu = pcu_of(count.crossed) if sees else None
            for green in (*lane.waiting, *([lane.green] if lane.green is not None else [])):
                touched = record.end_at > green.began_s and record.begin_at < (green.ended_s or float("inf"))
                if touched and (departed_pcu is None or green.departed_pcu is None):
                    green.departed_pcu = None
                elif touched and departed_pcu is not None and green.departed_pcu is not None:
                    green.departed_pcu += departed_pcu
            if sees:
                lane.reading = (record.end_at, count.queue_pcu)
            self._judge(lane, record.end_at)

    def _judge(self, lane: _Lane, seen_until_s: float) -> None:
        """Greens whose counts are complete; those that waited too long are left out."""
        waiting, lane.waiting = lane.waiting, []
        for green in waiting:
            if green.ended_s is None or seen_until_s < green.ended_s:
                lane.waiting.append(green)
                continue
            failed = cycle_failed(green.queue_pcu, green.departed_pcu)
            if failed is None or seen_until_s - green.ended_s > WAITS_S:
                continue
            lane.streak = lane.streak + 1 if failed else 0
            self._judged.append(failed)


def _queue_at(lane: _Lane, now_s: float) -> float | None:
    if lane.reading is None or not 0 <= now_s - lane.reading[0] <= READING_GOOD_S:
        return None
    return lane.reading[1]
