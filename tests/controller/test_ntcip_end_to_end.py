"""The whole way: timing service, field controller, SNMP, a simulated unit; then the service is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path

import httpx
import pytest
from controller_parts import make_layout

pytest.importorskip("pysnmp", reason="needs pysnmp: pip install 'chauraha[ntcip]'")
from ntcip_agent import BACKUP_MODE, FORCE_OFF, HOLD, SYSTEM_CONTROL, Agent, SimulatedUnit
from test_ntcip_box import EW, NS, settings_for, until

from controller.field.ntcip.box import NtcipBox
from controller.field.process import run_field
from junction.lamp_audit import LampAudit

LEASE_S = 5.0
HERE = Path(__file__).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def start_service(folder: Path, port: int) -> asyncio.subprocess.Process:
    script = [str(HERE / "field_service.py"), str(folder), str(port), str(LEASE_S)]
    paths = os.pathsep.join([str(HERE), str(HERE.parent.parent)])
    return await asyncio.create_subprocess_exec(sys.executable, *script, env={**os.environ, "PYTHONPATH": paths})


async def hold(url: str, stage_id: str) -> None:
    """An operator's hold, once the service answers."""
    body = {"kind": "stage", "stage_id": stage_id, "ttl_s": 600, "reason": "a test"}
    async with httpx.AsyncClient(base_url=url) as http:
        for _ in range(100):
            try:
                answer = await http.post("/v1/junctions/J1/override", json=body)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            assert answer.is_success, answer.text
            return
    raise AssertionError("the service never answered")


@pytest.mark.slow
async def test_the_service_times_the_unit_and_its_death_leaves_it_to_its_backup(tmp_path: Path) -> None:
    layout = make_layout()
    port = free_port()
    service = await start_service(tmp_path, port)
    url, stop = f"http://localhost:{port}", asyncio.Event()
    # By itself the unit stays with north and south, however long the service takes to begin: so there is what to end.
    async with Agent(SimulatedUnit(layout, [("n", "s")])) as agent:
        unit = agent.unit
        make_heads = partial(NtcipBox, settings=settings_for(agent.port))
        field = asyncio.create_task(run_field("J1", url, tmp_path / "field", make_heads=make_heads, stop=stop))
        try:
            await hold(url, "ew")
            await until(lambda: unit.control_status == SYSTEM_CONTROL and unit.values[HOLD] == EW, 25)
            await until(lambda: any(told.get(FORCE_OFF) == NS for _, told in unit.sets), 10)
            await until(lambda: unit.samples[-1][1] == "rGrG", 15)
            service.send_signal(signal.SIGKILL)
            killed_s = unit.now_s
            await service.wait()
            # The lease runs out, the bridge falls silent, and 2 s later the unit's own backup time is over.
            await until(lambda: unit.control_status == BACKUP_MODE, LEASE_S + 5)
            assert LEASE_S + 2 - 1.2 <= unit.now_s - killed_s <= LEASE_S + 2 + 1.5
            assert unit.values[HOLD] == 0
            assert not field.done()
        finally:
            stop.set()
            await asyncio.wait([field], timeout=5)
            if service.returncode is None:
                service.kill()
                await service.wait()
    audit = LampAudit(layout, 1.0, tolerance_s=0.2)
    for at_s, lamps in unit.samples:
        audit.feed(at_s, lamps)
    assert audit.finish() == ()
