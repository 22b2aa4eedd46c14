"""A plan's lamps as a box would show them that obeys it blindly: no minimum, no maximum and no guard.

It waits for intergreens only, by sums of its own, so that the independent checker can tell what a plan by itself
would do to the street.
"""

from __future__ import annotations

from junction.lamp_audit import LampAudit, UnsafeEvent
from junction.layout import JunctionLayout
from junction.plan import Plan

CYCLES = 3


def play_blindly(layout: JunctionLayout, plan: Plan) -> tuple[UnsafeEvent, ...]:
    """Every breach in the third cycle of the plan, the first that no start from all red has shaped.

    The plan's numbers must be finite and its stages be stages here.
    """
    groups = [group.id for group in layout.groups]
    amber_ms = {group.id: round(group.amber_s * 1000) for group in layout.groups}
    wait_ms = {order: round(seconds * 1000) for order, seconds in layout.intergreen_s.items()}
    ended_ms: dict[str, int] = {}
    lamp = dict.fromkeys(groups, "r")
    changes: dict[int, dict[str, str]] = {}
    starts_s = plan.stage_starts_s(layout)
    for cycle in range(CYCLES):
        for start_s, planned in zip(starts_s, plan.stages, strict=True):
            now_ms = round((cycle * plan.cycle_s + start_s) * 10) * 100
            wanted = layout.stage(planned.stage_id).group_ids
            gained = [group for group in wanted if lamp[group] != "G"]
            for group in groups:
                if lamp[group] == "G" and group not in wanted:
                    lamp[group], ended_ms[group] = "r", now_ms
                    changes.setdefault(now_ms, {})[group] = "y"
                    changes.setdefault(now_ms + amber_ms[group], {})[group] = "r"
            free_ms = [ended_ms[a] + wait_ms[a, b] for a, b in wait_ms if b in gained and a in ended_ms]
            green_ms = max([now_ms, *free_ms])
            for group in gained:
                lamp[group] = "G"
                changes.setdefault(green_ms, {})[group] = "G"
    audit = LampAudit(layout)
    shown = dict.fromkeys(groups, "r")
    audit.show(-1, "r" * len(groups))
    for now_ms in sorted(changes):
        shown.update(changes[now_ms])
        audit.show(now_ms, "".join(shown.values()))
    audit.show(round(CYCLES * plan.cycle_s * 10) * 100, "".join(shown.values()))
    settled_s = (CYCLES - 1) * plan.cycle_s
    return tuple(event for event in audit.finish() if event.time_s >= settled_s)
