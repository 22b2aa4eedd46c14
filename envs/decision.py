"""One decision as learners see it: encoded rows and masks in, stage indices out, rewards and what was applied back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs.city import CitySimulation
from junction.encoding import encode, stage_mask
from junction.layout import JunctionLayout
from junction.policy import Proposal


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What may be decided on: by controlled junction, `rows` float32 (n, MAX_STAGES, features) and `masks` bool
    (n, MAX_STAGES)."""

    rows: NDArray[np.float32]
    masks: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a decision: the new sight, rewards float32 (n,), an info a junction, whether the time is over."""

    sight: Sight
    rewards: NDArray[np.float32]
    infos: list[dict[str, Any]]
    finished: bool


def sight_of(city: CitySimulation) -> Sight:
    """The controlled junctions' situations, encoded."""
    situations = city.observe()
    return Sight(rows=np.stack([encode(s) for s in situations]), masks=np.stack([stage_mask(s) for s in situations]))


def decide(city: CitySimulation, actions: Sequence[int] | NDArray[np.int64]) -> Outcome:
    """Apply one stage index a junction, step to the next decision and look.

    `infos` hold `junction_id`, `time_s`, `applied_stage` (green or being changed to at the interval's end), `accepted`
    and `reasons` (the guard's ruling on the action), and `reward_terms`.
    """
    layouts = [city.scenario.sites[junction_id].layout for junction_id in city.junction_ids]
    rulings = city.apply([_proposal(layout, int(a)) for layout, a in zip(layouts, actions, strict=True)])
    rewards = city.rewards()
    infos = [
        {
            "junction_id": junction_id,
            "time_s": city.time_s,
            "applied_stage": stage,
            "accepted": ruling.accepted,
            "reasons": ruling.reasons,
            "reward_terms": terms,
        }
        for junction_id, stage, ruling, (_, terms) in zip(
            city.junction_ids, city.stages(), rulings, rewards, strict=True
        )
    ]
    return Outcome(
        sight=sight_of(city),
        rewards=np.array([value for value, _ in rewards], np.float32),
        infos=infos,
        finished=city.finished,
    )


def _proposal(layout: JunctionLayout, action: int) -> Proposal:
    """An index past the junction's stages stays what it is: a wish for a stage that is not here, for the guard."""
    inside = 0 <= action < len(layout.stages)
    return Proposal(stage_id=layout.stages[action].id if inside else f"#{action}")
