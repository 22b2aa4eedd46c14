from pathlib import Path

import pytest
from agents_parts import situation

from agents.onnx_policy import load_policy
from agents.roster import controller_names, is_learned, make_controller, plan_of_origin, split_controllers
from junction.errors import InputError
from junction.plan import PlanOrigin
from junction.policy import Policy
from scenarios.load import load_scenario
from scenarios.model import Scenario


@pytest.fixture(scope="module")
def kanpur() -> Scenario:
    return load_scenario("kanpur")


@pytest.mark.parametrize("name", ["fixed", "webster", "max-pressure", "lookahead", "sotl@interval_s=10"])
def test_policies_run_behind_the_guard(kanpur: Scenario, name: str) -> None:
    made = make_controller(name, kanpur)
    assert made.programs == "guarded"
    assert isinstance(made.policy, Policy)
    assert made.policy.name == name


@pytest.mark.parametrize("name", ["actuated", "actuated@max_gap_s=2", "delay-based", "native"])
def test_sumo_programs_need_no_policy(kanpur: Scenario, name: str) -> None:
    made = make_controller(name, kanpur)
    assert (made.programs, made.policy) == ("native" if name == "native" else "actuated", None)


@pytest.mark.parametrize("name", ["webstr", "", "policy:", "Policy"])
def test_an_unknown_controller_is_named_with_those_there_are(kanpur: Scenario, name: str) -> None:
    with pytest.raises(InputError, match="max-pressure") as raised:
        make_controller(name, kanpur)
    assert repr(name) in str(raised.value)


def test_a_policy_file_that_is_not_there_is_named(kanpur: Scenario, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.onnx"):
        make_controller(f"policy:{tmp_path / 'none.onnx'}", kanpur)


def test_a_list_keeps_its_order_and_refuses_what_it_does_not_know() -> None:
    assert split_controllers("webster, fixed,policy") == ["webster", "fixed", "policy"]
    with pytest.raises(InputError, match="each controller once"):
        split_controllers("fixed,fixed")
    with pytest.raises(InputError, match="got 'best'"):
        split_controllers("fixed,best")
    with pytest.raises(InputError, match="a comma-separated list"):
        split_controllers(" , ")


def test_a_learned_policy_takes_settings_and_a_change_must_be_worth_its_stay(kanpur: Scenario) -> None:
    file = Path("agents/general/policy.onnx").resolve()
    served = make_controller(f"policy:{file}@interval_s=7", kanpur).policy
    assert served is not None
    assert served.interval_s == 7.0
    plain = load_policy(file, name="plain")
    held = load_policy(file, name="held", settings={"stay": 50.0})
    layouts = [site.layout for site in kanpur.sites.values()]
    asked = [situation(layout, queue_pcu={layout.lane_groups[-1].id: 30.0}) for layout in layouts]
    running = [s.layout.stages[s.observation.signals.stage].id for s in asked]
    assert [p.stage_id for p in plain.propose(asked)] != running
    assert [p.stage_id for p in held.propose(asked)] == running
    with pytest.raises(InputError, match="settings among"):
        make_controller("general@hysteresis=1", kanpur)


def test_learned_controllers_are_no_rivals() -> None:
    assert is_learned("policy")
    assert is_learned("policy:x.onnx")
    assert is_learned("general")
    assert is_learned("general@stay=0.5")
    assert is_learned("policy:x@y.onnx@stay=0.5")
    assert not any(is_learned(n) for n in controller_names() if n != "general" and not n.startswith("policy"))


@pytest.mark.parametrize(
    ("hour", "period"), [(3, "night"), (9, "morning"), (13, "day"), (18, "evening"), (22, "night")]
)
def test_webster_follows_its_own_timetable_and_fixed_stays_todays(kanpur: Scenario, hour: int, period: str) -> None:
    time_s = kanpur.day_start_at + hour * 3600.0
    for junction_id, site in kanpur.sites.items():
        assert plan_of_origin(PlanOrigin.WEBSTER)(site, time_s).id == f"{junction_id}.webster.{period}"
        assert plan_of_origin(PlanOrigin.TODAY)(site, time_s).id == site.plan_at(time_s).id == f"{junction_id}.today"
