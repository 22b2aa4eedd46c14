"""Situations for the tests: a junction's lamps and what its camera says."""

from __future__ import annotations

from collections.abc import Mapping

from junction.counts import LaneGroupCount
from junction.layout import JunctionLayout
from junction.observation import observe
from junction.policy import Situation
from junction.stage_machine import StageMachine


def machine_at(layout: JunctionLayout, stage_id: str, green_for_s: int) -> StageMachine:
    """A stage machine whose stage has been green for that long (asked for every second from all red)."""
    machine, now_ds = StageMachine(layout, 0), 0
    while machine.state.in_transition or not any(lamp == "G" for lamp in machine.state.lamps):
        machine.tick(now_ds, stage_id)
        now_ds += 10
    until_ds = machine.state.stage_since_ds + 10 * green_for_s
    for at_ds in range(now_ds, until_ds + 1, 10):
        machine.tick(at_ds, stage_id)
    return machine


def situation(
    machine: StageMachine,
    queue_veh: Mapping[str, int | None],
    *,
    moving_veh: Mapping[str, int] | None = None,
    age_s: float = 1.0,
    time_s: float | None = None,
) -> Situation:
    """Cars queued and moving by lane group; None or left out: the camera never saw that lane group.

    `time_s` is the machine's time unless given.
    """
    time_s = machine.state.now_ds / 10 if time_s is None else time_s
    seen = {}
    for lane_group_id, queued in queue_veh.items():
        if queued is not None:
            present = queued + (moving_veh or {}).get(lane_group_id, 0)
            count = LaneGroupCount(
                lane_group_id=lane_group_id,
                seen=True,
                present={"car": present},
                queue_veh=queued,
                queue_pcu=float(queued),
                queue_m=6.0 * queued,
            )
            seen[lane_group_id] = (time_s - age_s, count)
    observation = observe(machine.layout, seen, machine.state, time_s)
    return Situation(layout=machine.layout, observation=observation, allowed=machine.allowed())
