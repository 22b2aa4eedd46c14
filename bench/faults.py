"""What the service and the street do when the disk, the database, a clock or the network does what it should not.

    python -m bench.faults [--only NAME …] [--seconds 20] [--markdown FILE]

Every fault on a fresh `chauraha serve` under the load of a whole city: controllers that poll, cameras that post, an
operator. The load runs before the fault, through it and after it. Promised in each: polls are answered, no old document
is obeyed, `seq` never falls, no lamp is unsafe, and nothing that was acknowledged is lost. Needs root for the full disk
(a small tmpfs is mounted) and libfaketime for the server's clock (apt-get install faketime); without, it says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.city_load import CityLoad, Faithful
from controller.database import DATABASE_FILE
from controller.settings import ClockKind
from junction.files import write_whole
from rehearsal.server import ServerProcess, free_port

SETTLE_S = 45.0
"""Every junction is under the policy by then, and after the fault again."""
HOUR_S = 3600.0
DISK_BYTES = 32 * 2**20
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


@dataclass(kw_only=True)
class Trial:
    """A running service under load, its folder, and the file that bends its clock."""

    load: CityLoad
    data: Path
    clock_file: Path


Fault = Callable[[Trial], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What happened during the fault; the last five from beginning to end."""

    fault: str
    polls: int
    polls_unanswered: int
    counts_kept: int
    counts_refused: int
    overrides_kept: int
    overrides_refused: int
    leases_missed: int
    recovered: bool
    old_obeyed: int
    seq_falls: int
    unsafe: int
    lost: int

    @property
    def holds(self) -> bool:
        """Polls answered (all but one in a thousand), and every promise kept."""
        answered = self.polls_unanswered <= self.polls / 1000
        return answered and self.recovered and self.old_obeyed + self.seq_falls + self.unsafe + self.lost == 0


@asynccontextmanager
async def disk_full(trial: Trial) -> AsyncIterator[None]:
    """Not a byte is left where the database is."""
    filler = trial.data / "filler"
    file = os.open(filler, os.O_WRONLY | os.O_CREAT)
    for size in (65_536, 1):
        with contextlib.suppress(OSError):
            while True:
                os.write(file, b"\0" * size)
    os.close(file)
    yield
    filler.unlink()


@asynccontextmanager
async def database_locked(trial: Trial) -> AsyncIterator[None]:
    """Another process holds the database's write lock."""
    connection = sqlite3.connect(trial.data / DATABASE_FILE, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@asynccontextmanager
async def database_gone(trial: Trial) -> AsyncIterator[None]:
    """The database's file is moved away, and back."""
    files = [path for path in trial.data.iterdir() if path.name.startswith(DATABASE_FILE)]
    away = trial.data.with_name("away")
    away.mkdir()
    for path in files:
        path.rename(away / path.name)
    yield
    for path in trial.data.glob(f"{DATABASE_FILE}*"):
        path.unlink()
    for path in files:
        (away / path.name).rename(path)


def server_clock(shift_s: float) -> Fault:
    """The server's time of day jumps, and jumps back."""

    @asynccontextmanager
    async def fault(trial: Trial) -> AsyncIterator[None]:
        trial.clock_file.write_text(f"{shift_s:+.0f}s\n")
        yield
        trial.clock_file.write_text("+0s\n")

    return fault


def controllers_clocks(shift_s: float) -> Fault:
    """Every controller's time of day jumps, and jumps back."""

    @asynccontextmanager
    async def fault(trial: Trial) -> AsyncIterator[None]:
        for street in trial.load.streets.values():
            street.clock_error_s = shift_s
        yield
        for street in trial.load.streets.values():
            street.clock_error_s = 0.0

    return fault


class Unfaithful:
    """A network that delivers late, twice, in another order, and what it delivered long ago once more."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._sent: dict[str, list[bytes]] = {}

    async def deliver(self, junction_id: str, document: bytes) -> list[bytes]:
        sent = self._sent.setdefault(junction_id, [])
        sent.append(document)
        await asyncio.sleep(self._chance.uniform(0.0, 2.0))
        arriving = [self._chance.choice(sent[-10:]) for _ in range(2)] + [document] * self._chance.randrange(1, 3)
        self._chance.shuffle(arriving)
        return arriving


@asynccontextmanager
async def unfaithful_network(trial: Trial) -> AsyncIterator[None]:
    """Documents come up to 2 s late, twice, in another order, and again after others."""
    trial.load.messages = Unfaithful(random.Random(1))
    yield
    trial.load.messages = Faithful()


FAULTS: dict[str, Fault] = {
    "disk full": disk_full,
    "database locked": database_locked,
    "database gone": database_gone,
    "server's clock +1 h": server_clock(HOUR_S),
    "server's clock -1 h": server_clock(-HOUR_S),
    "controllers' clocks +1 h": controllers_clocks(HOUR_S),
    "controllers' clocks -1 h": controllers_clocks(-HOUR_S),
    "late, double, reordered, replayed": unfaithful_network,
}


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"Faults to try: {', '.join(FAULTS)}.")] = None,
    seconds: Annotated[float, typer.Option(min=5, help="How long a fault lasts.")] = 20.0,
    settle: Annotated[float, typer.Option(min=5, help="How long the load runs before and after it.")] = SETTLE_S,
    scenario: Annotated[str, typer.Option(help="Whose junctions are served.")] = "kanpur",
    markdown: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
) -> None:
    """Try each fault. Exit status 1 when a promise was broken."""
    found, missing = [], []
    for name in only or list(FAULTS):
        if name not in FAULTS:
            raise typer.BadParameter(f"expected one of {', '.join(FAULTS)}, got {name}")
        lacks = _lacks(name)
        if lacks:
            missing.append(f"{name}: not tried, {lacks}")
            continue
        Console(stderr=True).print(name)
        found.append(try_fault(name, scenario, seconds, settle))
    rows = [
        [one.fault, *(str(value) for value in list(vars(one).values())[1:]), "yes" if one.holds else "NO"]
        for one in found
    ]
    heads = ["fault", *(name.replace("_", " ") for name in list(Found.__annotations__)[1:]), "holds"]
    table = Table(*heads)
    for row in rows:
        table.add_row(*row)
    Console(width=200).print(table, *missing)
    if markdown is not None:
        lines = [heads, ["---"] * len(heads), *rows]
        write_whole(markdown, "".join(f"| {' | '.join(line)} |\n" for line in lines).encode())
    raise typer.Exit(0 if all(one.holds for one in found) else 1)


def try_fault(name: str, scenario: str, seconds: float, settle_s: float) -> Found:
    """One fault on a service of its own."""
    with tempfile.TemporaryDirectory() as folder, _data(Path(folder), full=name == "disk full") as data:
        clock_file = Path(folder) / "clock"
        clock_file.write_text("+0s\n")
        server = ServerProcess(
            port=free_port(),
            log_file=Path(folder) / "service.log",
            arguments=["--scenario", scenario, "--data", str(data)],
            clock=ClockKind.SYSTEM,
            environment=_bent_clock(clock_file) if name.startswith("server's clock") else {},
        )
        with server:
            load = CityLoad(server.port, scenario, random.Random(1))
            trial = Trial(load=load, data=data, clock_file=clock_file)
            return asyncio.run(_run(name, trial, server, seconds, settle_s))


async def _run(name: str, trial: Trial, server: ServerProcess, seconds: float, settle_s: float) -> Found:
    load = trial.load
    async with load.running():
        await asyncio.sleep(settle_s)
        before = _tally(load)
        async with FAULTS[name](trial):
            await asyncio.sleep(seconds)
            during = {key: value - before[key] for key, value in _tally(load).items()}
        await asyncio.sleep(settle_s)
        kept = len(load.counts)
        await asyncio.sleep(5.0)
        recovered = len(load.counts) > kept and all(street.controller.rung == 0 for street in load.streets.values())
    await asyncio.to_thread(server.stop)
    lost = load.lost(trial.data / DATABASE_FILE)
    return Found(
        fault=name,
        **during,
        recovered=recovered,
        old_obeyed=sum(street.renewed_by_old for street in load.streets.values()),
        seq_falls=load.seq_falls,
        unsafe=load.unsafe,
        lost=lost.counts + lost.overrides + lost.corridors,
    )


def _tally(load: CityLoad) -> dict[str, int]:
    return {
        "polls": len(load.answered) + load.unanswered["poll"],
        "polls_unanswered": load.unanswered["poll"],
        "counts_kept": len(load.counts),
        "counts_refused": load.unanswered["counts"],
        "overrides_kept": len(load.overrides),
        "overrides_refused": load.unanswered["override"],
        "leases_missed": load.leases_missed,
    }


def _lacks(name: str) -> str:
    if name == "disk full" and os.geteuid() != 0:
        return "needs root to mount a small disk"
    if name.startswith("server's clock") and not FAKETIME:
        return "needs libfaketime: apt-get install faketime"
    return ""


def _bent_clock(clock_file: Path) -> dict[str, str]:
    """The monotonic clock stays as it is, as it does on a machine whose time of day is set.

    The fix for monotonic waits, which libfaketime chooses by itself, makes every change of thread in Python wait for
    tens of milliseconds.
    """
    return {
        "LD_PRELOAD": str(FAKETIME[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock_file),
        "FAKETIME_CACHE_DURATION": "1",
        "NO_FAKE_STAT": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }


@contextmanager
def _data(folder: Path, *, full: bool) -> Iterator[Path]:
    """The service's folder; a small disk of its own where it is to be filled."""
    data = folder / "data"
    data.mkdir()
    if full:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(data)], check=True)
    try:
        yield data
    finally:
        if full:
            subprocess.run(["umount", "--lazy", str(data)], check=True)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    typer.run(main)
