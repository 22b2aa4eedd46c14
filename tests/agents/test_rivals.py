"""Rivals on a hand-made crossroads, with counts worked out by hand."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from agents_parts import cross_layout, situation
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.lane_counts import Counted, counts
from agents.lookahead import Junction, LookaheadPolicy
from agents.max_pressure import MaxPressurePolicy
from agents.rivals import RIVALS, make_rival, settings_of
from agents.settings import split_settings, with_settings
from agents.sotl import SotlPolicy
from agents.sumo_programs import check_program, program_file
from junction.errors import InputError
from junction.policy import Situation
from junction.vehicle import CLASS_INDEX, VEHICLE_CLASSES


def seen(here: Situation, present: Mapping[str, Mapping[str, float]]) -> Situation:
    """`here` with vehicles in view, by lane group and class."""
    readings = []
    for reading in here.observation.readings:
        row = [0.0] * len(VEHICLE_CLASSES)
        for name, number in present.get(reading.lane_group_id, {}).items():
            row[CLASS_INDEX[name]] = number
        readings.append(replace(reading, present_veh=tuple(row)))
    return replace(here, observation=replace(here.observation, readings=tuple(readings)))


def test_what_is_counted() -> None:
    here = seen(situation(cross_layout(), queue_pcu={"e.lg": 2.0}), {"e.lg": {"car": 3.0, "bus": 1.0}})
    assert counts(here.observation, Counted.QUEUE_PCU).tolist() == [2.0, 0.0, 0.0, 0.0]
    assert counts(here.observation, Counted.VEHICLES).tolist() == [4.0, 0.0, 0.0, 0.0]
    assert counts(here.observation, Counted.PCU)[0] == pytest.approx(3 + 1.6)


def test_a_rolling_platoon_keeps_its_green_only_where_it_is_counted() -> None:
    """Five cars cross on NS, two wait on EW: who counts queues cuts the platoon."""
    here = seen(situation(cross_layout(), queue_pcu={"e.lg": 2.0}), {"n.lg": {"car": 5.0}, "e.lg": {"car": 2.0}})
    assert MaxPressurePolicy(counted=Counted.QUEUE_PCU).propose([here])[0].stage_id == "EW"
    assert MaxPressurePolicy(counted=Counted.VEHICLES).propose([here])[0].stage_id == "NS"


def test_max_wave_weighs_vehicles_not_lanes() -> None:
    layout = cross_layout()
    wide = tuple(replace(g, saturation_flow_pcu_h=3600.0) if g.id == "n.lg" else g for g in layout.lane_groups)
    here = seen(situation(replace(layout, lane_groups=wide)), {"n.lg": {"car": 3.0}, "e.lg": {"car": 4.0}})
    assert make_rival("max-wave").propose([here])[0].scores == (3.0, 4.0)
    assert make_rival("max-wave").propose([here])[0].stage_id == "EW"
    assert make_rival("max-pressure").propose([here])[0].stage_id == "NS"


def test_sotl_changes_when_the_red_has_collected_enough() -> None:
    """Two cars wait on EW: 10 vehicle-seconds a decision, so the third reaches 30."""
    layout = cross_layout()
    policy = SotlPolicy(threshold_veh_s=30.0)
    policy.reset([layout], 1)
    here = seen(situation(layout), {"e.lg": {"car": 2.0}})
    assert [policy.propose([here])[0].stage_id for _ in range(3)] == ["NS", "NS", "EW"]


def test_sotl_does_not_cut_a_small_platoon_but_a_large_one() -> None:
    layout = cross_layout()
    waiting = {"e.lg": {"car": 10.0}}
    for crossing, stage in ((3.0, "NS"), (4.0, "EW"), (0.0, "EW")):
        policy = SotlPolicy(threshold_veh_s=30.0, platoon_veh=3.0)
        policy.reset([layout], 1)
        here = seen(situation(layout), {**waiting, "n.lg": {"car": crossing}})
        assert policy.propose([here])[0].stage_id == stage


def test_the_lookahead_counts_a_plan_by_hand() -> None:
    """Four PCU on EW at 0.5 PCU/s. Holding NS leaves them all: 4 x 20 s. Changing now: amber and all-red 5 s and the
    start-up loss 2 s with 4 standing, then 3.5, 3, ... 0.5, 0 at the ends of the seconds after: 7 x 4 + 14."""
    layout = cross_layout()
    junction = Junction(layout, 20)
    queue = np.array([4.0, 0, 0, 0], np.float32)
    nothing = np.zeros(4, np.float32)
    cost = junction.costs(0, queue, nothing, stop_s=0.0, left_s=0.0)
    plans = junction.plans(0)
    assert cost[plans.first == 0].max() == pytest.approx(80.0)
    assert cost[plans.first == 1].min() == pytest.approx(7 * 4 + 14)


def test_the_lookahead_counts_stops_and_what_is_left() -> None:
    """Two PCU come to a red within the 14.4 s that 120 m take at 30 km/h; they stop and stay."""
    junction = Junction(cross_layout(), 20)
    moving = np.array([2.0, 0, 0, 0], np.float32)
    nothing = np.zeros(4, np.float32)
    plans = junction.plans(0)
    hold = int(np.flatnonzero(plans.can_cross[:, plans.course[0]].sum(axis=0) == 0)[0])
    standing = junction.costs(0, nothing, moving, stop_s=0.0, left_s=0.0)[hold]
    came = 15 * 2 / 14.4
    assert junction.costs(0, nothing, moving, stop_s=5.0, left_s=0.0)[hold] - standing == pytest.approx(5 * came)
    assert junction.costs(0, nothing, moving, stop_s=0.0, left_s=10.0)[hold] - standing == pytest.approx(10 * came)


def test_the_lookahead_changes_for_a_queue_and_not_for_an_empty_road() -> None:
    layout = cross_layout()
    policy = LookaheadPolicy()
    policy.reset([layout], 1)
    waiting = seen(situation(layout, queue_pcu={"e.lg": 6.0}), {"e.lg": {"car": 6.0}})
    crossing = seen(situation(layout), {"n.lg": {"car": 6.0}})
    assert policy.propose([waiting, crossing])[1].stage_id == "NS"
    assert policy.propose([waiting])[0].stage_id == "EW"


@pytest.mark.parametrize("name", RIVALS)
@given(queues=st.lists(st.floats(0, 60), min_size=4, max_size=4), known=st.lists(st.booleans(), min_size=4, max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_rival_proposes_an_allowed_stage_whatever_the_camera_reports(
    name: str, queues: list[float], known: list[bool]
) -> None:
    layout = cross_layout(shared_right=True)
    policy = make_rival(name)
    policy.reset([layout], 1)
    lanes = [g.id for g in layout.lane_groups]
    here = situation(
        layout,
        queue_pcu=dict(zip(lanes, queues, strict=True)),
        unseen=[lane for lane, sees in zip(lanes, known, strict=True) if not sees],
        allowed=[False, True, True],
    )
    proposal = policy.propose([here])[0]
    assert proposal.stage_id in ("EW", "R")
    assert proposal.scores is not None
    assert len(proposal.scores) == 3


def test_a_name_carries_settings() -> None:
    name = with_settings("max-wave", {"interval_s": 10.0, "hysteresis": 0.5})
    assert name == "max-wave@interval_s=10@hysteresis=0.5"
    assert split_settings(name) == ("max-wave", {"interval_s": 10.0, "hysteresis": 0.5})
    assert (make_rival(name).interval_s, make_rival(name).name) == (10.0, name)
    assert split_settings("policy:a@b/c.onnx@stay=0.5") == ("policy:a@b/c.onnx", {"stay": 0.5})
    assert split_settings("policy:c.onnx") == ("policy:c.onnx", {})


@pytest.mark.parametrize(
    "name", ["sotl@speed=3", "sotl@interval_s", "sotl@interval_s=x", "sotl@interval_s=2.5", "max-wave@hysteresis=-1"]
)
def test_a_setting_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        make_rival(name)


def test_every_rival_says_what_can_be_tuned() -> None:
    assert settings_of("max-wave") == ["interval_s", "hysteresis"]
    assert settings_of("lookahead") == ["interval_s", "horizon_s", "stop_s", "left_s"]


def test_the_delay_based_program_keeps_stages_and_limits(tmp_path: Path) -> None:
    given_file = tmp_path / "actuated.add.xml"
    given_file.write_text(
        '<additional><tlLogic id="a" type="actuated" programID="actuated" offset="0"><param key="max-gap" value="3"/>'
        '<phase duration="5" minDur="5" maxDur="40" state="Gr"/></tlLogic></additional>'
    )
    made = ElementTree.parse(program_file("delay-based@min_time_loss_s=2", given_file, tmp_path)).getroot()
    logic = made.find("tlLogic")
    assert logic is not None
    assert (logic.get("type"), logic.get("programID")) == ("delay_based", "actuated")
    assert [(p.get("key"), p.get("value")) for p in logic.findall("param")] == [("minTimeLoss", "2")]
    assert [p.get("maxDur") for p in logic.findall("phase")] == ["40"]
    assert program_file("actuated", given_file, tmp_path) == given_file
    with pytest.raises(InputError, match="range_m"):
        check_program("delay-based@max_gap_s=2")
