"""The mean of an actor's weights over its last updates.

Every update follows the chance of its own decisions. An exponential mean of the weights evens that out (Polyak and
Juditsky 1992, https://doi.org/10.1137/0330046; in PPO the same as `agents.mean_policy` of many points of one run).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch.optim import swa_utils

from agents.network import StageActor
from junction.errors import InputError


class RunningMean:
    """Every update counts 1 / `updates`, what was before the rest; the first update is the mean."""

    def __init__(self, actor: StageActor, updates: int) -> None:
        exponential: Any = swa_utils.get_ema_multi_avg_fn
        self._mean = swa_utils.AveragedModel(actor, multi_avg_fn=exponential(1 - 1 / updates))

    @property
    def actor(self) -> StageActor:
        """The mean; the actor's own weights before the first update."""
        return cast(StageActor, self._mean.module)

    def see(self, actor: StageActor) -> None:
        """The actor after another update."""
        self._mean.update_parameters(actor)

    def save(self, path: Path) -> None:
        """The whole mean into a file, or nothing."""
        part = path.with_suffix(".part")
        torch.save(self._mean.state_dict(), part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a file. Raises InputError when it cannot be read."""
        try:
            self._mean.load_state_dict(torch.load(path, weights_only=True))
        except Exception as wrong:  # torch raises unrelated classes, one a kind of damage
            raise InputError("run", expected=f"the running mean at {path}", got=str(wrong)) from None
