"""What is left after the service is killed a hundred times in the middle of its work.

    python -m bench.kill_server [--kills 100] [--scenario kanpur] [--seed 1] [--json FILE]

A real `chauraha serve` is ended by `kill -9` at a random moment and started again, while every junction's controller
polls once a second, every junction's camera posts counts once a second (the same one again until it is acknowledged,
as a camera's spool does) and an operator posts overrides. Judged at the end: everything that was acknowledged is in the
database, each count once; `seq` never fell; the database and the audit's chain are whole; how soon after each start the
first poll was answered; how far the controllers fell, and whether a lamp was ever unsafe.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import httpx
import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.http_load import Connection, request_bytes
from bench.serve_load import counts_document
from bench.street import StreetController
from controller.database import DATABASE_FILE
from controller.field.client import public_keys
from controller.settings import ClockKind
from junction.files import write_whole
from rehearsal.keys import BoxKeys, make_keys
from rehearsal.server import ServerProcess, free_port
from scenarios.load import load_scenario

HOST = "127.0.0.1"
EVERY_S = 1.0
OVERRIDE_EVERY_S = 0.5
ANSWER_S = 0.9
UP_S = (0.5, 2.5)
DOWN_S = (0.0, 1.0)
SETTLE_S = 12.0
FIRST_POLL_AIM_S = 3.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the kills left behind. `first_poll_s` is from the start of the process to the first poll answered."""

    kills: int
    counts_acknowledged: int
    counts_lost: int
    counts_in_database: int
    overrides_acknowledged: int
    overrides_lost: int
    polls_answered: int
    seq_falls: int
    unsafe: int
    leases_missed: int
    integrity: str
    audit_holds: bool
    first_poll_s_median: float
    first_poll_s_max: float

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        broken = self.counts_lost + self.overrides_lost + self.seq_falls + self.unsafe + self.leases_missed
        whole = self.integrity == "ok" and self.audit_holds
        return broken == 0 and whole and self.first_poll_s_max <= FIRST_POLL_AIM_S


def main(
    kills: Annotated[int, typer.Option(min=1, help="How often the service is killed.")] = 100,
    scenario: Annotated[str, typer.Option(help="Whose junctions are served.")] = "kanpur",
    seed: Annotated[int, typer.Option(help="Seed of the moments of death.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Where to write the figures.")] = None,
) -> None:
    """Kill the timing service under load, again and again. Exit status 1 when a promise was broken."""
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill_again_and_again(Path(folder), scenario, kills, seed)
    table = Table("after the kills", "value")
    for name, value in asdict(outcome).items():
        table.add_row(name, f"{value:.2f}" if isinstance(value, float) else str(value))
    Console().print(table)
    if json_file is not None:
        write_whole(json_file, json.dumps(asdict(outcome), indent=1).encode())
    raise typer.Exit(0 if outcome.holds else 1)


def kill_again_and_again(folder: Path, scenario: str, kills: int, seed: int, *, settle_s: float = SETTLE_S) -> Outcome:
    """Runs the whole trial below `folder`; `settle_s` is how long the load runs before and after the kills."""
    data = folder / "data"
    server = ServerProcess(
        port=free_port(),
        log_file=folder / "service.log",
        arguments=["--scenario", scenario, "--data", str(data)],
        clock=ClockKind.SYSTEM,
    )
    with server:
        trial = Trial(server, scenario, random.Random(seed))
        asyncio.run(trial.run(kills, settle_s))
    return trial.outcome(data, kills)


class Trial:
    """Controllers, cameras and an operator against one service that keeps dying. The service must be running."""

    def __init__(self, server: ServerProcess, scenario: str, chance: random.Random) -> None:
        self._server = server
        self._chance = chance
        sites = load_scenario(scenario).sites
        signing = public_keys(httpx.get(f"{server.url}/v1/keys").raise_for_status().json())
        self._boxes: dict[str, BoxKeys] = asyncio.run(make_keys(server.url, sites))
        self._streets = {key: StreetController.make(site, signing, f"boot-{key}") for key, site in sites.items()}
        self._counts: set[tuple[str, int]] = set()
        self._overrides: set[str] = set()
        self._answered: list[float] = []
        self._first_poll_s: list[float] = []
        self._over = False

    async def run(self, kills: int, settle_s: float) -> None:
        """Starts the load, kills the service that often, and lets the city come to rest."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick())
            for number, key in enumerate(self._streets):
                wait_s = number / len(self._streets) * EVERY_S
                tasks.create_task(self._poll(key, wait_s))
                tasks.create_task(self._count(key, wait_s))
            tasks.create_task(self._operate())
            try:
                await asyncio.sleep(settle_s)
                with Progress() as progress:
                    for _ in progress.track(range(kills), description="kill -9"):
                        await self._die_once()
                await asyncio.sleep(settle_s)
            finally:
                self._over = True

    def outcome(self, data: Path, kills: int) -> Outcome:
        """Judges the database that the stopped service left, and what the street saw."""
        with closing(sqlite3.connect(data / DATABASE_FILE)) as database:
            integrity = str(database.execute("PRAGMA integrity_check").fetchone()[0])
            counts = Counter(
                (str(camera), int(n)) for camera, n in database.execute("SELECT camera_id, n FROM count_record")
            )
            reasons = {str(reason) for (reason,) in database.execute("SELECT reason FROM override")}
        audit = [sys.executable, "-m", "chauraha", "admin", "audit", "verify", "--data", str(data)]
        streets = self._streets.values()
        first = sorted(self._first_poll_s)
        return Outcome(
            kills=kills,
            counts_acknowledged=len(self._counts),
            counts_lost=sum(counts[key] != 1 for key in self._counts),
            counts_in_database=counts.total(),
            overrides_acknowledged=len(self._overrides),
            overrides_lost=len(self._overrides - reasons),
            polls_answered=len(self._answered),
            seq_falls=sum(street.seq_falls for street in streets),
            unsafe=sum(len(street.unsafe()) for street in streets),
            leases_missed=sum(street.leases_missed for street in streets),
            integrity=integrity,
            audit_holds=subprocess.run(audit, check=False, stdout=subprocess.DEVNULL).returncode == 0,
            first_poll_s_median=first[len(first) // 2],
            first_poll_s_max=first[-1],
        )

    async def _die_once(self) -> None:
        await asyncio.sleep(self._chance.uniform(*UP_S))
        self._server.kill()
        await asyncio.sleep(self._chance.uniform(*DOWN_S))
        begun_s = time.monotonic()
        answered = len(self._answered)
        await asyncio.to_thread(self._server.start)
        while len(self._answered) == answered:
            await asyncio.sleep(0.01)
        self._first_poll_s.append(self._answered[answered] - begun_s)

    async def _tick(self) -> None:
        while not self._over:
            for street in self._streets.values():
                street.tick()
            await asyncio.sleep(0.05)

    async def _poll(self, key: str, wait_s: float) -> None:
        street, line = self._streets[key], _Line(self._server.port, self._boxes[key].controller)
        await asyncio.sleep(wait_s)
        while not self._over:
            begun_s = time.monotonic()
            status, body = await line.post(f"/v1/junctions/{key}/control", street.controller.status_document())
            if status == httpx.codes.OK:
                self._answered.append(time.monotonic())
                street.receive(body)
            else:
                street.controller.missed_poll()
            await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - begun_s)))

    async def _count(self, key: str, wait_s: float) -> None:
        street, line = self._streets[key], _Line(self._server.port, self._boxes[key].camera)
        await asyncio.sleep(wait_s)
        n = 0
        document = counts_document(street.site, n)
        while not self._over:
            status, _ = await line.post(f"/v1/junctions/{key}/counts", document)
            if status == httpx.codes.OK:
                self._counts.add((str(document["camera_id"]), n))
                n += 1
                document = counts_document(street.site, n)
            await asyncio.sleep(EVERY_S)

    async def _operate(self) -> None:
        line = _Line(self._server.port, {})
        number = 0
        while not self._over:
            key = self._chance.choice(list(self._streets))
            stage = self._chance.choice(self._streets[key].site.layout.stages)
            reason = f"kill trial {number}"
            document = {"kind": "stage", "stage_id": stage.id, "ttl_s": 5.0, "reason": reason}
            status, _ = await line.post(f"/v1/junctions/{key}/override", document)
            if status == httpx.codes.OK:
                self._overrides.add(reason)
            number += 1
            await asyncio.sleep(OVERRIDE_EVERY_S)


class _Line:
    """One caller's connection, opened again whenever it broke."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port = port
        self._headers = headers
        self._connection: Connection | None = None

    async def post(self, path: str, document: object) -> tuple[int, bytes]:
        """Status and body; status 0 when no answer came in time."""
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()

        def on_answer(status: int, body: bytes) -> None:
            if not answer.done():
                answer.set_result((status, body))

        try:
            if self._connection is None or not self._connection.alive:
                self._connection = await asyncio.wait_for(Connection.open(HOST, self._port), ANSWER_S)
            self._connection.ask(request_bytes("POST", path, orjson.dumps(document), self._headers), on_answer)
            return await asyncio.wait_for(answer, ANSWER_S)
        except (OSError, TimeoutError):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return 0, b""


if __name__ == "__main__":
    typer.run(main)
