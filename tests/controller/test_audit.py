"""The audit's chain: every act has a row, tampering is found, and it holds over restarts and concurrent writers."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from access_parts import ADMIN, PASSWORD, closed, make_user, sign_in
from controller_parts import serving
from sqlalchemy.ext.asyncio import create_async_engine

from controller.access.audit import verify
from controller.access.records import AccessRecords
from controller.access.roles import DeviceKind, Role
from controller.database import DATABASE_FILE
from controller.service import Service

SECRETS = ("password for tests", "$argon2", "chk_")


async def test_every_act_has_a_row(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        await make_user(rig, "asha", "operator")
        person = await sign_in(rig, "asha")
        await rig.http.post("/v1/login", json={"name": "asha", "password": "wrong"})
        release = {"kind": "release", "reason": "all clear"}
        assert (await person.post("/v1/junctions/J1/override", json=release)).status_code == 200
        await person.post("/v1/logout")
        made = await rig.make_key(DeviceKind.CAMERA, "J1")
        await rig.admin.post(f"/v1/device-keys/{made['id']}/rotate", json={})
        await rig.admin.delete(f"/v1/device-keys/{made['id']}")
        await rig.admin.patch("/v1/users/asha", json={"new_password": True})
        await rig.admin.delete("/v1/users/asha")
        acts = (await rig.admin.get("/v1/audit")).json()["acts"]
        assert [(a["actor"], a["action"], a["subject"]) for a in reversed(acts)] == [
            ("test", "user.add", ADMIN),
            (ADMIN, "login", ADMIN),
            ("test", "user.add", "asha"),
            ("asha", "login", "asha"),
            ("asha", "login.refused", "asha"),
            ("asha", "override", "J1"),
            ("asha", "logout", "asha"),
            (ADMIN, "key.add", made["id"]),
            (ADMIN, "key.rotate", made["id"]),
            (ADMIN, "key.revoke", made["id"]),
            (ADMIN, "user.change", "asha"),
            (ADMIN, "user.remove", "asha"),
        ]
        assert not any(secret in str(acts) for secret in (*SECRETS, PASSWORD))
        older = (await rig.admin.get("/v1/audit", params={"before": 3})).json()["acts"]
        assert [a["seq"] for a in older] == [2, 1]
        asked: dict[str, str | int] = {"actor": "ASHA", "action": "log", "before": 7}
        assert [a["seq"] for a in (await rig.admin.get("/v1/audit", params=asked)).json()["acts"]] == [5, 4]
        assert (await rig.admin.get("/v1/audit", params={"subject": "%"})).json()["acts"] == []
        chain = (await rig.admin.get("/v1/audit/chain")).json()
        assert chain == {"holds": True, "rows": 12, "head_hash": acts[0]["hash"], "fault": None}
        with sqlite3.connect(tmp_path / "data" / DATABASE_FILE) as database:
            database.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 6")
        chain = (await rig.admin.get("/v1/audit/chain")).json()
        assert (chain["holds"], chain["rows"], chain["fault"]) == (False, 5, "row 6 was changed")


async def test_the_chain_goes_on_after_a_restart_and_by_many_writers(tmp_path: Path) -> None:
    for _ in range(2):
        async with serving(tmp_path) as rig:
            release = {"kind": "release", "reason": "all clear"}
            paths = [f"/v1/junctions/{key}/override" for key in ("J1", "J2")] * 10
            answers = await asyncio.gather(*(rig.http.post(path, json=release) for path in paths))
            assert {answer.status_code for answer in answers} == {200}
    others = [create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/data/chauraha.sqlite") for _ in range(3)]
    try:
        await asyncio.gather(*(AccessRecords(o).note("x", "test", str(n), {}) for n in range(10) for o in others))
        verdict = await verify(others[0])
        assert verdict.fault is None
        assert verdict.rows == 2 * 20 + 30
        assert (await verify(others[0], known=(verdict.rows, verdict.head_hash))).holds
        assert not (await verify(others[0], known=(verdict.rows, "0" * 64))).holds
    finally:
        for engine in others:
            await engine.dispose()


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", "row 2 was changed"),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", "row 1 was changed"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 3", "row 3 was changed"),
        ("UPDATE audit SET hash = before_hash WHERE seq = 4", "row 4 was changed"),
        ("DELETE FROM audit WHERE seq = 2", "row 2 is missing"),
        ("DELETE FROM audit WHERE seq = 1", "row 1 is missing"),
        ("DELETE FROM audit WHERE seq = 4", "the head names row 4, the last row is 3"),
        ("DELETE FROM audit", "the head names row 4, the last row is 0"),
        ("UPDATE audit SET seq = 9 - seq WHERE seq IN (2, 3)", "row 2 is missing"),
        (
            "INSERT INTO audit SELECT 5, at, actor, action, subject, detail, before_hash, hash FROM audit LIMIT 1",
            "row 5 does not follow the row before it",
        ),
        ("DELETE FROM audit_head", "the head names row 0, the last row is 4"),
    ],
)
async def test_tampering_is_found(tmp_path: Path, tampering: str, fault: str) -> None:
    async with serving(tmp_path) as rig:
        for n in range(4):
            await rig.service.register.records.note("asha", "test", "x", {"n": n})
        assert (await verify(rig.service.store.engine)).rows == 4
        with sqlite3.connect(tmp_path / "data" / DATABASE_FILE) as connection:
            connection.execute(tampering)
        assert (await verify(rig.service.store.engine)).fault == fault


async def test_an_act_that_cannot_be_noted_does_not_happen(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        with sqlite3.connect(tmp_path / "data" / DATABASE_FILE) as connection:
            connection.execute("DROP TABLE audit")
        for method, path, body in (
            ("POST", "/v1/users", {"name": "asha", "role": "admin"}),
            ("POST", "/v1/device-keys", {"kind": "camera", "junction_id": "J1", "name": "x"}),
            ("POST", "/v1/junctions/J1/override", {"kind": "release", "reason": "all clear"}),
        ):
            assert (await rig.admin.request(method, path, json=body)).status_code == 503
        assert [user.name for user in await rig.service.register.records.users()] == [ADMIN]
        assert await rig.service.register.records.keys() == []
        assert await rig.service.store.overrides("J1", 10) == []


async def test_first_admin_once_and_not_in_clear(tmp_path: Path) -> None:
    async with serving(tmp_path, access="closed", clock="system") as rig:
        service: Service = rig.service
        password = await service.register.make_first_admin()
        assert password is not None
        assert await service.register.make_first_admin() is None
        answer = await rig.http.post("/v1/login", json={"name": "admin", "password": password})
        assert answer.json()["role"] == Role.ADMIN.word
        path = tmp_path / "data" / DATABASE_FILE
    held = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert password.encode() not in held
    assert b"$argon2id$" in held
    async with serving(tmp_path, access="closed", clock="system") as rig:
        assert await rig.service.register.make_first_admin() is None
