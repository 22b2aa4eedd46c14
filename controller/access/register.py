"""Who is who, held in memory: keys and sessions by the hash of their secret. The database is where it comes from.

What this process changes counts at once; what another changed (`chauraha admin …` beside a running service) within
`REFRESH_S`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from sqlalchemy.exc import SQLAlchemyError

from controller.access.records import AccessRecords, User
from controller.access.roles import Principal, Role
from controller.access.secrets import digest, hash_password, new_password
from controller.trouble import Trouble

REFRESH_S = 1.0
FIRST_ADMIN = "admin"

_log = logging.getLogger(__name__)


class Register:
    """Call `start` before anything else and `stop` at the end."""

    def __init__(self, records: AccessRecords) -> None:
        self.records = records
        self._users: dict[str, User] = {}
        self._devices: dict[bytes, Principal] = {}
        self._sessions: dict[bytes, tuple[Principal, float]] = {}
        self._read_act: int | None = None
        self._next_end_s = float("inf")
        self._reading = asyncio.Lock()
        self._refresher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.reload()
        self._refresher = asyncio.create_task(self._refresh_forever(), name="access register")

    async def stop(self) -> None:
        if self._refresher is not None:
            self._refresher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._refresher

    async def make_first_admin(self) -> str | None:
        """Makes the user `admin` where there is no user at all. Returns its password, which is nowhere else."""
        if self._users:
            return None
        password = new_password()
        await self.records.add_user(
            FIRST_ADMIN, Role.ADMIN, await asyncio.to_thread(hash_password, password), actor="first start"
        )
        await self.reload()
        return password

    def user(self, name: str) -> User | None:
        return self._users.get(name)

    def device(self, key: bytes) -> Principal | None:
        """The device whose key this is; a look-up, for every poll asks."""
        return self._devices.get(digest(key))

    def session(self, token: str) -> Principal | None:
        """Whom that session's cookie signs in."""
        found = self._sessions.get(digest(token.encode()))
        return found[0] if found is not None and time.time() < found[1] else None

    async def reload(self) -> None:
        """Reads what the acts since the last reading may have changed. Raises SQLAlchemyError; what was known stays."""
        async with self._reading:
            if self._read_act is None:
                newest, actions = await self.records.newest_act(), {"key.", "user."}
            else:
                newest, actions = await self.records.acts_since(self._read_act)
            now_s = time.time()
            if now_s >= self._next_end_s or any(action.startswith("key.") for action in actions):
                await self._read_keys(now_s)
            if any(action.startswith(("user.", "login", "logout")) for action in actions):
                await self._read_people(now_s)
            self._read_act = newest

    async def _read_keys(self, now_s: float) -> None:
        keys = [key for key in await self.records.keys() if key.good_at(now_s)]
        self._devices = {
            key.key_sha256: Principal(
                name=f"{key.name} ({key.id})", by="key", device=key.kind, junction_id=key.junction_id or None
            )
            for key in keys
        }
        self._next_end_s = min((key.ends_at for key in keys if key.ends_at is not None), default=float("inf"))

    async def _read_people(self, now_s: float) -> None:
        users = {user.name: user for user in await self.records.users()}
        sessions = [session for session in await self.records.sessions(now_s) if session.user_name in users]
        self._users = users
        self._sessions = {
            s.token_sha256: (Principal(name=s.user_name, by="session", role=users[s.user_name].role), s.ends_at)
            for s in sessions
        }

    async def _refresh_forever(self) -> None:
        trouble = Trouble(_log, "users and keys cannot be read; those known stay")
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.reload()
                trouble.over()
            except SQLAlchemyError as error:
                trouble.failed(error)
