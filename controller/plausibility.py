"""Whether a camera's figures can be true: what cannot be is not shown to any policy."""

from __future__ import annotations

from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.layout import JunctionLayout, LaneGroup

VEHICLE_AREA_M2 = 1.3
"""A parked two-wheeler, 1.9 m by 0.7 m: no road holds more vehicles than its area over this."""
FLOW_FACTOR = 3.0
"""Times saturation flow: more than any interval can bring over a stop line, in PCU or in two-wheelers."""
FLOW_SLACK_VEH = 10
QUEUE_SLACK_VEH = 2
REACH_FACTOR = 1.5


def implausible_lane_groups(layout: JunctionLayout, record: CountRecord) -> dict[str, str]:
    """Lane-group id to why its figures cannot be true; empty when all can.

    A camera that says itself that its picture is wrong (frozen, black, covered, …) makes every figure implausible; a
    lost one reports nothing to doubt.
    """
    if record.state is CameraState.LOST:
        return {}
    if record.state is not CameraState.OK:
        return {group.lane_group_id: f"camera is {record.state}" for group in record.lane_groups}
    duration_s = record.end_at - record.begin_at
    doubts = {}
    for count in record.lane_groups:
        lane_group = layout.lane_groups[layout.lane_group_index[count.lane_group_id]]
        doubt = _doubt(lane_group, count, duration_s) if count.seen else None
        if doubt is not None:
            doubts[count.lane_group_id] = doubt
    return doubts


def _doubt(lane_group: LaneGroup, count: LaneGroupCount, duration_s: float) -> str | None:
    present = sum(count.present.values())
    crossed = sum(count.crossed.values())
    room = REACH_FACTOR * lane_group.storage_m * lane_group.width_m / VEHICLE_AREA_M2
    flow = FLOW_FACTOR * lane_group.saturation_flow_pcu_h / 3600 * duration_s / 0.4 + FLOW_SLACK_VEH
    if present > room:
        return f"{present} vehicles in view, the road holds {room:.0f}"
    if crossed > flow:
        return f"{crossed} vehicles crossed in {duration_s:g} s, at most {flow:.0f} can"
    if count.queue_veh > present * 1.2 + QUEUE_SLACK_VEH:
        return f"{count.queue_veh} queued, {present} in view"
    if count.queue_m > REACH_FACTOR * lane_group.storage_m:
        return f"a queue of {count.queue_m:g} m, the camera reaches {lane_group.storage_m:g} m"
    return None
