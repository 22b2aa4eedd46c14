"""Polls that are answered on the connection, and everything that is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from access_parts import Closed, closed, stop_window_clock
from controller_parts import status_body
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from controller.access.gate import DEVICE_RATE
from controller.access.roles import DeviceKind
from controller.poll_protocol import PollProtocol
from controller.polls import ControlEndpoint

PATH = "/v1/junctions/J1/control"


@dataclass(kw_only=True)
class Line:
    """One service behind uvicorn's own connection or ours, and what the application was asked for."""

    rig: Closed
    port: int
    asked: list[str]
    key: dict[str, str]


@asynccontextmanager
async def line(rig: Closed, *, ours: bool) -> AsyncIterator[Line]:
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(f"{scope['method']} {scope['path']}")
        await rig.app(scope, receive, send)

    config = uvicorn.Config(app, lifespan="off", access_log=False, server_header=False, date_header=False)
    config.load()
    control: ControlEndpoint = rig.app.control  # type: ignore[attr-defined]
    kind: Callable[..., asyncio.Protocol] = partial(PollProtocol, control) if ours else HttpToolsProtocol
    shared = ServerState()
    shared.default_headers = [(b"date", b"today")]
    make = partial(kind, config=config, server_state=shared, app_state={})
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    async with server:
        key = await rig.key(DeviceKind.CONTROLLER, "J1")
        yield Line(rig=rig, port=server.sockets[0].getsockname()[1], asked=asked, key=key)


@asynccontextmanager
async def client(to: Line) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{to.port}") as http:
        yield http


def raw(method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    every = {"Host": "localhost", "Content-Length": str(len(body)), **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    length = next(int(at[15:]) for at in head.lower().split(b"\r\n") if at.startswith(b"content-length:"))
    return int(head.split()[1]), await asyncio.wait_for(reader.readexactly(length), 20)


async def test_a_plain_poll_is_answered_with_the_same_bytes_both_ways(tmp_path: Path) -> None:
    answers = []
    async with closed(tmp_path, clock="driven") as rig:
        for ours in (False, True):
            async with line(rig, ours=ours) as to:
                reader, writer = await asyncio.open_connection("127.0.0.1", to.port)
                poll = raw("POST", PATH, orjson.dumps(BODY), to.key)
                found = b""
                for _ in range(2):
                    writer.write(poll)
                    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
                    found += head + await reader.readexactly(len(rig.service.states["J1"].control))
                assert len(to.asked) == (0 if ours else 2)
                answers.append(found)
                writer.close()
    assert answers[0] == answers[1]


async def test_a_plain_poll_passes_no_application(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig, line(rig, ours=True) as to, client(to) as http:
        state, polled = rig.service.states["J1"], rig.service.metrics.polled
        before = polled._value.get()
        report = status_body("J1", at=rig.service.clock.now_s())
        found = await http.post(PATH, json=report, headers=to.key)
        assert (found.status_code, found.content) == (200, state.control)
        assert state.report is not None
        assert state.report.document["boot_id"] == report["boot_id"]
        assert polled._value.get() == before + 1
        assert to.asked == []


BODY = status_body("J1", at=1.0)
UNUSUAL: dict[str, dict[str, Any]] = {
    "no key": {"json": BODY, "headers": {}},
    "unknown key": {"json": BODY, "headers": {"Authorization": "Bearer nobody"}},
    "no bearer": {"json": BODY, "headers": {"Authorization": "Basic nobody"}},
    "another junction's": {"url": "/v1/junctions/J2/control", "json": status_body("J2", at=1.0)},
    "no such junction": {"url": "/v1/junctions/J9/control", "json": BODY},
    "no JSON": {"content": b"{"},
    "no report": {"json": {"schema": "chauraha.status/1"}},
    "other groups": {"json": {**BODY, "signals": {**BODY["signals"], "stage": "nowhere"}}},
    "too long": {"content": b" " * 300_000},
    "get": {"method": "GET"},
    "head": {"method": "HEAD"},
    "waits to be told": {"json": BODY, "more_headers": {"Expect": "100-continue"}},
    "last of its connection": {"json": BODY, "more_headers": {"Connection": "close"}},
    "with a query": {"url": f"{PATH}?a=1", "json": BODY},
    "escaped": {"url": "/v1/junctions/%4A1/control", "json": BODY},
    "put": {"method": "PUT", "json": BODY},
}


@pytest.mark.parametrize("name", UNUSUAL)
async def test_what_is_no_plain_poll_is_answered_as_ever(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_window_clock(monkeypatch)
    answers = []
    async with closed(tmp_path, clock="driven") as rig:
        for ours in (False, True):
            async with line(rig, ours=ours) as to, client(to) as http:
                request = {"method": "POST", "url": PATH, "headers": to.key, **UNUSUAL[name]}
                request["headers"] = {**request["headers"], **request.pop("more_headers", {})}
                found = await http.request(**request)
                answers.append((found.status_code, found.content, found.headers.multi_items()))
                assert len(to.asked) == 1
    assert answers[0] == answers[1]


async def test_a_report_in_pieces_and_one_of_unknown_length(tmp_path: Path) -> None:
    body = orjson.dumps(BODY)
    async with closed(tmp_path) as rig, line(rig, ours=True) as to, client(to) as http:

        async def pieces() -> AsyncIterator[bytes]:
            yield body[:100]
            yield body[100:]

        found = await http.post(PATH, content=pieces(), headers={**to.key, "Content-Length": str(len(body))})
        assert (found.status_code, to.asked) == (200, [])
        found = await http.post(PATH, content=pieces(), headers=to.key)  # chunked
        assert (found.status_code, to.asked) == (200, [f"POST {PATH}"])


async def test_answers_keep_the_order_of_the_requests(tmp_path: Path) -> None:
    """A poll that was sent before the last answer has come waits for it."""
    async with closed(tmp_path) as rig, line(rig, ours=True) as to:
        reader, writer = await asyncio.open_connection("127.0.0.1", to.port)
        poll = raw("POST", PATH, orjson.dumps(BODY), to.key)
        writer.write(raw("GET", "/healthz", b"", {}) + poll + poll)
        found = [await answer(reader) for _ in range(3)]
        assert found[0] == (200, b'{"ok":true}')
        assert [orjson.loads(body)["junction_id"] for _, body in found[1:]] == ["J1", "J1"]
        writer.write(raw("POST", PATH, orjson.dumps(BODY), {**to.key, "Connection": "close"}))
        assert (await answer(reader))[0] == 200
        assert await asyncio.wait_for(reader.read(), 20) == b""


async def test_polls_count_towards_the_keys_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_window_clock(monkeypatch)
    async with closed(tmp_path) as rig, line(rig, ours=True) as to, client(to) as http:
        found = [(await http.post(PATH, json=BODY, headers=to.key)).status_code for _ in range(DEVICE_RATE + 1)]
        assert found == [200] * DEVICE_RATE + [429]


async def test_a_bug_costs_one_poll_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with closed(tmp_path) as rig, line(rig, ours=True) as to, client(to) as http:
        with monkeypatch.context() as patch:
            patch.setattr(rig.service, "take_report", lambda *_: 1 / 0)
            assert (await http.post(PATH, json=BODY, headers=to.key)).status_code == 500
        assert "a poll of 'J1' failed" in caplog.text
        assert (await http.post(PATH, json=BODY, headers=to.key)).status_code == 200
