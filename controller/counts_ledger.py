"""Which camera reports have been taken: `(camera_id, boot_id, n)` counts once, however often it is sent."""

from __future__ import annotations

from collections import OrderedDict

from controller.store import Store

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
