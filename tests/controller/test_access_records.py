"""Users, keys and the audit, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from controller.access.audit import verify
from controller.access.records import AccessRecords
from controller.access.roles import DeviceKind, Role
from controller.access.secrets import digest
from controller.database import bring_up_to_date, make_engine
from junction.errors import InputError


async def test_access_on_both_databases(database: str) -> None:
    engines = [make_engine(database) for _ in range(3)]
    first = AccessRecords(engines[0])
    try:
        await bring_up_to_date(engines[0])
        await first.add_user("asha", Role.ADMIN, "hash", "test")
        with pytest.raises(InputError, match="no user has yet"):
            await first.add_user("asha", Role.VIEWER, "hash", "test")
        with pytest.raises(InputError, match="the last one"):
            await first.remove_user("asha", "test")
        key_id, key = await first.add_key(DeviceKind.CAMERA, "J1", "pole", "test")
        new_id, _ = await first.rotate_key(key_id, 60.0, "test")
        await first.revoke_key(key_id, "test")
        keys = {one.id: one for one in await first.keys()}
        assert keys[key_id].key_sha256 == digest(key.encode())
        assert (keys[key_id].good_at(2e9), keys[new_id].good_at(2e9)) == (False, True)
        await first.add_session("token", "asha", 2e9, "127.0.0.1")
        assert [s.user_name for s in await first.sessions(1e9)] == ["asha"]
        writers = [AccessRecords(engine) for engine in engines]
        await asyncio.gather(*(one.note("x", "test", str(n), {"n": n}) for n in range(10) for one in writers))
        verdict = await verify(engines[0])
        assert verdict.fault is None
        # Two acts were refused after their row was written in the same transaction: nothing of them is left.
        assert verdict.rows == 5 + 30
        assert await first.newest_act() == 35
        async with engines[0].begin() as connection:
            await connection.execute(text("UPDATE audit SET actor = 'y' WHERE seq = 7"))
        assert (await verify(engines[0])).fault == "row 7 was changed"
    finally:
        for engine in engines:
            await engine.dispose()
