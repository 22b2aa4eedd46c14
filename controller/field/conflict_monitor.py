"""The conflict monitor: independent of guard and stage machine, it watches what really burns."""

from __future__ import annotations

from collections.abc import Mapping

from junction.layout import JunctionLayout
from junction.signals import Lamp

TOLERANCE_S = 0.2
"""How long a conflicting display may last: relays do not switch in one instant (NEMA TS 2 asks for 0.2 to 0.5 s)."""


class ConflictMonitor:
    """Latches when two conflicting groups show green or amber together; only a person at the box resets it."""

    def __init__(self, layout: JunctionLayout) -> None:
        self._conflicts = sorted(layout.conflicts)
        self._since_s: float | None = None
        self.tripped: str | None = None

    def watch(self, now_s: float, feedback: Mapping[str, Lamp | None]) -> None:
        """Fed at every tick with the heads' feedback."""
        moving = {group for group, lamp in feedback.items() if lamp in (Lamp.GREEN, Lamp.AMBER)}
        clash = next(((a, b) for a, b in self._conflicts if a in moving and b in moving), None)
        if clash is None:
            self._since_s = None
            return
        self._since_s = now_s if self._since_s is None else self._since_s
        if now_s - self._since_s >= TOLERANCE_S - 1e-9:
            self.tripped = f"{clash[0]} and {clash[1]} together"

    def reset(self) -> None:
        """By a person at the box, once the fault is mended."""
        self._since_s = None
        self.tripped = None
