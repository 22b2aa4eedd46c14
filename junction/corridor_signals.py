"""A corridor's signals as plans run them: which greens are through traffic's, and how far they are apart in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from junction.coordination import CorridorSignal, through_greens
from junction.errors import ScenarioError
from junction.layout import JunctionLayout, Turn
from junction.plan import Plan


def signals_of(
    layouts: Mapping[str, JunctionLayout], plans: Mapping[str, Plan], row: Sequence[str], gaps_s: Sequence[float]
) -> tuple[CorridorSignal, ...]:
    """The row's signals, each with its plan (both by junction id). Outbound is the row's own order; `gaps_s` are the
    travel times from each signal to the next.

    Raises ScenarioError where a junction has no way from the neighbour before it to the one after it.
    """
    at_s = list(accumulate(gaps_s, lambda at, gap: round(at + gap, 1), initial=0.0))
    signals = []
    for index, (junction_id, here_s) in enumerate(zip(row, at_s, strict=True)):
        before = row[index - 1] if index else None
        after = row[index + 1] if index + 1 < len(row) else None
        layout, plan = layouts[junction_id], plans[junction_id]
        signals.append(
            CorridorSignal(
                id=junction_id,
                cycle_s=plan.cycle_s,
                outbound=through_greens(layout, plan, through_group(layout, before, after)),
                inbound=through_greens(layout, plan, through_group(layout, after, before)),
                outbound_at_s=here_s,
                inbound_at_s=round(at_s[-1] - here_s, 1),
            )
        )
    return tuple(signals)


def through_group(layout: JunctionLayout, before: str | None, after: str | None) -> str:
    """The group of the way from the arm `before` to `after`; at a corridor's end the straightest, widest one."""
    ways = [m for m in layout.movements if before in (None, m.from_approach) and after in (None, m.to_approach)]
    if not ways:
        raise ScenarioError(f"junction {layout.id}", expected=f"a way from {before} to {after}", got=None)
    flow = {group.id: group.saturation_flow_pcu_h for group in layout.lane_groups}
    return min(ways, key=lambda m: (m.turn is not Turn.STRAIGHT, -flow[m.lane_group_id], m.id)).group_id
