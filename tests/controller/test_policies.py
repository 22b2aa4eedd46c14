"""Policies while the service runs: shadow, promote, roll back, and what is refused; closed loop, over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from controller_parts import FixedChoice, Rig, serving
from test_policy_runtime import network, write_pair

from controller.access.audit import verify
from controller.shadow import MAX_ERRORS, Shadow
from junction.policy import Proposal

REASON = {"reason": "a test"}
LONGEST, SHORTEST = 1.0, -1.0
"""The network's weight of a queue: which of two queues it serves."""


def add_policy(folder: Path, policy_id: str, scale: float = LONGEST, **card: Any) -> Path:
    """`data/policies/ID.onnx` with its card."""
    policies = folder / "data" / "policies"
    policies.mkdir(parents=True, exist_ok=True)
    made = write_pair(policies, network(scale=scale), **{"name": policy_id, "interval_s": 1.0, **card})
    made.with_suffix(".json").rename(policies / f"{policy_id}.json")
    return made.rename(policies / f"{policy_id}.onnx")


async def post(rig: Rig, path: str, expected: int = 200) -> dict[str, Any]:
    answer = await rig.http.post(f"/v1/policies/{path}", json=REASON)
    assert answer.status_code == expected, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def live(rig: Rig, seconds: int) -> None:
    """North and south stand in a queue of 9 PCU, east and west of 3, and it is north's turn to stay or end."""
    queues = {"n1": 9.0, "s1": 9.0, "e1": 3.0, "w1": 3.0}
    groups = [
        {"lane_group_id": key, "seen": True, "present": {"car": 9}, "queue_veh": 3, "queue_pcu": pcu, "queue_m": 20.0}
        for key, pcu in queues.items()
    ]
    for _ in range(seconds):
        await rig.send_status()
        await rig.send_counts(lane_groups=groups)
        await rig.drive(1)


async def wanted(rig: Rig) -> str:
    document = await rig.control()
    assert document["mode"] == "ai"
    stage: str = document["stage"]["id"]
    return stage


async def until(done: Callable[[], bool]) -> None:
    for _ in range(400):
        if done():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("not within two seconds")


async def test_promote_and_roll_back_between_two_polls_and_over_a_restart(tmp_path: Path) -> None:
    """The same junction, polled every second: longest queue first, then the other, then back; nothing else moves."""
    write_pair(tmp_path, network(), interval_s=1.0)
    add_policy(tmp_path, "june", SHORTEST)
    async with serving(tmp_path) as rig:
        await live(rig, 10)
        assert await wanted(rig) == "ns"
        listed = (await rig.http.get("/v1/policies")).json()
        assert (listed["live"], listed["running"], listed["shadow"]) == ("started", True, None)
        assert [(p["id"], p["fault"]) for p in listed["policies"]] == [("started", None), ("june", None)]
        assert await post(rig, "june/promote") == {"live": "june", "before": "started"}
        assert await wanted(rig) == "ns"  # the poll before the next tick gets the document that was ready
        await live(rig, 1)
        assert await wanted(rig) == "ew"
    async with serving(tmp_path) as rig:
        await live(rig, 10)
        assert await wanted(rig) == "ew"
        assert await post(rig, "rollback") == {"live": "started", "before": "june"}
        await live(rig, 1)
        assert await wanted(rig) == "ns"
        assert "no policy" not in (await post(rig, "rollback", 422))["detail"]
        acts = (await rig.http.get("/v1/audit")).json()["acts"]
        told = [(a["action"], a["subject"], a["detail"]["reason"]) for a in acts if a["action"].startswith("policy")]
        assert told == [("policy rollback", "june", "a test"), ("policy promote", "june", "a test")]
        assert (await verify(rig.service.store.engine)).holds
    async with serving(tmp_path) as rig:
        assert rig.service.policies.live_id == "started"


async def test_polls_are_answered_while_policies_change(tmp_path: Path) -> None:
    write_pair(tmp_path, network(), interval_s=1.0)
    add_policy(tmp_path, "june", SHORTEST)
    async with serving(tmp_path) as rig:
        await live(rig, 10)
        seqs = []

        async def poll() -> None:
            for _ in range(60):
                await rig.drive(1)
                seqs.append((await rig.send_status())["seq"])

        async def change() -> None:
            for _ in range(5):
                await post(rig, "june/promote")
                await post(rig, "rollback")

        await asyncio.gather(poll(), change())
        assert seqs == sorted(set(seqs))
        assert len(seqs) == 60
        assert rig.service.policies.live_id == "started"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file.write_bytes(b"no network"), "onnx_sha256"),
        (lambda file: file.with_suffix(".json").unlink(), "policy card"),
        (lambda file: file.with_suffix(".json").write_text("[]"), "policy card"),
        (lambda file: write_other(file, network(features=3)), "a network for rows"),
        (lambda file: write_other(file, network(mask_name="masque")), "mask and stages"),
        (lambda file: write_other(file, b"no network"), "a network that onnxruntime can run"),
        (lambda file: write_other(file, network(), interval_s="often"), "interval_s"),
    ],
)
async def test_a_broken_policy_is_refused_and_the_live_one_goes_on(
    tmp_path: Path, spoil: Callable[[Path], object], says: str
) -> None:
    write_pair(tmp_path, network(), interval_s=1.0)
    spoil(add_policy(tmp_path, "june"))
    async with serving(tmp_path) as rig:
        await live(rig, 10)
        for act in ("promote", "shadow"):
            assert says in (await post(rig, f"june/{act}", 422))["detail"]
        await live(rig, 2)
        assert await wanted(rig) == "ns"
        assert rig.service.policies.live_id == "started"
        assert rig.service.policies.shadow is None
        assert not [a for a in (await rig.http.get("/v1/audit")).json()["acts"] if a["action"].startswith("policy")]


def write_other(file: Path, model: bytes, **card: Any) -> None:
    """Another network in the file's place, its card rightly of that network."""
    file.unlink()
    file.with_suffix(".json").unlink()
    made = write_pair(file.parent, model, **card)
    made.with_suffix(".json").rename(file.with_suffix(".json"))
    made.rename(file)


async def test_unknown_and_live_policies_are_refused(tmp_path: Path) -> None:
    write_pair(tmp_path, network())
    async with serving(tmp_path) as rig:
        await post(rig, "july/promote", 404)
        assert "another policy" in (await post(rig, "started/promote", 422))["detail"]
        assert "another policy" in (await post(rig, "started/shadow", 422))["detail"]
        assert (await rig.http.delete("/v1/policies/started/shadow")).status_code == 422
        assert (await rig.http.post("/v1/policies/rollback", json={})).status_code == 422


async def test_a_promoted_file_that_was_changed_gives_way_to_the_started_one(tmp_path: Path) -> None:
    write_pair(tmp_path, network(), interval_s=1.0)
    file = add_policy(tmp_path, "june", SHORTEST)
    async with serving(tmp_path) as rig:
        await post(rig, "june/promote")
    write_other(file, network(scale=0.5))
    async with serving(tmp_path) as rig:
        await live(rig, 10)
        assert rig.service.policies.live_id == "started"
        assert await wanted(rig) == "ns"


async def test_a_shadow_is_compared_and_never_obeyed(tmp_path: Path) -> None:
    write_pair(tmp_path, network(), interval_s=1.0)
    add_policy(tmp_path, "june", SHORTEST)
    add_policy(tmp_path, "july")
    async with serving(tmp_path) as rig:
        for policy_id, agreement, pcu in (("june", 0.0, 6.0), ("july", 1.0, 18.0)):
            await live(rig, 8)
            begun = await post(rig, f"{policy_id}/shadow")
            assert (begun["running"], begun["batches"]) == (True, 0)
            shadow = rig.service.policies.shadow
            assert shadow is not None
            for second in range(1, 6):
                await live(rig, 1)
                await until(lambda n=second, s=shadow: s.document()["batches"] == n)  # type: ignore[misc]
                assert await wanted(rig) == "ns"
            found = (await rig.http.get(f"/v1/policies/{policy_id}/shadow")).json()
            assert (found["skipped"], found["errors"], found["city"]["decisions"]) == (0, 0, 5)
            figures = found["junctions"]["J1"]
            assert (figures["agreement"], figures["live_queue_pcu"]) == (agreement, 18.0)
            assert figures["candidate_queue_pcu"] == pcu
        # The second took the first's place; promoted, it is a shadow no more.
        assert (await rig.http.get("/v1/policies/june/shadow")).json()["running"] is False
        await post(rig, "july/promote")
        assert (await rig.http.get("/v1/policies")).json()["shadow"] is None


async def test_a_shadow_comes_back_after_a_restart_until_it_is_ended(tmp_path: Path) -> None:
    write_pair(tmp_path, network())
    add_policy(tmp_path, "june", SHORTEST)
    async with serving(tmp_path) as rig:
        await post(rig, "june/shadow")
    async with serving(tmp_path) as rig:
        assert (await rig.http.get("/v1/policies")).json()["shadow"] == "june"
        assert (await rig.http.delete("/v1/policies/june/shadow")).status_code == 200
    async with serving(tmp_path) as rig:
        assert (await rig.http.get("/v1/policies")).json()["shadow"] is None


class Failing(FixedChoice):
    def propose(self, situations: Any) -> Any:
        raise RuntimeError("a candidate's bug")


class Short(FixedChoice):
    def propose(self, situations: Any) -> Any:
        return super().propose(situations)[:-1]


class Slow(FixedChoice):
    def propose(self, situations: Any) -> Any:
        time.sleep(0.5)
        return super().propose(situations)


async def serve_with(rig: Rig, candidate: Any) -> Shadow:
    """Puts a hand-made candidate in the shadow."""
    shadow = Shadow("hand", candidate, rig.now_s)
    rig.service.policies.shadow = shadow
    return shadow


@pytest.mark.parametrize("candidate", [Failing(), Short(), FixedChoice(score=float("nan"))])
async def test_a_failing_shadow_ends_and_costs_the_live_one_nothing(tmp_path: Path, candidate: Any) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns", interval_s=1.0)) as rig:
        await live(rig, 8)
        shadow = await serve_with(rig, candidate)
        for n in range(1, MAX_ERRORS + 1):
            await live(rig, 1)
            await until(lambda n=n: shadow.document()["batches"] == n)  # type: ignore[misc]
        await live(rig, 3)
        found = shadow.document()
        assert (found["running"], found["errors"], found["batches"]) == (False, MAX_ERRORS, MAX_ERRORS)
        assert found["last_error"]
        assert await wanted(rig) == "ns"
        assert await rig.shown() == ("ai", "as_planned")


async def test_a_slow_shadow_is_skipped_and_no_tick_waits_for_it(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns", interval_s=1.0)) as rig:
        await live(rig, 8)
        shadow = await serve_with(rig, Slow())
        await live(rig, 1)
        began_s = time.perf_counter()
        await rig.service.tick(rig.now_s + 1)
        assert time.perf_counter() - began_s < 0.4  # the candidate sleeps for longer
        await live(rig, 2)
        assert shadow.document()["skipped"] >= 1
        assert await wanted(rig) == "ns"


class Nowhere(FixedChoice):
    def propose(self, situations: Any) -> Any:
        return [Proposal(stage_id="nowhere") for _ in situations]


async def test_a_forbidden_choice_is_counted_as_such(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns", interval_s=1.0)) as rig:
        await live(rig, 8)
        shadow = await serve_with(rig, Nowhere())
        await live(rig, 1)
        await until(lambda: shadow.document()["batches"] == 1)
        found = shadow.document()["junctions"]["J1"]
        assert found["forbidden"] == 1
        assert (found["live_queue_pcu"], found["candidate_queue_pcu"]) == (None, None)  # nothing could be compared
