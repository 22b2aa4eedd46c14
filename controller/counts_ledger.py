"""Which camera reports have been taken: `(camera_id, boot_id, n)` counts once, however often it is sent."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import orjson

from controller.junction_state import MAX_AHEAD_S
from controller.schemas import CountsBody
from controller.store import Store
from junction.counts import CountRecord
from junction.errors import InputError
from junction.site import Site

MAX_CAMERAS = 4_096
KEPT_RECENT = 256


class CountsLedger:
    """Knows the last reports of every camera; asks the store only about late ones and new cameras."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent: OrderedDict[tuple[str, str], OrderedDict[int, None]] = OrderedDict()
        self._highest: dict[tuple[str, str], int] = {}

    async def is_new(self, camera_id: str, boot_id: str, n: int) -> bool:
        """True the first time a report is seen, and marks it as seen."""
        key = (camera_id, boot_id)
        if key not in self._recent:
            on_disk = await self._store.highest_count(camera_id, boot_id)
            if key not in self._recent:
                self._add_camera(key, -1 if on_disk is None else on_disk)
        self._recent.move_to_end(key)
        recent = self._recent[key]
        if n in recent:
            return False
        recent[n] = None
        if len(recent) > KEPT_RECENT:
            recent.popitem(last=False)
        if n > self._highest[key]:
            self._highest[key] = n
            return True
        await self._store.flush()
        return not await self._store.has_counts(camera_id, boot_id, n)

    def _add_camera(self, key: tuple[str, str], highest: int) -> None:
        self._recent[key] = OrderedDict()
        self._highest[key] = highest
        while len(self._recent) > MAX_CAMERAS:
            forgotten, _ = self._recent.popitem(last=False)
            del self._highest[forgotten]


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
