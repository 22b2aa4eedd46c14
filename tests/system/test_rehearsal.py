"""The loop over HTTP with a real service process that is really killed, on a small town."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from envs.sensors import SensorModel
from junction.errors import InputError
from rehearsal.faults import parse_fault
from rehearsal.rehearse import Rehearsal, rehearse
from scenarios.model import Scenario

DOWN_S, UP_S, END_S = 90.0, 210.0, 330.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def outage(tiny_scenario: Scenario, kept: Path) -> dict[str, Any]:
    """A rehearsal in which the service is killed with SIGKILL and comes back after longer than a lease."""
    return rehearse(
        Rehearsal(
            scenario=tiny_scenario,
            minutes=END_S / 60,
            seed=3,
            sensors=SensorModel(),
            faults=(parse_fault(f"server-down@{DOWN_S:.0f}-{UP_S:.0f}", tiny_scenario.sites),),
            policy="none",
            keep=kept,
        )
    )


def test_every_controller_is_on_its_fixed_plan_within_lease_and_cycle(
    outage: dict[str, Any], tiny_scenario: Scenario
) -> None:
    lease_s = max(site.backup_time_s for site in tiny_scenario.sites.values())
    cycle_s = max(plan.cycle_s for site in tiny_scenario.sites.values() for plan in site.plans.values())
    on_fixed_s = outage["faults"][0]["all_on_fixed_by_s"]
    assert on_fixed_s is not None
    assert DOWN_S + lease_s - 2 <= on_fixed_s <= DOWN_S + lease_s + cycle_s


def test_all_come_back_by_themselves(outage: dict[str, Any]) -> None:
    back_s = outage["faults"][0]["all_back_by_s"]
    assert back_s is not None
    assert UP_S < back_s <= END_S


def test_sequence_numbers_never_fall_across_the_kill(outage: dict[str, Any]) -> None:
    assert outage["seq_regressions"] == 0
    assert outage["controllers"]["ai"]["lost_posts"] > 0, "the service was not really gone"


def test_nothing_unsafe_and_every_second_accounted_for(outage: dict[str, Any]) -> None:
    for figures in outage["controllers"].values():
        assert figures["unsafe_events"] == 0
        assert sum(figures["mode_share"].values()) == pytest.approx(1.0)
    ai = outage["controllers"]["ai"]["mode_share"]
    assert ai["hold"] > 0
    assert ai["fixed"] > 0
    assert ai["actuated"] > 0
    assert set(outage["controllers"]["fixed"]["mode_share"]) == {"fixed", "hold"}


def test_the_trips_of_both_runs_are_the_same_vehicles(outage: dict[str, Any], kept: Path) -> None:
    assert outage["controllers"]["ai"]["trips"] == outage["controllers"]["fixed"]["trips"] > 50

    def due(name: str) -> set[str]:
        return {e.attrib["id"] for e in ET.parse(kept / name / "tripinfo.xml").iter("tripinfo")}

    assert due("ai") == due("fixed")


def test_sumos_own_lamp_states_are_kept(outage: dict[str, Any], kept: Path, tiny_scenario: Scenario) -> None:
    states = [e.attrib for e in ET.parse(kept / "ai" / "lamps.xml").iter("tlsState")]
    assert {s["id"] for s in states} == {b.tls_id for b in tiny_scenario.street("training").tls.values()}
    assert len({s["time"] for s in states}) >= END_S - 1


def test_a_lost_camera_leaves_its_junction_on_what_is_remembered(tiny_scenario: Scenario) -> None:
    target = sorted(tiny_scenario.sites)[0]
    report = rehearse(
        Rehearsal(
            scenario=tiny_scenario,
            minutes=3,
            seed=3,
            sensors=SensorModel.perfect(),
            policy="none",
            faults=(parse_fault(f"camera-lost:{target}@60", tiny_scenario.sites),),
        )
    )
    share = report["controllers"]["ai"]["mode_share"]
    assert share["fixed"] < 0.2, "only at the start: two minutes of a lost camera are remembered"
    assert share["actuated"] > 0.8
    assert report["controllers"]["ai"]["unsafe_events"] == 0


def test_a_junction_without_mains_is_dark_and_comes_back_safely(tiny_scenario: Scenario) -> None:
    target = sorted(tiny_scenario.sites)[0]
    report = rehearse(
        Rehearsal(
            scenario=tiny_scenario,
            minutes=3,
            seed=3,
            sensors=SensorModel.perfect(),
            policy="none",
            faults=(parse_fault(f"signal-dark:{target}@60-100", tiny_scenario.sites),),
        )
    )
    for run in report["controllers"].values():
        # Forty of the 180 seconds of one of two junctions.
        assert run["mode_share"]["dark"] == pytest.approx(40 / 360, abs=0.006)
        assert run["unsafe_events"] == 0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("server-down", "KIND"),
        ("fire@3-4", "one of"),
        ("camera-lost:nowhere@3", "camera-lost:JUNCTION"),
        ("server-down@9-3", "after"),
        ("server-down:x@3-9", "no junction"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(text: str, word: str, tiny_scenario: Scenario) -> None:
    with pytest.raises(InputError, match=word):
        parse_fault(text, tiny_scenario.sites)


def test_minutes_beyond_the_demand_are_refused(tiny_scenario: Scenario) -> None:
    with pytest.raises(InputError, match="--minutes"):
        Rehearsal(scenario=tiny_scenario, minutes=1e6, seed=1, sensors=SensorModel())
