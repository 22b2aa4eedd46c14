"""Bad input: every answer is a problem document that names the field, what was expected and what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from controller_parts import counts_body, serving, status_body

SIGNALS = status_body("J1", at=0.0)["signals"]
JSON = {"content-type": "application/json"}


def check_problem(answer: Any, status: int, *words: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert set(document) == {"type", "title", "status", "detail", "errors"}
    for word in words:
        assert word in answer.text
    return document


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/v1/junctions/nope/control", 404, ("nope",)),
        ("GET", "/v1/junctions/nope/site", 404, ("nope",)),
        ("POST", "/v1/junctions/nope/control", 404, ("nope",)),
        ("GET", "/v1/plans/nope", 404, ("nope",)),
        ("GET", "/v1/nothing", 404, ()),
        ("DELETE", "/v1/city", 405, ()),
        ("GET", "/v1/junctions/J1/counts?since=yesterday", 422, ("since", "yesterday")),
        ("GET", "/v1/junctions/J1/counts?since=nan", 422, ("since",)),
    ],
)
async def test_wrong_address(tmp_path: Path, method: str, path: str, status: int, words: tuple[str, ...]) -> None:
    async with serving(tmp_path) as rig:
        check_problem(await rig.http.request(method, path), status, *words)


@pytest.mark.parametrize("path", ["/v1/junctions/J1/counts", "/v1/junctions/J1/control", "/v1/junctions/J1/status"])
@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"\xff\xfe", b"GET"])
async def test_body_that_is_no_json(tmp_path: Path, path: str, body: bytes) -> None:
    async with serving(tmp_path) as rig:
        answer = await rig.http.post(path, content=body, headers=JSON)
        assert answer.status_code in {400, 422}
        check_problem(answer, answer.status_code)


async def test_missing_content_type_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        body = json.dumps(counts_body("J1", 1, rig.now_s)).encode()
        check_problem(await rig.http.post("/v1/junctions/J1/counts", content=body), 400, "Content-Type")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"extra": 1}, ("extra",)),
        ({"n": -1}, ("n", "-1")),
        ({"n": "many"}, ("n", "many")),
        ({"junction_id": "J2"}, ("junction_id", "J1", "J2")),
        ({"end_at": 1e300}, ("end_at",)),
        ({"begin_at": 9e9, "end_at": 8e9}, ("end_at",)),
        ({"state": "fine"}, ("state", "fine")),
        ({"camera_id": "c" * 200}, ("camera_id",)),
        ({"camera_id": "c\x00"}, ("camera_id",)),
        ({"camera_id": "\ud800"}, ("camera_id",)),
        ({"lane_groups": [{"lane_group_id": "moon", "seen": True}]}, ("lane_groups.0.lane_group_id", "moon", "n1")),
        ({"lane_groups": [{"lane_group_id": "n1", "seen": True, "present": {"tank": 1}}]}, ("tank",)),
        ({"lane_groups": [{"lane_group_id": "n1", "seen": True, "queue_pcu": -1}]}, ("queue_pcu",)),
        ({"lane_groups": [{"lane_group_id": "n1", "seen": True}] * 2}, ("differ",)),
        ({"lane_groups": [{"lane_group_id": f"g{i}", "seen": True} for i in range(65)]}, ("lane_groups", "64")),
        ({"lines": {"stop": {"c": {"car": 1}}}}, ("lines.stop.c",)),
    ],
)
async def test_bad_counts_change_nothing(tmp_path: Path, change: dict[str, Any], words: tuple[str, ...]) -> None:
    async with serving(tmp_path) as rig:
        body = json.dumps({**counts_body("J1", 1, rig.now_s), **change}).encode()
        answer = await rig.http.post("/v1/junctions/J1/counts", content=body, headers=JSON)
        document = check_problem(answer, 422, *words)
        assert document["errors"][0].keys() == {"field", "expected", "got"}
        assert (await rig.http.get("/v1/junctions/J1/counts")).json()["records"] == []


async def test_counts_from_a_clock_that_is_ahead(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        body = counts_body("J1", 1, rig.now_s + 31)
        check_problem(await rig.http.post("/v1/junctions/J1/counts", json=body), 422, "end_at", "clock")


async def test_not_a_number_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        body = json.dumps(counts_body("J1", 1, rig.now_s)).replace("3.0", "NaN")
        answer = await rig.http.post("/v1/junctions/J1/counts", content=body, headers=JSON)
        check_problem(answer, 422, "queue_pcu")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rung": 5}, ("rung",)),
        ({"mode": "turbo"}, ("mode", "turbo")),
        ({"seq_seen": -3}, ("seq_seen",)),
        ({"rung": "2"}, ("rung",)),
        ({"manual": "yes"}, ("manual",)),
        ({"signals": {"stage": "ns"}}, ("signals.groups",)),
        ({"signals": {**SIGNALS, "in_transition": 0}}, ("signals.in_transition",)),
        ({"signals": {**SIGNALS, "stage_elapsed_s": "3"}}, ("signals.stage_elapsed_s",)),
        ({"signals": {**SIGNALS, "stage_elapsed_s": 1e10}}, ("signals.stage_elapsed_s",)),
        ({"faults": [{"kind": "ghost"}]}, ("faults.0.kind", "ghost")),
        ({"unknown": True}, ("unknown",)),
    ],
)
async def test_bad_status(tmp_path: Path, change: dict[str, Any], words: tuple[str, ...]) -> None:
    async with serving(tmp_path) as rig:
        answer = await rig.http.post("/v1/junctions/J1/control", json=status_body("J1", at=rig.now_s, **change))
        check_problem(answer, 422, *words)
        assert (await rig.http.get("/v1/junctions/J1/status")).json()["report"] is None


async def test_report_may_leave_out_what_has_a_default(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        body = status_body("J1", at=rig.now_s)
        for field in ("faults", "reasons", "manual", "plan_running", "clock_err_ms", "schema"):
            del body[field]
        assert (await rig.http.post("/v1/junctions/J1/control", json=body)).status_code == 200
        await rig.drive(1)
        state = (await rig.http.get("/v1/state")).json()["junctions"]["J1"]
        assert state["rung"] == 0


async def test_signals_of_another_junction(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        body = status_body("J1", at=rig.now_s)
        body["signals"]["groups"]["x"] = body["signals"]["groups"].pop("n")
        check_problem(await rig.http.post("/v1/junctions/J1/status", json=body), 422, "signals.groups")
        body = status_body("J1", at=rig.now_s)
        body["signals"]["stage"] = "all"
        check_problem(await rig.http.post("/v1/junctions/J1/status", json=body), 422, "signals.stage", "all")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "stage", "ttl_s": 60, "reason": "vip"}, ("stage_id",)),
        ({"kind": "stage", "stage_id": "moon", "ttl_s": 60, "reason": "vip"}, ("moon", "ns")),
        ({"kind": "plan", "plan_id": "moon", "ttl_s": 60, "reason": "vip"}, ("plan_id", "J1.today")),
        ({"kind": "plan", "plan_id": "J1.today", "reason": "vip"}, ("ttl_s",)),
        ({"kind": "plan", "plan_id": "J1.today", "ttl_s": 1e9, "reason": "vip"}, ("ttl_s",)),
        ({"kind": "hold", "ttl_s": 60, "reason": ""}, ("reason",)),
        ({"kind": "hold", "ttl_s": 60, "reason": "nobody reports"}, ("controller reports",)),
        ({"kind": "party", "reason": "fun"}, ("kind", "party")),
    ],
)
async def test_bad_override(tmp_path: Path, body: dict[str, Any], words: tuple[str, ...]) -> None:
    async with serving(tmp_path) as rig:
        check_problem(await rig.http.post("/v1/junctions/J1/override", json=body), 422, *words)
        assert rig.service.states["J1"].override is None


@pytest.mark.parametrize("path", ["/v1/junctions/J1/counts", "/v1/junctions/J1/control"])
async def test_body_over_the_limit(tmp_path: Path, path: str) -> None:
    async with serving(tmp_path, body_limit_bytes=2_000) as rig:
        check_problem(await rig.http.post(path, content=b"x" * 2_001, headers=JSON), 413, "2000")

        async def endless() -> Any:
            for _ in range(100):
                yield b"x" * 100

        check_problem(await rig.http.post(path, content=endless(), headers=JSON), 413, "2000")


async def test_store_that_cannot_write(tmp_path: Path) -> None:
    """An override that is not on disk is not acknowledged; control goes on with the numbers that are reserved."""
    async with serving(tmp_path) as rig:
        await rig.send_status()
        async with rig.service.store.engine.begin() as connection:
            await connection.exec_driver_sql("DROP TABLE override")
        body = {"kind": "stage", "stage_id": "ew", "ttl_s": 60, "reason": "ambulance"}
        check_problem(await rig.http.post("/v1/junctions/J1/override", json=body), 503, "nothing was kept")
        assert rig.service.states["J1"].override is None
        before = (await rig.control())["seq"]
        await rig.drive(1)
        assert (await rig.control())["seq"] > before


async def test_stalled_decide_loop_is_unhealthy(tmp_path: Path) -> None:
    async with serving(tmp_path, clock="system") as rig:
        assert (await rig.http.get("/healthz")).status_code == 200
        rig.service._ticked_s -= 6
        rig.service._decider.tick = None  # type: ignore[method-assign, assignment]
        check_problem(await rig.http.get("/healthz"), 503, "decide loop")


async def test_clock_only_forward_and_only_when_driven(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        answer = await rig.http.post("/v1/twin/clock", json={"time_at": rig.now_s - 1})
        check_problem(answer, 422, "time_at")
    async with serving(tmp_path / "other", clock="system") as rig:
        check_problem(await rig.http.post("/v1/twin/clock", json={"time_at": 2e9}), 404, "--clock driven")
