"""The public face: whether signals work, and nothing that helps anyone to watch or to meddle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from access_parts import closed, stop_window_clock
from controller_parts import FixedChoice, serving

from controller.access.gate import ANYONE_RATE

KEYS = {"id", "name_en", "name_hi", "lat", "lon", "state", "los"}


async def test_anyone_sees_which_signals_work_and_nothing_else(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        stranger = await rig.client({})
        answer = await stranger.get("/v1/public")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=5")
        assert (await stranger.get("/v1/state")).status_code == 401
    document = answer.json()
    assert document.keys() == {"schema", "at", "origin", "name_en", "name_hi", "junctions"}
    assert all(junction.keys() == KEYS for junction in document["junctions"])
    # No box has reported: whether its signal burns nobody can say.
    assert {junction["state"] for junction in document["junctions"]} == {"unknown"}


@pytest.mark.parametrize(
    ("report", "state"),
    [
        ({}, "working"),
        ({"rung": 2, "mode": "fixed", "cause": "lease_over"}, "working"),
        ({"manual": True, "mode": "manual", "cause": "police"}, "by_police"),
        ({"rung": 4, "mode": "flash", "cause": "conflict_monitor"}, "out_of_order"),
        ({"rung": 4, "mode": "flash", "cause": "night_flash"}, "flashing"),
        ({"mode": "dark", "cause": "power_lost"}, "out_of_order"),
    ],
)
async def test_a_signal_is_called_what_a_driver_would_see(tmp_path: Path, report: dict[str, Any], state: str) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8, **report)
        junction = (await rig.http.get("/v1/public")).json()["junctions"][0]
    assert (junction["id"], junction["state"], junction["los"]) == ("J1", state, "A")


async def test_everyone_gets_the_same_answer_for_five_seconds(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        first = (await rig.http.get("/v1/public")).content
        await rig.drive(4)
        assert (await rig.http.get("/v1/public")).content == first
        await rig.drive(1)
        assert (await rig.http.get("/v1/public")).content != first


async def test_too_many_questions_from_one_address_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_window_clock(monkeypatch)
    async with closed(tmp_path) as rig:
        stranger = await rig.client({})
        codes = [(await stranger.get("/v1/public")).status_code for _ in range(ANYONE_RATE + 2)]
    # The admin's signing in was the address's first.
    assert codes == [200] * (ANYONE_RATE - 1) + [429] * 3
