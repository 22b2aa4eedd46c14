"""One decision as learners see it: encoded rows and masks in, actions out, rewards and what was applied back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs.action_mode import Action, ActionMode, JunctionActions, NextStage
from envs.city import CitySimulation
from junction.errors import StreetError
from junction.guard import Ruling
from junction.policy import Proposal


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What may be decided on, by controlled junction: `rows` float32 (n, MAX_STAGES, features), `masks` bool
    (n, actions) and `due` bool (n,): whether there is anything to choose."""

    rows: NDArray[np.float32]
    masks: NDArray[np.bool_]
    due: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a decision: the new sight, rewards float32 (n,), an info a junction, whether the time is over."""

    sight: Sight
    rewards: NDArray[np.float32]
    infos: list[dict[str, Any]]
    finished: bool


class Decisions:
    """A city's decisions in one action mode, an interval each. `begin` after every reset of the city."""

    def __init__(self, city: CitySimulation, mode: ActionMode | None = None) -> None:
        self.city = city
        self.mode: ActionMode = NextStage() if mode is None else mode
        self._junctions: list[JunctionActions] = []

    def begin(self) -> Sight:
        """The first sight of an episode: actions mean something from now on."""
        city = self.city
        self._junctions = [
            self.mode.at_junction(
                city.scenario.sites[junction_id],
                city.heads[junction_id],
                day_start_at=city.scenario.day_start_at,
                interval_s=city.interval_s,
            )
            for junction_id in city.junction_ids
        ]
        for junction_id in city.junction_ids:
            city.heads[junction_id].take_objections()
        return self._look()

    def decide(self, actions: Sequence[Action] | NDArray[Any]) -> Outcome:
        """Apply one action a junction, step to the next decision and look.

        `infos` hold `junction_id`, `time_s`, `applied_stage` (green or being changed to at the interval's end),
        `applied` (what else the mode is carrying out), `accepted` and `reasons` (the ruling on the action: the mode's
        and the guard's, now), `interventions` (the guard's reasons for every wish it did not apply in the interval),
        `reward` and `reward_terms`.

        Raises StreetError before `begin` and when SUMO dies, InputError for what is no action of the mode at all.
        """
        city = self.city
        if not self._junctions:
            raise StreetError("decisions: expected a city that has begun, got one that has not; call begin()")
        verdicts = [j.take(action) for j, action in zip(self._junctions, actions, strict=True)]
        rulings = self._run()
        infos = []
        rewards = city.rewards()
        sight = self._look()
        for index, junction_id in enumerate(city.junction_ids):
            verdict, ruling, (value, terms) = verdicts[index], rulings[index], rewards[index]
            head = city.heads[junction_id]
            infos.append(
                {
                    "junction_id": junction_id,
                    "time_s": city.time_s,
                    "applied_stage": head.stage_id,
                    "applied": self._junctions[index].applied(),
                    "accepted": verdict.accepted and ruling.accepted,
                    "reasons": (*verdict.reasons, *ruling.reasons),
                    "interventions": head.take_objections(),
                    "reward": value,
                    "reward_terms": terms,
                }
            )
        return Outcome(
            sight=sight,
            rewards=np.array([value for value, _ in rewards], np.float32),
            infos=infos,
            finished=city.finished,
        )

    def _run(self) -> list[Ruling]:
        """One interval, in as many pieces as wishes change in it. The rulings on the first wishes."""
        city, junctions = self.city, self._junctions
        first: list[Ruling] = []
        end_s = city.time_s + city.interval_s
        while city.time_s < end_s - 1e-6 and not city.finished:
            wishes = [junction.wish() for junction in junctions]
            until_s = min(end_s, min(junction.wish_until_ds() for junction in junctions) / 10)
            proposals = [None if wish is None else Proposal(stage_id=wish) for wish in wishes]
            rulings = city.apply(proposals, for_s=max(until_s, city.time_s + 1.0) - city.time_s)
            first = first or rulings
        return first

    def _look(self) -> Sight:
        rows, allowed = self.city.encoded()
        return Sight(
            rows=rows,
            masks=np.stack([j.mask(mask) for j, mask in zip(self._junctions, allowed, strict=True)]),
            due=np.array([j.due for j in self._junctions]),
        )
