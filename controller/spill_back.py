"""Queues that fill their lanes, from a camera's report."""

from __future__ import annotations

from junction.counts import CameraState, CountRecord
from junction.layout import JunctionLayout

FULL_SHARE = 0.9
"""A queue over this share of the storage that a camera sees fills it: the last car's length is not resolved."""


def full_lane_groups(layout: JunctionLayout, record: CountRecord) -> frozenset[str]:
    """Lane groups whose queue (m) reaches as far back as their storage. What was not seen is not said to be full."""
    if record.state is not CameraState.OK:
        return frozenset()
    storage_m = {group.id: group.storage_m for group in layout.lane_groups}
    return frozenset(
        count.lane_group_id
        for count in record.lane_groups
        if count.seen and count.queue_m >= FULL_SHARE * storage_m.get(count.lane_group_id, float("inf"))
    )
