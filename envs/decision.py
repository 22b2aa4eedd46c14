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


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What may be decided on, by controlled junction: `rows` float32 (n, MAX_STAGES, features), `masks` bool
    (n, actions) and `due` bool (n,): whether there is anything to choose."""

    rows: NDArray[np.float32]
    masks: NDArray[np.bool_]
    due: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a decision, by controlled junction: the new sight, rewards float32 (n,), and whether the time is
    over.

    `applied_stages` are green or being changed to at the interval's end; `applied` is what else the mode is carrying
    out. `accepted` and `reasons` are the ruling on the action (the mode's and the guard's, now), `interventions` the
    guard's reasons for every wish that it did not apply in the interval. `reward_terms` are float64 (n,) by name.
    """

    sight: Sight
    rewards: NDArray[np.float32]
    finished: bool
    junction_ids: tuple[str, ...]
    time_s: float
    applied_stages: tuple[str, ...]
    applied: tuple[dict[str, Any], ...]
    accepted: tuple[bool, ...]
    reasons: tuple[tuple[str, ...], ...]
    interventions: tuple[tuple[str, ...], ...]
    reward_terms: dict[str, NDArray[np.float64]]

    def infos(self) -> list[dict[str, Any]]:
        """New dictionaries, one a junction: `junction_id`, `time_s`, `applied_stage`, `applied`, `accepted`,
        `reasons`, `interventions`, `reward` and `reward_terms`."""
        by_junction = zip(*(term.tolist() for term in self.reward_terms.values()), strict=True)
        return [
            {
                "junction_id": junction_id,
                "time_s": self.time_s,
                "applied_stage": applied_stage,
                "applied": applied,
                "accepted": accepted,
                "reasons": reasons,
                "interventions": interventions,
                "reward": float(sum(own)),
                "reward_terms": dict(zip(self.reward_terms, own, strict=True)),
            }
            for junction_id, applied_stage, applied, accepted, reasons, interventions, own in zip(
                self.junction_ids,
                self.applied_stages,
                self.applied,
                self.accepted,
                self.reasons,
                self.interventions,
                by_junction if self.reward_terms else [()] * len(self.junction_ids),
                strict=True,
            )
        ]


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

        Raises StreetError before `begin` and when SUMO dies, InputError for what is no action of the mode at all.
        """
        city = self.city
        if not self._junctions:
            raise StreetError("decisions: expected a city that has begun, got one that has not; call begin()")
        verdicts = [j.take(action) for j, action in zip(self._junctions, actions, strict=True)]
        rulings = self._run()
        rewards, terms = city.rewards()
        heads = [city.heads[junction_id] for junction_id in city.junction_ids]
        return Outcome(
            sight=self._look(),
            rewards=rewards.astype(np.float32),
            finished=city.finished,
            junction_ids=city.junction_ids,
            time_s=city.time_s,
            applied_stages=tuple([head.stage_id for head in heads]),
            applied=tuple([junction.applied() for junction in self._junctions]),
            accepted=tuple([v.accepted and r.accepted for v, r in zip(verdicts, rulings, strict=True)]),
            reasons=tuple([(*v.reasons, *r.reasons) for v, r in zip(verdicts, rulings, strict=True)]),
            interventions=tuple([head.take_objections() for head in heads]),
            reward_terms=terms,
        )

    def _run(self) -> list[Ruling]:
        """One interval, in as many pieces as wishes change in it. The rulings on the first wishes."""
        city, junctions = self.city, self._junctions
        first: list[Ruling] = []
        end_s = city.time_s + city.interval_s
        while city.time_s < end_s - 1e-6 and not city.finished:
            wishes = [junction.wish() for junction in junctions]
            until_s = min(end_s, min(junction.wish_until_ds() for junction in junctions) / 10)
            rulings = city.follow(wishes, for_s=max(until_s, city.time_s + 1.0) - city.time_s)
            first = first or rulings
        return first

    def _look(self) -> Sight:
        rows, allowed = self.city.encoded()
        return Sight(
            rows=rows,
            masks=self.mode.masks(self._junctions, allowed),
            due=np.array([j.due for j in self._junctions]),
        )
