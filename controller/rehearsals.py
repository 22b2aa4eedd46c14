"""The recorded rehearsals that this service can show: folders in one folder, read as they are, never written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junction.errors import InputError
from junction.recording import INDEX_FILE, chunk_file, read_recording

FOLDER = "rehearsals"
MAX_LISTED = 200
"""The newest of more."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, kw_only=True)
class RehearsalEntry:
    """A recording: `changed_at` (Unix seconds) is when its index was written last. `fault` says why it cannot be
    replayed here; then the index is empty."""

    id: str
    folder: Path
    changed_at: float
    index: Mapping[str, Any]
    fault: str | None = None


class Rehearsals:
    """Reads files: call it from a thread. Recordings may come, grow and go while the service runs."""

    def __init__(self, folder: Path, scenario: str) -> None:
        self._folder = folder
        self._scenario = scenario

    def entries(self) -> list[RehearsalEntry]:
        """The newest first. What is not a folder with an index is not a recording."""
        found = []
        for index_file in self._folder.glob(f"*/{INDEX_FILE}"):
            try:
                changed_at = index_file.stat().st_mtime
            except OSError:
                continue  # taken away just now
            if _ID.fullmatch(index_file.parent.name):
                found.append((changed_at, index_file.parent))
        newest = sorted(found, key=lambda one: (-one[0], one[1].name))[:MAX_LISTED]
        return [self._entry(folder, changed_at) for changed_at, folder in newest]

    def find(self, rehearsal_id: str) -> RehearsalEntry | None:
        """The recording of that id; None where there is none."""
        folder = self._folder / rehearsal_id
        if not _ID.fullmatch(rehearsal_id):
            return None
        try:
            changed_at = (folder / INDEX_FILE).stat().st_mtime
        except OSError:
            return None
        return self._entry(folder, changed_at)

    def chunk(self, rehearsal_id: str, name: str) -> Path | None:
        """The file of a chunk that the recording's index names; None for any other name."""
        entry = self.find(rehearsal_id)
        return None if entry is None or entry.fault is not None else chunk_file(entry.folder, entry.index, name)

    def _entry(self, folder: Path, changed_at: float) -> RehearsalEntry:
        try:
            index = read_recording(folder)
            scenario = index["about"].get("scenario")
            if scenario != self._scenario:
                raise InputError("scenario", expected=self._scenario, got=scenario)
        except InputError as wrong:
            fault = str(wrong).replace(f"{folder}/", "")[:300]
            return RehearsalEntry(id=folder.name, folder=folder, changed_at=changed_at, index={}, fault=fault)
        return RehearsalEntry(id=folder.name, folder=folder, changed_at=changed_at, index=index)
