from __future__ import annotations

from envs.zones import Connection, LaneGraph, zone_lanes


def way(to: str, via: str = "", *, straight: bool = True, signalled: bool = False) -> Connection:
    return Connection(to_lane_id=to, via_lane_id=via, straight=straight, signalled=signalled)


FLARE = LaneGraph(
    length_m={"mouth_0": 60, "mouth_1": 60, "mouth_2": 60, "road_0": 300, "road_1": 300, ":n_0": 2, ":n_1": 2},
    onwards={
        "road_0": [way("mouth_0", ":n_0")],
        "road_1": [way("mouth_1", ":n_1"), way("mouth_2", ":n_1")],
    },
)
LANES = {"ahead": ("mouth_0", "mouth_1"), "right": ("mouth_2",)}


def test_a_zone_goes_on_behind_the_flare_and_every_lane_is_in_one_zone() -> None:
    zones = zone_lanes(FLARE, LANES, {"ahead": 120, "right": 120})
    assert [(lane.lane_id, lane.offset_m) for lane in zones["ahead"]] == [
        ("mouth_0", 0), ("mouth_1", 0), (":n_0", 60), ("road_0", 62), (":n_1", 60), ("road_1", 62),
    ]  # fmt: skip
    assert [lane.lane_id for lane in zones["right"]] == ["mouth_2"]


def test_a_zone_shorter_than_the_flare_stays_in_it() -> None:
    zones = zone_lanes(FLARE, LANES, {"ahead": 60, "right": 50})
    assert [lane.lane_id for lane in zones["ahead"]] == ["mouth_0", "mouth_1"]


def test_a_zone_ends_at_a_signal_and_does_not_turn_corners() -> None:
    graph = LaneGraph(
        length_m={"a_0": 50, "straight_0": 50, "side_0": 50, "up_0": 50},
        onwards={
            "straight_0": [way("a_0")],
            "side_0": [way("a_0", straight=False)],
            "up_0": [way("straight_0", signalled=True)],
        },
    )
    zones = zone_lanes(graph, {"all": ("a_0",)}, {"all": 120})
    assert [lane.lane_id for lane in zones["all"]] == ["a_0", "straight_0"]


def test_a_single_road_is_followed_round_its_bends() -> None:
    graph = LaneGraph(length_m={"a_0": 50, "bend_0": 50}, onwards={"bend_0": [way("a_0", straight=False)]})
    assert [lane.lane_id for lane in zone_lanes(graph, {"all": ("a_0",)}, {"all": 120})["all"]] == ["a_0", "bend_0"]
