"""Fixtures shared by all packages' tests.

`tiny_scenario` is the scenario of `tests/fixtures/tiny/` (two four-arm junctions in a row, an hour of moderate
traffic), built once a session in a temporary folder. It needs SUMO: pip install 'chauraha[sim]'.
`database` is the URL of an empty database, SQLite and PostgreSQL in turn (`tests/databases.py`); `broker` a running
mosquitto (`tests/mosquitto.py`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scenarios.model import Scenario

pytest_plugins = ["databases", "mosquitto"]

TINY_SOURCE = Path(__file__).parent / "fixtures" / "tiny"


@pytest.fixture(scope="session")
def tiny_scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The tiny scenario, built in both fidelities."""
    pytest.importorskip("sumo", reason="needs SUMO: pip install 'chauraha[sim]'")
    pytest.importorskip("sumolib", reason="needs sumolib: pip install 'chauraha[sim]'")
    from scenarios.build import build_scenario

    folder = tmp_path_factory.mktemp("scenarios") / "tiny"
    shutil.copytree(TINY_SOURCE, folder)
    return build_scenario(folder)
