"""Why the policy chose, as the page is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from controller_parts import FixedChoice, Rig, counts_body, serving

from controller.answers import DecisionAnswer
from junction.policy import Proposal, Situation


class Queues(FixedChoice):
    """Scores a stage by the vehicles that wait for it."""

    name = "queues"

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        proposals = []
        for asked in situations:
            north, east, south, west = (r.queue_veh for r in asked.observation.readings)
            scores = (north + south, east + west)
            proposals.append(Proposal(stage_id="ns" if scores[0] >= scores[1] else "ew", scores=scores))
        return proposals


async def decision(rig: Rig) -> dict[str, Any]:
    answer = await rig.http.get("/v1/junctions/J1/decision")
    assert answer.status_code == 200, answer.text
    DecisionAnswer.model_validate(answer.json())
    document: dict[str, Any] = answer.json()
    return document


async def live_with(rig: Rig, east: int) -> None:
    """Seven live seconds with that many waiting in the east and three elsewhere."""
    lane_groups = counts_body("J1", 0, 0)["lane_groups"]
    lane_groups[1] = {**lane_groups[1], "queue_veh": east, "present": {"car": east}}
    for _ in range(7):
        await rig.send_status()
        await rig.send_counts(lane_groups=lane_groups)
        await rig.drive(1)


async def test_what_drove_a_choice_and_that_asking_changes_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=Queues()) as rig:
        assert (await decision(rig))["decision"] is None
        await live_with(rig, east=9)
        first = await decision(rig)
        assert first == await decision(rig)
        assert (first["mode"], first["stage_id"]) == ("ai", "ew")
        found = first["decision"]
        assert (found["policy"], found["stage_id"], found["runner_up"]) == ("queues", "ew", "ns")
        assert rig.now_s - 5 <= found["at"] <= rig.now_s
        # 6 wait north and south, 12 east and west: nine of the lead are the east's, three the west's, and three each
        # of north and south speak against it.
        assert [(d["lane_group_id"], d["part"]) for d in found["drivers"]] == [
            ("e1", 9), ("n1", -3), ("s1", -3), ("w1", 3),
        ]  # fmt: skip
        assert found["drivers"][0]["movements"] == ["e_straight"]
        assert {s["stage_id"]: s["above_mean"] for s in found["stages"]} == pytest.approx({"ns": -3, "ew": 3})


async def test_none_when_the_policy_no_longer_decides(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=Queues()) as rig:
        await live_with(rig, east=9)
        assert (await decision(rig))["decision"] is not None
        await rig.drive(10)
        after = await decision(rig)
        assert (after["mode"], after["decision"]) == ("fixed", None)


async def test_an_operators_stage_is_told_apart_from_the_choice(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=Queues()) as rig:
        await live_with(rig, east=9)
        body = {"kind": "stage", "stage_id": "ns", "ttl_s": 60, "reason": "ambulance"}
        assert (await rig.http.post("/v1/junctions/J1/override", json=body)).status_code == 200
        await live_with(rig, east=9)
        document = await decision(rig)
        assert (document["mode"], document["stage_id"]) == ("manual", "ns")
        assert document["decision"]["stage_id"] == "ew"
