"""A rollout buffer that spends its gradient steps where there was something to decide."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sb3_contrib.common.maskable.buffers import MaskableRolloutBuffer, MaskableRolloutBufferSamples

FORCED_SHARE = 0.3
"""Share of the forced steps (one stage allowed) that the critic still learns from at every pass."""


class ChoiceRolloutBuffer(MaskableRolloutBuffer):
    """Most steps are forced: a minimum green runs, or a change. They teach the actor nothing (its log-probability is 0
    whatever it thinks) and only fill batches, so a random part of them is left out of every pass. Advantages are
    computed over all steps before, as ever."""

    def get(self, batch_size: int | None = None) -> Iterator[MaskableRolloutBufferSamples]:  # type: ignore[override]
        """One pass over the choices and a part of the forced steps, in random order."""
        if not self.generator_ready:
            next(iter(super().get()))  # lays the tensors flat, (steps x slots, ...)
        forced = self.action_masks.sum(axis=1) <= 1
        kept = np.flatnonzero(~forced | (np.random.random(len(forced)) < FORCED_SHARE))
        order = np.random.permutation(kept)
        for start in range(0, len(order), batch_size or len(order)):
            batch = order[start : start + (batch_size or len(order))]
            # MaskablePPO divides advantages by their spread in the batch: one alone makes the network NaN.
            if len(batch) > 1:
                yield self._get_samples(batch)
