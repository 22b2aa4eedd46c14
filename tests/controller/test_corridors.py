"""Green corridors over HTTP: durable, audited, brought back, refused by the field, gone at their end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import controller_parts
import pytest
from controller_parts import FixedChoice, Rig, serving
from sqlalchemy import text

from junction.site import Site
from junction.surroundings import Link, Surroundings


@pytest.fixture(autouse=True)
def linked(monkeypatch: pytest.MonkeyPatch) -> None:
    """J1 is 400 m west of J2: each is known at the other by an arm."""
    plain = controller_parts.make_site
    arms = {"J1": ("e", "J2"), "J2": ("w", "J1")}

    def make_site(junction_id: str = "J1") -> Site:
        arm, other = arms[junction_id]
        links = (Link(approach_id=arm, junction_id=other, length_m=400),)
        return replace(plain(junction_id), surroundings=Surroundings(links=links))

    monkeypatch.setattr(controller_parts, "make_site", make_site)


ASKED = {"route": ["J1", "J2"], "speed_kmh": 36, "ttl_s": 300, "arrives_in_s": 60, "reason": "ambulance to Hallet"}


async def open_corridor(rig: Rig, **changes: Any) -> dict[str, Any]:
    answer = await rig.http.post("/v1/corridors", json={**ASKED, **changes})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def audited(rig: Rig) -> list[tuple[str, str]]:
    rows = (await rig.http.get("/v1/audit")).json()["acts"]
    return [(row["action"], row["actor"]) for row in rows if row["action"].startswith("corridor")]


async def shown(rig: Rig, junction_id: str) -> dict[str, Any]:
    document: dict[str, Any] = (await rig.http.get("/v1/state")).json()["junctions"][junction_id]
    return document


@asynccontextmanager
async def lively(folder: Path, **settings: Any) -> AsyncIterator[Rig]:
    async with serving(folder, policy=FixedChoice("ns"), **settings) as rig:
        await rig.live(7)
        yield rig


async def test_each_junction_is_held_in_its_time_and_goes_back(tmp_path: Path) -> None:
    """400 m at 10 m/s: the vehicle is at J1 in 60 s, at J2 in 100 s. Green 50 s before, prepared 50 s before that."""
    async with lively(tmp_path) as rig:
        begun = rig.now_s
        document = await open_corridor(rig)
        first, second = document["passages"]
        assert (first["stage_id"], second["stage_id"]) == ("ew", "ew")
        assert (first["from_at"], first["green_at"], first["arrive_at"]) == (begun, begun + 10, begun + 60)
        assert (second["from_at"], second["green_at"], second["arrive_at"]) == (begun, begun + 50, begun + 100)
        assert (first["until_at"], second["until_at"]) == (begun + 70, begun + 120)
        await rig.live(11)
        control = await rig.control()
        assert (control["mode"], control["cause"], control["stage"]["id"]) == ("manual", "corridor", "ew")
        corridor = (await shown(rig, "J1"))["corridor"]
        assert corridor["id"] == document["id"]
        assert (corridor["arrives_in_s"], corridor["left_s"], corridor["reason"]) == (49.0, 59.0, ASKED["reason"])
        status = (await rig.http.get("/v1/junctions/J1/status")).json()
        assert status["corridor"] == corridor
        listed = (await rig.http.get("/v1/corridors")).json()["corridors"]
        assert [one["id"] for one in listed] == [document["id"]]
        await rig.drive(52)
        await rig.live(6)
        assert await rig.shown() == ("manual", "corridor")
        await rig.live(1)
        assert await rig.shown() == ("ai", "as_planned")
        assert (await rig.control())["stage"]["id"] == "ns"
        assert (await shown(rig, "J1"))["corridor"] is None


async def test_without_a_report_the_junction_keeps_its_fixed_plan(tmp_path: Path) -> None:
    async with lively(tmp_path) as rig:
        await open_corridor(rig)
        await rig.drive(1)
        assert (await rig.shown("J2"))[0] == "fixed"


async def test_closing_frees_the_junctions_at_once_and_is_audited(tmp_path: Path) -> None:
    async with lively(tmp_path) as rig:
        document = await open_corridor(rig)
        await rig.live(2)
        assert await rig.shown() == ("manual", "corridor")
        answer = await rig.http.delete(f"/v1/corridors/{document['id']}")
        assert answer.status_code == 200
        await rig.live(1)
        assert await rig.shown() == ("ai", "as_planned")
        assert (await rig.http.get("/v1/corridors")).json() == {"corridors": []}
        assert (await rig.http.delete(f"/v1/corridors/{document['id']}")).status_code == 404
        assert await audited(rig) == [("corridor close", "open access"), ("corridor open", "open access")]


async def test_one_that_is_over_is_closed_by_the_service_and_audited(tmp_path: Path) -> None:
    async with lively(tmp_path) as rig:
        await open_corridor(rig, ttl_s=110)
        await rig.drive(109)
        assert len((await rig.http.get("/v1/corridors")).json()["corridors"]) == 1
        await rig.live(2)
        await rig.service.corridors.stop()
        assert (await rig.http.get("/v1/corridors")).json() == {"corridors": []}
        assert await audited(rig) == [("corridor close", "service"), ("corridor open", "open access")]


async def test_a_restart_brings_it_back_and_not_one_that_was_closed(tmp_path: Path) -> None:
    async with lively(tmp_path) as rig:
        closed = await open_corridor(rig, reason="a drill")
        await rig.http.delete(f"/v1/corridors/{closed['id']}")
        kept, at = await open_corridor(rig), rig.now_s
    async with serving(tmp_path, policy=FixedChoice("ns"), start_s=at) as rig:
        listed = (await rig.http.get("/v1/corridors")).json()["corridors"]
        assert [one["passages"] for one in listed] == [kept["passages"]]
        await rig.live(2)
        assert await rig.shown() == ("manual", "corridor")


async def test_an_operators_later_word_at_the_junction_rules(tmp_path: Path) -> None:
    async with lively(tmp_path) as rig:
        hold = {"kind": "stage", "stage_id": "ns", "ttl_s": 200, "reason": "procession"}
        await rig.http.post("/v1/junctions/J1/override", json=hold)
        await rig.live(1)
        await open_corridor(rig)
        await rig.live(2)
        assert await rig.shown() == ("manual", "corridor")
        await rig.http.post("/v1/junctions/J1/override", json={**hold, "reason": "accident"})
        await rig.live(1)
        assert await rig.shown() == ("manual", "operator")
        override = (await rig.http.get("/v1/junctions/J1/status")).json()["override"]
        assert (override["reason"], override["left_s"]) == ("accident", 199.0)


REFUSED = [
    ({"route": ["J1", "moon"]}, "route.1"),
    ({"from_approach": "n"}, "route.0"),
    ({"to_approach": "n"}, "route.1"),
    ({"ttl_s": 60}, "ttl_s"),
    ({"route": ["J1"]}, "route"),
    ({"route": ["J1", "J2", "J1"]}, "route"),
    ({"speed_kmh": 0}, "speed_kmh"),
]


async def test_what_cannot_be_had_is_refused_by_its_field(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        for changes, field in REFUSED:
            answer = await rig.http.post("/v1/corridors", json={**ASKED, **changes})
            assert answer.status_code == 422, changes
            assert field in answer.json()["detail"], changes
        assert (await rig.http.get("/v1/corridors")).json() == {"corridors": []}
        assert await audited(rig) == []


async def test_two_may_not_want_different_stages_at_one_time(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        first = await open_corridor(rig)
        across = {"from_approach": "w", "to_approach": "e"}
        assert (await open_corridor(rig, **across))["id"] != first["id"]
        made = rig.service.states["J1"].passages
        rig.service.states["J1"].passages = tuple(replace(p, at=replace(p.at, stage_id="ns")) for p in made)
        answer = await rig.http.post("/v1/corridors", json=ASKED)
        assert answer.status_code == 422
        assert f"corridor {first['id']}" in answer.json()["detail"]


async def test_one_that_is_not_on_disk_is_not_acknowledged(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        async with rig.service.store.engine.begin() as connection:
            await connection.execute(text("DROP TABLE corridor"))
        assert (await rig.http.post("/v1/corridors", json=ASKED)).status_code == 503
        assert rig.service.states["J1"].passages == ()
