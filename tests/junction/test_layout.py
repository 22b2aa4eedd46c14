"""A layout that breaks a rule cannot be made, and the derived tables say what the parts say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from junction_layouts import make_layout

from junction.counts import LaneGroupCount
from junction.errors import InputError
from junction.layout import GroupKind, JunctionLayout, SignalGroup, Stage, conflict_pairs, deciseconds
from junction.observation import MAX_AGE_S, observe
from junction.signals import all_red_state
from junction.vehicle import PCU_VECTOR, VEHICLE_CLASSES, pcu_of

LAYOUT = make_layout(
    {"NS": ("N", "S"), "EW": ("E", "W")},
    intergreen_s={("N", "E"): 5.0, ("N", "W"): 6.4, ("S", "E"): 7.3, ("S", "W"): 5.0},
)


def group(**changes: Any) -> SignalGroup:
    fields: dict[str, Any] = {"id": "g", "min_green_s": 7, "max_green_s": 60, "max_red_s": 120, "amber_s": 3}
    return SignalGroup(**{**fields, **changes})


def test_transitions_take_the_longest_intergreen_between_what_ends_and_what_begins() -> None:
    assert LAYOUT.transition_s("NS", "EW") == 7.3
    assert LAYOUT.transition_s("EW", "NS") == 5.0
    assert LAYOUT.transition_s("NS", "NS") == 0.0


def test_lane_groups_are_found_by_signal_group() -> None:
    served = [{LAYOUT.lane_groups[i].id for i in served} for served in LAYOUT.lane_groups_of_group]
    assert served == [{f"{g.id}.lg"} for g in LAYOUT.groups]


def test_an_unknown_stage_is_named() -> None:
    assert LAYOUT.stage("NS").group_ids == ("N", "S")
    with pytest.raises(InputError, match="'XX'"):
        LAYOUT.stage("XX")


def test_tenths_are_rounded_not_cut() -> None:
    assert [deciseconds(s) for s in (0.1 + 0.2, 6.4, 2.999999)] == [3, 64, 30]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"min_green_s": 0}, "min_green_s"),
        ({"min_green_s": 61}, "min_green_s"),
        ({"max_red_s": 119}, "max_red_s"),
        ({"max_red_s": 181}, "max_red_s"),
        ({"amber_s": 1.9}, "amber_s"),
        ({"kind": GroupKind.PEDESTRIAN}, "crossing_width_m"),
        # 12 m: 7 + 12/1.2 = 17 s of walk and clearance; 7 + 9.9 is less.
        ({"kind": GroupKind.PEDESTRIAN, "crossing_width_m": 12.0, "amber_s": 9.9}, "min_green_s"),
    ],
)
def test_unsafe_groups_are_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as raised:
        group(**changes)
    assert raised.value.field.endswith(field)


def test_a_crossing_with_just_enough_time_is_accepted() -> None:
    assert group(kind=GroupKind.PEDESTRIAN, crossing_width_m=12.0, amber_s=10.0).amber_s == 10.0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda x: replace(x, id="bad id"), "junction.id"),
        (lambda x: replace(x, groups=(*x.groups, x.groups[0])), "group"),
        (lambda x: replace(x, stages=()), "stages"),
        (lambda x: replace(x, stages=x.stages[:1]), "stages"),
        (lambda x: replace(x, stages=(*x.stages, Stage(id="all", name="", group_ids=("N", "E")))), "stage all"),
        (lambda x: replace(x, stages=(*x.stages, Stage(id="none", name="", group_ids=()))), "none"),
        (lambda x: replace(x, stages=(*x.stages, Stage(id="z", name="", group_ids=("Z",)))), "stage z"),
        (lambda x: replace(x, conflicts=x.conflicts | {("W", "E")}), "conflicts"),
        (lambda x: replace(x, conflicts=x.conflicts | {("E", "Z")}), "conflicts"),
        (lambda x: replace(x, intergreen_s={**x.intergreen_s, ("N", "E"): 4.9}), "intergreen_s[N,E]"),
        (lambda x: replace(x, intergreen_s={**x.intergreen_s, ("N", "S"): 9.0}), "intergreen_s"),
        (lambda x: replace(x, lane_groups=(replace(x.lane_groups[0], approach_id="Z"),)), "approach_id"),
        (lambda x: replace(x, lane_groups=(replace(x.lane_groups[0], saturation_flow_pcu_h=0.0),)), "saturation"),
        (lambda x: replace(x, lane_groups=(replace(x.lane_groups[0], storage_m=0.0),)), "storage_m"),
        (lambda x: replace(x, movements=(replace(x.movements[0], from_approach="Z"),)), "from_approach"),
        (lambda x: replace(x, movements=(replace(x.movements[0], lane_group_id="Z"),)), "lane_group_id"),
        (lambda x: replace(x, movements=(replace(x.movements[0], group_id="Z"),)), "group_id"),
    ],
)
def test_layouts_that_do_not_fit_together_are_refused(
    change: Callable[[JunctionLayout], JunctionLayout], field: str
) -> None:
    with pytest.raises(InputError) as raised:
        change(LAYOUT)
    assert field in raised.value.field


def test_a_green_that_could_never_end_is_refused() -> None:
    with pytest.raises(InputError, match="never end"):
        make_layout({"AB": ("A", "B"), "AC": ("A", "C")})


def test_conflicts_have_one_order() -> None:
    assert conflict_pairs([("b", "a"), ("a", "b")]) == {("a", "b")}


def test_observation_keeps_age_and_tells_never_seen() -> None:
    count = LaneGroupCount(lane_group_id="N.lg", seen=True, present={"bus": 1, "car": 2}, queue_veh=2, queue_pcu=2.6)
    seen = {"N.lg": (100.0, count), "S.lg": (100.0 - MAX_AGE_S, count), "W.lg": (130.0, count)}
    observation = observe(LAYOUT, seen, all_red_state(LAYOUT, 0), 100.0)
    by_id = {reading.lane_group_id: reading for reading in observation.readings}
    assert [reading.lane_group_id for reading in observation.readings] == [g.id for g in LAYOUT.lane_groups]
    assert (by_id["E.lg"].age_s, by_id["E.lg"].known) == (None, False)
    assert (by_id["S.lg"].age_s, by_id["S.lg"].known) == (MAX_AGE_S, True)
    assert by_id["W.lg"].age_s == 0.0  # a camera's clock that runs ahead gives no negative age
    assert sum(by_id["N.lg"].present_veh) == 3
    assert float(PCU_VECTOR @ by_id["N.lg"].present_veh) == pytest.approx(3.6)
    assert observation.known_share == 0.75


def test_pcu_of_counts() -> None:
    assert pcu_of({"two_wheeler": 10, "bus": 1}) == pytest.approx(5.6)
    assert len(VEHICLE_CLASSES) == 9
    with pytest.raises(ValueError, match="rocket"):
        pcu_of({"rocket": 1})
