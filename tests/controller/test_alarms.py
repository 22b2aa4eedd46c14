"""Alarms from what boxes and cameras send: raised with their cause, acknowledged, acted on, ended, kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from access_parts import closed, make_user, sign_in
from controller_parts import FixedChoice, Rig, counts_body, serving

from controller.alarms.alarm import AlarmKind, Condition
from controller.alarms.conditions import CAMERA_REPLACED_S
from controller.alarms.watch import ENDED_AFTER_S, AlarmWatch

DARK = Condition(kind=AlarmKind.SIGNAL_DARK, cause="power_lost")
OFF = Condition(kind=AlarmKind.OFF_AI, cause="stale_counts")


async def open_alarms(rig: Rig) -> list[tuple[str, str, str]]:
    alarms = (await rig.http.get("/v1/state")).json()["alarms"]
    return [(alarm["junction_id"], alarm["kind"], alarm["cause"]) for alarm in alarms]


async def of_j1(rig: Rig) -> list[tuple[str, str]]:
    return [(kind, cause) for junction_id, kind, cause in await open_alarms(rig) if junction_id == "J1"]


def test_a_condition_must_last_and_its_end_too() -> None:
    watch = AlarmWatch()
    assert watch.step("J1", [OFF], 100.0) == []
    assert watch.step("J1", [OFF], 129.0) == []
    raised = watch.step("J1", [OFF], 130.0)
    assert [(a.kind, a.since_at, a.ended_at) for a in raised] == [(AlarmKind.OFF_AI, 100.0, None)]
    assert watch.step("J1", [], 131.0) == []
    # It came back within the patience: the same alarm goes on.
    assert watch.step("J1", [OFF], 133.0) == []
    assert [a.id for a in watch.open] == [raised[0].id]
    assert watch.step("J1", [], 140.0) == []
    ended = watch.step("J1", [], 140.0 + ENDED_AFTER_S)
    assert [(a.id, a.ended_at) for a in ended] == [(raised[0].id, 140.0)]
    assert watch.open == []


def test_a_condition_that_passes_calls_nobody() -> None:
    watch = AlarmWatch()
    for second in range(0, 400, 20):
        assert watch.step("J1", [OFF], float(second)) == []
        assert watch.step("J1", [], float(second + 10)) == []
    assert watch.open == []


def test_the_cause_follows_and_the_gravest_comes_first() -> None:
    watch = AlarmWatch()
    watch.step("J1", [OFF], 0.0)
    watch.step("J1", [OFF], 30.0)
    watch.step("J2", [DARK], 31.0)
    assert [(a.junction_id, a.kind) for a in watch.open] == [("J2", DARK.kind), ("J1", OFF.kind)]
    changed = watch.step("J2", [Condition(kind=DARK.kind, cause="lamps_out")], 32.0)
    assert [(a.cause, a.since_at) for a in changed] == [("lamps_out", 31.0)]
    assert len(watch.open) == 2


def test_a_clock_set_back_neither_raises_nor_ends_anything_early() -> None:
    watch = AlarmWatch()
    watch.step("J1", [OFF], 1000.0)
    assert watch.step("J1", [OFF], 400.0) == []
    assert watch.step("J1", [OFF], 429.0) == []
    assert len(watch.step("J1", [OFF], 430.0)) == 1


async def test_silence_after_the_start_is_an_alarm_only_after_its_grace(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        for _ in range(19):
            await rig.drive(1)
        assert await open_alarms(rig) == []
        await rig.drive(1)
        assert await of_j1(rig) == [("no_report", "never_reported"), ("camera_down", "never_reported")]


async def test_a_dark_signal_is_told_within_ten_seconds_and_ends_when_it_burns_again(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(25)
        assert await of_j1(rig) == []
        dark: dict[str, Any] = {
            "mode": "dark",
            "cause": "power_lost",
            "faults": [{"kind": "power", "detail": "no mains"}, {"kind": "lamp", "detail": "no lamp of n burns"}],
        }
        await rig.live(2, **dark)
        assert await of_j1(rig) == [("signal_dark", "power_lost")]
        state = (await rig.http.get("/v1/state")).json()
        assert (state["junctions"]["J1"]["mode"], state["junctions"]["J1"]["lamps"]) == ("dark", {})
        alarm = next(a for a in state["alarms"] if a["junction_id"] == "J1")
        assert alarm["detail"] == "no mains"

        seen = await rig.http.post(f"/v1/alarms/{alarm['id']}/acknowledge")
        assert seen.status_code == 200
        assert seen.json()["acknowledged_by"] is not None
        done = await rig.http.post(f"/v1/alarms/{alarm['id']}/actions", json={"text": "constable sent"})
        assert [action["text"] for action in done.json()["actions"]] == ["constable sent"]
        shown = next(a for a in (await rig.http.get("/v1/state")).json()["alarms"] if a["junction_id"] == "J1")
        assert shown["acknowledged_at"] == seen.json()["acknowledged_at"]

        await rig.live(7)
        assert await of_j1(rig) == []
        kept = (await rig.http.get("/v1/alarms", params={"junction_id": "J1"})).json()["alarms"]
    assert [(a["kind"], a["ended_at"] is not None, a["acknowledged_by"] is not None) for a in kept] == [
        ("signal_dark", True, True)
    ]
    assert kept[0]["actions"][0]["text"] == "constable sent"


async def test_a_lost_camera_explains_why_a_junction_is_off_the_policy(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(25)
        for _ in range(70):
            await rig.send_status()
            await rig.drive(1)
        assert await rig.shown() == ("actuated", "stale_counts")
        assert await of_j1(rig) == [("camera_down", "silent")]


async def test_a_junction_off_the_policy_for_no_other_reason_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(25)
        await rig.live(40, rung=3, cause="clock_untrusted", mode="isolated")
        assert await of_j1(rig) == [("off_ai", "clock_untrusted")]


async def test_fixed_plans_by_wish_are_no_alarm(tmp_path: Path) -> None:
    async with serving(tmp_path, mode="fixed") as rig:
        await rig.live(70)
        assert await of_j1(rig) == []


async def live_with_queue(rig: Rig, seconds: int, queue_m: float) -> None:
    """Storage is 120 m: its nine tenths are 108 m."""
    groups = [{**group, "queue_m": queue_m} for group in counts_body("J1", 1, 1.0)["lane_groups"]]
    for _ in range(seconds):
        await rig.send_status()
        await rig.send_counts(lane_groups=groups)
        await rig.drive(1)


async def test_a_queue_over_its_storage_is_spill_back(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await live_with_queue(rig, 25, 107.0)
        assert await of_j1(rig) == []
        await live_with_queue(rig, 31, 109.0)
        alarms = (await rig.http.get("/v1/state")).json()["alarms"]
    spilled = [a for a in alarms if a["junction_id"] == "J1"]
    assert [(a["kind"], a["detail"]) for a in spilled] == [("spill_back", "e1, n1, s1, w1")]


async def two_cameras(rig: Rig, seconds: int, *, n1: dict[str, Any], rest: dict[str, Any]) -> None:
    """One camera sees n1 alone, another the other arms; they report in turn, within the same second."""
    first, *others = counts_body("J1", 1, 1.0)["lane_groups"]
    for _ in range(seconds):
        await rig.send_status()
        await rig.send_counts(camera_id="J1-n", **{"lane_groups": [first], **n1})
        await rig.send_counts(camera_id="J1-esw", **{"lane_groups": others, **rest})
        await rig.drive(1)


async def test_trouble_of_one_camera_is_not_hidden_by_the_other(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await two_cameras(rig, 25, n1={}, rest={})
        assert await of_j1(rig) == []
        unseen = [{"lane_group_id": "n1", "seen": False}]
        await two_cameras(rig, 11, n1={"state": "frozen", "lane_groups": unseen}, rest={})
        assert ("camera_down", "frozen") in await of_j1(rig)
        assert (await rig.http.get("/v1/state")).json()["junctions"]["J1"]["camera"]["state"] == "frozen"


async def cameras_down(rig: Rig) -> list[tuple[str, str]]:
    alarms = (await rig.http.get("/v1/state")).json()["alarms"]
    mine = [a for a in alarms if (a["junction_id"], a["kind"]) == ("J1", "camera_down")]
    return [(alarm["cause"], alarm["detail"]) for alarm in mine]


async def only_esw(rig: Rig, seconds: int, **changes: Any) -> None:
    others = counts_body("J1", 1, 1.0)["lane_groups"][1:]
    for _ in range(seconds):
        await rig.send_status()
        await rig.send_counts(camera_id="J1-esw", **{"lane_groups": others, **changes})
        await rig.drive(1)


async def test_a_silent_camera_is_named_while_the_others_report(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await two_cameras(rig, 25, n1={}, rest={})
        await only_esw(rig, 19)
        assert await cameras_down(rig) == []
        await only_esw(rig, 3)
        assert await cameras_down(rig) == [("silent", "J1-n")]
        await only_esw(rig, 60)
        assert [kind for kind, _ in await of_j1(rig)] == ["camera_down"]  # it explains why the junction is off AI
        unseen = [{"lane_group_id": key, "seen": False} for key in ("e1", "s1", "w1")]
        await only_esw(rig, 2, state="covered", lane_groups=unseen)
        assert await cameras_down(rig) == [("covered, silent", "J1-esw: covered, J1-n: silent")]
        await two_cameras(rig, 7, n1={}, rest={})
        assert await cameras_down(rig) == []


async def test_a_camera_that_another_has_replaced_is_missed_no_more(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await two_cameras(rig, 25, n1={}, rest={})
        await rig.drive(CAMERA_REPLACED_S)
        await only_esw(rig, 7)
        assert await cameras_down(rig) == [("silent", "J1-n")]  # nobody sees its lanes
        await only_esw(rig, 7, lane_groups=counts_body("J1", 1, 1.0)["lane_groups"])
        assert await cameras_down(rig) == []


async def test_a_camera_that_was_missed_is_missed_after_a_restart_too(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await two_cameras(rig, 25, n1={}, rest={})
        await only_esw(rig, 25)
        await rig.drive(7200)  # its last reports are not restored
        await only_esw(rig, 7)
        assert await cameras_down(rig) == [("silent", "J1-n")]
        now_s, camera_n = rig.now_s, rig.n
    async with serving(tmp_path, policy=FixedChoice("ns"), start_s=now_s + 60) as rig:
        rig.n = camera_n
        await only_esw(rig, 40)
        assert await cameras_down(rig) == [("silent", "J1-n")]
        await only_esw(rig, 7, lane_groups=counts_body("J1", 1, 1.0)["lane_groups"])
        assert await cameras_down(rig) == []


async def test_a_full_lane_stays_full_when_another_camera_reports(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        full = [{**counts_body("J1", 1, 1.0)["lane_groups"][0], "queue_m": 109.0}]
        await two_cameras(rig, 56, n1={"lane_groups": full}, rest={})
        alarms = (await rig.http.get("/v1/state")).json()["alarms"]
        assert [(a["kind"], a["detail"]) for a in alarms if a["junction_id"] == "J1"] == [("spill_back", "n1")]
        others = counts_body("J1", 1, 1.0)["lane_groups"][1:]
        for _ in range(40):  # the camera of n1 falls silent: nobody knows what stands there
            await rig.send_status()
            await rig.send_counts(camera_id="J1-esw", lane_groups=others)
            await rig.drive(1)
        assert "spill_back" not in [kind for kind, _ in await of_j1(rig)]


async def test_open_alarms_outlive_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(25)
        await rig.live(3, faults=[{"kind": "door", "detail": "open"}])
        await rig.live(3, faults=[{"kind": "door", "detail": "open"}])
        before = (await rig.http.get("/v1/alarms", params={"junction_id": "J1"})).json()["alarms"]
        now_s, camera_n = rig.now_s, rig.n
    assert [(a["kind"], a["cause"], a["detail"]) for a in before] == [("equipment", "door", "door: open")]
    async with serving(tmp_path, policy=FixedChoice("ns"), start_s=now_s + 1) as rig:
        rig.n = camera_n  # the camera went on
        await rig.live(30)
        after = (await rig.http.get("/v1/alarms", params={"junction_id": "J1"})).json()["alarms"]
    assert [(a["id"], a["ended_at"] is not None) for a in after] == [(before[0]["id"], True)]


async def test_who_may_see_and_who_may_act(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        for role in ("viewer", "operator"):
            await make_user(rig, role, role)
        viewer, operator = await sign_in(rig, "viewer"), await sign_in(rig, "operator")
        assert (await viewer.get("/v1/alarms")).json()["alarms"] == []
        assert (await viewer.post("/v1/alarms/0123456789abcdef/acknowledge")).status_code == 403
        assert (await operator.post("/v1/alarms/0123456789abcdef/acknowledge")).status_code == 404


@pytest.mark.parametrize("query", [{"days": 0}, {"days": 1e9}, {"limit": 0}, {"limit": "many"}])
async def test_a_question_that_makes_no_sense_is_refused(tmp_path: Path, query: dict[str, Any]) -> None:
    async with serving(tmp_path) as rig:
        assert (await rig.http.get("/v1/alarms", params=query)).status_code == 422
