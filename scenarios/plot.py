"""A scenario as pictures: its network, its fixed plans with a time-space diagram a corridor, its demand by time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from junction.coordination import through_greens
from junction.errors import MissingPackageError, ScenarioError
from junction.layout import JunctionLayout, Turn
from junction.plan import Plan
from scenarios.geometry import Projection
from scenarios.model import Scenario

DPI = 140
BIN_S = 900.0
PLANS_A_PAGE = 24
CYCLES_SHOWN = 3
_WIDTH = {
    "motorway": 2.6, "trunk": 2.6, "highway": 2.6, "primary": 2.2, "arterial": 2.2, "secondary": 1.6,
    "sub-arterial": 1.6, "tertiary": 1.2, "collector": 1.2,
}  # fmt: skip
_COLOURS = (
    "#3366aa", "#dd8844", "#449955", "#bb4455", "#8866aa", "#888833", "#449999", "#cc77aa", "#6688cc", "#aa6633",
    "#77aa44", "#996677",
)  # fmt: skip
_GREEN, _RED, _ROAD = "#2e9e57", "#c83c3c", "#667080"


def plot_scenario(scenario: Scenario, out: Path) -> list[Path]:
    """Write `network.png`, `plans-N.png`, `corridor-NAME-TABLE.png` and `demand.png` into `out`; the paths so ordered.

    Plans are those that the time-of-day table, and for corridors every rival table too, names at the street's
    beginning. Raises MissingPackageError without
    matplotlib, ScenarioError for a street that is not built.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPackageError("matplotlib", extra="sim") from None
    street = scenario.street()
    out.mkdir(parents=True, exist_ok=True)
    at_s = scenario.day_start_at + street.begin_s
    plans = {junction_id: site.plan_at(at_s) for junction_id, site in scenario.sites.items()}
    made = []

    def save(figure: Any, name: str) -> None:
        figure.savefig(out / name, dpi=DPI, metadata={"Software": None})
        made.append(out / name)

    figure = Figure(figsize=(10, 8), layout="constrained")
    _network(figure.subplots(), scenario)
    save(figure, "network.png")
    rows = sorted(plans)
    for page, first in enumerate(range(0, len(rows), PLANS_A_PAGE), start=1):
        shown = rows[first : first + PLANS_A_PAGE]
        figure = Figure(figsize=(11, 1.2 + 0.36 * len(shown)), layout="constrained")
        _plans(figure.subplots(), scenario, {j: plans[j] for j in shown})
        save(figure, f"plans-{page}.png")
    for name, row in scenario.corridors.items():
        rivals = set.intersection(*(set(scenario.sites[j].rival_tables) for j in row)) if len(row) > 1 else set()
        for table in [None, *sorted(rivals)] if len(row) > 1 else []:
            timed = {j: scenario.sites[j].plan_at(at_s, table) for j in row}
            title = f"{name}, {table or 'today'}"
            figure = Figure(figsize=(10, 2 + 0.4 * len(row)), layout="constrained")
            _time_space(figure.subplots(), scenario, title, row, timed)
            save(figure, f"corridor-{name}-{table or 'today'}.png")
    figure = Figure(figsize=(10, 4), layout="constrained")
    _demand(figure.subplots(), scenario, street.route_files)
    save(figure, "demand.png")
    return made


def _network(axes: Any, scenario: Scenario) -> None:
    layouts = [site.layout for site in scenario.sites.values()]
    flat = Projection(lat=sum(x.lat for x in layouts) / len(layouts), lon=sum(x.lon for x in layouts) / len(layouts))
    classes = set()
    for feature in scenario.map_geojson["features"]:
        kind = feature["properties"]["class"]
        points = [flat.to_xy(lat, lon) for lon, lat in feature["geometry"]["coordinates"]]
        label = kind if kind not in classes else None
        classes.add(kind)
        width = _WIDTH.get(kind, 0.8)
        colour = _COLOURS[sorted(_WIDTH).index(kind)] if kind in _WIDTH else _ROAD
        axes.plot(*zip(*points, strict=True), color=colour, linewidth=width, label=label, zorder=1)
    for layout in layouts:
        x, y = flat.to_xy(layout.lat, layout.lon)
        axes.scatter([x], [y], s=26, color=_RED, edgecolors="white", linewidths=0.6, zorder=3)
        if len(layouts) <= 60:
            axes.annotate(layout.id[:24], (x, y), xytext=(4, 4), textcoords="offset points", fontsize=6, zorder=4)
    axes.set_aspect("equal")
    axes.set_xlabel("metres east")
    axes.set_ylabel("metres north")
    axes.set_title(f"{scenario.name_en}: {len(layouts)} signalled junctions")
    axes.legend(loc="best", fontsize=7, title="road class", title_fontsize=7)


def _plans(axes: Any, scenario: Scenario, plans: Mapping[str, Plan]) -> None:
    for row, (junction_id, plan) in enumerate(plans.items()):
        layout = scenario.sites[junction_id].layout
        ids = [stage.stage_id for stage in plan.stages]
        for index, (start_s, stage) in enumerate(zip(plan.stage_starts_s(layout), plan.stages, strict=True)):
            change_s = layout.transition_s(ids[index - 1], stage.stage_id)
            axes.barh(row, change_s, left=start_s, color="#d8d8d8", height=0.7)
            colour = _COLOURS[layout.stage_index[stage.stage_id] % len(_COLOURS)]
            axes.barh(row, stage.green_s, left=start_s + change_s, color=colour, height=0.7)
            middle_s = start_s + change_s + stage.green_s / 2
            text = f"{stage.stage_id} {stage.green_s:g}"
            axes.text(middle_s, row, text, ha="center", va="center", fontsize=6, color="white")
    axes.set_yticks(range(len(plans)), [f"{j[:28]} (+{plan.offset_s:g} s)" for j, plan in plans.items()], fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("seconds into the cycle (stage, green; grey: change)")
    axes.set_title(f"{scenario.name_en}: fixed plans at the start of the street's window")


def _time_space(axes: Any, scenario: Scenario, name: str, row: Sequence[str], plans: Mapping[str, Plan]) -> None:
    """Greens of the through traffic in the row's order over distance, with a line at the posted speed a cycle."""
    layouts = [scenario.sites[junction_id].layout for junction_id in row]
    at_m = [0.0]
    for here, there in pairwise(layouts):
        at_m.append(at_m[-1] + _apart_m(here, there))
    longest_s = max(plans[j].cycle_s for j in row)
    for position, layout in enumerate(layouts):
        plan = plans[layout.id]
        group = _through_group(layout, row[position - 1] if position else None)
        axes.plot([0, CYCLES_SHOWN * longest_s], [at_m[position]] * 2, color=_RED, linewidth=2.4, zorder=1)
        cycles = range(-1, math.ceil(CYCLES_SHOWN * longest_s / plan.cycle_s) + 1)
        for green in through_greens(layout, plan, group):
            for cycle in cycles:
                from_s = plan.offset_s + cycle * plan.cycle_s + green.from_s
                axes.plot(
                    [from_s, from_s + green.length_s], [at_m[position]] * 2, color=_GREEN, linewidth=3.2, zorder=2
                )
    speeds = [a.speed_kmh for layout in layouts for a in layout.approaches if a.id in row]
    speed_mps = min(speeds or [a.speed_kmh for layout in layouts for a in layout.approaches]) / 3.6
    first, plan = layouts[0], plans[row[0]]
    first_s = plan.offset_s + through_greens(first, plan, _through_group(first, None))[0].from_s
    for cycle in range(-1, CYCLES_SHOWN):
        start_s = first_s + cycle * plan.cycle_s
        axes.plot([start_s, start_s + at_m[-1] / speed_mps], [0, at_m[-1]], color="#333333", linewidth=0.8, zorder=3)
    axes.set_xlim(0, CYCLES_SHOWN * longest_s)
    axes.set_yticks(at_m, [junction_id[:24] for junction_id in row], fontsize=7)
    axes.set_xlabel("seconds")
    axes.set_title(f"{scenario.name_en}, {name}: through greens outbound (line: {speed_mps * 3.6:.0f} km/h)")


def _through_group(layout: JunctionLayout, before: str | None) -> str:
    """The group of the straight way from the junction before (from anywhere at the corridor's end)."""
    ways = [m for m in layout.movements if before in (None, m.from_approach)] or list(layout.movements)
    return min(ways, key=lambda m: (m.turn is not Turn.STRAIGHT, m.id)).group_id


def _apart_m(here: JunctionLayout, there: JunctionLayout) -> float:
    return math.hypot(*Projection(lat=here.lat, lon=here.lon).to_xy(there.lat, there.lon))


def _demand(axes: Any, scenario: Scenario, route_files: Sequence[Path]) -> None:
    counts: dict[int, float] = {}
    for begin_s, end_s, vehicles in (due for path in route_files for due in _due(path)):
        first, last = int(begin_s // BIN_S), int(max(begin_s, end_s - 1e-6) // BIN_S)
        for slot in range(first, last + 1):
            overlap_s = min(end_s, (slot + 1) * BIN_S) - max(begin_s, slot * BIN_S)
            share = overlap_s / (end_s - begin_s) if end_s > begin_s else 1.0
            counts[slot] = counts.get(slot, 0.0) + vehicles * share
    if not counts:
        raise ScenarioError("street.route_files", expected="a vehicle or flow", got=[path.name for path in route_files])
    slots = sorted(counts)
    hours = [slot * BIN_S / 3600 for slot in slots]
    axes.bar(
        hours,
        [counts[slot] * 3600 / BIN_S for slot in slots],
        width=0.9 * BIN_S / 3600,
        align="edge",
        color=_COLOURS[0],
    )
    axes.set_xlabel("hour of the day")
    axes.set_ylabel("vehicles an hour")
    axes.set_title(f"{scenario.name_en}: vehicles due by quarter of an hour")


def _due(path: Path) -> Iterator[tuple[float, float, float]]:
    """(from, to, expected vehicles) of every vehicle, trip and flow of a route file."""
    for _, element in ElementTree.iterparse(path):
        if element.tag in ("vehicle", "trip"):
            depart_s = float(element.get("depart", "0"))
            yield depart_s, depart_s, 1.0
        elif element.tag == "flow":
            begin_s, end_s = float(element.get("begin", "0")), float(element.get("end", "86400"))
            yield begin_s, end_s, _flow_vehicles(element, end_s - begin_s)


def _flow_vehicles(flow: ElementTree.Element, seconds: float) -> float:
    """Vehicles of a flow by whichever of SUMO's rates it has; `period` may be exp(vehicles a second)."""
    if (number := flow.get("number")) is not None:
        return float(number)
    if (per_hour := flow.get("vehsPerHour")) is not None:
        return float(per_hour) * seconds / 3600
    if (probability := flow.get("probability")) is not None:
        return float(probability) * seconds
    period = flow.get("period", "")
    if period.startswith("exp("):
        return float(period[4:-1]) * seconds
    return seconds / float(period) if period else 0.0
