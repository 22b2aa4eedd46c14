"""The protocol that everything which times a junction implements, from today's fixed plan to the trained policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from junction.layout import JunctionLayout
from junction.observation import Observation


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One junction to decide for. `allowed` (bool, one a stage) is the guard's mask: what it would apply now."""

    layout: JunctionLayout
    observation: Observation
    allowed: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """The stage a policy wants green now. `scores` (one a stage), where there are any, explain the choice."""

    stage_id: str
    scores: tuple[float, ...] | None = None


@runtime_checkable
class Policy(Protocol):
    """Proposes stages; the guard disposes.

    `interval_s` is how often it wants to be asked. `reset` comes before the first `propose` of a run and gives
    the junctions and a seed. `propose` answers every situation, in order, and never raises for what a camera can
    report.
    """

    @property
    def name(self) -> str: ...

    @property
    def interval_s(self) -> float: ...

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None: ...

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]: ...
