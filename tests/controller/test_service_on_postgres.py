"""The whole service on a real PostgreSQL: what it keeps comes back, and it goes on while the database is away."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import asyncpg
from controller_parts import FixedChoice, counts_body, serving

from controller.access.audit import verify


async def until_kept(rig: object, body: dict[str, object]) -> None:
    end_s = time.monotonic() + 15
    while (await rig.http.post("/v1/junctions/J1/counts", json=body)).status_code != 200:  # type: ignore[attr-defined]
        assert time.monotonic() < end_s, "the database was not found again"
        await asyncio.sleep(0.1)


async def test_what_it_keeps_comes_back_after_a_restart(tmp_path: Path, postgres_url: str) -> None:
    override = {"kind": "stage", "stage_id": "ew", "ttl_s": 600, "reason": "ambulance"}
    async with serving(tmp_path, database=postgres_url) as rig:
        await rig.live(3)
        assert (await rig.http.post("/v1/junctions/J1/override", json=override)).status_code == 200
        seq, now_s = (await rig.control())["seq"], rig.now_s
    assert not list((tmp_path / "data").glob("*.sqlite"))
    async with serving(tmp_path, database=postgres_url, start_s=now_s + 1) as rig:
        assert (await rig.control())["seq"] > seq
        counts = (await rig.http.get("/v1/junctions/J1/counts")).json()
        assert [record["n"] for record in counts["records"]] == [1, 2, 3]
        assert counts["totals"] == {"stop": {"a": {"car": 6}}}
        assert rig.service.states["J1"].override.reason == "ambulance"
        again = counts_body("J1", 3, now_s)
        assert (await rig.http.post("/v1/junctions/J1/counts", json=again)).json()["duplicate"] is True
        assert (await verify(rig.service.store.engine)).holds


async def test_it_goes_on_while_the_database_is_away(tmp_path: Path, postgres_url: str, postgres_server: str) -> None:
    """Polls are answered, the policy decides on what cameras send; what could not be kept is told and comes again."""
    name = postgres_url.rsplit("/", 1)[1].partition("?")[0]
    gate = await asyncpg.connect(postgres_server)
    async with serving(tmp_path, database=postgres_url, policy=FixedChoice()) as rig:
        await rig.live(12)
        assert await rig.shown() == ("ai", "as_planned")
        await gate.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await gate.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        lost = counts_body("J1", 50, rig.now_s)
        answer = await rig.http.post("/v1/junctions/J1/counts", json=lost)
        assert answer.status_code == 503
        assert "nothing was kept" in answer.json()["detail"]
        for _ in range(12):
            before = (await rig.send_status())["seq"]
            await rig.http.post("/v1/junctions/J1/counts", json=counts_body("J1", 60, rig.now_s))
            await rig.drive(1)
            assert (await rig.control())["seq"] > before
        assert (await rig.http.get("/healthz")).status_code == 503
        await gate.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await until_kept(rig, lost)
        assert (await rig.http.post("/v1/junctions/J1/counts", json=lost)).json()["duplicate"] is True
        assert (await rig.http.get("/healthz")).status_code == 200
    await gate.close()
