"""The twin: the same loop as a rehearsal, paced by the wall clock, with the page, day after day until it is stopped."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from junction.errors import InputError
from rehearsal.faults import Fault, FaultKind
from rehearsal.keys import make_keys
from rehearsal.server import ServerProcess
from rehearsal.street_loop import StreetLoop
from scenarios.model import Scenario

MAX_SPEED = 30.0
REPORT_EVERY_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Twin:
    """What to run: `speed` is simulated seconds a second (1 to 30), `data` the service's folder, `mode` ai or fixed.

    `faults` break things on every day. `rehearsals` is a folder of recordings for the page.
    """

    scenario: Scenario
    speed: float
    port: int
    data: Path
    seed: int
    mode: str
    fidelity: str
    rehearsals: Path | None = None
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.speed <= MAX_SPEED:
            raise InputError("--speed", expected=f"1 to {MAX_SPEED:g}", got=self.speed)
        if self.mode not in ("ai", "fixed"):
            raise InputError("--mode", expected="ai or fixed", got=self.mode)
        if any(fault.kind is FaultKind.SERVER_DOWN for fault in self.faults):
            raise InputError("--fault", expected="a camera's or a signal's", got=str(FaultKind.SERVER_DOWN))


def run_twin(twin: Twin, console: Console) -> None:
    """Run until interrupted. The service's log is `data/service.log`."""
    twin.data.mkdir(parents=True, exist_ok=True)
    arguments = ["--scenario", str(twin.scenario.folder), "--data", str(twin.data), "--mode", twin.mode]
    if twin.rehearsals is not None:
        arguments += ["--rehearsals", str(twin.rehearsals)]
    server = ServerProcess(port=twin.port, log_file=twin.data / "service.log", arguments=arguments)
    with server:
        console.print(f"[bold]{twin.scenario.name_en}[/] at {twin.speed:g}x: {server.url}  (Ctrl+C ends it)")
        try:
            asyncio.run(_days(twin, server, console))
        except KeyboardInterrupt:
            console.print("ended")


async def _days(twin: Twin, server: ServerProcess, console: Console) -> None:
    """The scenario's hours of one day after another: the service's clock must never go back."""
    day = await _first_day(twin, server)
    keys = await make_keys(server.url, twin.scenario.sites)
    while True:
        files = twin.scenario.street(twin.fidelity)
        layouts = {key: site.layout for key, site in twin.scenario.sites.items()}
        with SumoStreet(files, layouts, seed=twin.seed + day) as street:
            loop = StreetLoop(
                twin.scenario,
                street,
                server.url,
                keys=keys,
                seed=twin.seed + day,
                sensors=SensorModel(),
                faults=twin.faults,
                day=day,
            )
            try:
                await loop.start()
                await _one_day(twin, street, loop, console)
            finally:
                await loop.close()
        day += 1


async def _one_day(twin: Twin, street: SumoStreet, loop: StreetLoop, console: Console) -> None:
    started, reported = time.monotonic(), time.monotonic()
    while not street.finished:
        await loop.second()
        ahead_s = loop.run_s / twin.speed - (time.monotonic() - started)
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        else:
            started -= ahead_s  # what this machine cannot keep up with is lost, not made up in a burst
        if time.monotonic() - reported >= REPORT_EVERY_S:
            reported = time.monotonic()
            console.print(
                f"{loop.run_s / 60:.0f} min: {street.vehicles_running} vehicles, "
                f"unsafe events {loop.unsafe_events}, {loop.run_s / (time.monotonic() - started):.1f}x"
            )


async def _first_day(twin: Twin, server: ServerProcess) -> int:
    """The first day that begins after the time that the service has already seen, in this data folder."""
    seen_at = await asyncio.to_thread(server.clock_at)
    begin_at = twin.scenario.day_start_at + twin.scenario.street(twin.fidelity).begin_s
    return 0 if seen_at < begin_at else int((seen_at - begin_at) // 86_400) + 1
