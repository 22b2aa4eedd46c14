"""The options and the additional file that a street is started with: pure text, so that a run can be repeated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from scenarios.day_files import StandingVehicle, standing_lines
from scenarios.model import MESO, StreetFiles

TRIPINFO_FILE = "tripinfo.xml"
LAMPS_FILE = "lamps.xml"
CROSSING_PREFIX = "crossing:"
SQUEEZE_PAST_S = 60.0
"""With sublanes two vehicles inside a junction may each wait for the other for ever (SUMO's issue 18043, open, whose
remedy this is); after so long, others take one that stands inside a junction for passable."""
_NOWHERE = "NUL"
"""SUMO's own name for no file, on every system."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is asked of one simulation. Times are SUMO seconds; `scale` multiplies the demand."""

    seed: int
    begin_s: float
    end_s: float
    scale: float
    actuated: bool


def sumo_options(files: StreetFiles, run: Run, additional: Sequence[Path], output_dir: Path | None) -> list[str]:
    """SUMO's options without the program's name.

    Nothing teleports: a jam stays a jam and its vehicles count; vehicles that overlap drive on.
    `additional` comes after the scenario's own files.
    """
    added = [*files.additional_files, *([files.actuated_file] if run.actuated else []), *additional]
    options = [
        "--net-file", str(files.net_file),
        "--route-files", _joined(files.route_files),
        "--begin", f"{run.begin_s:g}",
        "--end", f"{run.end_s:g}",
        "--step-length", f"{files.step_length_s:g}",
        "--seed", str(run.seed),
        "--scale", repr(run.scale),
        "--time-to-teleport", "-1",
        "--collision.action", "none",
        "--no-step-log", "true",
        "--no-warnings", "true",
        "--duration-log.disable", "true",
    ]  # fmt: skip
    if added:
        options += ["--additional-files", _joined(added)]
    if files.lateral_resolution_m is not None:
        options += ["--lateral-resolution", f"{files.lateral_resolution_m:g}"]
        options += ["--ignore-junction-blocker", f"{SQUEEZE_PAST_S:g}"]
    if files.fidelity == MESO:
        options += ["--mesosim", "true", "--meso-junction-control", "true"]
    if output_dir is not None:
        options += ["--tripinfo-output", str(output_dir / TRIPINFO_FILE)]
        options += ["--tripinfo-output.write-unfinished", "true", "--tripinfo-output.write-undeparted", "true"]
    return options


def instruments_xml(
    tls_ids: Iterable[str],
    crossing_lanes: Iterable[str],
    output_dir: Path | None,
    standing: Sequence[StandingVehicle] = (),
    begin_s: float = 0.0,
) -> str:
    """SUMO's own log of every second's lamps, an induction loop on each stop line that is to be counted, and the
    vehicles that break down in a run from `begin_s`."""
    lines = ["<additional>", *standing_lines(standing, begin_s)]
    if output_dir is not None:
        dest = quoteattr(str(output_dir / LAMPS_FILE))
        lines += [f'  <timedEvent type="SaveTLSStates" source={quoteattr(tls_id)} dest={dest}/>' for tls_id in tls_ids]
    lines += [
        f"  <inductionLoop id={quoteattr(CROSSING_PREFIX + lane)} lane={quoteattr(lane)} "
        f'pos="-0.1" friendlyPos="true" file="{_NOWHERE}"/>'
        for lane in crossing_lanes
    ]
    return "\n".join([*lines, "</additional>", ""])


def _joined(paths: Iterable[Path]) -> str:
    return ",".join(str(path) for path in paths)
