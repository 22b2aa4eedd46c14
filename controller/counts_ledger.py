"""Camera reports as they come: whether they can be taken, whether they were seen before, their rows for the store."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import orjson

from controller.junction_state import MAX_AHEAD_S
from controller.schemas import CountsBody
from junction.counts import CountRecord
from junction.errors import InputError
from junction.site import Site

MAX_CAMERAS = 4_096
KEPT_RECENT = 256


class CountsLedger:
    """The last reports of every camera, so that one that is sent again moves nothing twice.

    In memory: which have been kept for good is the store's to say.
    """

    def __init__(self) -> None:
        self._recent: OrderedDict[tuple[str, str, str], OrderedDict[int, None]] = OrderedDict()

    def first_time(self, record: CountRecord) -> bool:
        """True the first time a report is seen, and marks it as seen."""
        key = (record.junction_id, record.camera_id, record.boot_id)
        recent = self._recent.setdefault(key, OrderedDict())
        self._recent.move_to_end(key)
        if record.n in recent:
            return False
        recent[record.n] = None
        if len(recent) > KEPT_RECENT:
            recent.popitem(last=False)
        if len(self._recent) > MAX_CAMERAS:
            self._recent.popitem(last=False)
        return True


def check_counts(site: Site, body: CountsBody, junction_id: str, now_s: float) -> None:
    """Raises InputError for a report of another junction, of lane groups that are not there, or from the future."""
    if body.junction_id != junction_id:
        raise InputError("junction_id", expected=junction_id, got=body.junction_id)
    if body.end_at > now_s + MAX_AHEAD_S:
        raise InputError(
            "end_at",
            expected=f"at most {MAX_AHEAD_S:g} s after {now_s:.1f}",
            got=body.end_at,
            hint="set the camera's clock",
        )
    for index, group in enumerate(body.lane_groups):
        if group.lane_group_id not in site.layout.lane_group_index:
            raise InputError(
                f"lane_groups.{index}.lane_group_id",
                expected=f"one of {sorted(site.layout.lane_group_index)}",
                got=group.lane_group_id,
            )


def count_rows(record: CountRecord, now_s: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A report as the store keeps it: its row, and a row for each line, direction and class."""
    key = {"camera_id": record.camera_id, "boot_id": record.boot_id, "n": record.n}
    place = {**key, "junction_id": record.junction_id, "end_at": record.end_at}
    body = orjson.dumps(record.to_document())
    lines = [
        {**place, "line": line, "direction": direction, "vehicle_class": name, "number": number}
        for line, directions in record.lines.items()
        for direction, classes in directions.items()
        for name, number in classes.items()
    ]
    return {**place, "received_at": now_s, "body": body}, lines
