"""The field controller over HTTP: polls and reports, keeps its site on disk, and runs on without the server."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
import uvicorn
from controller_parts import make_scenario, make_site, serving
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from controller.access.roles import DeviceKind
from controller.app import create_app
from controller.field.client import ServiceClient, public_keys
from controller.field.controller import FieldController
from controller.field.files import FieldFiles
from controller.field.heads import FakeSignalHeads
from controller.field.process import run_field
from controller.settings import Settings
from controller.signing import Signer
from junction.errors import InputError, ServiceError
from junction.layout import JunctionLayout
from junction.mode import Rung
from junction.site import site_to_document


async def test_closed_loop_in_simulated_time(tmp_path: Path) -> None:
    """Service, camera and field controller, talking HTTP: on AI within a minute, the lamps change, nothing refused."""
    async with serving(tmp_path) as rig:
        client = ServiceClient(rig.http, "J1")
        keys = await client.fetch_keys()
        site = await client.fetch_site(keys)
        assert site.hash == make_site().hash
        start_s = rig.now_s
        heads = FakeSignalHeads(site.layout)
        controller = FieldController(site, heads, "boot", public_keys=keys, now_s=start_s)
        modes, greens = [], set()
        for second in range(120):
            await rig.send_counts()
            await rig.drive(1)
            for tenth in range(1, 11):
                controller.tick(start_s + second + tenth / 10, start_s + second + tenth / 10)
            receipt = controller.receive(await client.poll(controller.status_document()), rig.now_s)
            assert receipt.accepted
            modes.append(str(controller.mode))
            greens.add("".join(g for g, lamp in heads.lamps.items() if lamp == "G"))
        assert set(modes[-60:]) == {"actuated"}
        assert {"ns", "ew"} <= greens
        state = (await rig.http.get("/v1/state")).json()["junctions"]["J1"]
        assert (state["mode"], state["rung"]) == ("actuated", 0)


def answering(status: int, body: Any) -> httpx.AsyncClient:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    return httpx.AsyncClient(transport=transport, base_url="http://s")


@pytest.mark.parametrize(("status", "body"), [(500, b"oops"), (404, b"{}"), (200, b"<html>"), (200, b"[]")])
async def test_answers_that_are_no_site(status: int, body: bytes) -> None:
    async with answering(status, body) as http:
        with pytest.raises(ServiceError):
            await ServiceClient(http, "J1").fetch_site({})


@pytest.mark.parametrize(("told", "error"), [("J1", InputError), ("J2", ServiceError)])
async def test_site_of_another_junction(told: str, error: type[Exception]) -> None:
    """Whether the document says so, or is another's under this junction's name."""
    signer = Signer(Ed25519PrivateKey.generate())
    stamp = {"junction_id": told, "seq": 1, "issued_at": 1.0, "valid_until": 2.0}
    async with answering(200, signer.sign({**site_to_document(make_site("J2")), **stamp})) as http:
        with pytest.raises(error, match="J1" if error is InputError else "junction"):
            await ServiceClient(http, "J1").fetch_site({signer.key_id: signer.public_key})


@pytest.mark.parametrize(("status", "words"), [(401, "--key-file"), (403, "another junction")])
async def test_a_key_that_is_not_good(status: int, words: str) -> None:
    async with answering(status, b"{}") as http:
        with pytest.raises(ServiceError, match=words):
            await ServiceClient(http, "J1").poll({})


async def test_server_that_is_not_there() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://s") as http:
        with pytest.raises(ServiceError, match="ConnectError"):
            await ServiceClient(http, "J1").poll({})


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"key_id": "a", "algorithm": "Ed25519", "public_key": "!!"},
        {"key_id": "a", "algorithm": "RSA", "public_key": "AAAA"},
        {"key_id": "0" * 16, "algorithm": "Ed25519", "public_key": "A" * 43 + "="},
    ],
)
def test_keys_that_are_none(entry: dict[str, str]) -> None:
    with pytest.raises(InputError, match="keys"):
        public_keys({"keys": [entry]})


def test_kept_files(tmp_path: Path) -> None:
    files = FieldFiles(tmp_path)
    assert (files.load_site(), files.load_keys(), files.load_seq()) == (None, None, 0)
    files.save_site(make_site())
    files.save_seq(77)
    again = FieldFiles(tmp_path)
    site = again.load_site()
    assert site is not None
    assert site.hash == make_site().hash
    assert again.load_seq() == 77
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seq.json", "site.json"]
    (tmp_path / "site.json").write_text('{"schema": "chauraha.site/1"}')
    with pytest.raises(InputError, match="site"):
        again.load_site()
    (tmp_path / "seq.json").write_text((tmp_path / "seq.json").read_text().replace("77", "76"))
    with pytest.raises(InputError, match="checksum"):
        again.load_seq()


@asynccontextmanager
async def served(app: FastAPI, port: int) -> AsyncIterator[int]:
    """An app on a real port (0: any that is free)."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        serving_task = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started:
            await asyncio.sleep(0.02)
        yield bound.getsockname()[1]
        server.should_exit = True
        await serving_task


@asynccontextmanager
async def real_server(folder: Path, app: FastAPI | None = None) -> AsyncIterator[str]:
    """A service on the machine's clock, on a real port; an open one unless another is given."""
    opened = Settings.model_validate({"data": folder / "data", "access": "open"})
    async with served(app or create_app(opened, make_scenario(folder)), 0) as port:
        yield f"http://127.0.0.1:{port}"


class Watched(FakeSignalHeads):
    made: ClassVar[list[FakeSignalHeads]] = []

    def __init__(self, layout: JunctionLayout) -> None:
        super().__init__(layout)
        self.made.append(self)


@pytest.mark.slow
async def test_process_polls_a_real_server_and_starts_again_without_it(tmp_path: Path) -> None:
    stop = asyncio.Event()
    async with real_server(tmp_path) as url, httpx.AsyncClient(base_url=url) as http:
        task = asyncio.create_task(run_field("J1", url, tmp_path / "field", make_heads=Watched, stop=stop))
        report = None
        for _ in range(100):
            await asyncio.sleep(0.1)
            answer = (await http.get("/v1/junctions/J1/status")).json()
            report = answer["report"]
            if report is not None and report["seq_seen"] > 0:
                break
        assert report is not None
        assert report["seq_seen"] > 0
        assert report["rung"] == Rung.FIXED
        stop.set()
        await task
        assert Watched.made[-1].flashing
    seq = FieldFiles(tmp_path / "field").load_seq()
    assert seq >= report["seq_seen"]
    stop = asyncio.Event()
    task = asyncio.create_task(run_field("J1", url, tmp_path / "field", make_heads=Watched, stop=stop))
    await asyncio.sleep(1.5)
    assert not Watched.made[-1].flashing
    stop.set()
    await task
    assert FieldFiles(tmp_path / "field").load_seq() == seq


async def test_folder_of_another_junction(tmp_path: Path) -> None:
    FieldFiles(tmp_path).save_site(make_site("J2"))
    with pytest.raises(InputError, match="J1"):
        await run_field("J1", "http://127.0.0.1:1", tmp_path, stop=asyncio.Event())


@pytest.mark.slow
async def test_a_controller_without_its_key_goes_on_and_comes_back(tmp_path: Path) -> None:
    """A key that ends is missed polls: the lamps go on. Without any from the start, it waits for one."""
    FieldFiles(tmp_path / "field").save_site(make_site())
    app = create_app(Settings.model_validate({"data": tmp_path / "data"}), make_scenario(tmp_path))
    async with real_server(tmp_path, app) as url:
        records, register = app.state.service.register.records, app.state.service.register
        key_id, key = await records.add_key(DeviceKind.CONTROLLER, "J1", "box", "test")
        await register.reload()
        stop = asyncio.Event()
        make = {"make_heads": Watched, "stop": stop}
        task = asyncio.create_task(run_field("J1", url, tmp_path / "field", key=key, **make))
        await _reported(app)
        await records.revoke_key(key_id, "test")
        await register.reload()
        seen = app.state.service.states["J1"].report
        await asyncio.sleep(2.5)
        assert app.state.service.states["J1"].report is seen
        assert not task.done()
        assert not Watched.made[-1].flashing
        stop.set()
        await task
        stop.clear()
        task = asyncio.create_task(run_field("J1", url, tmp_path / "new", **make))
        await asyncio.sleep(1.5)
        assert not task.done()
        stop.set()
        await task
    assert FieldFiles(tmp_path / "new").load_site() is None


async def _reported(app: FastAPI) -> None:
    for _ in range(100):
        if app.state.service.states["J1"].report is not None:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("no report within 10 s")
