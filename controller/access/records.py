"""Users, sessions, device keys and the audit in the database. A change and its audit row are written together.

`actor` is who makes the change: a user's name, a key's, "open access", or "command line".
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from controller.access.audit import Act, append
from controller.access.roles import ROLES, DeviceKind, Role
from controller.access.secrets import digest, new_key
from controller.tables import AUDIT, AUDIT_HEAD, DEVICE_KEY, USER_ACCOUNT, USER_SESSION
from junction.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    name: str
    role: Role
    password_hash: str
    made_at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    token_sha256: bytes
    user_name: str
    ends_at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceKey:
    """`ends_at` None: until it is revoked."""

    id: str
    kind: DeviceKind
    junction_id: str
    name: str
    key_sha256: bytes
    made_at: float
    ends_at: float | None

    def good_at(self, now_s: float) -> bool:
        return self.ends_at is None or now_s < self.ends_at


class AccessRecords:
    """Queries on the engine of a database that is up to date (`controller.database.bring_up_to_date`)."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def users(self) -> list[User]:
        rows = await self._rows(select(USER_ACCOUNT).order_by(USER_ACCOUNT.c.name))
        return [
            User(name=r["name"], role=ROLES[r["role"]], password_hash=r["password_hash"], made_at=r["made_at"])
            for r in rows
        ]

    async def sessions(self, now_s: float) -> list[Session]:
        """Those that are not over."""
        rows = await self._rows(select(USER_SESSION).where(USER_SESSION.c.ends_at > now_s))
        return [
            Session(token_sha256=bytes(r["token_sha256"]), user_name=r["user_name"], ends_at=r["ends_at"]) for r in rows
        ]

    async def keys(self) -> list[DeviceKey]:
        """Every key ever made, the newest last."""
        rows = await self._rows(select(DEVICE_KEY).order_by(DEVICE_KEY.c.made_at, DEVICE_KEY.c.id))
        return [_key_of(row) for row in rows]

    async def add_user(self, name: str, role: Role, password_hash: str, actor: str) -> None:
        """Raises InputError for a name that is taken."""
        values = {"name": name, "role": role.word, "password_hash": password_hash, "made_at": time.time()}
        try:
            async with self._acting(actor, "user.add", name, {"role": role.word}) as connection:
                await connection.execute(insert(USER_ACCOUNT).values(values))
        except IntegrityError:
            raise InputError("name", expected="a name that no user has yet", got=name) from None

    async def change_user(
        self, name: str, actor: str, *, role: Role | None = None, password_hash: str | None = None
    ) -> None:
        """Changes what is given and signs the user out. Raises InputError for no such user or the last admin."""
        changes: dict[str, Any] = {}
        if role is not None:
            changes["role"] = role.word
        if password_hash is not None:
            changes["password_hash"] = password_hash
        detail = {"role": role.word if role is not None else None, "password": password_hash is not None}
        async with self._acting(actor, "user.change", name, detail) as connection:
            await _must_leave_an_admin(connection, name, loses_role=role not in (None, Role.ADMIN))
            if changes:
                await connection.execute(update(USER_ACCOUNT).where(USER_ACCOUNT.c.name == name).values(changes))
            await connection.execute(delete(USER_SESSION).where(USER_SESSION.c.user_name == name))

    async def remove_user(self, name: str, actor: str) -> None:
        """Removes a user and signs it out. Raises InputError for no such user or the last admin."""
        async with self._acting(actor, "user.remove", name, {}) as connection:
            await _must_leave_an_admin(connection, name, loses_role=True)
            await connection.execute(delete(USER_ACCOUNT).where(USER_ACCOUNT.c.name == name))
            await connection.execute(delete(USER_SESSION).where(USER_SESSION.c.user_name == name))

    async def add_session(self, token: str, user_name: str, ends_at: float, address: str) -> None:
        """Signs a user in, and forgets sessions that are over."""
        now_s = time.time()
        values = {"token_sha256": digest(token.encode()), "user_name": user_name, "made_at": now_s, "ends_at": ends_at}
        async with self._acting(user_name, "login", user_name, {"address": address}) as connection:
            await connection.execute(insert(USER_SESSION).values(values))
            await connection.execute(delete(USER_SESSION).where(USER_SESSION.c.ends_at <= now_s))

    async def remove_session(self, token: str, user_name: str) -> None:
        async with self._acting(user_name, "logout", user_name, {}) as connection:
            of_token = USER_SESSION.c.token_sha256 == digest(token.encode())
            await connection.execute(delete(USER_SESSION).where(of_token))

    async def add_key(self, kind: DeviceKind, junction_id: str, name: str, actor: str) -> tuple[str, str]:
        """Makes a device's key ("": of no junction, for a monitor). Returns its id and the key itself, not kept.

        Raises InputError for a monitor of a junction, or another device of none.
        """
        if (kind is DeviceKind.MONITOR) != (junction_id == ""):
            expected = "no junction for a monitor" if kind is DeviceKind.MONITOR else f"the junction of the {kind}"
            raise InputError("junction_id", expected=expected, got=junction_id or "none")
        key, key_id, insertion = _new_row(kind, junction_id, name)
        detail = {"kind": str(kind), "junction_id": junction_id, "name": name}
        async with self._acting(actor, "key.add", key_id, detail) as connection:
            await connection.execute(insertion)
        return key_id, key

    async def rotate_key(self, key_id: str, overlap_s: float, actor: str) -> tuple[str, str]:
        """Makes a key in place of another, which ends after the overlap. Raises InputError for one not in use."""
        async with self._acting(actor, "key.rotate", key_id, {"overlap_s": overlap_s}) as connection:
            old = await _good_key(connection, key_id)
            key, new_id, insertion = _new_row(old.kind, old.junction_id, old.name)
            ends_at = min(time.time() + overlap_s, old.ends_at or float("inf"))
            await connection.execute(insertion)
            await connection.execute(update(DEVICE_KEY).where(DEVICE_KEY.c.id == key_id).values(ends_at=ends_at))
        return new_id, key

    async def revoke_key(self, key_id: str, actor: str) -> None:
        """Ends a key now. Raises InputError for one not in use."""
        async with self._acting(actor, "key.revoke", key_id, {}) as connection:
            await _good_key(connection, key_id)
            ending = update(DEVICE_KEY).where(DEVICE_KEY.c.id == key_id).values(ends_at=time.time())
            await connection.execute(ending)

    async def note(self, actor: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """An act that changes nothing else in the database."""
        async with self._acting(actor, action, subject, detail):
            pass

    async def newest_act(self) -> int:
        """Number of the last audit row: it rises with every change, of whatever process."""
        return int((await self._rows(select(func.coalesce(func.max(AUDIT_HEAD.c.seq), 0).label("seq"))))[0]["seq"])

    async def acts_since(self, seq: int) -> tuple[int, set[str]]:
        """Number of the last audit row, and what was done after row `seq`."""
        rows = await self._rows(select(AUDIT.c.seq, AUDIT.c.action).where(AUDIT.c.seq > seq).order_by(AUDIT.c.seq))
        return (rows[-1]["seq"] if rows else seq), {row["action"] for row in rows}

    async def acts(
        self, before: int | None, limit: int, *, actor: str = "", action: str = "", subject: str = ""
    ) -> list[Mapping[str, Any]]:
        """Audit rows below that number, newest first; those that hold these words, in capitals or not."""
        query = select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(limit)
        for column, word in ((AUDIT.c.actor, actor), (AUDIT.c.action, action), (AUDIT.c.subject, subject)):
            if word:
                query = query.where(column.icontains(word, autoescape=True))
        return await self._rows(query if before is None else query.where(AUDIT.c.seq < before))

    @asynccontextmanager
    async def _acting(
        self, actor: str, action: str, subject: str, detail: Mapping[str, Any]
    ) -> AsyncIterator[AsyncConnection]:
        """A transaction that begins with the act's audit row."""
        async with self.engine.begin() as connection:
            await append(connection, Act(actor=actor, action=action, subject=subject, detail=detail))
            yield connection

    async def _rows(self, query: Executable) -> list[Mapping[str, Any]]:
        async with self.engine.connect() as connection:
            result = await connection.execute(query)
            return [{str(name): value for name, value in row.items()} for row in result.mappings()]


async def _must_leave_an_admin(connection: AsyncConnection, name: str, *, loses_role: bool) -> None:
    rows = (await connection.execute(select(USER_ACCOUNT.c.name, USER_ACCOUNT.c.role))).all()
    admins = {row.name for row in rows if row.role == Role.ADMIN.word}
    if name not in {row.name for row in rows}:
        raise InputError("name", expected=f"one of {sorted(row.name for row in rows)}", got=name)
    if loses_role and admins == {name}:
        raise InputError("name", expected="an admin to be left", got=f"{name}, the last one")


async def _good_key(connection: AsyncConnection, key_id: str) -> DeviceKey:
    row = (await connection.execute(select(DEVICE_KEY).where(DEVICE_KEY.c.id == key_id))).mappings().first()
    key = _key_of(row) if row is not None else None
    if key is None or not key.good_at(time.time()):
        raise InputError("key_id", expected="a key that is in use", got=key_id)
    return key


def _key_of(row: Mapping[Any, Any]) -> DeviceKey:
    return DeviceKey(
        id=row["id"],
        kind=DeviceKind(row["kind"]),
        junction_id=row["junction_id"],
        name=row["name"],
        key_sha256=bytes(row["key_sha256"]),
        made_at=row["made_at"],
        ends_at=row["ends_at"],
    )


def _new_row(kind: DeviceKind, junction_id: str, name: str) -> tuple[str, str, Executable]:
    key, key_id = new_key(), secrets.token_hex(5)
    values = {
        "id": key_id,
        "kind": str(kind),
        "junction_id": junction_id,
        "name": name,
        "key_sha256": digest(key.encode()),
        "made_at": time.time(),
        "ends_at": None,
    }
    return key, key_id, insert(DEVICE_KEY).values(values)
