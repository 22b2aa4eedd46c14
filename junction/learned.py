"""A trained policy, whatever runs its network: rows in, scores out, the best allowed stage proposed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from junction.encoding import STAGE_FEATURES, SituationRows
from junction.layout import JunctionLayout
from junction.opening import better_stages
from junction.policy import Proposal, Situation

Scorer = Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.float32]]
"""(rows (N, MAX_STAGES, F), mask (N, MAX_STAGES)) -> scores (N, MAX_STAGES)."""

IS_CURRENT = STAGE_FEATURES.index("is_current")


class LearnedPolicy:
    """`Policy` over a scorer (onnxruntime or torch). Deterministic; one batch for all junctions.

    `stay` is added to the running stage's score: a change has to be worth that much more. A stage is not proposed while
    one that is better by its lanes (`junction.opening.better_stages`) is allowed, whatever the network thinks of it.
    """

    def __init__(self, name: str, scorer: Scorer, *, interval_s: float, stay: float = 0.0) -> None:
        self._name, self._scorer, self._interval_s, self._stay = name, scorer, interval_s, stay
        self._rows = SituationRows()
        self._better: WeakKeyDictionary[JunctionLayout, tuple[frozenset[int], ...]] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        return self._name

    @property
    def interval_s(self) -> float:
        return self._interval_s

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:
        """Nothing to forget: the policy has no memory."""

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        """The best allowed stage of each. Scores that are not finite come back as they are: the caller's ladder
        must judge them, so they are never hidden here."""
        if not situations:
            return []
        rows, masks = self._rows(situations)
        scores = self._scorer(rows, masks) + self._stay * rows[:, :, IS_CURRENT]
        for mask, situation in zip(masks, situations, strict=True):
            self._leave_out(mask, situation.layout)
        best = np.where(masks, np.nan_to_num(scores, nan=-np.inf), -np.inf).argmax(axis=1)
        return [
            Proposal(
                stage_id=situation.layout.stages[int(choice)].id,
                scores=tuple(row[: len(situation.layout.stages)]),
            )
            for situation, choice, row in zip(situations, best, scores.tolist(), strict=True)
        ]

    def _leave_out(self, mask: NDArray[np.bool_], layout: JunctionLayout) -> None:
        """Clears the stages of `mask` that an allowed one is better than."""
        better = self._better.get(layout)
        if better is None:
            better = self._better[layout] = better_stages(layout)
        mask[[stage for stage, others in enumerate(better) if others and mask[list(others)].any()]] = False
