"""The street, in SUMO. This is the only file that speaks to it (libsumo in-process, traci for the GUI).

Lamps are set through `show` and nowhere else; `show` is called by what a stage machine drives (`GuardedJunction` or
a field controller), never by a policy.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from envs.network import Network
from envs.scene import Point, Scene, ZoneLine, read_lines, read_scene
from envs.stop_line_watch import StopLineWatch
from envs.street_junction import StreetJunction
from envs.sumo_command import Run, instruments_xml, sumo_options
from envs.survey import Survey
from envs.traffic import Ground, Traffic, read_ground, read_place, read_traffic
from envs.vehicle_kinds import VehicleKinds
from envs.view import JunctionView, lane_group_counts
from junction.counts import LaneGroupCount
from junction.errors import InputError, MissingPackageError, StreetError, UnsafeError
from junction.layout import JunctionLayout
from junction.signals import Lamp
from scenarios.model import MESO, StreetFiles

DEBIAN_PACKAGES = "libgl1 libx11-6 libxext6 libxrender1 libatomic1 libexpat1"
"""Shared libraries that SUMO's wheels take from the system."""

HALTING_SPEED_MPS = 0.1
"""Slower than this SUMO calls a vehicle halting."""

Programs = Literal["guarded", "actuated", "native"]


class SumoStreet:
    """One simulated street. The constructor starts nothing; one street runs in a process at a time.

    `programs` says who times the signals: "guarded" (lamps come through `show`), "actuated" (SUMO's own actuated
    programs) or "native" (the network's own programs). With `output_dir`, SUMO writes `tripinfo.xml` (trips that
    ended, that did not, and that never began) and `lamps.xml` (every second's lamps) there. `count_crossings` counts
    vehicles over the stop lines, at the price of one look at every stop line a step.

    Raises InputError when the layouts and the street do not fit; MissingPackageError from `start` without SUMO;
    StreetError when SUMO dies or refuses.
    """

    _running: ClassVar[SumoStreet | None] = None

    def __init__(
        self,
        files: StreetFiles,
        layouts: Mapping[str, JunctionLayout],
        *,
        seed: int,
        begin_s: float | None = None,
        end_s: float | None = None,
        programs: Programs = "guarded",
        output_dir: Path | None = None,
        scale: float = 1.0,
        gui: bool = False,
        count_crossings: bool = True,
    ) -> None:
        strangers = sorted(set(layouts) - set(files.tls))
        if strangers:
            raise InputError("street.tls", expected=f"a signal for each junction ({sorted(layouts)})", got=strangers)
        self.begin_s = files.begin_s if begin_s is None else begin_s
        self.end_s = files.end_s if end_s is None else end_s
        if not self.begin_s < self.end_s:
            raise InputError("street.end_s", expected=f"later than begin_s ({self.begin_s:g})", got=self.end_s)
        if not scale > 0:
            raise InputError("street.scale", expected="more than 0", got=scale)
        if files.fidelity == MESO and (count_crossings or programs == "actuated" or files.standing):
            raise InputError(
                "street.fidelity",
                expected="a street with lanes, to count crossings, actuate signals or stand broken down on",
                got=files.fidelity,
            )
        self.files = files
        self.programs = programs
        self.output_dir = output_dir
        self._layouts = dict(layouts)
        self._run = Run(seed=seed, begin_s=self.begin_s, end_s=self.end_s, scale=scale, actuated=programs == "actuated")
        self._gui = gui
        self.counts_crossings = count_crossings
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._sumo: Any = None
        self._time_s = self.begin_s
        self._junctions: dict[str, StreetJunction] = {}
        self._kinds: VehicleKinds | None = None
        self._stop_lines: StopLineWatch | None = None
        self._surveys: dict[tuple[tuple[str, ...], float | None], Survey] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def time_s(self) -> float:
        """Simulated time reached, in SUMO seconds; stays readable after `close`."""
        return self._time_s

    @property
    def finished(self) -> bool:
        return self._time_s >= self.end_s - 1e-6

    @property
    def vehicles_running(self) -> int:
        return int(self._ask().vehicle.getIDCount())

    @property
    def vehicles_waiting(self) -> int:
        """Vehicles due that found no room to enter the street yet."""
        return len(self._ask().simulation.getPendingVehicles())

    @property
    def vehicles_departed(self) -> int:
        return int(self._total("inserted"))

    @property
    def vehicles_arrived(self) -> int:
        return int(self._total("inserted")) - self.vehicles_running

    def start(self) -> None:
        """Start SUMO. In "guarded" programs every signal is red from the start. Raises StreetError."""
        if self._sumo is not None:
            raise StreetError("street: expected one start, got a second; close() the street first")
        if not self._gui and SumoStreet._running is not None:
            raise StreetError(
                "street: expected one running street in a process, got a second; close() the first or use a process"
            )
        self._sumo = self._launch()
        if not self._gui:
            SumoStreet._running = self
        try:
            self._time_s = float(self._sumo.simulation.getTime())
            self._bind()
        except BaseException as error:
            self.close()
            if isinstance(error, self._failures()):
                raise StreetError(f"street: SUMO does not have what the street's files name: {error}") from error
            raise

    def step(self) -> None:
        """One SUMO step. Raises StreetError when SUMO died."""
        self._advance(0.0)

    def run_until(self, time_s: float) -> None:
        """Step until that time is reached; never past it by more than a part of a step. Raises StreetError."""
        if self._stop_lines is None and self._time_s < time_s - 1e-6:
            self._advance(time_s)
        while self._time_s < time_s - 1e-6:
            self._advance(0.0)

    def _advance(self, until_s: float) -> None:
        """Let SUMO step to that time by itself, or one step where it is 0."""
        sumo = self._ask()
        try:
            sumo.simulationStep(until_s)
            self._time_s = float(sumo.simulation.getTime())
            if self._stop_lines is not None:
                self._stop_lines.watch()
        except self._failures() as error:
            reached_s = self._time_s
            self.close()
            raise StreetError(f"street: SUMO died at {reached_s:g} s: {error}") from error

    def close(self) -> None:
        """Stop SUMO; its output files are complete afterwards. Closing twice does nothing."""
        sumo, self._sumo = self._sumo, None
        if SumoStreet._running is self:
            SumoStreet._running = None
        try:
            if sumo is not None:
                sumo.close()
        except self._failures():
            pass  # it had died: there is nothing left to stop
        finally:
            if self._scratch is not None:
                self._scratch.cleanup()
                self._scratch = None

    def show(self, junction_id: str, lamps: Sequence[Lamp]) -> None:
        """Show these lamps, by group in layout order; SUMO is told on a change only.

        A green link that must give way to another green one is shown as SUMO's "g". Raises UnsafeError when SUMO
        times the signals itself.
        """
        if self.programs != "guarded":
            raise UnsafeError(
                f"street.show: expected programs='guarded', got {self.programs!r}; these signals are timed by SUMO"
            )
        junction = self._junction(junction_id)
        wanted = tuple(lamps)
        if wanted == junction.shown:
            return
        state = junction.state_of(wanted)
        self._tell("show", junction.tls_id, state)
        junction.shown = wanted

    def flash(self, junction_id: str) -> None:
        """Flashing amber at every link: traffic sorts itself out by right of way. Ends with the next `show`."""
        if self.programs != "guarded":
            raise UnsafeError(
                f"street.flash: expected programs='guarded', got {self.programs!r}; these signals are timed by SUMO"
            )
        junction = self._junction(junction_id)
        if junction.shown:
            self._tell("flash", junction.tls_id, "o" * junction.link_count)
            junction.shown = ()

    def lamps(self, junction_id: str) -> tuple[str, ...]:
        """What SUMO shows now, by group in layout order: "r", "y" or "G".

        A group without a link in the network (a pedestrian crossing) is as it was last shown.
        """
        junction = self._junction(junction_id)
        state: str = self._ask().trafficlight.getRedYellowGreenState(junction.tls_id)
        return junction.lamps_of(state)

    def look(self, junction_id: str, range_m: float | None = None) -> JunctionView:
        """The truth inside the cameras' range (each lane group's `storage_m`, or `range_m` where that is less).

        Raises StreetError on a mesoscopic street, whose vehicles have no place.
        """
        return self.look_at((junction_id,), range_m)

    def look_at(self, junction_ids: tuple[str, ...], range_m: float | None = None) -> JunctionView:
        """`look` at several junctions in one sweep, their lane groups one after another."""
        if self.files.fidelity == MESO:
            raise StreetError("street.look: expected a street with lanes, got a mesoscopic one; no camera sees it")
        key = (junction_ids, range_m)
        if key not in self._surveys:
            junctions = [self._junction(junction_id) for junction_id in junction_ids]
            self._surveys[key] = Survey(self._ask(), junctions, self._known_kinds(), range_m)
        return self._surveys[key].at(self._time_s)

    def view(self, junction_id: str) -> tuple[LaneGroupCount, ...]:
        """`look`, worded as a perfect camera's report, with what crossed since the last `view`."""
        junction = self._junction(junction_id)
        crossed = junction.crossed - junction.crossed_viewed if self.counts_crossings else None
        junction.crossed_viewed = junction.crossed.copy()
        return lane_group_counts(self._layouts[junction_id], self.look(junction_id), crossed)

    def crossed(self, junction_id: str) -> NDArray[np.int64]:
        """Vehicles over the stop line since the start, shape (lane groups, 9); a copy."""
        junction = self._junction(junction_id)
        if not self.counts_crossings:
            raise StreetError("street.crossed: expected count_crossings=True, got False")
        return junction.crossed.copy()

    def waiting_s(self, junction_id: str) -> float:
        """Time that the vehicles now on the approaches have been standing, summed, however far back."""
        waiting = self._ask().lane.getWaitingTime
        return float(sum(waiting(lane) for lane in self._junction(junction_id).approach_lanes))

    def standing_veh(self, junction_id: str) -> int:
        """Vehicles standing (SUMO: slower than 0.1 m/s) on the approaches, however far back."""
        halting = self._ask().lane.getLastStepHaltingNumber
        return int(sum(halting(lane) for lane in self._junction(junction_id).approach_lanes))

    def held_up_veh(self, junction_id: str) -> float:
        """Vehicles on the approaches, however far back, each by the share of its lane's speed limit that it lacks."""
        lanes = self._ask().lane
        total = 0.0
        for lane in self._junction(junction_id).approach_lanes:
            vehicles = lanes.getLastStepVehicleNumber(lane)
            if vehicles:
                share = lanes.getLastStepMeanSpeed(lane) / lanes.getMaxSpeed(lane)
                total += vehicles * max(0.0, 1.0 - share)
        return total

    def standing_ids(self, junction_id: str) -> frozenset[str]:
        """Which vehicles stand on the approaches (as in `standing_veh`). Asks for every vehicle there: not fast."""
        sumo = self._ask()
        return frozenset(
            vehicle
            for lane in self._junction(junction_id).approach_lanes
            if sumo.lane.getLastStepHaltingNumber(lane)
            for vehicle in sumo.lane.getLastStepVehicleIDs(lane)
            if sumo.vehicle.getSpeed(vehicle) < HALTING_SPEED_MPS
        )

    def exit_queue_veh(self, junction_id: str) -> int:
        """Vehicles standing (SUMO: slower than 0.1 m/s) on the lanes that leave the junction."""
        halting = self._ask().lane.getLastStepHaltingNumber
        return int(sum(halting(lane) for lane in self._junction(junction_id).exit_lanes))

    def scene(self, junction_id: str, reach_m: float) -> Scene:
        """What a picture of that half width around the junction shows. Slow: for eyes, not for learners."""
        return read_scene(self._ask(), self._junction(junction_id), self._known_kinds(), reach_m)

    def lane_group_lines(self, junction_id: str) -> Mapping[str, tuple[ZoneLine, ...]]:
        """By lane group the lanes that it queues on, up to its `storage_m`, the ones at the stop line first."""
        return read_lines(self._ask(), self._junction(junction_id))

    def traffic(self) -> Traffic:
        """Every vehicle on the street now. Asks for each one: 10 to 40 us a vehicle."""
        return read_traffic(self._ask(), self._known_kinds(), self.vehicles_waiting)

    def body_m(self, vehicle_id: str) -> tuple[float, float]:
        """A vehicle's length and width."""
        vehicle = self._ask().vehicle
        return float(vehicle.getLength(vehicle_id)), float(vehicle.getWidth(vehicle_id))

    def ground(self) -> Ground:
        """How far the street reaches, and where on earth by the network's own projection."""
        return read_ground(self._ask())

    def place(self, junction_id: str) -> Point:
        """The junction's place in the street's metres: the mean of the nodes that its signal stands at."""
        return read_place(self._ask(), self._junction(junction_id))

    def _known_kinds(self) -> VehicleKinds:
        assert self._kinds is not None  # made when the street starts
        return self._kinds

    def _total(self, what: str) -> float:
        """SUMO's own count of vehicles since the start: "loaded", "inserted", "running" or "waiting"."""
        return float(self._ask().simulation.getParameter("", f"stats.vehicles.{what}"))

    def _ask(self) -> Any:
        if self._sumo is None:
            raise StreetError("street: expected a running street, got one not started or closed; call start()")
        return self._sumo

    def _tell(self, what: str, tls_id: str, state: str) -> None:
        try:
            self._ask().trafficlight.setRedYellowGreenState(tls_id, state)
        except self._failures() as error:
            raise StreetError(f"street.{what}: SUMO refused {state!r} for signal {tls_id}: {error}") from error

    def _junction(self, junction_id: str) -> StreetJunction:
        self._ask()
        if junction_id not in self._junctions:
            raise InputError("junction_id", expected=f"one of {sorted(self._junctions)}", got=junction_id)
        return self._junctions[junction_id]

    def _launch(self) -> Any:
        library = _library("traci" if self._gui else "libsumo")
        if self._gui and sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
            raise StreetError("street: expected a display for sumo-gui, got none; set DISPLAY or run without gui=True")
        home = Path(_library("sumo").SUMO_HOME)
        os.environ.setdefault("SUMO_HOME", str(home))
        self._scratch = tempfile.TemporaryDirectory(prefix="chauraha-street-")
        instruments = Path(self._scratch.name) / "instruments.add.xml"
        if self.output_dir is not None:
            self.output_dir.mkdir(parents=True, exist_ok=True)
        bindings = [self.files.tls[junction_id] for junction_id in self._layouts]
        lanes = [
            lane
            for junction_id in self._layouts
            for group_lanes in self.files.lane_group_lanes[junction_id].values()
            for lane in group_lanes
        ]
        instruments.write_text(
            instruments_xml(
                [binding.tls_id for binding in bindings],
                lanes if self.counts_crossings else [],
                self.output_dir,
                self.files.standing,
                self.begin_s,
            ),
            encoding="utf-8",
        )
        options = sumo_options(self.files, self._run, [instruments], self.output_dir)
        try:
            if not self._gui:
                library.start(["sumo", *options])
                return library
            label = f"chauraha-{id(self)}"
            program = str(home / "bin" / "sumo-gui")
            library.start([program, "--start", "--quit-on-end", *options], label=label, numRetries=10)
            return library.getConnection(label)
        except (library.TraCIException, library.FatalTraCIError, OSError) as error:
            self._scratch.cleanup()
            self._scratch = None
            raise StreetError(
                f"street: SUMO did not start on {self.files.net_file}: {error}; SUMO's own message is above this one"
            ) from error

    def _failures(self) -> tuple[type[BaseException], ...]:
        library = _library("traci" if self._gui else "libsumo")
        return (library.TraCIException, library.FatalTraCIError)

    def _bind(self) -> None:
        sumo = self._ask()
        network = Network(sumo)
        self._kinds = kinds = VehicleKinds(sumo)
        self._surveys.clear()
        self._junctions = {i: network.bind(layout, self.files) for i, layout in self._layouts.items()}
        self._stop_lines = StopLineWatch(sumo, list(self._junctions.values()), kinds) if self.counts_crossings else None
        for junction in self._junctions.values():
            if self.programs == "guarded":
                self._tell("start", junction.tls_id, junction.state_of(junction.shown))
            elif self.programs == "actuated":
                sumo.trafficlight.setProgram(junction.tls_id, "actuated")


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise MissingPackageError(name, extra="sim") from None
    except ImportError as error:
        raise StreetError(
            f"street: {name} is installed but does not load: {error}; on Debian: apt-get install {DEBIAN_PACKAGES}"
        ) from error
