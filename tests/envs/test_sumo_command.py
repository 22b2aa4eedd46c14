from dataclasses import replace
from pathlib import Path

import pytest

from envs.sumo_command import SQUEEZE_PAST_S, Run, sumo_options
from scenarios.model import EVALUATION, MESO, TRAINING, Scenario, StreetFiles

RUN = Run(seed=1, begin_s=0.0, end_s=10.0, scale=1.0, actuated=False)


def options(files: StreetFiles, run: Run = RUN) -> dict[str, str]:
    words = sumo_options(files, run, [Path("more.xml")], None)
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize("fidelity", [MESO, TRAINING, EVALUATION])
def test_nothing_teleports_at_any_fidelity(tiny_scenario: Scenario, fidelity: str) -> None:
    assert options(tiny_scenario.street(fidelity))["--time-to-teleport"] == "-1"


def test_with_sublanes_a_lock_inside_a_junction_is_passed_after_a_minute(tiny_scenario: Scenario) -> None:
    evaluation = options(tiny_scenario.street(EVALUATION))
    assert float(evaluation["--lateral-resolution"]) > 0
    assert float(evaluation["--ignore-junction-blocker"]) == SQUEEZE_PAST_S == 60
    assert "--ignore-junction-blocker" not in options(tiny_scenario.street(TRAINING))


def test_the_scenarios_files_come_before_those_of_the_run(tiny_scenario: Scenario) -> None:
    files = tiny_scenario.street(TRAINING)
    added = options(files, replace(RUN, actuated=True))["--additional-files"].split(",")
    assert added[-2:] == [str(files.actuated_file), "more.xml"]
