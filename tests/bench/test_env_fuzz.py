"""Whatever a learner does in whatever mode, the lamps stay safe: hypothesis draws actions, the audit judges lamps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.env_fuzz import fuzz_junction, main
from envs.action_mode import Action, ActionMode, action_modes
from junction.encoding import MAX_STAGES
from junction.site import Site
from scenarios.load import load_scenario

DISCRETE = st.one_of(
    st.tuples(st.just("allowed"), st.integers(0, 200)),
    st.tuples(st.just("index"), st.integers(-3, 200)),
    st.tuples(st.just("index"), st.sampled_from([-(2**31), 2**31 - 1])),
)
BOX = st.lists(st.floats(width=32) | st.floats(-1, 1, width=32), min_size=MAX_STAGES, max_size=MAX_STAGES)


@pytest.fixture(scope="module")
def sites() -> Sequence[Site]:
    return list(load_scenario("kanpur").sites.values())


@pytest.mark.parametrize("mode", action_modes().values(), ids=action_modes().keys())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_action_makes_the_lamps_unsafe(sites: Sequence[Site], mode: ActionMode, data: st.DataObject) -> None:
    site = data.draw(st.sampled_from(sites))
    drawn = data.draw(st.lists(DISCRETE if mode.masked else BOX, min_size=1, max_size=40))
    steps = iter(drawn * 2)

    def choose(allowed: Sequence[int]) -> Action:
        step = next(steps)
        if not mode.masked:
            return np.array(step, np.float32)
        kind, number = step
        return allowed[number % len(allowed)] if kind == "allowed" else number

    tally, events = fuzz_junction(site, mode, choose, 2 * len(drawn), interval_s=data.draw(st.sampled_from([1, 5, 30])))
    assert events == ()
    assert tally.decisions == 2 * len(drawn)


def test_the_bench_counts_every_decision_and_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sumo", reason="needs SUMO: pip install 'chauraha[sim]'")
    out = tmp_path / "fuzz.json"
    assert main(["--decisions", "402", "--json", str(out)]) == 0
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["decisions"] == sum(part["decisions"] for part in document["parts"]) >= 402
    assert document["unsafe_events"] == 0
    assert {part["where"].split()[0] for part in document["parts"]} == {"SUMO", "stage"}
    assert {part["mode"] for part in document["parts"]} == set(action_modes())
    assert sum(part["refused"] for part in document["parts"]) > 0
    assert "0 unsafe events" in capsys.readouterr().out
