"""A blind junction is handed over, a seeing one is not, and both in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from agents_parts import situation

from agents.served_policy import ServedPolicy
from junction.handover import RECOVER_S, REMEMBERED_S
from junction.layout import JunctionLayout
from junction.observation import LaneGroupReading
from junction.policy import Proposal, Situation
from scenarios.load import load_scenario
from scenarios.model import Scenario


class Recorder:
    """A policy that remembers which junctions it was asked for."""

    name = "recorder"
    interval_s = 3.0

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None: ...

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        self.asked.append([s.layout.id for s in situations])
        return [Proposal(stage_id=s.layout.stages[0].id, scores=(1.0,) * len(s.layout.stages)) for s in situations]


@pytest.fixture(scope="module")
def kanpur() -> Scenario:
    return load_scenario("kanpur")


def test_a_blind_junction_is_handed_over_and_comes_back(kanpur: Scenario) -> None:
    trained = Recorder()
    layouts = [site.layout for site in list(kanpur.sites.values())[:2]]
    policy = ServedPolicy(trained, kanpur.sites)
    policy.reset(layouts, 1)
    ids, begin_s = [layout.id for layout in layouts], kanpur.day_start_at + 32_400.0

    def ask(into_s: float, ages_s: Sequence[float | None]) -> list[str]:
        """Both junctions with all readings of those ages; who was left to the trained policy."""
        situations = [_situation(x, begin_s + into_s, age_s) for x, age_s in zip(layouts, ages_s, strict=True)]
        proposals = policy.propose(situations)
        assert all(p.stage_id in x.stage_index for p, x in zip(proposals, layouts, strict=True))
        return trained.asked[-1]

    assert ask(0.0, (None, None)) == []
    assert ask(3.0, (1.0, 1.0)) == []
    assert ask(3.0 + RECOVER_S, (1.0, 1.0)) == ids
    assert ask(20.0, (1.0, 13.0)) == ids[:1]
    assert ask(27.0, (1.0, 20.0)) == ids[:1]
    assert ask(30.0, (REMEMBERED_S + 1, 1.0)) == []
    assert ask(30.0 + RECOVER_S, (REMEMBERED_S + 6, 1.0)) == ids[1:]


def _situation(layout: JunctionLayout, time_s: float, age_s: float | None) -> Situation:
    made = situation(layout)
    readings = tuple(LaneGroupReading(lane_group_id=g.id, age_s=age_s) for g in layout.lane_groups)
    return replace(made, observation=replace(made.observation, time_s=time_s, readings=readings))
