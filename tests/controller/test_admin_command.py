"""`chauraha admin`: users, keys, audit and signing keys of a data folder, beside a running service too."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path

import pytest
from access_parts import closed, sign_in
from typer.testing import CliRunner

from chauraha.admin import app
from controller.access.secrets import password_holds
from controller.database import DATABASE_FILE
from controller.key_ring import KeyRing
from controller.migrations import NEWEST
from junction.errors import InputError


def run(folder: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, "--data", str(folder)])
    if isinstance(done.exception, InputError):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / DATABASE_FILE) as connection:
        return connection.execute(query).fetchall()


def test_users(tmp_path: Path) -> None:
    password = re.findall(r"password: (\S+)", run(tmp_path, "user", "add", "asha", "--role", "admin"))[0]
    ((password_hash,),) = rows(tmp_path, "SELECT password_hash FROM user_account")
    assert password_holds(str(password_hash), password)
    for words in (("user", "remove", "asha"), ("user", "role", "asha", "viewer")):
        with pytest.raises(InputError, match="the last one"):
            run(tmp_path, *words)
    run(tmp_path, "user", "add", "ravi", "--role", "operator")
    run(tmp_path, "user", "role", "ravi", "engineer")
    assert "ravi                 engineer" in run(tmp_path, "user", "list")
    run(tmp_path, "user", "password", "ravi")
    run(tmp_path, "user", "remove", "ravi")
    assert "ravi" not in run(tmp_path, "user", "list")
    for words in (("asha", "viewer"), ("Asha!", "viewer"), ("new", "king")):
        with pytest.raises(InputError):
            run(tmp_path, "user", "add", words[0], "--role", words[1])
    actions = [row[0] for row in rows(tmp_path, "SELECT action FROM audit ORDER BY seq")]
    assert actions == ["user.add", "user.add", "user.change", "user.change", "user.remove"]


def test_keys_and_audit(tmp_path: Path) -> None:
    file = tmp_path / "box.key"
    made = run(tmp_path, "key", "add", "--kind", "camera", "--junction", "J1", "--name", "pole 3", "--out", str(file))
    key_id = made.partition(":")[0]
    assert file.read_text().startswith("chk_")
    assert file.stat().st_mode & 0o777 == 0o600
    new_id, new_key = run(tmp_path, "key", "rotate", key_id, "--overlap", "60").split()
    run(tmp_path, "key", "revoke", key_id)
    listed = run(tmp_path, "key", "list")
    assert re.search(rf"{key_id}.*ended", listed)
    assert re.search(rf"{new_id}.*in use", listed)
    assert new_key not in listed
    known = run(tmp_path, "audit", "verify").strip()
    assert known.startswith("3:")
    run(tmp_path, "key", "revoke", new_id)
    run(tmp_path, "audit", "verify", "--known", known)
    with sqlite3.connect(tmp_path / DATABASE_FILE) as connection:
        connection.execute("UPDATE audit SET subject = 'x' WHERE seq = 2")
    assert "row 2 was changed" in run(tmp_path, "audit", "verify", code=1)
    for words in (
        ("key", "add", "--kind", "bus", "--junction", "J1", "--name", "x"),
        ("key", "revoke", "nothing"),
        ("audit", "verify", "--known", "x"),
    ):
        with pytest.raises(InputError):
            run(tmp_path, *words)


def test_signing_keys(tmp_path: Path) -> None:
    first = KeyRing(tmp_path).key_id
    run(tmp_path, "signing", "rotate", "--overlap", "0")
    ring = KeyRing(tmp_path)
    assert ring.key_id != first
    assert f"{ring.key_id}  signs" in run(tmp_path, "signing", "list")
    run(tmp_path, "signing", "forget", first)
    assert [one.signer.key_id for one in KeyRing(tmp_path).keys] == [ring.key_id]
    assert rows(tmp_path, "SELECT action FROM audit ORDER BY seq") == [("signing.rotate",), ("signing.forget",)]


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_text("hello")
    with pytest.raises(InputError, match="database"):
        run(tmp_path, "user", "list")
    with pytest.raises(InputError, match="postgresql://"):
        run(tmp_path, "user", "list", "--database", "mysql://x")


def test_tables_down_and_up(tmp_path: Path) -> None:
    assert run(tmp_path, "database", "current") == f"none (newest: {NEWEST})\n"
    assert run(tmp_path, "database", "upgrade") == f"{NEWEST} (newest: {NEWEST})\n"
    assert run(tmp_path, "database", "downgrade", "0001") == f"0001 (newest: {NEWEST})\n"
    with pytest.raises(InputError, match="one of base, 0001"):
        run(tmp_path, "database", "downgrade", "7")
    run(tmp_path, "user", "list")  # any command brings them up to date
    assert run(tmp_path, "database", "current").startswith(NEWEST)


async def test_beside_a_running_service(tmp_path: Path) -> None:
    """What the command changes counts within a second, and the chain holds through both writers."""
    async with closed(tmp_path) as rig:
        folder = tmp_path / "data"
        made = await asyncio.to_thread(
            run, folder, "key", "add", "--kind", "controller", "--junction", "J1", "--name", "x"
        )
        key_id, key = made.split()
        await asyncio.sleep(1.2)
        path, header = "/v1/junctions/J1/control", {"Authorization": f"Bearer {key}"}
        assert (await rig.http.get(path, headers=header)).status_code == 200
        await asyncio.to_thread(run, folder, "key", "revoke", key_id)
        await asyncio.sleep(1.2)
        assert (await rig.http.get(path, headers=header)).status_code == 401
        await sign_in(rig, "root")
        assert (await asyncio.to_thread(run, folder, "audit", "verify")).startswith("5:")
