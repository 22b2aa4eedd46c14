"""Key figures that a service which was killed had not written yet, from the reports that it had acknowledged.

Figures are gathered for a minute and a half before they are written; reports are on disk before they are
acknowledged. What is stored of a minute is compared with what its reports say, so that nothing is added twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from controller.kpi_records import KpiRecords
from controller.kpi_sampler import MINUTE_S, KpiSampler
from junction.counts import CountRecord
from junction.kpi import KpiSums, QueueInterval

RECOVERED_S = 180.0
"""Of so long before its last report a junction's figures are made again: twice what waits at most."""
LEAST = 1e-6
"""Seconds or PCU: less is the sums' rounding."""


class KpiRecovery:
    """Takes the last reports of a city; `missing` says what of them is in no stored figure."""

    def __init__(self) -> None:
        self._made = KpiSampler()

    def note(self, reports: Sequence[CountRecord], interval_of: Callable[[CountRecord], QueueInterval]) -> None:
        """A junction's reports of its last `RECOVERED_S`, by their end. Minutes that began before are left alone."""
        for report in reports:
            if report.end_at // MINUTE_S * MINUTE_S >= reports[-1].end_at - RECOVERED_S:
                simulated = report.origin == "simulated"
                self._made.note_interval(report.junction_id, report.end_at, interval_of(report), simulated=simulated)

    async def missing(self, kpi: KpiRecords) -> Mapping[tuple[str, int], KpiSums]:
        """By junction and the minute's begin: what is to be added. Raises SQLAlchemyError."""
        made = self._made.take_all()
        if not made:
            return {}
        stored = await kpi.minutes(min(begin_at for _, begin_at in made))
        differences = {key: _difference(sums, stored.get(key, KpiSums())) for key, sums in made.items()}
        return {key: sums for key, sums in differences.items() if max(sums.seen_s, sums.departed_pcu) > LEAST}


def _difference(made: KpiSums, stored: KpiSums) -> KpiSums:
    """What a camera adds; how the junction was timed and how its greens ended is not in the reports."""
    return KpiSums(
        seen_s=max(0.0, made.seen_s - stored.seen_s),
        simulated_s=max(0.0, made.simulated_s - stored.simulated_s),
        queue_pcu_s=max(0.0, made.queue_pcu_s - stored.queue_pcu_s),
        departed_pcu=max(0.0, made.departed_pcu - stored.departed_pcu),
        longest_queue_pcu=made.longest_queue_pcu,
    )
