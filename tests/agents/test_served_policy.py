"""A blind junction is handed over, a seeing one is not, and both in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from agents_parts import cross_layout, situation

from agents.served_policy import ServedPolicy
from junction.handover import RECOVER_S, REMEMBERED_S
from junction.layout import JunctionLayout, conflict_pairs
from junction.observation import LaneGroupReading
from junction.plan import Plan, PlanOrigin, PlanStage, TableEntry, TimeOfDayTable
from junction.policy import Proposal, Situation
from junction.site import Site
from scenarios.load import load_scenario
from scenarios.model import Scenario


class Recorder:
    """A policy that wants the stage of that index everywhere, and remembers which junctions it was asked for."""

    name = "recorder"
    interval_s = 3.0

    def __init__(self, stage: int = 0) -> None:
        self.stage = stage
        self.asked: list[list[str]] = []

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None: ...

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        self.asked.append([s.layout.id for s in situations])
        return [
            Proposal(stage_id=s.layout.stages[self.stage].id, scores=(1.0,) * len(s.layout.stages)) for s in situations
        ]


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


def test_turns_that_wait_are_let_out_first() -> None:
    layout = _turning_layout()
    policy = ServedPolicy(Recorder(stage=1), {layout.id: _site(layout)})
    policy.reset([layout], 1)
    wanted = []
    for time_s in (0.0, RECOVER_S, RECOVER_S + 3):
        asked = situation(layout, queue_pcu={"n.lg": 3})
        asked = replace(asked, observation=replace(asked.observation, time_s=time_s))
        wanted.append(policy.propose([asked])[0].stage_id)
    # On its plan; then the trained policy, which wants EW: nothing is known of before; the queue has not moved.
    assert wanted == ["NS", "EW", "R"]


def _turning_layout() -> JunctionLayout:
    """North's right turn runs beside north and south, and in a stage R of its own; the lane is shared."""
    made = cross_layout(shared_right=True)
    together = ({"n", "nr"}, {"nr", "s"})
    return replace(
        made,
        stages=(replace(made.stages[0], group_ids=("n", "nr", "s")), *made.stages[1:]),
        conflicts=conflict_pairs(pair for pair in made.conflicts if set(pair) not in together),
        intergreen_s={pair: s for pair, s in made.intergreen_s.items() if set(pair) not in together},
    )


def _site(layout: JunctionLayout) -> Site:
    stages = (PlanStage(stage_id="NS", green_s=25), PlanStage(stage_id="EW", green_s=25))
    plan = Plan(id="p", cycle_s=60, offset_s=0, stages=stages, origin=PlanOrigin.TODAY)
    table = TimeOfDayTable(entries=(TableEntry(from_s=0, plan_id="p"),))
    return Site(layout=layout, plans={"p": plan}, table=table, isolated_plan_id="p")


def _situation(layout: JunctionLayout, time_s: float, age_s: float | None) -> Situation:
    made = situation(layout)
    readings = tuple(LaneGroupReading(lane_group_id=g.id, age_s=age_s) for g in layout.lane_groups)
    return replace(made, observation=replace(made.observation, time_s=time_s, readings=readings))
