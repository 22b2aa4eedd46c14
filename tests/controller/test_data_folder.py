"""Backups hold all that must be kept; a restore puts it back whole or changes nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from controller_parts import NINE_AT, serving

from chauraha.backup import backup as backup_command
from controller.data_folder import back_up, lock_folder, restore
from controller.database import DATABASE_FILE
from junction.errors import InputError


async def counted(folder: Path, reports: int, start_s: float = NINE_AT, then: Any = None) -> str:
    """A service that took that many reports; its signing key. `then` is called while it runs."""
    async with serving(folder, start_s=start_s) as rig:
        for _ in range(reports):
            await rig.send_counts()
            await rig.drive(1)
        if then is not None:
            await asyncio.to_thread(then)
        return str(rig.service.signer.key_id)


async def kept(folder: Path) -> int:
    async with serving(folder) as rig:
        return len(await rig.service.store.counts("J1", 0.0, 100))


async def test_a_backup_of_a_running_service_comes_back(tmp_path: Path) -> None:
    file, data = tmp_path / "backup.tgz", tmp_path / "data"
    (data / "policies").mkdir(parents=True)
    (data / "policies" / "night.json").write_text("{}")
    key_id = await counted(tmp_path, 3, then=lambda: back_up(data, file))
    assert file.stat().st_mode & 0o077 == 0
    (data / "signing_key.pem").unlink()
    (data / "policies" / "night.json").unlink()
    later_key = await counted(tmp_path, 0)
    assert later_key != key_id
    away = await restore(file, data)
    assert away is not None
    assert {path.name for path in away.iterdir()} >= {DATABASE_FILE, "signing_key.pem"}
    assert (data / "policies" / "night.json").read_text() == "{}"
    assert await kept(tmp_path) == 3
    assert await counted(tmp_path, 0) == key_id


async def test_a_backup_makes_a_service_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "backup.tgz"
    await counted(tmp_path, 2)
    back_up(tmp_path / "data", file)
    assert await restore(file, tmp_path / "elsewhere" / "data") is None
    assert await kept(tmp_path / "elsewhere") == 2


def packed(tmp_path: Path, **files: bytes) -> Path:
    archive = tmp_path / "made.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, body in files.items():
            path = tmp_path / "member"
            path.write_bytes(body)
            tar.add(path, name.replace("__", "/"))
    return archive


@pytest.mark.parametrize(
    "damage", ["truncated", "no archive", "no database", "another file", "outside", "garbage", "audit"]
)
async def test_what_is_no_whole_backup_changes_nothing(tmp_path: Path, damage: str) -> None:
    data, file = tmp_path / "data", tmp_path / "backup.tgz"
    await counted(tmp_path, 1)
    back_up(data, file)
    database = (data / DATABASE_FILE).read_bytes()
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif damage == "no archive":
        file.write_text("hello")
    elif damage == "no database":
        file = packed(tmp_path, **{"signing_key.pem": b"x"})
    elif damage == "another file":
        file = packed(tmp_path, **{DATABASE_FILE: database, "id_rsa": b"x"})
    elif damage == "outside":
        file = packed(tmp_path, **{DATABASE_FILE: database, "..__signing_key.pem": b"x"})
    elif damage == "garbage":
        file = packed(tmp_path, **{DATABASE_FILE: b"SQLite format 3\0" + b"\xff" * 4096})
    else:
        copy = tmp_path / "copy.sqlite"
        copy.write_bytes(database)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("UPDATE audit_head SET seq = seq + 1")
        file = packed(tmp_path, **{DATABASE_FILE: copy.read_bytes()})
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()}
    with pytest.raises(InputError, match="whole backup"):
        await restore(file, data)
    assert {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()} == before


async def test_not_under_a_running_service_and_not_over_a_file(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "backup.tgz"
    await counted(tmp_path, 1)
    back_up(data, file)
    with lock_folder(data), pytest.raises(InputError, match="no other service uses"):
        await restore(file, data)
    with pytest.raises(InputError, match="not there yet"):
        back_up(data, file)
    with pytest.raises(InputError, match=DATABASE_FILE):
        back_up(tmp_path / "nothing", tmp_path / "other.tgz")
    with pytest.raises(InputError, match="place that can be written"):
        back_up(data, tmp_path / "missing" / "b.tgz")
    with pytest.raises(InputError, match="pg_dump"):
        backup_command(tmp_path / "x.tgz", data, "postgresql://x/y")
