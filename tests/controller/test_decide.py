"""The decide loop from messages to control documents, with every fall of the ladder and its cause."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from controller_parts import DAY_AT, NINE_AT, FixedChoice, serving

from controller.decide import GROUP_SIZE, Decider
from controller.signing import Verifier
from controller.store import OverrideRow
from junction import handover
from junction.errors import InputError
from junction.mode import Cause


async def test_starts_fixed_and_becomes_ai_when_counts_and_status_are_fresh(tmp_path: Path) -> None:
    policy = FixedChoice("ew")
    async with serving(tmp_path, policy=policy) as rig:
        assert await rig.shown() == ("fixed", "starting")
        assert policy.asked == []
        await rig.live(7)
        document = await rig.control()
        assert (document["mode"], document["cause"]) == ("ai", "as_planned")
        assert document["plan_id"] is None
        assert document["stage"]["id"] == "ew"
        assert (await rig.shown("J2")) == ("fixed", "starting")
        await rig.live(4)
        assert (await rig.shown("J2")) == ("fixed", "no_status")


async def test_held_stage_shows_its_ends(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(7, elapsed_s=3.0)
        await rig.send_status(elapsed_s=3.0)
        await rig.drive(1)
        stage = (await rig.control())["stage"]
        assert stage["id"] == "ns"
        assert stage["started_at"] == pytest.approx(rig.now_s - 4)
        assert stage["min_end_at"] == pytest.approx(rig.now_s + 3)
        # Red of the others ended 8 s before: 60 s of green is nearer than their 120 s of red less a round.
        assert rig.now_s + 3 < stage["max_end_at"] <= rig.now_s + 56
        assert stage["likely_end_at"] is None


async def test_guard_ends_a_green_at_its_maximum(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(7, elapsed_s=20.0)
        assert (await rig.control())["stage"]["id"] == "ns"
        await rig.send_status(elapsed_s=60.0)
        await rig.drive(1)
        assert (await rig.control())["stage"]["id"] == "ew"
        shown = (await rig.http.get("/v1/state")).json()["junctions"]["J1"]
        assert any("maximum" in reason for reason in shown["reasons"])


async def test_plan_document_says_what_the_plan_says(tmp_path: Path) -> None:
    async with serving(tmp_path, mode="fixed") as rig:
        await rig.live(10)
        document = await rig.control()
        assert (document["mode"], document["cause"], document["plan_id"]) == ("fixed", "as_planned", "J1.today")
        # 09:00:10, cycle 60 s from midnight: 10 s into it, `ns` green since second 5 until second 30.
        assert rig.now_s == NINE_AT + 10
        assert document["stage"] == {
            "id": "ns",
            "started_at": NINE_AT + 5,
            "min_end_at": None,
            "max_end_at": None,
            "likely_end_at": NINE_AT + 30,
            "next": "ew",
        }


async def test_table_changes_plan_at_noon(tmp_path: Path) -> None:
    async with serving(tmp_path, start_s=DAY_AT + 12 * 3600 - 2, mode="fixed") as rig:
        assert (await rig.control())["plan_id"] == "J1.today"
        await rig.drive(2)
        assert (await rig.control())["plan_id"] == "J1.noon"


async def test_stale_counts_give_actuated_then_fixed_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "REMEMBERED_S", 26.0)
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8)
        assert await rig.shown() == ("ai", "as_planned")
        seen = []
        for _ in range(30):
            await rig.live(1, counts=False)
            seen.append(await rig.shown())
        # The last count ended 1 s before: 12 s old is fresh, 20 s old is known, 26 s old is remembered.
        assert seen[:11] == [("ai", "as_planned")] * 11
        assert seen[11:25] == [("actuated", "stale_counts")] * 14
        assert seen[25:] == [("fixed", "stale_counts")] * 5
        await rig.live(7)
        assert await rig.shown() == ("ai", "as_planned")
        history = (await rig.http.get("/v1/junctions/J1/history")).json()["mode_changes"]
        kinds = [(change["mode"], change["cause"]) for change in reversed(history)]
        assert kinds[-4:] == [
            ("ai", "as_planned"),
            ("actuated", "stale_counts"),
            ("fixed", "stale_counts"),
            ("ai", "as_planned"),
        ]


async def test_half_blind_camera_gives_actuated_on_what_is_seen(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8)
        for _ in range(22):
            await rig.send_status()
            await rig.send_counts(
                lane_groups=[{"lane_group_id": f"{arm}1", "seen": arm in "ne", "present": {"car": 1}} for arm in "nesw"]
            )
            await rig.drive(1)
        assert await rig.shown() == ("actuated", "stale_counts")


@pytest.mark.parametrize("state", ["frozen", "black", "blurred", "covered", "moved"])
async def test_camera_that_says_it_is_wrong(tmp_path: Path, state: str) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8)
        await rig.send_status()
        await rig.send_counts(state=state)
        await rig.drive(1)
        assert await rig.shown() == ("fixed", "implausible_counts")
        junction = (await rig.http.get("/v1/state")).json()["junctions"]["J1"]
        assert any(state in reason for reason in junction["reasons"])
        assert not any(a["known"] for a in junction["approaches"].values())


async def test_figures_that_cannot_be_true(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8)
        await rig.send_status()
        groups = [{"lane_group_id": f"{arm}1", "seen": True, "present": {"car": 4}} for arm in "nesw"]
        groups[0]["present"] = {"truck": 5_000}
        await rig.send_counts(lane_groups=groups)
        await rig.drive(1)
        assert await rig.shown() == ("actuated", "implausible_counts")
        observation = (await rig.http.get("/v1/junctions/J1/observation")).json()
        assert [observation["lane_groups"][f"{arm}1"]["known"] for arm in "nesw"] == [False, True, True, True]


class Raising(FixedChoice):
    def propose(self, situations: Any) -> Any:
        raise RuntimeError("model broke")


class Short(FixedChoice):
    def propose(self, situations: Any) -> Any:
        return []


@pytest.mark.parametrize(
    ("policy", "cause"),
    [
        (FixedChoice("ns", score=math.nan), "policy_error"),
        (FixedChoice("ns", score=math.inf), "policy_error"),
        (Raising(), "policy_error"),
        (Short(), "policy_error"),
    ],
)
async def test_bad_policy_gives_actuated(tmp_path: Path, policy: Any, cause: str) -> None:
    async with serving(tmp_path, policy=policy) as rig:
        await rig.live(8)
        assert await rig.shown() == ("actuated", cause)
        assert (await rig.http.get("/healthz")).json() == {"ok": True}


async def test_proposals_that_the_guard_forbids_end_in_guard_veto(tmp_path: Path) -> None:
    policy = FixedChoice("ew", interval_s=1.0)
    async with serving(tmp_path, policy=policy) as rig:
        # `ns` has been green for 1 s at every report: its minimum never passes, so `ew` is never allowed.
        await rig.live(5, elapsed_s=1.0)
        seen = []
        for _ in range(4):
            await rig.live(1, elapsed_s=1.0)
            document = await rig.control()
            seen.append((document["mode"], document["cause"]))
            assert document["stage"]["id"] == "ns"
        assert ("ai", "as_planned") in seen
        assert seen[-1] == ("actuated", "guard_veto")


async def test_policy_is_asked_for_all_junctions_at_once_on_its_interval(tmp_path: Path) -> None:
    policy = FixedChoice("ns", interval_s=5.0)
    async with serving(tmp_path, policy=policy) as rig:
        for _ in range(10):
            await rig.live(1, "J2")
            await rig.send_status("J1")
            await rig.send_counts("J1")
        policy.asked.clear()
        for _ in range(20):
            await rig.send_status("J1")
            await rig.send_counts("J1")
            await rig.live(1, "J2")
        # 20 s, asked every 5 s, both junctions in one batch.
        assert [len(batch) for batch in policy.asked] == [2, 2, 2, 2]


async def test_without_a_report_the_junction_gets_its_plan(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8)
        for _ in range(6):
            await rig.send_counts()
            await rig.drive(1)
        document = await rig.control()
        assert (document["mode"], document["cause"], document["plan_id"]) == ("fixed", "no_status", "J1.today")


async def test_no_policy_runs_actuated(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        await rig.live(8)
        assert await rig.shown() == ("actuated", "no_policy")


async def test_documents_are_signed_rise_and_bind_to_the_site(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        (entry,) = (await rig.http.get("/v1/keys")).json()["keys"]
        verifier = Verifier({entry["key_id"]: rig.service.signer.public_key})
        last = -1
        for _ in range(5):
            body = (await rig.http.get("/v1/junctions/J1/control")).content
            document = orjson.loads(body)
            assert verifier.holds(body, document["key_id"])
            assert document["seq"] > last
            assert document["issued_at"] == rig.now_s
            assert document["valid_until"] == rig.now_s + document["lease_s"] == rig.now_s + 30
            site = await rig.http.get("/v1/junctions/J1/site")
            assert site.headers["etag"] == f'W/"{document["site_hash"]}"'
            last = document["seq"]
            await rig.drive(1)


async def test_override_rules_until_its_end_and_release_ends_it(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8)
        body = {"kind": "stage", "stage_id": "ew", "ttl_s": 5, "reason": "ambulance"}
        assert (await rig.http.post("/v1/junctions/J1/override", json=body)).status_code == 200
        await rig.live(1)
        document = await rig.control()
        assert (document["mode"], document["cause"], document["stage"]["id"]) == ("manual", "operator", "ew")
        await rig.live(5)
        assert await rig.shown() == ("ai", "as_planned")
        body = {"kind": "plan", "plan_id": "J1.noon", "ttl_s": 500, "reason": "procession"}
        assert (await rig.http.post("/v1/junctions/J1/override", json=body)).status_code == 200
        await rig.live(1)
        assert (await rig.control())["plan_id"] == "J1.noon"
        body = {"kind": "release", "reason": "over"}
        assert (await rig.http.post("/v1/junctions/J1/override", json=body)).status_code == 200
        await rig.live(1)
        assert (await rig.shown())[0] == "ai"


async def test_of_two_overrides_at_once_the_last_on_disk_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(tmp_path) as rig:
        store, slow = rig.service.store, [0.1, 0.0]
        write = store.add_override

        async def add_override(row: OverrideRow, actor: str) -> None:
            await write(row, actor)
            await asyncio.sleep(slow.pop(0))

        monkeypatch.setattr(store, "add_override", add_override)
        bodies = [{"kind": "stage", "stage_id": s, "ttl_s": 60, "reason": f"wants {s}"} for s in ("ns", "ew")]
        await asyncio.gather(*(rig.http.post("/v1/junctions/J1/override", json=body) for body in bodies))
        (kept,) = await store.live_overrides(rig.now_s)
        assert rig.service.states["J1"].override == kept


async def test_hold_keeps_the_running_stage(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ew")) as rig:
        await rig.send_status(stage=0)
        answer = await rig.http.post(
            "/v1/junctions/J1/override", json={"kind": "hold", "ttl_s": 60, "reason": "accident"}
        )
        assert answer.json()["stage_id"] == "ns"
        await rig.live(8)
        document = await rig.control()
        assert (document["mode"], document["stage"]["id"]) == ("manual", "ns")


async def test_restart_brings_back_override_counts_report_and_a_higher_seq(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8)
        body = {"kind": "stage", "stage_id": "ew", "ttl_s": 100, "reason": "ambulance"}
        assert (await rig.http.post("/v1/junctions/J1/override", json=body)).status_code == 200
        seq, at = (await rig.control())["seq"], rig.now_s
    async with serving(tmp_path, policy=FixedChoice("ns"), start_s=at) as rig:
        document = await rig.control()
        assert document["seq"] > seq
        groups = (await rig.http.get("/v1/junctions/J1/counts")).json()["lane_groups"]
        assert groups["n1"]["queue_veh"] == 3
        assert (await rig.http.get("/v1/junctions/J1/status")).json()["report"]["boot_id"] == "field-boot"
        await rig.live(2)
        assert await rig.shown() == ("manual", "operator")


async def test_reports_are_kept_for_the_days_that_are_set(tmp_path: Path) -> None:
    async with serving(tmp_path, keep_counts_days=1) as rig:
        await rig.send_counts()
        await rig.drive(86_000)
        assert len((await rig.http.get("/v1/junctions/J1/counts")).json()["records"]) == 1
        await rig.drive(4_000)
        assert (await rig.http.get("/v1/junctions/J1/counts")).json()["records"] == []


async def test_folder_is_one_services_own(tmp_path: Path) -> None:
    async with serving(tmp_path):
        with pytest.raises(InputError, match="no other service uses"):
            async with serving(tmp_path):
                pass


async def test_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(InputError, match="can be written"):
        async with serving(tmp_path):
            pass
    (tmp_path / "data").unlink()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "chauraha.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(InputError, match="database"):
        async with serving(tmp_path):
            pass


async def test_clock_that_jumps_decides_the_last_ticks_only(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        answer = await rig.http.post("/v1/twin/clock", json={"time_at": rig.now_s + 3})
        assert answer.json()["decided"] == 3
        answer = await rig.http.post("/v1/twin/clock", json={"time_at": rig.now_s + 100_000})
        assert answer.json()["decided"] == 1
        answer = await rig.http.post("/v1/twin/clock", json={"time_at": rig.now_s + 0.5})
        assert answer.json()["decided"] == 0
        answer = await rig.http.post("/v1/twin/clock", json={"time_at": rig.now_s + 0.5})
        assert answer.json()["decided"] == 1


async def test_a_tick_lets_others_run_between_junctions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(7)

        async def turns_in_a_tick(slice_s: float) -> int:
            monkeypatch.setattr("controller.pace.SLICE_S", slice_s)
            tick = asyncio.create_task(rig.service.tick(rig.now_s))
            turns = 0
            while not tick.done():
                await asyncio.sleep(0)
                turns += 1
            return turns

        unbroken = await turns_in_a_tick(60.0)
        assert await turns_in_a_tick(0.0) >= unbroken + len(rig.service.states)


async def test_a_report_that_comes_while_others_are_decided_counts(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        for _ in range(8):
            await rig.live(1, "J1")
            await rig.send_status("J2")
            await rig.send_counts("J2")
        service, last = rig.service, rig.service.states["J2"]
        assert last.report is not None
        last.report = replace(last.report, received_s=rig.now_s + 0.2)
        moments = itertools.count(1)
        decider = Decider(service.states, FixedChoice("ns"), service.signer)
        await decider.tick(lambda: rig.now_s + next(moments) / 10, service.seq + 1)
        assert last.shown.cause is Cause.AS_PLANNED


async def test_a_spread_tick_takes_its_time_and_a_large_city_its_turns(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        states = {f"J{n}": rig.service.states["J1"] for n in range(2 * GROUP_SIZE)}
        decider = Decider(states, None, rig.service.signer)
        begun_s = time.monotonic()
        await decider.tick(lambda: rig.now_s, 1, spread_s=0.2)
        assert time.monotonic() - begun_s >= 0.1  # the second of two groups came half-way
