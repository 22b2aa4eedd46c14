"""The standard signal performance measures of our events, against what every vehicle of the simulation did.

    python -m bench.atspm_truth [--scenario kanpur] [--junctions 4] [--minutes 60] [--seed 1]

One hour of the scenario in SUMO under its own actuated programs. Detectors (SUMO's instantaneous loops, 40 m before
the stop line and 3 m before it) and lamps become Indiana events (`junction/events.py`), and the package `atspm`
computes from them, by phase, the share of arrivals on green and the mean delay of the first vehicle (its `phase_wait`:
from the call to the green). The truth is SUMO's record of where every vehicle was each second and of the lamps; neither
loops nor events go into it: the share of vehicles that passed the 40 m mark in green, and the time from the first
vehicle at the line to the green. Phases with fewer than 30 arrivals are left out. Exit status 1 when a mean over
phases, weighted by arrivals, differs by more than 10 %.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from envs.lamp_log import read_lamps
from envs.sumo_command import Run, sumo_options
from junction.events import Event, Passage, detector_events, lamp_events, phase_of
from junction.layout import JunctionLayout
from junction.signals import Lamp
from scenarios.load import load_scenario
from scenarios.model import StreetFiles

ADVANCE_M, STOP_M = 40.0, 3.0
SETTLE_S = 300.0
LEAST_ARRIVALS = 30
AIM = 0.10
EPOCH = pd.Timestamp("2026-01-05")


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A detector on one lane. `position_m` is from the lane's begin."""

    number: int
    lane: str
    phase: int
    position_m: float
    advance: bool


@dataclass(kw_only=True)
class Phase:
    """Sums of one phase, by events or in truth."""

    arrivals: int = 0
    on_green: int = 0
    waits_s: list[float] = field(default_factory=list)


def main(
    scenario: Annotated[str, typer.Option(help="A built scenario.")] = "kanpur",
    junctions: Annotated[int, typer.Option(min=1, help="How many junctions are looked at, the busiest first.")] = 4,
    minutes: Annotated[float, typer.Option(min=10, help="How long, after five minutes that do not count.")] = 60.0,
    seed: Annotated[int, typer.Option(help="SUMO's seed.")] = 1,
) -> None:
    """Compare atspm's measures of our events with the simulation's truth."""
    rows = compare(scenario, junctions, minutes, seed)
    if not rows:
        raise typer.BadParameter(f"expected a time in which some phase has {LEAST_ARRIVALS} arrivals and a wait")
    table = Table("junction", "phase", "arrivals", "on green: atspm", "truth", "wait s: atspm", "truth")
    for row in rows:
        table.add_row(
            row["junction"], str(row["phase"]), str(row["arrivals"]), f"{row['aog']:.3f}", f"{row['true_aog']:.3f}",
            f"{row['wait_s']:.1f}", f"{row['true_wait_s']:.1f}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    wrong = False
    for name, truth in (("aog", "true_aog"), ("wait_s", "true_wait_s")):
        ours, real = (sum(row[key] * row["arrivals"] for row in rows) for key in (name, truth))
        error = ours / real - 1
        wrong |= abs(error) > AIM
        console.print(f"{name}: {error:+.1%} of the truth, {len(rows)} phases (aim: within {AIM:.0%})")
    raise typer.Exit(1 if wrong else 0)


def compare(scenario: str, junctions: int, minutes: float, seed: int) -> list[dict[str, Any]]:
    """A row a phase: arrivals, and both measures by `atspm` and in truth."""
    city = load_scenario(scenario)
    street = city.street()
    ids = sorted(city.sites, key=lambda key: -len(city.sites[key].layout.lane_groups))[:junctions]
    layouts = {key: city.sites[key].layout for key in ids}
    begin_s = street.begin_s
    end_s = begin_s + SETTLE_S + minutes * 60
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder)
        channels = {key: _channels(street, layouts[key]) for key in ids}
        _simulate(
            street, layouts, channels, found, Run(seed=seed, begin_s=begin_s, end_s=end_s, scale=1.0, actuated=True)
        )
        lamps = read_lamps(found / "lamps.xml", street, layouts)
        passages = _passages(found / "loops.xml", channels)
        tracks = _tracks(found / "fcd.xml", channels)
        for device, key in enumerate(ids, start=1):
            ours = _by_atspm(
                device, layouts[key], lamps[key], passages[key], channels[key], (begin_s + SETTLE_S, end_s)
            )
            real = _in_truth(lamps[key], tracks[key], begin_s + SETTLE_S)
            rows += [
                {
                    "junction": key,
                    "phase": phase,
                    "arrivals": truth.arrivals,
                    "aog": ours[phase][0],
                    "true_aog": truth.on_green / truth.arrivals,
                    "wait_s": ours[phase][1],
                    "true_wait_s": sum(truth.waits_s) / len(truth.waits_s),
                }
                for phase, truth in sorted(real.items())
                if truth.arrivals >= LEAST_ARRIVALS and truth.waits_s and phase in ours
            ]
    return rows


def _channels(street: StreetFiles, layout: JunctionLayout) -> list[Channel]:
    """An advance and a stop-line detector on every lane of the junction."""
    group_of = {movement.lane_group_id: movement.group_id for movement in layout.movements if movement.group_id}
    lengths_m = _lane_lengths_m(street.net_file)
    channels: list[Channel] = []
    for lane_group_id, lanes in street.lane_group_lanes[layout.id].items():
        if lane_group_id not in group_of:
            continue
        phase = phase_of(layout, group_of[lane_group_id])
        for lane in lanes:
            for before_m, advance in ((min(ADVANCE_M, lengths_m[lane] - 1), True), (STOP_M, False)):
                channels.append(
                    Channel(
                        number=len(channels) + 1,
                        lane=lane,
                        phase=phase,
                        position_m=lengths_m[lane] - before_m,
                        advance=advance,
                    )
                )
    return channels


def _lane_lengths_m(net_file: Path) -> dict[str, float]:
    return {
        element.attrib["id"]: float(element.attrib["length"])
        for _, element in ET.iterparse(net_file)
        if element.tag == "lane"
    }


def _simulate(
    street: StreetFiles,
    layouts: Mapping[str, JunctionLayout],
    channels: Mapping[str, list[Channel]],
    folder: Path,
    run: Run,
) -> None:
    import sumo

    lines = ["<additional>"]
    for key in layouts:
        tls = street.tls[key].tls_id
        lines.append(f'<timedEvent type="SaveTLSStates" source="{tls}" dest="{folder}/lamps.xml"/>')
        lines += [
            f'<instantInductionLoop id="{key}:{one.number}" lane="{one.lane}" pos="{one.position_m:.2f}" '
            f'file="{folder}/loops.xml"/>'
            for one in channels[key]
        ]
    (folder / "instruments.xml").write_text("\n".join([*lines, "</additional>"]))
    edges = sorted({one.lane.rpartition("_")[0] for group in channels.values() for one in group})
    (folder / "edges.txt").write_text("".join(f"edge:{edge}\n" for edge in edges))
    command = [
        str(Path(sumo.SUMO_HOME) / "bin" / "sumo"),
        *sumo_options(street, run, [folder / "instruments.xml"], None),
    ]
    command += ["--fcd-output", str(folder / "fcd.xml"), "--fcd-output.attributes", "lane,pos"]
    command += ["--fcd-output.filter-edges.input-file", str(folder / "edges.txt")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _passages(loops_file: Path, channels: Mapping[str, list[Channel]]) -> dict[str, list[Passage]]:
    """From each vehicle's entering of a loop to its leaving; who changes lane on it is there at that moment only."""
    by_number = {f"{key}:{one.number}": (key, one) for key, group in channels.items() for one in group}
    on_s: dict[tuple[str, str], float] = {}
    found: dict[str, list[Passage]] = {key: [] for key in channels}
    for _, element in ET.iterparse(loops_file):
        if element.tag != "instantOut" or element.attrib["state"] == "stay":
            continue
        loop, vehicle, at_s = element.attrib["id"], element.attrib["vehID"], float(element.attrib["time"])
        if element.attrib["state"] == "enter":
            on_s[loop, vehicle] = at_s
        elif (loop, vehicle) in on_s:
            key, one = by_number[loop]
            passage = Passage(
                detector=one.number, phase=one.phase, on_s=on_s.pop((loop, vehicle)), off_s=at_s, call=not one.advance
            )
            found[key].append(passage)
        element.clear()
    return found


def _tracks(fcd_file: Path, channels: Mapping[str, list[Channel]]) -> dict[str, list[tuple[float, Channel]]]:
    """By junction: when each vehicle's front came past each mark, between two seconds on the same lane."""
    marks: dict[str, list[tuple[str, Channel]]] = defaultdict(list)
    for key, group in channels.items():
        for one in group:
            marks[one.lane].append((key, one))
    found: dict[str, list[tuple[float, Channel]]] = {key: [] for key in channels}
    last: dict[str, tuple[float, str, float]] = {}
    for at_s, vehicle, lane, position_m in _positions(fcd_file):
        before = last.get(vehicle)
        last[vehicle] = (at_s, lane, position_m)
        if before is None or before[1] != lane or at_s - before[0] > 1.5:
            continue
        for key, one in marks[lane]:
            if before[2] < one.position_m <= position_m:
                share = (one.position_m - before[2]) / (position_m - before[2])
                found[key].append((before[0] + share * (at_s - before[0]), one))
    return found


def _positions(fcd_file: Path) -> Iterator[tuple[float, str, str, float]]:
    at_s = 0.0
    for event, element in ET.iterparse(fcd_file, events=("start", "end")):
        if event == "start" and element.tag == "timestep":
            at_s = float(element.attrib["time"])
        elif event == "end" and element.tag == "vehicle":
            yield at_s, element.attrib["id"], element.attrib["lane"], float(element.attrib["pos"])
        elif event == "end":
            element.clear()


def _in_truth(
    lamps: tuple[list[float], list[tuple[str, ...]]], passed: list[tuple[float, Channel]], from_s: float
) -> dict[int, Phase]:
    times, shown = lamps
    phases: dict[int, Phase] = defaultdict(Phase)
    first_s: dict[int, float] = {}
    at_line = sorted((at_s, one.phase) for at_s, one in passed if not one.advance)
    for at_s, one in passed:
        if one.advance and at_s >= from_s:
            phases[one.phase].arrivals += 1
            phases[one.phase].on_green += _lamp(times, shown, at_s, one.phase) is Lamp.GREEN
    number = 0
    for index, at_s in enumerate(times):
        while number < len(at_line) and at_line[number][0] < at_s:
            came_s, phase = at_line[number]
            number += 1
            if _lamp(times, shown, came_s, phase) is not Lamp.GREEN:
                first_s.setdefault(phase, came_s)
        for phase in list(first_s):
            if Lamp(shown[index][phase - 1]) is Lamp.GREEN:
                came_s = first_s.pop(phase)
                if came_s >= from_s:
                    phases[phase].waits_s.append(at_s - came_s)
    return phases


def _lamp(times: list[float], shown: list[tuple[str, ...]], at_s: float, phase: int) -> Lamp:
    return Lamp(shown[max(0, bisect_right(times, at_s) - 1)][phase - 1])


def _by_atspm(
    device: int,
    layout: JunctionLayout,
    lamps: tuple[list[float], list[tuple[str, ...]]],
    passages: list[Passage],
    channels: list[Channel],
    span_s: tuple[float, float],
) -> dict[int, tuple[float, float]]:
    """By phase: the share of arrivals on green and the mean wait, over the whole time."""
    from atspm import SignalDataProcessor

    changes = list(lamp_events(*lamps, layout.all_red_s))
    begin_s, end_s = span_s
    events = [event for event in [*changes, *detector_events(passages, changes)] if begin_s <= event.at_s < end_s]
    # One bin for all of it: the package gives means of bins, without their weights.
    bin_min = round((end_s - begin_s) / 60)
    config = pd.DataFrame(
        {
            "DeviceId": device,
            "Phase": [one.phase for one in channels],
            "Parameter": [one.number for one in channels],
            "Function": ["Advance" if one.advance else "Presence" for one in channels],
        }
    )
    with (
        contextlib.redirect_stdout(io.StringIO()),
        SignalDataProcessor(
            raw_data=_frame(device, events, begin_s),
            detector_config=config,
            bin_size=bin_min,
            verbose=0,
            aggregations=[
                {"name": "arrival_on_green", "params": {"latency_offset_seconds": 0}},
                {"name": "has_data", "params": {"no_data_min": bin_min, "min_data_points": 1}},
                {"name": "timeline", "params": {"min_duration": 0, "cushion_time": 60, "maxtime": False}},
                {
                    "name": "phase_wait",
                    "params": {"preempt_recovery_seconds": 0, "assumed_cycle_length": 140, "skip_multiplier": 1.5},
                },
            ],
        ) as processor,
    ):
        processor.load()
        processor.aggregate()
        green = processor.conn.query("SELECT * FROM arrival_on_green").df()
        waits = processor.conn.query("SELECT * FROM phase_wait").df()
    share, wait_s = green.set_index("Phase")["Percent_AOG"], waits.set_index("Phase")["AvgPhaseWait"]
    return {int(phase): (float(share[phase]), float(wait_s[phase])) for phase in share.index if phase in wait_s.index}


def _frame(device: int, events: list[Event], begin_s: float) -> pd.DataFrame:
    ordered = sorted(events, key=lambda event: (event.at_s, event.code, event.parameter))
    return pd.DataFrame(
        {
            "TimeStamp": [EPOCH + pd.Timedelta(seconds=event.at_s - begin_s) for event in ordered],
            "DeviceId": device,
            "EventId": [int(event.code) for event in ordered],
            "Parameter": [event.parameter for event in ordered],
        }
    )


if __name__ == "__main__":
    typer.run(main)
