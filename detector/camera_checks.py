"""What can be told of a camera file before it counts: `chauraha camera check`, and the page where lanes are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detector.camera import Camera
from junction.errors import InputError
from junction.layout import JunctionLayout


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at, and what was found: in English, and as figures for whoever says it otherwise."""

    name: str
    ok: bool
    detail: str
    facts: Mapping[str, int | list[str]]

    def to_document(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "facts": dict(self.facts)}


def check_watches(camera: Camera) -> Check:
    """Whether there is anything to count."""
    homography = "with" if camera.homography else "no"
    facts: dict[str, int | list[str]] = {
        "lines": len(camera.lines),
        "zones": len(camera.zones),
        "movements": len(camera.movements),
        "privacy_masks": len(camera.privacy_masks),
    }
    return Check(
        name="camera file",
        ok=bool(camera.lines or camera.zones),
        detail=f"{len(camera.lines)} lines, {len(camera.zones)} zones, {len(camera.movements)} movements, "
        f"{len(camera.privacy_masks)} privacy masks, {homography} homography",
        facts=facts,
    )


def check_junction(camera: Camera, layouts: Mapping[str, JunctionLayout], city: str) -> Check:
    """Every zone names a lane group of the camera's junction. Raises InputError for a stranger."""
    if camera.junction_id is None or camera.junction_id not in layouts:
        raise InputError(
            "junction_id", expected=f"a junction of {city}: {', '.join(sorted(layouts))}", got=camera.junction_id
        )
    groups = {group.id for group in layouts[camera.junction_id].lane_groups}
    strangers = sorted({zone.lane_group_id for zone in camera.zones} - groups)
    if strangers:
        raise InputError("zones", expected=f"lane groups of {camera.junction_id}: {sorted(groups)}", got=strangers)
    missing = sorted(groups - {zone.lane_group_id for zone in camera.zones})
    seen = f"{camera.junction_id}: zones for {len(groups) - len(missing)} of {len(groups)} lane groups"
    detail = f"{seen}; never seen: {', '.join(missing)}" if missing else seen
    facts: dict[str, int | list[str]] = {"lane_groups": len(groups), "never_seen": missing}
    return Check(name="junction", ok=True, detail=detail, facts=facts)
