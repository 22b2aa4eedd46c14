"""Key figures as they come in, gathered by junction and minute until they are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from junction.kpi import KpiSums, QueueInterval
from junction.mode import Mode

MINUTE_S = 60
MAX_WAITING = 500_000
"""Minutes of junctions that wait while the database is away: a working day of a thousand junctions."""
LINGER_S = 30.0
"""So long after a minute's end its figures wait for cameras that are late: one write instead of two."""


@dataclass(kw_only=True)
class _Minute:
    seen_s: float = 0.0
    simulated_s: float = 0.0
    queue_pcu_s: float = 0.0
    departed_pcu: float = 0.0
    greens: float = 0.0
    failed_greens: float = 0.0
    longest_queue_pcu: float | None = None
    mode_s: dict[Mode, float] = field(default_factory=dict)

    def add(self, sums: KpiSums) -> None:
        self.seen_s += sums.seen_s
        self.simulated_s += sums.simulated_s
        self.queue_pcu_s += sums.queue_pcu_s
        self.departed_pcu += sums.departed_pcu
        self.greens += sums.greens
        self.failed_greens += sums.failed_greens
        if sums.longest_queue_pcu is not None:
            self.longest_queue_pcu = max(sums.longest_queue_pcu, self.longest_queue_pcu or 0.0)
        for mode, spent_s in sums.mode_s.items():
            self.mode_s[mode] = self.mode_s.get(mode, 0.0) + spent_s

    def sums(self) -> KpiSums:
        return KpiSums(
            duration_s=sum(self.mode_s.values()),
            seen_s=self.seen_s,
            simulated_s=self.simulated_s,
            queue_pcu_s=self.queue_pcu_s,
            departed_pcu=self.departed_pcu,
            greens=self.greens,
            failed_greens=self.failed_greens,
            longest_queue_pcu=self.longest_queue_pcu,
            mode_s=self.mode_s,
        )


class KpiSampler:
    """What is taken out with `take_finished` is to be added to what is stored of the same minutes."""

    def __init__(self) -> None:
        self._minutes: dict[tuple[int, str], _Minute] = {}

    def note_mode(self, junction_id: str, now_s: float, mode: Mode, seconds: float) -> None:
        """The junction was timed like that for the last `seconds`."""
        minute = self._minute(junction_id, now_s)
        minute.mode_s[mode] = minute.mode_s.get(mode, 0.0) + seconds

    def note_greens(self, junction_id: str, now_s: float, failed: Collection[bool]) -> None:
        """Greens that were judged just now."""
        minute = self._minute(junction_id, now_s)
        minute.greens += len(failed)
        minute.failed_greens += sum(failed)

    def note_interval(self, junction_id: str, end_at: float, interval: QueueInterval, *, simulated: bool) -> None:
        """A camera's report of that interval; it counts for the minute in which it ended. Unseen ones are not noted."""
        if interval.queue_pcu is None or interval.departed_pcu is None:
            return
        minute = self._minute(junction_id, end_at)
        minute.seen_s += interval.seen_s
        minute.simulated_s += interval.seen_s if simulated else 0.0
        minute.queue_pcu_s += interval.queue_pcu * interval.duration_s
        minute.departed_pcu += interval.departed_pcu
        minute.longest_queue_pcu = max(interval.queue_pcu, minute.longest_queue_pcu or 0.0)

    def take_finished(self, now_s: float) -> Mapping[tuple[str, int], KpiSums]:
        """Takes out every minute that ended a while ago, by junction and the minute's begin (Unix seconds)."""
        last = int((now_s - LINGER_S) // MINUTE_S)
        done = [key for key in self._minutes if key[0] < last]
        return {
            (junction_id, minute * MINUTE_S): self._minutes.pop((minute, junction_id)).sums()
            for minute, junction_id in done
        }

    def put_back(self, minutes: Mapping[tuple[str, int], KpiSums]) -> None:
        """What could not be written waits for the next time; of too much, the oldest is forgotten."""
        for (junction_id, begin_at), sums in minutes.items():
            minute = self._minute(junction_id, begin_at)
            minute.add(sums)
        for key in sorted(self._minutes)[: max(0, len(self._minutes) - MAX_WAITING)]:
            del self._minutes[key]

    def take_all(self) -> Mapping[tuple[str, int], KpiSums]:
        """Takes out everything, at the end."""
        return self.take_finished(float("1e15"))

    def _minute(self, junction_id: str, at_s: float) -> _Minute:
        key = (int(at_s // MINUTE_S), junction_id)
        minute = self._minutes.get(key)
        if minute is None:
            minute = self._minutes[key] = _Minute()
        return minute
