"""What a learner's numbers mean: one mode for all junctions of an environment, one `JunctionActions` a junction.

    next_stage       any allowed stage, every interval                      (here)
    stage_duration   stages in a fixed order, each one's green announced    (envs.stage_duration)
    cycle_splits     a whole plan for the coming cycle                      (envs.cycle_splits)

Whatever the mode, all that leaves it is a wish for a stage, which the junction's guard disposes of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from envs.junction_heads import GuardedJunction
from junction.encoding import MAX_STAGES
from junction.errors import InputError
from junction.layout import JunctionLayout
from junction.site import Site

FOREVER_DS = 10**12
"""Later than any moment of an episode, in tenths of a second."""

Action = int | np.integer[Any] | NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether an action was taken as it is, and why not."""

    accepted: bool
    reasons: tuple[str, ...] = ()


TAKEN = Verdict(accepted=True)


class JunctionActions(Protocol):
    """One junction's actions during one episode, made once its warm-up is over.

    `take` refuses what may not be done now, or by anyone (an index out of range, NaN in a Box), and what is refused
    changes nothing. It raises InputError only for what is no action at all (another shape, no whole number).
    """

    @property
    def due(self) -> bool:
        """Whether there is anything to choose now."""
        ...

    def mask(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which actions would be taken now, at least one; `allowed` is the guard's stage mask (MAX_STAGES,)."""
        ...

    def take(self, action: Action) -> Verdict: ...

    def wish(self) -> str | None:
        """The stage wanted green now."""
        ...

    def wish_until_ds(self) -> int:
        """Until when `wish` surely stays the same, SUMO time in tenths of a second."""
        ...

    def applied(self) -> dict[str, Any]:
        """What is being carried out now, for `info`."""
        ...


class ActionMode(Protocol):
    """An action space shared by all junctions, and what it means at each of them.

    `masked` is False where the space has no masks (Box).
    """

    @property
    def name(self) -> str: ...

    @property
    def masked(self) -> bool: ...

    def space(self) -> spaces.Space[Any]:
        """A new space, of the same kind and size for every junction."""
        ...

    def at_junction(
        self, site: Site, head: GuardedJunction, *, day_start_at: float, interval_s: float
    ) -> JunctionActions:
        """The mode at one junction from now on. `day_start_at`: Unix time of SUMO second 0."""
        ...

    def masks(self, junctions: Sequence[JunctionActions], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """`JunctionActions.mask` of them all, shape (junctions, actions); `allowed` has shape (junctions,
        MAX_STAGES)."""
        ...


@dataclass(frozen=True)
class NextStage:
    """Discrete(MAX_STAGES): the stage wanted green, at every decision."""

    name: str = "next_stage"
    masked: bool = True

    def space(self) -> spaces.Space[Any]:
        return spaces.Discrete(MAX_STAGES)

    def at_junction(
        self,
        site: Site,  # noqa: ARG002 - ActionMode's protocol, here and below
        head: GuardedJunction,
        *,
        day_start_at: float,  # noqa: ARG002
        interval_s: float,  # noqa: ARG002
    ) -> JunctionActions:
        return _NextStageActions(head)

    def masks(
        self,
        junctions: Sequence[JunctionActions],  # noqa: ARG002
        allowed: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """The guards' own."""
        return allowed


class _NextStageActions:
    due = True

    def __init__(self, head: GuardedJunction) -> None:
        self._head = head
        self._wish: str | None = None

    def mask(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return allowed

    def take(self, action: Action) -> Verdict:
        """Every wish goes to the guard: its ruling says what becomes of it."""
        self._wish = stage_named(self._head.layout, whole_number(action))
        return TAKEN

    def wish(self) -> str | None:
        return self._wish

    def wish_until_ds(self) -> int:
        return FOREVER_DS

    def applied(self) -> dict[str, Any]:
        return {}


def masks_of(junctions: Sequence[JunctionActions], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Each junction's mask, asked one by one."""
    return np.stack([junction.mask(own) for junction, own in zip(junctions, allowed, strict=True)])


def whole_number(action: Action) -> int:
    """The index that a discrete action is. Raises InputError for what is no whole number."""
    number = np.asarray(action)
    if number.size != 1 or number.dtype.kind not in "iu":
        raise InputError("action", expected="one whole number", got=action)
    return int(number.reshape(()))


def stage_named(layout: JunctionLayout, index: int) -> str:
    """An index past the junction's stages stays what it is: a wish for a stage that is not here, for the guard."""
    return layout.stages[index].id if 0 <= index < len(layout.stages) else f"#{index}"


def action_modes() -> Mapping[str, ActionMode]:
    """The modes by name, each with its default settings."""
    from envs.cycle_splits import CycleSplits
    from envs.stage_duration import StageDuration

    modes: tuple[ActionMode, ...] = (NextStage(), StageDuration(), CycleSplits(), CycleSplits(continuous=True))
    return {mode.name: mode for mode in modes}


def action_mode(mode: ActionMode | str) -> ActionMode:
    """The mode of that name; a mode itself is returned as it is. Raises InputError for an unknown name."""
    if not isinstance(mode, str):
        return mode
    modes = action_modes()
    if mode not in modes:
        raise InputError("mode", expected=f"one of {sorted(modes)}", got=mode)
    return modes[mode]
