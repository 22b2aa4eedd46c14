"""The simulated check: a street that flows passes, one where nobody gets anywhere fails."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from agents.off_peak import off_peak_checks
from scenarios.model import Scenario


@pytest.mark.slow
def test_a_flowing_street_passes_and_a_stuck_one_fails(tiny_scenario: Scenario, tmp_path: Path) -> None:
    flowing = off_peak_checks(tiny_scenario.folder, seeds=1, fidelity="training", workers=1)
    assert [(c.name, c.ok) for c in flowing] == [("training: off-peak flows, seed 1", True)]
    assert "46800 to 48600 s" in flowing[0].detail
    crawling = tmp_path / "crawling"
    shutil.copytree(tiny_scenario.folder, crawling)
    types = crawling / "build" / "training" / "vtypes.add.xml"
    types.write_text(
        re.sub(r'maxSpeed="[^"]+"', 'maxSpeed="0.05"', types.read_text(encoding="utf-8")), encoding="utf-8"
    )
    stuck = off_peak_checks(crawling, seeds=1, fidelity="training", workers=1)
    assert [c.ok for c in stuck] == [False]
    assert stuck[0].detail.startswith("gridlock")
