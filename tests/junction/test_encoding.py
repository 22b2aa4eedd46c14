"""The encoding: the same situation gives the same rows, and what is not seen is told apart from what is empty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junction_layouts import layouts, make_layout, shared_lane_layout
from situations import machine_at, situation

from junction.encoding import MAX_STAGES, STAGE_FEATURES, SituationRows, encode, stage_mask
from junction.layout import JunctionLayout
from junction.learned import LearnedPolicy
from junction.policy import Policy
from junction.stage_machine import StageMachine
from junction.vehicle import VEHICLE_CLASSES

LAYOUT = make_layout({"N": ("N",), "E": ("E",), "S": ("S",)})
COLUMN = {name: index for index, name in enumerate(STAGE_FEATURES)}


def classes(**number: float) -> tuple[float, ...]:
    """Vehicles by class, the others 0."""
    return tuple(number.get(name.value, 0.0) for name in VEHICLE_CLASSES)


def test_every_feature_has_one_name() -> None:
    assert len(COLUMN) == len(STAGE_FEATURES)


def test_shape_kind_and_padding() -> None:
    rows = encode(situation(machine_at(LAYOUT, "N", 10), {"N.lg": 3}))
    assert rows.shape == (MAX_STAGES, len(STAGE_FEATURES))
    assert rows.dtype == np.float32
    assert not rows[3:].any()
    assert rows[:3, COLUMN["exists"]].tolist() == [1.0, 1.0, 1.0]


def test_queues_and_lamps_land_in_their_stages() -> None:
    asked = situation(machine_at(LAYOUT, "N", 30), {"N.lg": 3, "E.lg": 6, "S.lg": 0}, moving_veh={"N.lg": 9})
    rows = encode(asked)
    assert rows[:3, COLUMN["queue_pcu"]].tolist() == pytest.approx([0.1, 0.2, 0.0])
    assert rows[:3, COLUMN["moving_pcu"]].tolist() == pytest.approx([0.3, 0.0, 0.0])
    assert rows[:3, COLUMN["others_queue_pcu"]].tolist() == pytest.approx([0.2, 0.1, 0.3])
    assert rows[:3, COLUMN["is_current"]].tolist() == [1.0, 0.0, 0.0]
    assert rows[0, COLUMN["green_elapsed"]] == pytest.approx(0.5)
    # 6 PCU at 1800 PCU/h take 12 s.
    assert rows[1, COLUMN["clearance_time"]] == pytest.approx(0.4)
    assert rows[:3, COLUMN["allowed"]].tolist() == asked.allowed.astype(float).tolist()


def test_a_shared_lane_counts_by_the_share_that_a_stage_opens() -> None:
    """North's lane goes straight on (N) and right (R); 12 PCU stand there and 6 roll, 3 stand in the east."""
    layout = shared_lane_layout()
    while_right = encode(situation(machine_at(layout, "R", 30), {"N.lg": 12, "E.lg": 3}, moving_veh={"N.lg": 6}))
    stages = [layout.stage_index[name] for name in ("NR", "R", "E")]
    columns = {name: while_right[stages, COLUMN[name]].tolist() for name in COLUMN}
    assert columns["queue_pcu"] == pytest.approx([0.4, 0.2, 0.1])
    assert columns["moving_pcu"] == pytest.approx([0.2, 0.1, 0.0])
    assert columns["new_queue_pcu"] == pytest.approx([0.2, 0.0, 0.1])
    assert columns["lost_queue_pcu"] == pytest.approx([0.0, 0.0, 0.2])
    assert columns["lost_moving_pcu"] == pytest.approx([0.0, 0.0, 0.1])
    assert columns["others_queue_pcu"] == pytest.approx([0.1, 0.3, 0.4])
    assert columns["blocked_queue_pcu"] == pytest.approx([0.0, 0.2, 0.0])
    assert columns["saturation_flow"] == pytest.approx([0.18, 0.09, 0.18])


def test_vehicles_are_counted_beside_their_pcu() -> None:
    """Ten two-wheelers, four of them rolling, are in the north, where the lamps are green; three buses in the east."""
    asked = situation(machine_at(LAYOUT, "N", 30), {"N.lg": 0, "E.lg": 0, "S.lg": 0})
    seen = {
        "N.lg": {"present_veh": classes(two_wheeler=10), "queue_veh": 6.0, "queue_pcu": 2.4},
        "E.lg": {"present_veh": classes(bus=3), "queue_veh": 3.0, "queue_pcu": 4.8},
    }
    readings = tuple(replace(r, **seen.get(r.lane_group_id, {})) for r in asked.observation.readings)
    rows = encode(replace(asked, observation=replace(asked.observation, readings=readings)))
    columns = {name: (30 * rows[:3, COLUMN[name]]).tolist() for name in COLUMN}
    assert columns["queue_pcu"] == pytest.approx([2.4, 4.8, 0.0])
    assert columns["queue_veh"] == pytest.approx([6.0, 3.0, 0.0])
    assert columns["moving_pcu"] == pytest.approx([1.6, 0.0, 0.0], abs=1e-6)
    assert columns["moving_veh"] == pytest.approx([4.0, 0.0, 0.0])
    assert columns["new_queue_veh"] == pytest.approx([0.0, 3.0, 0.0])
    assert columns["lost_veh"] == pytest.approx([0.0, 10.0, 10.0])
    assert columns["others_queue_veh"] == pytest.approx([3.0, 6.0, 9.0])


def test_a_queue_that_is_longer_than_it_counts_fills_fewer_lanes() -> None:
    """Three lanes of 1800 PCU/h each, 12 PCU: 22 m long they fill three lanes, 66 m long one, which takes 24 s."""
    wide = replace(
        LAYOUT,
        lane_groups=tuple(replace(g, width_m=10.5, saturation_flow_pcu_h=5400.0) for g in LAYOUT.lane_groups),
    )
    asked = situation(machine_at(wide, "N", 30), {"N.lg": 12, "E.lg": 12, "S.lg": 0})
    lengths_m = {"N.lg": 22.0, "E.lg": 66.0, "S.lg": 0.0}
    readings = tuple(replace(r, queue_m=lengths_m[r.lane_group_id]) for r in asked.observation.readings)
    rows = encode(replace(asked, observation=replace(asked.observation, readings=readings)))
    assert (30 * rows[:3, COLUMN["clearance_time"]]).tolist() == pytest.approx([8.0, 8.0, 0.0])
    assert (30 * rows[:3, COLUMN["longest_lane"]]).tolist() == pytest.approx([8.0, 24.0, 0.0])
    assert (10_000 * rows[:3, COLUMN["usable_flow"]]).tolist() == pytest.approx([5400.0, 1800.0, 5400.0])


def test_a_full_view_that_is_cut_short_is_told_apart_from_a_long_one() -> None:
    """North's camera sees 30 m of 120: what it lacks, three quarters, counts as far as the queue fills its view."""
    short = replace(
        LAYOUT, lane_groups=tuple(replace(g, storage_m=30.0) if g.id == "N.lg" else g for g in LAYOUT.lane_groups)
    )
    for queued, full in ((0, 0.0), (3, 0.45), (30, 0.75)):
        asked = situation(machine_at(short, "E", 30), {"N.lg": queued, "E.lg": queued, "S.lg": 0})
        reach = {r.lane_group_id: r.queue_m for r in asked.observation.readings}["N.lg"] / 30
        rows = encode(asked)
        assert rows[:3, COLUMN["sight"]].tolist() == [0.25, 1.0, 1.0]
        assert rows[:3, COLUMN["short_sight_full"]].tolist() == pytest.approx([full, 0.0, 0.0]), reach


def test_unseen_is_flagged_and_not_the_same_as_empty() -> None:
    machine = machine_at(LAYOUT, "N", 10)
    unseen = encode(situation(machine, {"N.lg": 3, "E.lg": None, "S.lg": 0}))
    empty = encode(situation(machine, {"N.lg": 3, "E.lg": 0, "S.lg": 0}))
    assert unseen[:3, COLUMN["unknown_share"]].tolist() == [0.0, 1.0, 0.0]
    assert empty[:3, COLUMN["unknown_share"]].tolist() == [0.0, 0.0, 0.0]
    assert unseen[1, COLUMN["reading_age"]] == 1.0
    assert not np.array_equal(unseen, empty)


def test_a_stale_reading_counts_as_unseen() -> None:
    machine = machine_at(LAYOUT, "N", 10)
    stale = encode(situation(machine, {"N.lg": 3, "E.lg": 9, "S.lg": 0}, age_s=21.0))
    assert stale[:3, COLUMN["unknown_share"]].tolist() == [1.0, 1.0, 1.0]
    assert not stale[:, COLUMN["queue_pcu"]].any()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), data=st.data())
def test_the_same_situation_is_the_same_finite_rows(layout: JunctionLayout, data: st.DataObject) -> None:
    queues = {g.id: data.draw(st.one_of(st.none(), st.integers(0, 200))) for g in layout.lane_groups}
    asked = situation(StageMachine(layout, 0), queues, age_s=data.draw(st.floats(0, 100)))
    rows = encode(asked)
    assert np.array_equal(rows, encode(replace(asked)))
    assert np.isfinite(rows).all()
    assert not rows[len(layout.stages) :].any()
    assert stage_mask(asked).tolist() == [*asked.allowed.tolist(), *[False] * (MAX_STAGES - len(layout.stages))]


def test_a_junction_has_the_same_rows_alone_and_beside_others() -> None:
    rng = np.random.default_rng(3)
    shapes = [
        LAYOUT,
        make_layout({"A": ("A", "B"), "B": ("B",), "C": ("C",)}),
        make_layout({f"S{i}": (f"G{i}",) for i in range(6)}),
    ]
    together = SituationRows()
    for _ in range(20):
        asked = [
            situation(
                machine_at(layout, layout.stages[int(rng.integers(len(layout.stages)))].id, int(rng.integers(1, 40))),
                {g.id: None if rng.random() < 0.2 else int(rng.integers(0, 30)) for g in layout.lane_groups},
                moving_veh={g.id: int(rng.integers(0, 30)) for g in layout.lane_groups},
                age_s=float(rng.uniform(0, 25)),
            )
            for layout in shapes
        ]
        rows, masks = together(asked)
        assert np.array_equal(rows, np.stack([encode(one) for one in asked]))
        assert np.array_equal(masks, np.stack([stage_mask(one) for one in asked]))


def test_more_stages_than_rows_is_refused() -> None:
    layout = make_layout({f"S{i}": (f"G{i}",) for i in range(13)})
    machine = machine_at(LAYOUT, "N", 1)
    asked = situation(machine, {})
    with pytest.raises(ValueError, match="at most 12 stages"):
        encode(replace(asked, layout=layout))


class TestLearnedPolicy:
    def test_it_is_a_policy_and_proposes_the_best_allowed_stage(self) -> None:
        def scorer(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
            assert rows.shape == (2, MAX_STAGES, len(STAGE_FEATURES))
            assert mask.shape == (2, MAX_STAGES)
            return np.tile(np.arange(MAX_STAGES, dtype=np.float32), (2, 1))

        policy = LearnedPolicy("rl", scorer, interval_s=5.0)
        assert isinstance(policy, Policy)
        policy.reset([LAYOUT], seed=3)
        held = situation(machine_at(LAYOUT, "N", 2), {})  # minimum green: only N is allowed
        free = situation(machine_at(LAYOUT, "N", 20), {})
        proposals = policy.propose([held, free])
        assert [p.stage_id for p in proposals] == ["N", "S"]
        assert proposals[0].scores == (0.0, 1.0, 2.0)
        assert (policy.name, policy.interval_s) == ("rl", 5.0)

    def test_a_part_of_a_shared_lane_is_not_opened_where_all_of_it_may_be(self) -> None:
        """North's lane goes straight on (N) and right (R). Stage R, which the network likes best, is the right turn."""

        def scorer(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
            return np.tile(np.array([1.0, 2.0, 0.0, *[0.0] * (MAX_STAGES - 3)], dtype=np.float32), (2, 1))

        asked = situation(machine_at(shared_lane_layout(), "E", 20), {})
        both, without = (
            replace(asked, allowed=np.array([True] * 3)),
            replace(asked, allowed=np.array([False, True, True])),
        )
        policy = LearnedPolicy("rl", scorer, interval_s=5.0)
        assert [p.stage_id for p in policy.propose([both, without])] == ["NR", "R"]
        made = make_layout({"NR": ("N", "R"), "R": ("R",), "E": ("E",)})
        own_lanes = replace(situation(machine_at(made, "E", 20), {}), allowed=np.array([True] * 3))
        assert [p.stage_id for p in policy.propose([own_lanes, own_lanes])] == ["R", "R"]

    def test_no_situations_ask_nothing(self) -> None:
        def scorer(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
            raise AssertionError("asked for nothing")

        assert LearnedPolicy("rl", scorer, interval_s=5.0).propose([]) == []

    def test_scores_that_are_no_numbers_are_shown_and_an_allowed_stage_is_proposed(self) -> None:
        def scorer(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
            return np.full((1, MAX_STAGES), np.nan, dtype=np.float32)

        proposal = LearnedPolicy("rl", scorer, interval_s=5.0).propose([situation(machine_at(LAYOUT, "E", 2), {})])[0]
        assert proposal.scores is not None
        assert np.isnan(proposal.scores).all()
        assert proposal.stage_id in LAYOUT.stage_index
