"""Why a stage was chosen: parts of hand-made scores as worked out on paper, and of the shipped policies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from junction_layouts import make_layout
from numpy.typing import NDArray
from situations import machine_at, situation

from agents.roster import make_controller
from agents.served_policy import ServedPolicy
from junction.encoding import STAGE_FEATURES
from junction.explanation import explain
from junction.learned import LearnedPolicy
from junction.policy import Situation
from scenarios.load import load_scenario

LAYOUT = make_layout({"N": ("N",), "E": ("E",), "S": ("S",)})
QUEUE = STAGE_FEATURES.index("queue_pcu")


def queue_scorer(rows: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """A stage's queue in PCU, and 100 on top of every stage: what is common to all explains nothing."""
    assert mask.shape == rows.shape[:2]
    return np.asarray(rows[:, :, QUEUE] * 30 + 100, np.float32)


QUEUES = LearnedPolicy("queues", queue_scorer, interval_s=5)


def queued(**queue_veh: int | None) -> Situation:
    return situation(machine_at(LAYOUT, "N", 30), {f"{arm}.lg": number for arm, number in queue_veh.items()})


def test_parts_are_what_a_score_loses_when_the_lane_group_is_empty() -> None:
    found = explain(QUEUES, queued(N=3, E=6, S=0))
    assert found is not None
    assert (found.stage_id, found.runner_up) == ("E", "N")
    north, east, south = found.stages
    assert [s.score for s in found.stages] == pytest.approx([103, 106, 100], abs=1e-4)
    assert [s.above_mean for s in found.stages] == pytest.approx([0, 3, -3], abs=1e-4)
    assert [s.when_empty for s in found.stages] == pytest.approx([0, 0, 0], abs=1e-4)
    # Without N's three the scores are 0, 6, 0, by their mean -2, 4, -2; without E's six 3, 0, 0, so 2, -1, -1.
    assert [north.by_lane_group[f"{arm}.lg"] for arm in "NES"] == pytest.approx([2, -2, 0], abs=1e-4)
    assert [east.by_lane_group[f"{arm}.lg"] for arm in "NES"] == pytest.approx([-1, 4, 0], abs=1e-4)
    assert [south.by_lane_group[f"{arm}.lg"] for arm in "NES"] == pytest.approx([-1, -2, 0], abs=1e-4)
    assert list(found.drivers) == ["E.lg", "N.lg"]
    assert list(found.drivers.values()) == pytest.approx([6, -3], abs=1e-4)


def test_what_is_not_known_has_no_part_in_it() -> None:
    found = explain(QUEUES, queued(N=3, E=None, S=0))
    assert found is not None
    assert list(found.drivers) == ["N.lg"]


def test_only_allowed_stages_are_explained() -> None:
    forced = replace(queued(N=3, E=6, S=1), allowed=np.array([True, False, False]))
    found = explain(QUEUES, forced)
    assert found is not None
    assert (found.stage_id, found.runner_up, dict(found.drivers)) == ("N", None, {})
    assert [s.stage_id for s in found.stages] == ["N"]


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_scores_that_are_no_numbers_explain_nothing(score: float) -> None:
    broken = LearnedPolicy("broken", lambda _, mask: np.full(mask.shape, score, np.float32), interval_s=5)
    assert explain(broken, queued(N=3, E=6, S=0)) is None


@pytest.mark.parametrize("name", ["policy", "general"])
def test_a_shipped_policys_choice_is_driven_by_the_long_queue(name: str) -> None:
    scenario = load_scenario("kanpur")
    shipped = make_controller(name, scenario).policy
    assert isinstance(shipped, ServedPolicy)
    policy = shipped.trained
    by_queue = 0
    for site in scenario.sites.values():
        layout = site.layout
        other = next(s for s in layout.stages if not set(s.group_ids) & set(layout.stages[0].group_ids))
        served = {m.lane_group_id for m in layout.movements if m.group_id in other.group_ids}
        queues = {g.id: 25 if g.id in served else 1 for g in layout.lane_groups}
        asked = situation(machine_at(layout, layout.stages[0].id, 30), queues)
        found = explain(policy, asked)
        assert found is not None
        assert found.stage_id == policy.propose([asked])[0].stage_id
        by_queue += next(iter(found.drivers)) in served
    assert by_queue >= 0.9 * len(scenario.sites)
