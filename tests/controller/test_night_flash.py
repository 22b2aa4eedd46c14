"""Flashing by night: the field controller goes over by its own clock, through all red and back; no alarm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from controller_parts import NINE_AT, FieldRig, FixedChoice, make_scenario, make_site, serving

from controller.field.controller import Police
from junction.flash_hours import FlashHours
from junction.lamp_audit import LampAudit
from junction.mode import Cause, Mode, Rung
from junction.site import Site

ELEVEN_AT = NINE_AT + 2 * 3600.0
HOURS = (FlashHours(from_s=39_600, until_s=40_200),)
"""From 11:00 to 11:10."""


def site() -> Site:
    return replace(make_site(), flash_hours=HOURS)


def rig_at(wall_s: float) -> FieldRig:
    return FieldRig(site=site(), wall_s=wall_s)


def shown(rig: FieldRig) -> tuple[Rung, Mode, Cause]:
    return rig.controller.rung, rig.controller.mode, rig.controller.cause


def test_it_flashes_by_its_own_clock_whatever_the_service_says() -> None:
    rig = rig_at(ELEVEN_AT - 60)
    rig.run(59, command={"stage_id": "ns"})
    assert shown(rig) == (Rung.ADAPTIVE, Mode.AI, Cause.AS_PLANNED)
    assert rig.greens == "ns"
    rig.run(30, command={"stage_id": "ns"})
    assert shown(rig) == (Rung.FLASH, Mode.FLASH, Cause.NIGHT_FLASH)
    assert rig.heads.flashing
    status = rig.controller.status_document()
    assert (status["mode"], status["cause"], status["plan_running"]) == ("flash", "night_flash", None)
    # The last lamps before: green, amber, then all red for the longest intergreen (3 s of amber and 2 s of all red).
    lamps = [lamps for _, lamps in rig.samples]
    assert lamps[-50:] == ["rrrr"] * 50
    assert lamps[-51] == "yryr"
    rig.run(500, command={"stage_id": "ew"})
    assert rig.controller.rung is Rung.FLASH


def test_the_lamps_are_safe_on_the_way_there_and_back() -> None:
    rig = rig_at(ELEVEN_AT - 120)
    audits = []
    for command, seconds in (({"stage_id": "ew"}, 160), ({"stage_id": "ns"}, 640)):
        rig.samples.clear()
        rig.run(seconds, command=command)
        audit = LampAudit(rig.site.layout, 1.0)
        for time_s, lamps in rig.samples:
            audit.feed(time_s, lamps)
        audits.append(audit.finish())
    assert audits == [(), ()]
    assert shown(rig) == (Rung.ADAPTIVE, Mode.AI, Cause.AS_PLANNED)
    # Back at 11:10 through all red, as at a start.
    assert [lamps for _, lamps in rig.samples[:20]] == ["rrrr"] * 20
    assert any("G" in lamps for _, lamps in rig.samples)


def test_without_the_service_it_flashes_too_and_ends_in_its_own_plan() -> None:
    rig = rig_at(ELEVEN_AT - 5)
    rig.run(60)
    assert shown(rig) == (Rung.FLASH, Mode.FLASH, Cause.NIGHT_FLASH)
    rig.run(600)
    assert rig.controller.rung is Rung.FIXED
    assert rig.controller.status_document()["plan_running"] == "J1.today"


def test_the_police_come_first_and_give_the_night_back() -> None:
    rig = rig_at(ELEVEN_AT + 60)
    rig.run(20)
    assert rig.controller.rung is Rung.FLASH
    rig.controller.set_police(Police.MANUAL, "ew")
    rig.run(20)
    assert (rig.controller.mode, rig.controller.cause, rig.greens) == (Mode.MANUAL, Cause.POLICE, "ew")
    rig.controller.set_police(Police.OFF)
    rig.run(40)
    assert shown(rig) == (Rung.FLASH, Mode.FLASH, Cause.NIGHT_FLASH)


def test_a_clock_that_is_not_trusted_knows_of_no_night() -> None:
    rig = rig_at(ELEVEN_AT - 30 * 60)
    rig.run(10)
    rig.wall_s += 3600
    rig.run(60)
    assert shown(rig) == (Rung.ISOLATED, Mode.ISOLATED, Cause.CLOCK_UNTRUSTED)


def test_after_a_power_cut_in_the_night_it_is_red_before_it_flashes() -> None:
    rig = rig_at(ELEVEN_AT + 60)
    rig.run(4)
    rig.heads.stuck = dict.fromkeys(rig.heads.lamps)
    rig.run(20)
    rig.heads.stuck = {}
    rig.run(4.9)
    assert not rig.heads.flashing
    rig.run(0.5)
    assert shown(rig) == (Rung.FLASH, Mode.FLASH, Cause.NIGHT_FLASH)


async def test_the_service_asks_no_policy_and_raises_no_alarm(tmp_path: Path) -> None:
    scenario = make_scenario(tmp_path / "city", ids=["J1"])
    scenario = replace(scenario, sites={"J1": replace(site(), flash_hours=(FlashHours(from_s=0, until_s=86_400),))})
    async with serving(tmp_path, policy=FixedChoice("ns"), scenario=scenario) as rig:
        await rig.live(30, rung=4, mode="flash", cause="night_flash")
        state = (await rig.http.get("/v1/state")).json()
        control = (await rig.http.get("/v1/junctions/J1/control")).json()
    assert (state["junctions"]["J1"]["mode"], state["junctions"]["J1"]["cause"]) == ("flash", "night_flash")
    assert (control["mode"], control["cause"], control["plan_id"]) == ("fixed", "night_flash", "J1.today")
    assert state["alarms"] == []
