"""A camera file's text, made of what somebody drew: lines, zones, movements and privacy masks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SCHEMA = "chauraha.camera/1"
TABLES: Mapping[str, Sequence[str]] = {
    "lines": ("name", "points"),
    "zones": ("lane_group_id", "polygon", "stop", "lanes"),
    "movements": ("id", "entry", "exit"),
    "privacy_masks": ("polygon",),
}
"""What a drawing holds, in a camera file's order."""


def camera_toml(document: Mapping[str, Any]) -> str:
    """The TOML of a camera's id, junction and drawing (names as in `detector.camera_file.CameraFile`); what is None or
    absent is left out. A JSON string without control characters is a TOML string."""
    lines = [f"schema = {json.dumps(SCHEMA)}", *_fields(document, ("id", "junction_id"))]
    for table, fields in TABLES.items():
        for entry in document.get(table, ()):
            lines += ["", f"[[{table}]]", *_fields(entry, fields)]
    return "\n".join(lines) + "\n"


def _fields(entry: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    return [f"{name} = {json.dumps(entry[name], ensure_ascii=False)}" for name in names if entry.get(name) is not None]
