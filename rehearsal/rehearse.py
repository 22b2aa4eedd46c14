"""The rehearsal: the whole system as fast as it goes, once by the policy and once on fixed plans, then a report."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from envs.recorder import StreetRecorder
from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from envs.trips import TripTotals, due_between, read_trips, total
from junction.errors import InputError
from junction.recording import RecordingFolder
from rehearsal.faults import Fault, FaultKind
from rehearsal.keys import make_keys
from rehearsal.server import ServerProcess, free_port
from rehearsal.street_loop import Record, StreetLoop
from scenarios.model import Scenario

if TYPE_CHECKING:
    from rehearsal.pictures import PicturedJunction

RunName = Literal["ai", "fixed"]


@dataclass(frozen=True, kw_only=True)
class ThroughPictures:
    """A junction that the AI run sees through rendered pictures, and the weights that find vehicles in them."""

    junction_id: str
    weights: Path
    image_size_px: int = 416
    pictures_per_s: int = 4

    def __post_init__(self) -> None:
        if self.pictures_per_s < 1:
            raise InputError("pictures_per_s", expected="1 or more", got=self.pictures_per_s)


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What to run, each of `runs` over the same vehicles. `keep` (a folder) keeps SUMO's trip list and lamp states and
    the service's data and log.

    `record` (a new folder) keeps what a replay needs of both runs; see `junction.recording`.
    """

    scenario: Scenario
    minutes: float
    seed: int
    sensors: SensorModel
    faults: tuple[Fault, ...] = ()
    fidelity: str = "training"
    keep: Path | None = None
    policy: str | None = None
    record: Path | None = None
    through_pictures: ThroughPictures | None = None
    runs: tuple[RunName, ...] = ("ai", "fixed")

    def __post_init__(self) -> None:
        files = self.scenario.street(self.fidelity)
        longest = (files.end_s - files.begin_s) / 60
        if not 0 < self.minutes <= longest:
            raise InputError(
                "--minutes", expected=f"more than 0, at most {longest:g} (the scenario's demand)", got=self.minutes
            )
        late = [f.text for f in self.faults if f.from_s >= self.minutes * 60]
        if late:
            raise InputError("--fault", expected=f"a begin before the run's end ({self.minutes * 60:g} s)", got=late)
        if self.through_pictures is not None and self.through_pictures.junction_id not in self.scenario.sites:
            raise InputError(
                "--through-pictures",
                expected=f"one of {sorted(self.scenario.sites)}",
                got=self.through_pictures.junction_id,
            )


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """One run's figures. `trips` are those due in the run, arrived or not."""

    trips: TripTotals
    record: Record
    unsafe_events: int
    crossed: Mapping[str, int]
    """Vehicles over each junction's stop lines."""
    pictures: dict[str, Any] | None = None


def rehearse(rehearsal: Rehearsal) -> dict[str, Any]:
    """Both runs and their report. Raises ServiceError or StreetError when a run cannot be."""
    recording = None if rehearsal.record is None else RecordingFolder(rehearsal.record, about(rehearsal))
    with ExitStack() as stack:
        folder = rehearsal.keep
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chauraha-rehearsal-")))
        progress = stack.enter_context(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed:.0f} s"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[note]}"),
            )
        )
        results = {}
        for name in rehearsal.runs:
            task = progress.add_task(f"{name:>5}", total=rehearsal.minutes * 60, note="")
            results[name] = _run(rehearsal, name, folder / name, recording, progress, task)
    result = report(rehearsal, results)
    if recording is not None:
        recording.finish(result)
    return result


def about(rehearsal: Rehearsal) -> dict[str, Any]:
    """What a recording says of the run before it begins."""
    files = rehearsal.scenario.street(rehearsal.fidelity)
    return {
        "scenario": rehearsal.scenario.name,
        "day": rehearsal.scenario.day,
        "begin_at": rehearsal.scenario.day_start_at + files.begin_s,
        "seed": rehearsal.seed,
        "minutes": rehearsal.minutes,
        "fidelity": rehearsal.fidelity,
        "policy": rehearsal.policy,
        "faults": [
            {
                "fault": fault.text,
                "kind": fault.kind,
                "junction_id": fault.target,
                "from_s": fault.from_s,
                "to_s": fault.to_s,
            }
            for fault in rehearsal.faults
        ],
        "versions": {name: version(name) for name in ("chauraha", "libsumo")},
    }


def report(rehearsal: Rehearsal, results: dict[RunName, RunResult]) -> dict[str, Any]:
    """The object that `chauraha rehearse --json` writes."""
    notes = []
    faults = []
    record = results[rehearsal.runs[0]].record
    for fault in rehearsal.faults:
        fixed_by_s = back_by_s = None
        if fault.kind is FaultKind.SERVER_DOWN:
            fixed_by_s = next((s for s in record.on_fixed_s if s >= fault.from_s), None)
            if fault.to_s is not None:
                back_by_s = next((s for s in record.adaptive_s if s >= fault.to_s), None)
            missing = [
                word
                for word, value in (("all_on_fixed_by_s", fixed_by_s), ("all_back_by_s", back_by_s))
                if value is None
            ]
            notes += [f"{fault.text}: {word} did not happen within the run" for word in missing]
        else:
            notes.append(f"{fault.text}: concerns one junction, so there is no time at which all were on fixed or back")
        faults.append(
            {
                "fault": fault.text,
                "from_s": fault.from_s,
                "to_s": fault.to_s,
                "all_on_fixed_by_s": fixed_by_s,
                "all_back_by_s": back_by_s,
            }
        )
    return {
        "scenario": rehearsal.scenario.name,
        "day": rehearsal.scenario.day,
        "seed": rehearsal.seed,
        "minutes": rehearsal.minutes,
        "fidelity": rehearsal.fidelity,
        "controllers": {name: _figures(result) for name, result in results.items()},
        "through_pictures": results[rehearsal.runs[0]].pictures,
        "faults": faults,
        "seq_regressions": sum(result.record.seq_regressions for result in results.values()),
        "notes": notes,
    }


def _figures(result: RunResult) -> dict[str, Any]:
    seconds = sum(result.record.mode_s.values())
    trips = result.trips
    return {
        "delay_s": trips.mean_delay_s,
        "delay_s_pcu": trips.mean_delay_s_pcu,
        "trips": trips.vehicles,
        "arrived": trips.arrived,
        "unfinished": trips.unfinished,
        "never_inserted": trips.never_inserted,
        "unsafe_events": result.unsafe_events,
        "standing_s_veh": {
            key: result.record.standing_s[key] / crossed if crossed else None for key, crossed in result.crossed.items()
        },
        "mode_share": {mode: n / seconds for mode, n in sorted(result.record.mode_s.items())},
        "refused_documents": result.record.refused,
        "lost_posts": result.record.lost_posts,
    }


def _run(
    rehearsal: Rehearsal,
    name: RunName,
    folder: Path,
    recording: RecordingFolder | None,
    progress: Progress,
    task: TaskID,
) -> RunResult:
    folder.mkdir(parents=True, exist_ok=True)
    scenario = rehearsal.scenario
    files = scenario.street(rehearsal.fidelity)
    end_s = files.begin_s + rehearsal.minutes * 60
    layouts = {key: site.layout for key, site in scenario.sites.items()}
    arguments = ["--scenario", str(scenario.folder), "--data", str(folder / "service"), "--mode", name]
    if rehearsal.policy is not None:
        arguments += ["--policy", rehearsal.policy]
    server = ServerProcess(port=free_port(), log_file=folder / "service.log", arguments=arguments)
    street = SumoStreet(files, layouts, seed=rehearsal.seed, end_s=end_s, output_dir=folder)
    with server, street:
        pictured = _pictured(rehearsal, street) if name == "ai" else None
        loop = StreetLoop(
            scenario,
            street,
            server.url,
            keys=asyncio.run(make_keys(server.url, scenario.sites)),
            seed=rehearsal.seed,
            sensors=rehearsal.sensors,
            faults=rehearsal.faults,
            recorder=None if recording is None else StreetRecorder(recording, name, street, layouts),
            pictured=pictured,
        )
        asyncio.run(_seconds(loop, server, rehearsal.faults, rehearsal.minutes * 60, progress, task))
        crossed = {key: int(street.crossed(key).sum()) for key in scenario.sites}
    trips = due_between(read_trips(folder / "tripinfo.xml", end_s), files.begin_s, end_s)
    return RunResult(
        trips=total(trips),
        record=loop.record,
        unsafe_events=loop.unsafe_events,
        crossed=crossed,
        pictures=None if pictured is None else pictured.to_document(),
    )


def _pictured(rehearsal: Rehearsal, street: SumoStreet) -> PicturedJunction | None:
    """The junction that is seen through pictures; only it needs the detector."""
    wanted = rehearsal.through_pictures
    if wanted is None:
        return None
    from detector.backends import load_detector
    from detector.yolo import ByteTracker
    from rehearsal.pictures import PicturedJunction

    return PicturedJunction(
        rehearsal.scenario.sites[wanted.junction_id],
        street,
        load_detector(wanted.weights, image_size_px=wanted.image_size_px),
        lambda fps: ByteTracker(fps=fps),
        seed=rehearsal.seed,
        pictures_per_s=wanted.pictures_per_s,
    )


async def _seconds(
    loop: StreetLoop, server: ServerProcess, faults: Sequence[Fault], run_s: float, progress: Progress, task: TaskID
) -> None:
    outages = [f for f in faults if f.kind is FaultKind.SERVER_DOWN]
    try:
        await loop.start()
        while loop.run_s < run_s:
            down = any(f.active(loop.run_s) for f in outages)
            if down and server.running:
                server.kill()
            elif not down and not server.running:
                await asyncio.to_thread(server.start)
            await loop.second()
            progress.update(task, completed=loop.run_s, note="service down" if down else "")
    finally:
        await loop.close()
