"""Count records that the service has not taken yet, in order; on disk, so that a restart loses none.

SQLite keeps them: an append is durable when it returns, and two processes cannot tear one file.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junction.counts import CountRecord
from junction.errors import InputError

SPOOL_FILE = "unsent.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS unsent (
    place INTEGER PRIMARY KEY AUTOINCREMENT, junction_id TEXT NOT NULL, camera_id TEXT NOT NULL, document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refused (
    place INTEGER PRIMARY KEY, camera_id TEXT NOT NULL, document TEXT NOT NULL, reason TEXT NOT NULL
);
"""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A record in the spool: `document` is the body to post."""

    place: int
    junction_id: str
    camera_id: str
    document: dict[str, Any]


class Spool:
    """Records in the order of `put`. May be used from several threads. Raises InputError for an unusable folder.

    `folder` None keeps them in memory: they are lost with the process.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self.durable = folder is not None
        """Whether what is unsent outlives the process."""
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            place = ":memory:" if folder is None else str(folder / SPOOL_FILE)
            self._store = sqlite3.connect(place, check_same_thread=False, isolation_level=None)
            self._store.execute("PRAGMA journal_mode = WAL")
            self._store.execute("PRAGMA synchronous = FULL")
            self._store.executescript(_TABLES)
        except (OSError, sqlite3.Error) as wrong:
            raise InputError(
                "spool", expected="a folder that can be written", got=str(folder), hint=str(wrong)
            ) from None

    def __len__(self) -> int:
        with self._lock:
            return int(self._store.execute("SELECT count(*) FROM unsent").fetchone()[0])

    def put(self, record: CountRecord) -> None:
        with self._lock:
            self._store.execute(
                "INSERT INTO unsent (junction_id, camera_id, document) VALUES (?, ?, ?)",
                (record.junction_id, record.camera_id, json.dumps(record.to_document())),
            )

    def first(self) -> Waiting | None:
        """The oldest record; it stays until it is dropped."""
        with self._lock:
            row = self._store.execute(
                "SELECT place, junction_id, camera_id, document FROM unsent ORDER BY place LIMIT 1"
            ).fetchone()
        if row is None:
            return None
        return Waiting(place=row[0], junction_id=row[1], camera_id=row[2], document=json.loads(row[3]))

    def drop(self, waiting: Waiting) -> None:
        """The service has it."""
        with self._lock:
            self._store.execute("DELETE FROM unsent WHERE place = ?", (waiting.place,))

    def set_aside(self, waiting: Waiting, reason: str) -> None:
        """The service will never take it: out of the way of the others, but kept."""
        with self._lock, self._store:
            self._store.execute("BEGIN")
            self._store.execute(
                "INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?)",
                (waiting.place, waiting.camera_id, json.dumps(waiting.document), reason),
            )
            self._store.execute("DELETE FROM unsent WHERE place = ?", (waiting.place,))

    def refused(self) -> list[tuple[str, str]]:
        """(camera id, reason) of every record set aside, oldest first."""
        with self._lock:
            return list(self._store.execute("SELECT camera_id, reason FROM refused ORDER BY place"))

    def close(self) -> None:
        with self._lock:
            self._store.close()
