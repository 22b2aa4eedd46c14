"""Batches of events that the service has not taken yet, in order; on disk, so that a restart loses none.

SQLite keeps them: a batch is durable when `put` returns.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from junction.errors import InputError

SPOOL_FILE = "events.sqlite"
MAX_BATCHES = 60_480
"""A week of a batch every ten seconds; beyond it the oldest give way."""


class EventSpool:
    """One controller's. May be used from several threads. Raises InputError for a folder that cannot be used."""

    def __init__(self, folder: Path, max_batches: int = MAX_BATCHES) -> None:
        self._lock = threading.Lock()
        self._max = max_batches
        try:
            self._store = sqlite3.connect(folder / SPOOL_FILE, check_same_thread=False, isolation_level=None)
            self._store.execute("PRAGMA journal_mode = WAL")
            self._store.execute("PRAGMA synchronous = FULL")
            self._store.execute(
                "CREATE TABLE IF NOT EXISTS unsent (place INTEGER PRIMARY KEY AUTOINCREMENT, document BLOB NOT NULL)"
            )
        except sqlite3.Error as wrong:
            raise InputError(
                "data", expected="a folder that can be written", got=str(folder), hint=str(wrong)
            ) from None

    def __len__(self) -> int:
        with self._lock:
            return int(self._store.execute("SELECT count(*) FROM unsent").fetchone()[0])

    def put(self, document: bytes) -> None:
        """At the end. Raises sqlite3.Error when it is not on disk."""
        with self._lock:
            place = self._store.execute("INSERT INTO unsent (document) VALUES (?)", (document,)).lastrowid
            self._store.execute("DELETE FROM unsent WHERE place <= ?", ((place or 0) - self._max,))

    def first(self) -> tuple[int, bytes] | None:
        """The oldest batch with its place; it stays until it is dropped."""
        with self._lock:
            row = self._store.execute("SELECT place, document FROM unsent ORDER BY place LIMIT 1").fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def drop(self, place: int) -> None:
        """The service has it, or will never take it."""
        with self._lock:
            self._store.execute("DELETE FROM unsent WHERE place = ?", (place,))

    def close(self) -> None:
        with self._lock:
            self._store.close()
