"""A run of calibrated demand against the counts: what came onto and left each edge by interval (SUMO's edge data)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from envs.sumo import SumoStreet
from scenarios.calibration.calibrate import Calibration
from scenarios.calibration.demand_file import demand_text
from scenarios.calibration.simulated import SimulatedLink, counted_links, simulated_links
from scenarios.model import Scenario, StreetFiles
from scenarios.signals import read_net

WARM_UP_S = 900.0
"""Simulated before the first interval, from an empty street."""


@dataclass(frozen=True, kw_only=True)
class EdgeFlow:
    """Vehicles in one interval: `entered_veh` came onto the edge, or departed there; `left_veh` went on."""

    entered_veh: int
    left_veh: int


def run_calibrated(
    scenario: Scenario, found: Calibration, fidelity: str, seed: int, warm_up_s: float = WARM_UP_S
) -> tuple[SimulatedLink, ...]:
    """The links that were counted as a whole, with what a run of the calibrated demand passed there.

    Raises ScenarioError for a fidelity that is not built, StreetError when SUMO dies.
    """
    files = scenario.built_street(fidelity)
    begins_s, length_s = found.binned.begins_s, found.binned.length_s
    with tempfile.TemporaryDirectory(prefix="chauraha-calibrated-") as scratch:
        routes = Path(scratch) / "calibrated.rou.xml"
        routes.write_text(demand_text(found), encoding="utf-8")
        flows = edge_flows(
            replace(files, route_files=(routes,)),
            seed=seed,
            begin_s=begins_s[0],
            end_s=begins_s[-1] + length_s,
            interval_s=length_s,
            warm_up_s=warm_up_s,
        )
    slots = [flows.get(begin_s, {}) for begin_s in begins_s]
    return simulated_links(
        counted_links(found, read_net(files.net_file)),
        length_s,
        [{edge: flow.entered_veh for edge, flow in slot.items()} for slot in slots],
        [{edge: flow.left_veh for edge, flow in slot.items()} for slot in slots],
    )


def edge_flows(
    files: StreetFiles, *, seed: int, begin_s: float, end_s: float, interval_s: float, warm_up_s: float
) -> dict[float, dict[str, EdgeFlow]]:
    """Flows by the interval's begin and by edge, under the street's own programs; edges without vehicles are left out.

    The street is empty `warm_up_s` before `begin_s`. Raises StreetError when SUMO dies.
    """
    with tempfile.TemporaryDirectory(prefix="chauraha-flows-") as scratch:
        out, asked = Path(scratch) / "edges.xml", Path(scratch) / "edges.add.xml"
        asked.write_text(
            f'<additional><edgeData id="flows" file="{out}" begin="{begin_s:g}" end="{end_s:g}" '
            f'period="{interval_s:g}" excludeEmpty="true"/></additional>',
            encoding="utf-8",
        )
        street = SumoStreet(
            replace(files, additional_files=(*files.additional_files, asked)),
            {},
            seed=seed,
            begin_s=max(0.0, begin_s - warm_up_s),
            end_s=end_s,
            programs="native",
            count_crossings=False,
        )
        with street:
            street.run_until(end_s)
        return {
            float(interval.get("begin", 0)): dict(_flows(interval))
            for interval in ElementTree.parse(out).getroot().iter("interval")
        }


def _flows(interval: ElementTree.Element) -> Iterator[tuple[str, EdgeFlow]]:
    for edge in interval.iter("edge"):
        entered_veh, departed_veh, left_veh = (int(edge.get(key, 0)) for key in ("entered", "departed", "left"))
        yield edge.get("id", ""), EdgeFlow(entered_veh=entered_veh + departed_veh, left_veh=left_veh)
