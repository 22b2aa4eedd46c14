"""Why a policy chose a stage: what each lane group's vehicles added to each stage's score.

By occlusion (Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901): the policy is asked again, in one batch, about
the same moment with one lane group empty, and with all of them empty. What a score loses by that is the lane group's
part in it. A policy's scores matter only against each other, so every score is taken less the mean of the allowed
stages' scores first: what raises all stages alike explains nothing.

The parts need not add up to the whole, because a network is not a sum: what two queues do together is in no one's part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from junction.observation import LaneGroupReading
from junction.policy import Policy, Proposal, Situation

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class StageReasons:
    """One allowed stage. `score` is the policy's own; the rest are in its units, less the mean of the allowed stages.

    `above_mean` is the score's, `when_empty` what it would be with no vehicle in view (time in green, red times,
    changes), `by_lane_group` what it loses when only that lane group is empty: negative where its vehicles speak
    against the stage.
    """

    stage_id: str
    score: float
    above_mean: float
    when_empty: float
    by_lane_group: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """The stages in the layout's order, forbidden ones left out, and what drove the choice.

    `runner_up` is the best other stage, None where no other was allowed. `drivers` is, by lane group, how much of the
    choice's lead over the runner-up its vehicles are, the largest first, whichever its sign; those without a part in it
    are left out.
    """

    stage_id: str
    runner_up: str | None
    stages: tuple[StageReasons, ...]
    drivers: Mapping[str, float]


def explain(policy: Policy, situation: Situation) -> Explanation | None:
    """The policy's choice in that situation; None where it gives no finite scores or chooses what is not allowed.

    For policies without a memory only: asking what would be must not change what will be.
    """
    readings = situation.observation.readings
    everything = range(len(readings))
    asked = [situation, _without(situation, everything), *(_without(situation, [row]) for row in everything)]
    allowed = np.flatnonzero(situation.allowed)
    proposals = policy.propose(asked)
    ids = [situation.layout.stages[stage].id for stage in allowed]
    scores = _scores(proposals, allowed)
    if scores is None or proposals[0].stage_id not in ids:
        return None
    above_mean = scores - scores.mean(axis=1, keepdims=True)
    parts = above_mean[0] - above_mean[2:]
    best = ids.index(proposals[0].stage_id)
    others = [column for column in np.argsort(-scores[0], kind="stable").tolist() if column != best]
    lead = parts[:, best] - parts[:, others[0]] if others else np.zeros(len(readings))
    return Explanation(
        stage_id=ids[best],
        runner_up=ids[others[0]] if others else None,
        stages=tuple(
            StageReasons(
                stage_id=stage_id,
                score=float(scores[0, column]),
                above_mean=float(above_mean[0, column]),
                when_empty=float(above_mean[1, column]),
                by_lane_group={r.lane_group_id: float(parts[row, column]) for row, r in enumerate(readings)},
            )
            for column, stage_id in enumerate(ids)
        ),
        drivers={
            readings[row].lane_group_id: float(lead[row])
            for row in np.argsort(-np.abs(lead), kind="stable").tolist()
            if lead[row] != 0
        },
    )


def _scores(proposals: Sequence[Proposal], allowed: NDArray[np.intp]) -> Floats | None:
    """Scores (asked, allowed stages) as float64; None where one is missing or not finite."""
    given = [proposal.scores for proposal in proposals if proposal.scores is not None]
    if len(given) != len(proposals):
        return None
    scores = np.array(given, dtype=np.float64)[:, allowed]
    return scores if np.isfinite(scores).all() else None


def _without(situation: Situation, rows: Sequence[int]) -> Situation:
    """The same moment with those lane groups seen as before and found empty."""
    readings = list(situation.observation.readings)
    for row in rows:
        readings[row] = LaneGroupReading(lane_group_id=readings[row].lane_group_id, age_s=readings[row].age_s)
    return replace(situation, observation=replace(situation.observation, readings=tuple(readings)))
