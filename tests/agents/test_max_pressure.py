import numpy as np
import pytest
from agents_parts import cross_layout, situation

from agents.lane_counts import Counted, counts
from agents.max_pressure import MaxPressurePolicy
from junction.opening import opened_share


def test_the_stage_of_the_longest_queue_wins() -> None:
    layout = cross_layout()
    proposal = MaxPressurePolicy().propose([situation(layout, queue_pcu={"e.lg": 9.0, "n.lg": 3.0, "s.lg": 4.0})])[0]
    assert proposal.stage_id == "EW"
    # NS: (3 + 4) x 1800, EW: 9 x 1800
    assert proposal.scores == pytest.approx((12_600.0, 16_200.0))


def test_a_forbidden_stage_is_not_proposed_whatever_its_queue() -> None:
    layout = cross_layout()
    here = situation(layout, queue_pcu={"e.lg": 30.0}, allowed=[True, False])
    assert MaxPressurePolicy().propose([here])[0].stage_id == "NS"


def test_a_shared_lane_group_counts_by_the_share_of_movements_that_a_stage_opens() -> None:
    layout = cross_layout(shared_right=True)
    share = opened_share(layout)
    north = layout.lane_group_index["n.lg"]
    assert share[layout.stage_index["NS"], north] == pytest.approx(0.5)
    assert share[layout.stage_index["R"], north] == pytest.approx(0.5)
    proposal = MaxPressurePolicy().propose([situation(layout, queue_pcu={"n.lg": 3.0})])[0]
    assert proposal.scores == pytest.approx((2700.0, 0.0, 2700.0))


def test_an_unseen_queue_counts_as_the_mean_of_the_seen() -> None:
    layout = cross_layout()
    here = situation(layout, queue_pcu={"n.lg": 2.0, "s.lg": 4.0}, unseen=["e.lg", "w.lg"])
    assert counts(here.observation, Counted.QUEUE_PCU).tolist() == [3.0, 2.0, 4.0, 3.0]


def test_blind_it_serves_the_stage_that_waited_longest() -> None:
    layout = cross_layout()
    here = situation(layout, unseen=["n.lg", "s.lg", "e.lg", "w.lg"], red_s={"e": 80.0, "w": 80.0})
    assert MaxPressurePolicy().propose([here])[0].stage_id == "EW"


def test_hysteresis_keeps_the_running_stage_against_a_slightly_longer_queue() -> None:
    layout = cross_layout()
    here = situation(layout, queue_pcu={"n.lg": 10.0, "e.lg": 11.0})
    assert MaxPressurePolicy().propose([here])[0].stage_id == "EW"
    assert MaxPressurePolicy(hysteresis=0.2).propose([here])[0].stage_id == "NS"


def test_it_answers_when_nothing_is_allowed() -> None:
    layout = cross_layout()
    here = situation(layout, allowed=[False, False])
    proposal = MaxPressurePolicy().propose([here])[0]
    assert proposal.stage_id == "NS"
    assert np.isfinite(proposal.scores or ()).all()
