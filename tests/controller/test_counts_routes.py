"""Counts in: once each, kept, summed by line, and moving the junction's observation."""

from __future__ import annotations

from pathlib import Path

from controller_parts import ARMS, counts_body, serving


async def test_counts_move_the_observation(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        before = (await rig.http.get("/v1/junctions/J1/observation")).json()
        assert before["known_share"] == 0
        assert before["lane_groups"]["n1"] == {
            "age_s": None,
            "known": False,
            "present": 0,
            "queue_veh": 0,
            "queue_pcu": 0,
            "queue_m": 0,
        }
        assert await rig.send_counts() == {"accepted": True, "duplicate": False}
        await rig.drive(2)
        after = (await rig.http.get("/v1/junctions/J1/observation")).json()
        assert after["known_share"] == 1
        assert after["lane_groups"]["n1"] == {
            "age_s": 2.0,
            "known": True,
            "present": 4,
            "queue_veh": 3,
            "queue_pcu": 3.0,
            "queue_m": 20.0,
        }
        features = after["encoding"]["features"]
        assert after["encoding"]["stages"]["ns"][features.index("queue_pcu")] > 0
        assert before["encoding"]["stages"]["ns"][features.index("queue_pcu")] == 0
        assert (await rig.http.get("/v1/junctions/J2/observation")).json()["known_share"] == 0


async def test_reading_grows_old(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        await rig.send_counts()
        await rig.drive(21)
        groups = (await rig.http.get("/v1/junctions/J1/counts")).json()["lane_groups"]
        assert {g["known"] for g in groups.values()} == {False}
        assert {g["age_s"] for g in groups.values()} == {21.0}


async def test_same_report_counts_once_also_after_a_restart(tmp_path: Path) -> None:
    body = None
    async with serving(tmp_path) as rig:
        body = counts_body("J1", 1, rig.now_s)
        answers = [(await rig.http.post("/v1/junctions/J1/counts", json=body)).json() for _ in range(3)]
        assert [a["accepted"] for a in answers] == [True, False, False]
        assert [a["duplicate"] for a in answers] == [False, True, True]
    async with serving(tmp_path) as rig:
        answer = (await rig.http.post("/v1/junctions/J1/counts", json=body)).json()
        assert answer == {"accepted": False, "duplicate": True}
        kept = (await rig.http.get("/v1/junctions/J1/counts")).json()
        assert len(kept["records"]) == 1
        assert kept["totals"] == {"stop": {"a": {"car": 2}}}


async def test_since_and_totals(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        begin_at = rig.now_s
        for number in (1, 2, 3):
            await rig.drive(1)
            await rig.send_counts(lines={"stop": {"a": {"car": number}, "b": {"bus": 1}}})
        everything = (await rig.http.get("/v1/junctions/J1/counts")).json()
        assert everything["totals"] == {"stop": {"a": {"car": 6}, "b": {"bus": 3}}}
        assert [r["n"] for r in everything["records"]] == [1, 2, 3]
        later = (await rig.http.get(f"/v1/junctions/J1/counts?since={begin_at + 1}")).json()
        assert later["totals"] == {"stop": {"a": {"car": 5}, "b": {"bus": 2}}}
        assert [r["n"] for r in later["records"]] == [2, 3]


async def test_late_report_does_not_turn_time_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        await rig.send_counts()
        old = counts_body("J1", 99, rig.now_s - 5)
        for group in old["lane_groups"]:
            group["queue_veh"] = 0
        answer = await rig.http.post("/v1/junctions/J1/counts", json=old)
        assert answer.json()["accepted"]
        groups = (await rig.http.get("/v1/junctions/J1/counts")).json()["lane_groups"]
        assert groups["n1"]["queue_veh"] == 3


async def test_unseen_lane_group_is_not_empty(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        await rig.send_counts()
        await rig.drive(3)
        unseen = [{"lane_group_id": f"{arm}1", "seen": arm != "n"} for arm in ARMS]
        await rig.send_counts(lane_groups=unseen)
        groups = (await rig.http.get("/v1/junctions/J1/counts")).json()["lane_groups"]
        assert groups["n1"]["queue_veh"] == 3
        assert groups["n1"]["age_s"] == 3.0
        assert groups["e1"]["queue_veh"] == 0
        assert groups["e1"]["age_s"] == 0.0
