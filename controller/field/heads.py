"""Signal heads, or a box of another make that has them: what a field controller drives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from junction.layout import JunctionLayout
from junction.signals import Lamp


class SignalHeads(Protocol):
    """The lamps of one junction. `feedback` is what really burns, by sensing, not what was last asked for.

    A group whose lamps are all out is None there.
    """

    def show(self, lamps: Mapping[str, Lamp]) -> None: ...

    def flash(self) -> None: ...

    def feedback(self) -> Mapping[str, Lamp | None]: ...


@runtime_checkable
class SignalBox(Protocol):
    """A signal controller that moves the lamps itself and takes wishes: it times ambers, intergreens and its minima.

    `ask` names the groups that are to be green; what is not named is to end. `release` lets go: the box runs its own
    plans. `feedback` is what its lamps show, None for a group while that is not known; `faults` are told upwards.
    `run` talks to the box until `stop` is set and then lets go of it.
    """

    def ask(self, groups: frozenset[str]) -> None: ...

    def release(self) -> None: ...

    def flash(self) -> None: ...

    def feedback(self) -> Mapping[str, Lamp | None]: ...

    def faults(self) -> Sequence[Mapping[str, str]]: ...

    async def run(self, stop: asyncio.Event) -> None: ...


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
