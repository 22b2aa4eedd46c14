"""Lane use and connections of approaches."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from junction.layout import Turn
from scenarios.lanes import connections, exits_of, lane_uses
from scenarios.source import StubRow
from scenarios.town import Arm


def arm(arm_id: str, bearing_deg: float, lanes: int = 2) -> Arm:
    road = StubRow(
        id=arm_id,
        junction="here",
        road_en=arm_id,
        road_hi=arm_id,
        road_class="arterial",
        lanes_per_dir=lanes,
        lanes_basis="assumed",
        speed_kmh=40,
        speed_basis="assumed",
        length_m=300,
        bearing_deg=bearing_deg,
        bearing_basis="assumed",
    )
    return Arm(
        junction_id="here", id=arm_id, road=road, inner=False, bearing_deg=bearing_deg, length_m=300, path=((0.0, 0.0),)
    )


CROSS = (arm("n", 0), arm("e", 90), arm("s", 180), arm("w", 270))


def test_turns_of_a_cross_are_left_straight_right_in_left_hand_traffic() -> None:
    # From the north arm traffic heads south: east lies to its left, west to its right.
    assert [(e.arm.id, e.turn) for e in exits_of(CROSS[0], CROSS)] == [
        ("e", Turn.LEFT),
        ("s", Turn.STRAIGHT),
        ("w", Turn.RIGHT),
    ]


def test_two_lane_approach_opens_a_right_turn_bay() -> None:
    uses = lane_uses(CROSS[0], CROSS)
    assert [(u.suffix, [e.arm.id for e in u.exits], u.first_lane, u.lanes) for u in uses] == [
        ("s", ["e", "s"], 0, 2),
        ("r", ["w"], 2, 1),
    ]


def test_one_lane_approach_shares_its_lane() -> None:
    arms = (arm("n", 0, lanes=1), *CROSS[1:])
    assert [(u.suffix, u.lanes) for u in lane_uses(arms[0], arms)] == [("a", 1)]


def test_stem_without_right_turn_has_no_bay() -> None:
    arms = (arm("main", 310), arm("on", 131), arm("side", 101))
    assert [u.suffix for u in lane_uses(arms[0], arms)] == ["a"]


def test_excess_lanes_go_to_the_turn_where_the_road_ahead_is_narrow() -> None:
    arms = (arm("n", 0), arm("e", 90), arm("s", 180, lanes=1), arm("w", 270))
    made = {(c.from_lane, c.to_arm, c.to_lane) for c in connections(lane_uses(arms[0], arms)[0], 1)}
    assert made == {(0, "e", 0), (1, "e", 1), (1, "s", 0)}


@given(
    bearings=st.lists(st.integers(0, 23), min_size=3, max_size=5, unique=True),
    lanes=st.lists(st.integers(1, 3), min_size=5, max_size=5),
    per_lane=st.sampled_from([1, 2]),
)
def test_connections_use_every_lane_and_never_cross(bearings: list[int], lanes: list[int], per_lane: int) -> None:
    arms = tuple(arm(f"a{b}", b * 15.0, lanes=n) for b, n in zip(sorted(bearings), lanes, strict=False))
    for here in arms:
        order = {e.arm.id: i for i, e in enumerate(exits_of(here, arms))}
        width = {a.id: a.road.lanes_per_dir * per_lane for a in arms}
        for use in lane_uses(here, arms):
            made = connections(use, per_lane)
            first = use.first_lane * per_lane
            assert {c.from_lane for c in made} == set(range(first, first + use.lanes * per_lane))
            assert {c.to_arm for c in made} == {e.arm.id for e in use.exits}
            assert all(0 <= c.to_lane < width[c.to_arm] for c in made)
            for a, b in combinations(made, 2):
                if order[a.to_arm] < order[b.to_arm]:
                    assert a.from_lane <= b.from_lane, "a left exit from a lane right of another's"
                elif a.to_arm == b.to_arm and a.from_lane < b.from_lane:
                    assert a.to_lane <= b.to_lane


@pytest.mark.parametrize("per_lane", [1, 2])
def test_straight_on_keeps_to_its_lane(per_lane: int) -> None:
    made = connections(lane_uses(CROSS[0], CROSS)[0], per_lane)
    straight = [(c.from_lane, c.to_lane) for c in made if c.to_arm == "s"]
    assert straight == [(i, i) for i in range(2 * per_lane)]
