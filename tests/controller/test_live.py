"""What the page is told: the city, its state now, ages and causes, the stream; and the page itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from controller_parts import FixedChoice, make_scenario, serving

from controller.pages import CONTENT_SECURITY_POLICY
from junction.calendar import DayKind, SpecialDay
from junction.plan import TableEntry, TimeOfDayTable
from scenarios.names import CityNames, NamedDay, ThanaName


async def test_city(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        city = (await rig.http.get("/v1/city")).json()
    assert city["schema"] == "chauraha.city/1"
    assert (city["name_en"], city["name_hi"], city["clock"]) == ("Hand-made", "हस्तनिर्मित", "driven")
    assert city["corridors"] == {"Main": ["J1", "J2"]}
    junction = city["junctions"][0]
    assert [a["id"] for a in junction["approaches"]] == ["n", "e", "s", "w"]
    assert junction["groups"][1] == {"id": "e", "approach_id": "e", "kind": "vehicle"}
    assert junction["stages"][0] == {"id": "ns", "name": "North and south", "group_ids": ["n", "s"]}


async def test_the_city_is_compressed_for_whoever_takes_it_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        packed = await rig.http.get("/v1/city", headers={"accept-encoding": "gzip"})
        plain = await rig.http.get("/v1/city", headers={"accept-encoding": "identity"})
    assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    assert packed.content == plain.content  # unpacked by the client
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    assert {answer.headers["vary"] for answer in (packed, plain)} == {"Accept-Encoding"}


async def test_days_are_known_by_name_also_those_of_the_signals_calendar(tmp_path: Path) -> None:
    made = make_scenario(tmp_path)
    noon = TimeOfDayTable(entries=(TableEntry(from_s=0, plan_id="J1.noon"),))

    def special(name: str, kind: DayKind, *dates: date) -> SpecialDay:
        return SpecialDay(name=name, kind=kind, dates=dates, table=noon)

    days = (
        special("Diwali", DayKind.FESTIVAL, date(2026, 11, 8)),  # the city's own word for it counts
        special("Ganga Mela", DayKind.FESTIVAL, date(2027, 3, 28), date(2026, 3, 10)),
        special("roadworks", DayKind.DATE, date(2026, 2, 1)),
    )
    diwali = NamedDay(
        id="diwali", name_en="Diwali", name_hi="दीपावली", basis="memory", dates=(date(2026, 11, 8), date(2025, 10, 20))
    )
    names = CityNames(thana=(ThanaName(id="Test", name_hi="परीक्षा", basis="assumed"),), day=(diwali,))
    sites = {**made.sites, "J1": replace(made.sites["J1"], special_days=days)}
    async with serving(tmp_path, scenario=replace(made, sites=sites, names=names)) as rig:
        city = (await rig.http.get("/v1/city")).json()
    assert city["thanas"] == {"Test": {"name_hi": "परीक्षा", "basis": "assumed"}}
    assert [(day["id"], day["basis"], day["dates"]) for day in city["days"]] == [
        ("diwali", "memory", ["2025-10-20", "2026-11-08"]),
        ("Ganga Mela", None, ["2026-03-10", "2027-03-28"]),
    ]


async def test_state_before_anything_is_known(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        state = (await rig.http.get("/v1/state")).json()
    assert state["schema"] == "chauraha.state/1"
    junction = state["junctions"]["J1"]
    assert (junction["mode"], junction["cause"]) == ("fixed", "starting")
    assert junction["rung"] is None
    assert junction["reported_age_s"] is None
    assert junction["stage"] is None
    assert junction["lamps"] == {}
    assert junction["delay_s_pcu"] is None
    assert junction["los"] is None
    assert junction["throughput_pcu_h"] is None
    assert junction["camera"] == {"state": "lost", "age_s": None}
    assert junction["approaches"]["n"]["known"] is False


async def test_state_with_counts_and_report(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        for _ in range(8):
            await rig.send_status()
            await rig.send_counts(origin="simulated")
            await rig.drive(1)
        state = (await rig.http.get("/v1/state")).json()
    assert state["origin"] == "simulated"
    junction = state["junctions"]["J1"]
    assert (junction["mode"], junction["rung"], junction["reported_age_s"]) == ("ai", 0, 1.0)
    assert junction["stage"] == {"id": "ns", "name": "North and south", "elapsed_s": 13.0}
    assert junction["lamps"] == {"n": "G", "e": "r", "s": "G", "w": "r"}
    assert junction["approaches"]["n"] == {
        "known": True,
        "age_s": 1.0,
        "queue_veh": 3,
        "queue_pcu": 3.0,
        "queue_m": 20.0,
        "present_veh": 4,
    }
    # Each second 12 PCU stand and 4 cross: 12 PCU s over 4 PCU is 3 s each; 4 a second is 14,400 an hour.
    assert junction["delay_s_pcu"] == pytest.approx(3.0)
    assert junction["los"] == "A"
    assert junction["throughput_pcu_h"] == pytest.approx(14_400)
    assert junction["scores"] == {"ns": 1.0, "ew": 1.0}


@pytest.mark.parametrize(
    ("report", "mode", "cause"),
    [
        ({"rung": 1, "cause": "no_poll"}, "hold", "no_poll"),
        ({"rung": 2, "cause": "lease_over"}, "fixed", "lease_over"),
        ({"rung": 3, "cause": "clock_untrusted"}, "isolated", "clock_untrusted"),
        ({"rung": 4, "cause": "conflict_monitor"}, "flash", "conflict_monitor"),
        ({"rung": 4, "cause": "police", "manual": True}, "flash", "police"),
        ({"rung": 0, "cause": "police", "manual": True}, "manual", "police"),
    ],
)
async def test_controllers_own_word_is_shown(tmp_path: Path, report: dict[str, object], mode: str, cause: str) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns")) as rig:
        await rig.live(8)
        await rig.send_status(faults=[{"kind": "power", "detail": "meter empty"}], **report)
        await rig.drive(1)
        junction = (await rig.http.get("/v1/state")).json()["junctions"]["J1"]
    assert (junction["mode"], junction["cause"], junction["rung"]) == (mode, cause, report["rung"])
    assert "power: meter empty" in junction["reasons"]
    # Flashing heads show no lamps: what the controller would show is not what drivers see.
    assert (junction["lamps"] == {}) == (mode == "flash")


async def test_page_is_served_and_asks_nobody_else(tmp_path: Path) -> None:
    page = tmp_path / "dist"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>चौराहा</title>")
    (page / "assets" / "a-1.js").write_text("1")
    async with serving(tmp_path, page=page) as rig:
        answer = await rig.http.get("/")
        assert answer.status_code == 200
        assert "चौराहा" in answer.text
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "http" not in CONTENT_SECURITY_POLICY
        assert answer.headers["cache-control"] == "no-cache"
        assert "immutable" in (await rig.http.get("/assets/a-1.js")).headers["cache-control"]
        (page / "assets" / "big.js").write_text("1;" * 2000)
        packed = await rig.http.get("/assets/big.js")
        assert (packed.headers["content-encoding"], len(packed.content)) == ("gzip", 4000)
        assert (await rig.http.get("/../secret")).headers["content-type"] == "application/problem+json"
        assert (await rig.http.get("/v1/city")).json()["schema"] == "chauraha.city/1"


async def test_hint_where_the_page_is_not_built(tmp_path: Path) -> None:
    async with serving(tmp_path, page=tmp_path / "nothing") as rig:
        answer = await rig.http.get("/")
        assert answer.status_code == 200
        assert "make" in answer.text


async def test_site_and_plan_are_tagged(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        for path in ("/v1/junctions/J1/site", "/v1/plans/J1.today", "/v1/plans/J1:J1.noon"):
            first = await rig.http.get(path)
            assert first.status_code == 200
            again = await rig.http.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        plan = (await rig.http.get("/v1/plans/J1.today")).json()
    assert (plan["junction_id"], plan["cycle_s"], plan["offset_s"]) == ("J1", 60, 0)
    assert plan["stages"][1] == {
        "id": "ew",
        "groups": ["e", "w"],
        "change_at_s": 30.0,
        "intergreen_s": 5.0,
        "green_s": 25.0,
        "min_s": 7,
        "max_s": 60,
    }
