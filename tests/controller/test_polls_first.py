"""A service that was just started: polls are answered before anything else is loaded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from controller_parts import NINE_AT, make_scenario, status_body

from controller import serving
from controller.polls import ControlEndpoint, poll_endpoint
from controller.service import Service
from controller.settings import Settings


def started(folder: Path) -> ControlEndpoint:
    settings = Settings.model_validate({"data": folder / "data", "clock": "driven", "access": "open"})
    return poll_endpoint(Service(settings, make_scenario(folder)))


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Everything else is not loaded before that."""
    may_load, load = threading.Event(), serving._load_rest

    def load_when_told(control: ControlEndpoint) -> object:
        may_load.wait(20)
        return load(control)

    monkeypatch.setattr(serving, "_load_rest", load_when_told)
    monkeypatch.setattr(serving, "HEAD_START_S", 0.0)
    yield may_load
    may_load.set()


async def test_polls_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    control = started(tmp_path)
    await control.service.start()
    await control.service.drive_to(NINE_AT)
    app = serving.PollsFirst(control)
    with held(monkeypatch) as may_load:
        loading = app.load()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as http:
            health = asyncio.create_task(http.get("/healthz"))
            answer = await http.post("/v1/junctions/J1/control", json=status_body("J1", at=NINE_AT))
            assert answer.json()["schema"] == "chauraha.control/1"
            assert not health.done()
            may_load.set()
            assert (await health).json() == {"ok": True}
            assert (await http.get("/v1/state")).status_code == 200
        await loading
    await control.service.stop()


async def test_without_the_rest_the_process_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    control = started(tmp_path)
    app = serving.PollsFirst(control)
    monkeypatch.setattr(serving, "_load_rest", lambda _: 1 / 0)
    monkeypatch.setattr(serving, "HEAD_START_S", 0.0)
    server = serving._Server(uvicorn.Config(app), control.service)
    loading = app.load()
    loading.add_done_callback(server.loaded)
    with pytest.raises(ZeroDivisionError):
        await loading
    assert server.should_exit
