"""One thing that can fail again and again: its failure is logged once, and its end once."""

from __future__ import annotations

import logging
import time


class Trouble:
    """What goes wrong with `what`. A failure of another kind than the last one is news; the same one again is not."""

    def __init__(self, log: logging.Logger, what: str, level: int = logging.ERROR, *, traced: bool = False) -> None:
        """`traced`: an error comes with its traceback, because nobody foresaw which it would be."""
        self._log = log
        self._what = what
        self._level = level
        self._traced = traced
        self._kind: str | None = None
        self._since_s = 0.0
        self.failures = 0
        """How often it has failed since the process began."""

    @property
    def is_on(self) -> bool:
        return self._kind is not None

    def failed(self, error: Exception | str) -> None:
        """It failed (again)."""
        self.failures += 1
        kind = error if isinstance(error, str) else type(error).__name__
        if kind == self._kind:
            return
        if self._kind is None:
            self._since_s = time.monotonic()
        self._kind = kind
        trace = error if self._traced and isinstance(error, Exception) else None
        self._log.log(self._level, "%s: %s", self._what, error, exc_info=trace)

    def over(self) -> None:
        """It works (again)."""
        if self._kind is not None:
            self._kind = None
            self._log.log(logging.INFO, "%s: over after %.0f s", self._what, time.monotonic() - self._since_s)
