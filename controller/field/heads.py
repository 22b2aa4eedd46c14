"""Signal heads: what a field controller drives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from junction.layout import JunctionLayout
from junction.signals import Lamp


class SignalHeads(Protocol):
    """The lamps of one junction. `feedback` is what really burns, by sensing, not what was last asked for.

    A group whose lamps are all out is None there.
    """

    def show(self, lamps: Mapping[str, Lamp]) -> None: ...

    def flash(self) -> None: ...

    def feedback(self) -> Mapping[str, Lamp | None]: ...


class FakeSignalHeads:
    """Heads that burn nowhere. `stuck` groups show that lamp (or None: dark) whatever they are told."""

    def __init__(self, layout: JunctionLayout) -> None:
        self.lamps: dict[str, Lamp | None] = {group.id: Lamp.RED for group in layout.groups}
        self.stuck: dict[str, Lamp | None] = {}
        self.flashing = False

    def show(self, lamps: Mapping[str, Lamp]) -> None:
        self.flashing = False
        self.lamps.update(lamps)

    def flash(self) -> None:
        self.flashing = True

    def feedback(self) -> Mapping[str, Lamp | None]:
        return {**self.lamps, **self.stuck}
