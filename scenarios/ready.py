"""A scenario that is ready to be simulated: loaded, and built first where that was never done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from junction.errors import ScenarioError
from scenarios.load import load_scenario
from scenarios.model import Scenario


def ready_scenario(
    name_or_folder: str | Path, fidelity: str, progress: Callable[[str], None] = lambda _line: None
) -> Scenario:
    """The scenario with its street of that fidelity. Raises ScenarioError when it cannot be built."""
    scenario = load_scenario(name_or_folder)
    try:
        scenario.street(fidelity)
    except ScenarioError:
        from scenarios.build import build_scenario

        progress(f"building {scenario.name} (once)")
        scenario = build_scenario(scenario.folder, progress=progress)
        scenario.street(fidelity)
    return scenario
