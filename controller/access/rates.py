"""How often someone may ask."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable


def window_clock() -> float:
    """Seconds by which windows begin and end."""
    return time.monotonic()


class Rate:
    """At most `limit` in each window of `window_s`, by whom it is counted for.

    Polls are counted too, so this is a few dozen bytecodes and forgets everyone at each window's end. (The in-memory
    store of the package `limits` starts a thread every 10 ms under load.)
    """

    def __init__(self, limit: int, window_s: float = 1.0, clock: Callable[[], float] | None = None) -> None:
        self.window_s = window_s
        self._limit = limit
        self._clock = window_clock if clock is None else clock
        self._window = 0
        self._asked: Counter[Hashable] = Counter()

    def allows(self, who: Hashable) -> bool:
        """Counts one more of theirs; False when it is over the limit."""
        window = int(self._clock() / self.window_s)
        if window != self._window:
            self._window = window
            self._asked.clear()
        self._asked[who] += 1
        return self._asked[who] <= self._limit


class LoginRate:
    """Tries of a password: few by one address for one name, more by an address, and for a name in all."""

    def __init__(self) -> None:
        self._pair, self._address, self._name = Rate(5, 60.0), Rate(20, 60.0), Rate(60, 60.0)

    def allows(self, name: str, address: str) -> bool:
        """Counts a try; False when it must not even be looked at."""
        judged = (self._pair.allows((name, address)), self._address.allows(address), self._name.allows(name))
        return all(judged)
