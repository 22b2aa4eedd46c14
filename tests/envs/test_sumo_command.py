from dataclasses import replace
from pathlib import Path

from envs.sumo_command import SQUEEZE_PAST_S, Run, sumo_options
from scenarios.load import load_scenario

RUN = Run(seed=1, begin_s=0.0, end_s=10.0, scale=1.0, actuated=False)


def options(fidelity: str, run: Run = RUN) -> dict[str, str]:
    words = sumo_options(load_scenario("kanpur").street(fidelity), run, [Path("more.xml")], None)
    return dict(zip(words[::2], words[1::2], strict=True))


def test_nothing_teleports_at_any_fidelity() -> None:
    assert {options(fidelity)["--time-to-teleport"] for fidelity in ("meso", "training", "evaluation")} == {"-1"}


def test_with_sublanes_a_lock_inside_a_junction_is_passed_after_a_minute() -> None:
    evaluation = options("evaluation")
    assert float(evaluation["--lateral-resolution"]) > 0
    assert float(evaluation["--ignore-junction-blocker"]) == SQUEEZE_PAST_S == 60
    assert "--ignore-junction-blocker" not in options("training")
    assert "--ignore-junction-blocker" not in options("meso")


def test_the_scenarios_files_come_before_those_of_the_run() -> None:
    actuated = options("training", replace(RUN, actuated=True))["--additional-files"].split(",")
    assert actuated[-1] == "more.xml"
    assert actuated[-2] == str(load_scenario("kanpur").street("training").actuated_file)
