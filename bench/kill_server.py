"""What is left after the service is killed a hundred times in the middle of its work.

    python -m bench.kill_server [--kills 100] [--scenario kanpur] [--seed 1] [--json FILE]

A real `chauraha serve` is ended by `kill -9` at a random moment and started again, while every junction's controller
polls once a second, every junction's camera posts counts once a second (the same one again until it is acknowledged,
as a camera's spool does) and an operator posts overrides and opens green corridors. Judged at the end: everything that
was acknowledged is in the database, each count once; `seq` never fell; the database and the audit's chain are whole;
how soon after each start the first poll was answered; how far the controllers fell, and whether a lamp was unsafe.
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
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.city_load import CityLoad
from controller.database import DATABASE_FILE
from controller.settings import ClockKind
from junction.files import write_whole
from rehearsal.server import ServerProcess, free_port

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
    corridors_acknowledged: int
    corridors_lost: int
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
        lost = self.counts_lost + self.overrides_lost + self.corridors_lost
        broken = lost + self.seq_falls + self.unsafe + self.leases_missed
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
    """A city's load against one service that keeps dying. The service must be running."""

    def __init__(self, server: ServerProcess, scenario: str, chance: random.Random) -> None:
        self._server = server
        self._chance = chance
        self._load = CityLoad(server.port, scenario, chance)
        self._first_poll_s: list[float] = []

    async def run(self, kills: int, settle_s: float) -> None:
        """Starts the load, kills the service that often, and lets the city come to rest."""
        async with self._load.running():
            await asyncio.sleep(settle_s)
            with Progress() as progress:
                for _ in progress.track(range(kills), description="kill -9"):
                    await self._die_once()
            await asyncio.sleep(settle_s)

    def outcome(self, data: Path, kills: int) -> Outcome:
        """Judges the database that the stopped service left, and what the street saw."""
        with closing(sqlite3.connect(data / DATABASE_FILE)) as database:
            integrity = str(database.execute("PRAGMA integrity_check").fetchone()[0])
            (in_database,) = database.execute("SELECT count(*) FROM count_record").fetchone()
        lost = self._load.lost(data / DATABASE_FILE)
        audit = [sys.executable, "-m", "chauraha", "admin", "audit", "verify", "--data", str(data)]
        load = self._load
        first = sorted(self._first_poll_s)
        return Outcome(
            kills=kills,
            counts_acknowledged=len(load.counts),
            counts_lost=lost.counts,
            counts_in_database=in_database,
            overrides_acknowledged=len(load.overrides),
            overrides_lost=lost.overrides,
            corridors_acknowledged=len(load.corridors),
            corridors_lost=lost.corridors,
            polls_answered=len(load.answered),
            seq_falls=load.seq_falls,
            unsafe=load.unsafe,
            leases_missed=load.leases_missed,
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
        answered = len(self._load.answered)
        await asyncio.to_thread(self._server.start)
        while len(self._load.answered) == answered:
            await asyncio.sleep(0.01)
        self._first_poll_s.append(self._load.answered[answered] - begun_s)


if __name__ == "__main__":
    typer.run(main)
