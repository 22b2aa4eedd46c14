"""`GET /v1/green-waves/{corridor_id}`: what it calls a band is one, at every signal and in both directions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from controller_parts import serving

from controller.green_wave_answers import GreenWavesAnswer
from scenarios.load import load_scenario

DIRECTIONS = ("outbound", "inbound")


def is_green(signal: dict[str, Any], direction: str, time_s: float) -> bool:
    return any((time_s - green["from_s"]) % signal["cycle_s"] < green["length_s"] - 0.05 for green in signal[direction])


async def test_a_band_meets_no_red_and_a_wider_one_would(tmp_path: Path) -> None:
    kanpur = load_scenario("kanpur")
    row = kanpur.corridors["mall_road"]
    bands = 0
    async with serving(tmp_path, scenario=kanpur) as rig:
        first = (await rig.http.get("/v1/green-waves/mall_road")).json()
        assert (first["program"], first["calendar_program"]) == ("webster.morning", "today")  # it is nine o'clock
        for program in first["programs"]:
            answer = await rig.http.get("/v1/green-waves/mall_road", params={"program": program})
            waves = answer.json()
            GreenWavesAnswer.model_validate(waves, strict=True, extra="forbid")
            signals = {signal["junction_id"]: signal for signal in waves["signals"]}
            assert tuple(signals) == row
            for section in waves["sections"]:
                part = row[row.index(section["from_junction"]) : row.index(section["to_junction"]) + 1]
                for direction in DIRECTIONS:
                    band = section[direction]
                    assert band["width_s"] >= waves["least_band_s"]
                    at_s = [signals[j][f"{direction}_at_s"] + band["from_s"] for j in part]
                    tenths = [tenth / 10 for tenth in range(-1, round(band["width_s"] * 10) + 1)]
                    met = [
                        all(is_green(signals[j], direction, at + after) for j, at in zip(part, at_s, strict=True))
                        for after in tenths
                    ]
                    assert met == [False, *[True] * (len(met) - 2), False]
                    bands += 1
    assert bands > 8


async def test_travel_times_follow_from_the_roads(tmp_path: Path) -> None:
    kanpur = load_scenario("kanpur")
    async with serving(tmp_path, scenario=kanpur) as rig:
        waves = (await rig.http.get("/v1/green-waves/gt_road")).json()
    assert waves["progression_basis"] == "assumed"
    for (one, other), here in zip(pairwise(waves["signals"]), kanpur.corridors["gt_road"], strict=False):
        layout = kanpur.sites[here].layout
        arm = next(a for a in layout.approaches if a.id == other["junction_id"])
        drive_s = (other["at_m"] - one["at_m"]) / (arm.speed_kmh * waves["progression_share"] / 3.6)
        assert other["outbound_at_s"] - one["outbound_at_s"] == pytest.approx(drive_s, abs=0.06)
        assert one["inbound_at_s"] - other["inbound_at_s"] == pytest.approx(drive_s, abs=0.06)


async def test_greens_that_follow_each_other_are_one(tmp_path: Path) -> None:
    async with serving(tmp_path, scenario=load_scenario("kanpur")) as rig:
        for program in ("today", "webster.night", "webster.morning"):
            waves = (await rig.http.get("/v1/green-waves/gt_road", params={"program": program})).json()
            for signal in waves["signals"]:
                for direction in DIRECTIONS:
                    edges = [green["from_s"] for green in signal[direction]]
                    ends = [(g["from_s"] + g["length_s"]) % signal["cycle_s"] for g in signal[direction]]
                    assert not {round(edge, 1) for edge in edges} & {round(end, 1) for end in ends}


async def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        for path, said in (
            ("/v1/green-waves/nowhere", "no corridor"),
            ("/v1/green-waves/Main?program=night", "no program"),
            ("/v1/green-waves/Main", "standards.toml"),  # a scenario without source tables
        ):
            answer = await rig.http.get(path)
            assert answer.status_code == 404
            assert said in answer.json()["detail"]
