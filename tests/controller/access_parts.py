"""A closed service with an admin, for the tests of who may do what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from controller_parts import make_scenario
from fastapi import FastAPI

from controller.access.roles import ROLES, DeviceKind, Role
from controller.app import create_app
from controller.service import Service
from controller.settings import Settings

ADMIN = "root"
PASSWORD = "a password for tests"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Cheap on purpose: its parameters stand in the hash, so it is checked as cheaply."""
ORIGIN = {"Origin": "https://localhost"}


def stop_window_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a service made from now on counts happens in one window: no wait, no minute that turns."""
    monkeypatch.setattr("controller.access.rates.window_clock", lambda: 1_000.0)


class Closed:
    """A closed service on the machine's clock: a stranger's client, and an admin's that is signed in."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, stack: AsyncExitStack) -> None:
        self.app, self.http, self._stack = app, http, stack
        self.service: Service = app.state.service
        self.admin = http

    async def client(self, headers: Mapping[str, str]) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        made = httpx.AsyncClient(transport=transport, base_url="https://localhost", headers=headers)
        return await self._stack.enter_async_context(made)

    async def make_key(self, kind: DeviceKind, junction_id: str) -> dict[str, Any]:
        body = {"kind": kind, "junction_id": junction_id, "name": "box"}
        answer = await self.admin.post("/v1/device-keys", json=body)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def key(self, kind: DeviceKind, junction_id: str) -> dict[str, str]:
        """The header of a new device's key."""
        return {"Authorization": f"Bearer {(await self.make_key(kind, junction_id))['key']}"}


@asynccontextmanager
async def closed(folder: Path, **settings: Any) -> AsyncIterator[Closed]:
    made = Settings.model_validate({"data": folder / "data", "policy": "none", **settings})
    async with AsyncExitStack() as stack:
        app = create_app(made, make_scenario(folder))
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="https://localhost"))
        rig = Closed(app, http, stack)
        await rig.service.register.records.add_user(ADMIN, Role.ADMIN, HASH, "test")
        await rig.service.register.reload()
        rig.admin = await sign_in(rig, ADMIN)
        yield rig


async def make_user(rig: Closed, name: str, role: str) -> None:
    await rig.service.register.records.add_user(name, ROLES[role], HASH, "test")
    await rig.service.register.reload()


async def sign_in(rig: Closed, name: str, headers: Mapping[str, str] = ORIGIN) -> httpx.AsyncClient:
    """A client that is signed in; it says where it comes from as a browser would, unless told otherwise."""
    client = await rig.client(headers)
    answer = await client.post("/v1/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return client
