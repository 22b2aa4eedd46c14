"""The service's folder: one process at a time, and all that must be kept of it in one file.

That is the database, the signing keys and the policies that were put beside them.
"""

from __future__ import annotations

import fcntl
import sqlite3
import tarfile
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import IO

from controller.access.audit import verify
from controller.database import DATABASE_FILE, bring_up_to_date, make_engine
from controller.migrations import NEWEST
from junction.errors import InputError

LOCK_FILE = "service.lock"
KEYS = "signing_key*.pem"
POLICIES = "policies/*"
MAX_MEMBERS = 200


def lock_folder(folder: Path) -> IO[str]:
    """Makes the folder where it is missing and holds it until the file is closed.

    Raises InputError for one that cannot be written, or that another process holds.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK_FILE).open("w")
    except OSError as wrong:
        raise InputError("data", expected="a folder that can be written", got=str(folder), hint=str(wrong)) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise InputError("data", expected="a folder that no other service uses", got=str(folder)) from None
    return file


def back_up(folder: Path, file: Path) -> None:
    """Writes the database as it is now, the signing keys and the policies into a new tar file; the service may be
    running.

    Raises InputError for a folder without a database, or a file that is there already.
    """
    if not (folder / DATABASE_FILE).is_file():
        raise InputError("data", expected=f"a folder with {DATABASE_FILE}", got=str(folder))
    if file.exists():
        raise InputError("FILE", expected="a file that is not there yet", got=str(file))
    beside = file.with_name(file.name + ".part")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / DATABASE_FILE
        with closing(sqlite3.connect(folder / DATABASE_FILE)) as live, closing(sqlite3.connect(copy)) as copied:
            live.backup(copied)
        try:
            beside.touch(mode=0o600)
            with tarfile.open(beside, "w:gz") as archive:
                archive.add(copy, copy.name)
                for path in (*sorted(folder.glob(KEYS)), *sorted(folder.glob(POLICIES))):
                    archive.add(path, str(path.relative_to(folder)))
            beside.replace(file)
        except OSError as wrong:
            beside.unlink(missing_ok=True)
            raise InputError("FILE", expected="a place that can be written", got=str(file), hint=str(wrong)) from None


async def restore(file: Path, folder: Path) -> Path | None:
    """Puts a backup in place of what the folder holds, once its database and its audit are known to be whole.

    Returns where the folder's own files were moved to; None when there were none. Raises InputError for a file that is
    no whole backup, and while a service uses the folder; the folder is then as it was.
    """
    with lock_folder(folder), tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        found = Path(scratch)
        _unpack(file, found)
        await _check(file, found / DATABASE_FILE)
        old = [path for pattern in (f"{DATABASE_FILE}*", KEYS, "policies") for path in folder.glob(pattern)]
        away = folder / time.strftime("before-restore-%Y%m%dT%H%M%S") if old else None
        if away is not None:
            away.mkdir()
            for path in old:
                path.rename(away / path.name)
        for path in sorted(found.iterdir()):
            path.rename(folder / path.name)
        return away


def _unpack(file: Path, into: Path) -> None:
    try:
        with tarfile.open(file, "r:gz") as archive:
            members = archive.getmembers()
            good = [one for one in members if one.isfile() and _is_ours(one.name)]
            if not len(good) == len(members) <= MAX_MEMBERS or DATABASE_FILE not in {one.name for one in members}:
                raise _no_backup(file, "other files in it")
            archive.extractall(into, members=good, filter="data")
    except (OSError, EOFError, tarfile.TarError) as wrong:
        raise _no_backup(file, str(wrong)) from None
    for path in into.iterdir():
        path.chmod(0o700 if path.is_dir() else 0o600)


def _is_ours(name: str) -> bool:
    parts = Path(name).parts
    if len(parts) == 1:
        return name == DATABASE_FILE or Path(name).match(KEYS)
    return len(parts) == 2 and parts[0] == "policies" and ".." not in parts


async def _check(file: Path, database: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as connection:
            verdict = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as wrong:
        raise _no_backup(file, str(wrong)) from None
    if verdict != "ok":
        raise _no_backup(file, f"a damaged database: {verdict}")
    engine = make_engine(f"sqlite:///{database}")
    try:
        await bring_up_to_date(engine)
        chain = await verify(engine)
    finally:
        await engine.dispose()
    if not chain.holds:
        raise _no_backup(file, f"an audit that does not hold: {chain.fault}")


def _no_backup(file: Path, got: str) -> InputError:
    return InputError(str(file), expected=f"a whole backup of this version or an earlier one (step {NEWEST})", got=got)
