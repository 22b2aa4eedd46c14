"""Level crossings over HTTP: who may speak, how long a word counts, what a junction does meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import controller_parts
import pytest
from access_parts import closed
from controller_parts import FixedChoice, Rig, serving

from controller.access.roles import DeviceKind
from junction.site import Site
from junction.surroundings import LevelCrossing, Surroundings

PATH = "/v1/junctions/J1/crossings/lc_n"


@pytest.fixture(autouse=True)
def crossing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The railway crosses the northern arm of each junction: stage `ns` leads over it."""
    plain = controller_parts.make_site

    def make_site(junction_id: str = "J1") -> Site:
        gate = LevelCrossing(id="lc_n", name_en="Gate", name_hi="फाटक", approach_id="n", at_m=70.0)
        return replace(plain(junction_id), surroundings=Surroundings(crossings=(gate,)))

    monkeypatch.setattr(controller_parts, "make_site", make_site)


async def say(rig: Rig, *, closed: bool = True, ttl_s: float = 30, **more: Any) -> dict[str, Any]:
    answer = await rig.http.post(PATH, json={"closed": closed, "ttl_s": ttl_s, **more})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def stage(rig: Rig) -> tuple[str, str, str]:
    document = await rig.control()
    return document["mode"], document["cause"], document["stage"]["id"]


async def test_what_leads_over_a_shut_crossing_is_held_off_until_it_opens(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(7)
        assert await stage(rig) == ("ai", "as_planned", "ns")
        told = await say(rig, opens_in_s=120)
        assert (told["closed"], told["left_s"], told["held_off"]) == (True, 30.0, ["ns"])
        assert told["opens_at"] == rig.now_s + 120
        await rig.live(2)
        assert await stage(rig) == ("ai", "level_crossing", "ew")
        shown = (await rig.http.get("/v1/state")).json()["junctions"]["J1"]["crossings"]
        assert [(one["id"], one["closed"], one["left_s"]) for one in shown] == [("lc_n", True, 28.0)]
        await say(rig, closed=False)
        await rig.live(6)
        assert await stage(rig) == ("ai", "as_planned", "ns")


async def test_a_word_that_is_not_said_again_is_over(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(7)
        since_at = (await say(rig, ttl_s=5))["since_at"]
        await rig.live(3)
        assert (await say(rig, ttl_s=5))["since_at"] == since_at
        await rig.live(4)
        assert (await stage(rig))[1] == "level_crossing"
        await rig.live(6)
        assert await stage(rig) == ("ai", "as_planned", "ns")
        (known,) = (await rig.http.get("/v1/junctions/J1/crossings")).json()["crossings"]
        assert (known["closed"], known["left_s"]) == (None, None)
        acts = (await rig.http.get("/v1/audit")).json()["acts"]
        assert [act["action"] for act in acts if "crossing" in act["action"]] == ["crossing shut"], "one a change"


async def test_a_fixed_plan_gives_way_too_and_comes_back(tmp_path: Path) -> None:
    async with serving(tmp_path, mode="fixed") as rig:
        await rig.live(2)
        assert (await rig.control())["plan_id"] == "J1.today"
        await say(rig)
        await rig.live(1)
        document = await rig.control()
        assert (document["plan_id"], document["cause"], document["stage"]["id"]) == (None, "level_crossing", "ew")
        await say(rig, closed=False)
        await rig.live(1)
        assert (await rig.control())["plan_id"] == "J1.today"


async def test_the_guard_stays_last(tmp_path: Path) -> None:
    """At its maximum green the other stage ends, crossing or not."""
    async with serving(tmp_path, policy=FixedChoice("ew")) as rig:
        await rig.live(7, stage=1)
        await say(rig)
        await rig.live(1, stage=1, elapsed_s=59.0)
        await rig.live(1, stage=1, elapsed_s=60.0)
        assert await stage(rig) == ("ai", "level_crossing", "ns")


async def test_a_restart_knows_what_was_said(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        await say(rig, ttl_s=300)
        at = rig.now_s
    async with serving(tmp_path, start_s=at) as rig:
        (known,) = (await rig.http.get("/v1/junctions/J1/crossings")).json()["crossings"]
        assert (known["closed"], known["left_s"]) == (True, 300.0)


async def test_only_the_junctions_gate_and_operators_may_speak(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        gate = await rig.key(DeviceKind.GATE, "J1")
        word = {"closed": True, "ttl_s": 30}
        assert (await rig.http.post(PATH, json=word, headers=gate)).status_code == 200
        assert (await rig.http.post(PATH.replace("J1", "J2"), json=word, headers=gate)).status_code == 403
        camera = await rig.key(DeviceKind.CAMERA, "J1")
        assert (await rig.http.post(PATH, json=word, headers=camera)).status_code == 403
        assert (await rig.http.post(PATH.replace("lc_n", "lc_x"), json=word, headers=gate)).status_code == 404


async def test_a_word_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    bodies = [
        {"closed": "yes", "ttl_s": 30},
        {"closed": True},
        {"closed": True, "ttl_s": 1e6},
        {"closed": False, "ttl_s": 9, "opens_in_s": 9},
    ]
    async with serving(tmp_path) as rig:
        for body in bodies:
            assert (await rig.http.post(PATH, json=body)).status_code == 422, body
