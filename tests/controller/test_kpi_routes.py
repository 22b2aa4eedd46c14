"""Key figures over HTTP: what cameras and controllers sent, added up; what nobody saw is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from controller_parts import NINE_AT, counts_body, serving

from controller.kpi_sampler import KpiSampler
from controller.routes.kpi import delay_changes
from junction.kpi import KpiSums, QueueInterval
from junction.mode import Mode

CAR_PCU = 1.0


async def kpi(rig: Any, path: str = "/v1/kpi", **query: Any) -> Any:
    answer = await rig.http.get(path, params={"from": NINE_AT, "to": NINE_AT + 900, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_quarter_of_an_hour_as_it_was(tmp_path: Path) -> None:
    """Two minutes at J1: each second a report of 4 groups with 3 PCU queued and one car gone over the line each."""
    async with serving(tmp_path) as rig:
        await rig.live(120)
        await rig.drive(10)
        for _ in range(10):
            await rig.drive(10)
        await rig.service._writing
        await rig.drive(10)  # what became due during that write
        await rig.service._writing
        by_junction = (await kpi(rig, level="junction"))["periods"][0]["figures"]
        one = by_junction["J1"]
        assert one["departed_pcu"] == pytest.approx(4 * CAR_PCU * 120, rel=0.02)
        assert one["delay_s_pcu"] == pytest.approx(12 / 4, rel=0.02)
        assert one["los"] == "A"
        assert one["longest_queue_pcu"] == 12.0
        assert one["simulated_share"] == 0.0
        assert one["seen_share"] == pytest.approx(120 / one["recorded_s"], rel=0.02)
        assert sum(one["mode_share"].values()) == pytest.approx(1.0, abs=0.001)
        other = by_junction["J2"]
        unknown = ("delay_s_pcu", "los", "throughput_pcu_h", "mean_queue_pcu", "longest_queue_pcu", "departed_pcu")
        assert [other[name] for name in unknown] == [None] * len(unknown)
        assert other["seen_share"] == 0.0
        city = (await kpi(rig, level="city"))["periods"][0]["figures"]["city"]
        assert city["departed_pcu"] == one["departed_pcu"]
        assert city["seen_share"] == pytest.approx(one["seen_share"] / 2, rel=0.02)
        assert (await kpi(rig, level="thana"))["periods"][0]["figures"].keys() == {"Test"}
        assert (await kpi(rig, level="corridor"))["periods"][0]["figures"].keys() == {"Main"}
        spots = await kpi(rig, "/v1/hotspots")
        assert [spot["junction_id"] for spot in spots["junctions"]] == ["J1"]
        assert spots["unknown"] == ["J2"]
        hours = await kpi(rig, every="hour")
        assert [period["begin_at"] for period in hours["periods"]] == [NINE_AT]  # on the hour in Kolkata, not in UTC


async def test_figures_outlive_a_restart_and_a_report_counts_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        for _ in range(3):
            body_n = rig.n
            await rig.send_counts()
            rig.n = body_n  # the same report again
        await rig.drive(1)
        now_s = rig.now_s
    async with serving(tmp_path, start_s=now_s) as rig:
        figures = (await kpi(rig, level="junction"))["periods"][0]["figures"]["J1"]
        assert figures["departed_pcu"] == 4 * CAR_PCU


async def test_figures_that_were_not_written_yet_outlive_a_kill(tmp_path: Path) -> None:
    """What had been written is not added again, what came after it is: minute by minute, as if nobody had died."""
    async with serving(tmp_path) as rig:
        await rig.live(100)
        rig.service._sampler = KpiSampler()  # as kill -9 leaves it: what waited for its minute's end is gone
        now_s = rig.now_s
    async with serving(tmp_path, start_s=now_s) as rig:
        pass
    async with serving(tmp_path, start_s=now_s) as rig:
        figures = (await kpi(rig, level="junction"))["periods"][0]["figures"]["J1"]
        assert figures["departed_pcu"] == pytest.approx(100 * 4 * CAR_PCU)
        assert figures["mean_queue_pcu"] == pytest.approx(4 * 3.0)
        assert figures["throughput_pcu_h"] == pytest.approx(4 * CAR_PCU * 3600)


async def test_two_cameras_of_a_junction_are_one_view_of_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        groups = counts_body("J1", 1, 1.0)["lane_groups"]
        await rig.send_counts(camera_id="J1-a", lane_groups=groups[:2])
        await rig.send_counts(camera_id="J1-b", lane_groups=groups[2:])
        await rig.drive(1)
        now_s = rig.now_s
    async with serving(tmp_path, start_s=now_s) as rig:
        figures = (await kpi(rig, level="junction"))["periods"][0]["figures"]["J1"]
        assert figures["mean_queue_pcu"] == 4 * 3.0
        assert figures["throughput_pcu_h"] == 4 * CAR_PCU * 3600


async def test_bad_questions_are_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        for query, field in (
            ({"from": 5, "to": 5}, "to"),
            ({"from": 0, "to": 1e10, "every": "15min"}, "every"),
            ({"from": 0, "to": 900, "every": "fortnight"}, "every"),
            ({"from": 0, "to": 900, "level": "galaxy"}, "level"),
        ):
            answer = await rig.http.get("/v1/kpi", params=query)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == field
        answer = await rig.http.get("/v1/hotspots", params={"from": 0, "to": 900, "thana": "nowhere"})
        assert answer.json()["errors"][0]["expected"] == "one of ['Test']"


async def test_two_times_compared(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        day = 86_400
        begin = int(NINE_AT)
        minutes = {}
        for quarter in range(4):
            at = begin + 900 * quarter
            minutes["J1", at] = KpiSums(duration_s=60, seen_s=60, queue_pcu_s=300 + quarter, departed_pcu=10)
            minutes["J1", at - day] = KpiSums(duration_s=60, seen_s=60, queue_pcu_s=600, departed_pcu=10)
        await rig.service.kpi.add_minutes(minutes)
        found = await kpi(rig, "/v1/kpi/compare", to=begin + 3600, against=begin - day, level="junction")
        assert found["against_at"] == begin - day
        one = found["figures"]["J1"]
        assert one["now"]["delay_s_pcu"] == pytest.approx(30.15)
        assert one["then"]["delay_s_pcu"] == 60.0
        change = one["delay_change"]
        assert change["quarters"] == 4
        assert change["ratio"] == pytest.approx(-0.4975, abs=0.001)
        assert change["lo"] <= change["ratio"] <= change["hi"] < -0.49
        assert found["figures"]["J2"]["delay_change"] is None
        week = await kpi(rig, "/v1/kpi/compare", to=begin + 7 * day, against=begin - 7 * day, level="junction")
        assert week["figures"]["J1"]["delay_change"] is None  # the other times are a week before these, and unseen
        answer = await rig.http.get("/v1/kpi/compare", params={"from": 0, "to": 36 * day})
        assert answer.json()["errors"][0]["field"] == "to"


def test_no_interval_of_one_quarter_and_nothing_from_nothing() -> None:
    groups = {"one": ("J1",), "other": ("J2",)}
    seen = {"J1": np.array([[10.0, 1.0]])}
    assert delay_changes(groups, seen, {}) == {"one": None, "other": None}
    assert delay_changes(groups, seen, {"J1": np.zeros((1, 2))}) == {"one": None, "other": None}
    assert delay_changes(groups, seen, {"J1": np.array([[20.0, 1.0]])}) == {
        "one": {"ratio": -0.5, "lo": None, "hi": None, "quarters": 1},
        "other": None,
    }


def test_a_quarter_that_one_junction_missed_is_not_drawn_for_it() -> None:
    """J1: 10 s against 20 s in two quarters, not seen then in the third. J2: 30 against 30 in all three."""
    new = {"J1": np.array([[10.0, 1], [20, 2], [500, 1]]), "J2": np.array([[30.0, 1], [60, 2], [30, 1]])}
    old = {"J1": np.array([[20.0, 1], [40, 2], [0, 0]]), "J2": np.array([[30.0, 1], [60, 2], [30, 1]])}
    changes = delay_changes({"J1": ("J1",), "J2": ("J2",), "both": ("J1", "J2")}, new, old)
    assert changes["J1"] == {"ratio": -0.5, "lo": -0.5, "hi": -0.5, "quarters": 2}
    assert changes["J2"] == {"ratio": 0.0, "lo": 0.0, "hi": 0.0, "quarters": 3}
    both = changes["both"]
    assert both is not None
    # (10 + 20 + 30 + 60 + 30) s against (20 + 40 + 30 + 60 + 30) s, 7 PCU each; J1's third quarter is in neither.
    assert both["quarters"] == 3
    assert both["ratio"] == pytest.approx(150 / 180 - 1, abs=0.001)


def test_minutes_wait_for_late_cameras_and_come_back_when_they_could_not_be_written() -> None:
    sampler = KpiSampler()
    seen = QueueInterval(duration_s=10, queue_pcu=6, departed_pcu=2)
    sampler.note_interval("J1", 70.0, seen, simulated=True)
    sampler.note_interval("J1", 75.0, QueueInterval(duration_s=5, queue_pcu=None, departed_pcu=None), simulated=True)
    sampler.note_mode("J1", 71.0, Mode.AI, 1.0)
    assert sampler.take_finished(149.0) == {}
    taken = sampler.take_finished(151.0)
    expected = KpiSums(
        duration_s=1,
        seen_s=10,
        simulated_s=10,
        queue_pcu_s=60,
        departed_pcu=2,
        longest_queue_pcu=6,
        mode_s={Mode.AI: 1.0},
    )
    assert taken == {("J1", 60): expected}
    assert sampler.take_all() == {}
    sampler.put_back(taken)
    sampler.note_interval("J1", 80.0, seen, simulated=False)
    again = sampler.take_all()["J1", 60]
    assert (again.departed_pcu, again.simulated_s, again.seen_s) == (4, 10, 20)
