"""The NTCIP bridge against a simulated unit: what it sets, when it refuses, and what becomes of its silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from controller_parts import make_layout

pytest.importorskip("pysnmp", reason="needs pysnmp: pip install 'chauraha[ntcip]'")
from ntcip_agent import BACKUP_MODE, BACKUP_TIME, FORCE_OFF, HOLD, OMIT, SYSTEM_CONTROL, VEH_CALL, Agent, SimulatedUnit

from controller.field.ntcip import objects
from controller.field.ntcip.box import NtcipBox
from controller.field.ntcip.objects import UnitControlStatus, groups_of, is_set, masks
from controller.field.ntcip.settings import NtcipSettings, load_ntcip_settings
from junction.errors import InputError
from junction.lamp_audit import LampAudit
from junction.signals import Lamp

LAYOUT = make_layout()
"""Groups n, e, s, w are phases 1 to 4: bits 1, 2, 4, 8."""
NS, EW = 0b0101, 0b1010


def settings_for(port: int, **changes: Any) -> NtcipSettings:
    phases = {group.id: number for number, group in enumerate(LAYOUT.groups, start=1)}
    return NtcipSettings(**{"host": "127.0.0.1", "port": port, "backup_time_s": 2, "phases": phases, **changes})


@asynccontextmanager
async def bridged(
    change: Callable[[SimulatedUnit], None] = lambda _: None, *, speed: float = 1.0, **settings: Any
) -> AsyncIterator[tuple[SimulatedUnit, NtcipBox]]:
    unit = SimulatedUnit(LAYOUT, [("n", "s"), ("e", "w")])
    change(unit)
    async with Agent(unit, speed) as agent:
        box, stop = NtcipBox(LAYOUT, settings_for(agent.port, **settings)), asyncio.Event()
        task = asyncio.create_task(box.run(stop))
        try:
            yield unit, box
        finally:
            stop.set()
            await task


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, "never came true"
        await asyncio.sleep(0.05)


def shows(box: NtcipBox, lamps: str) -> Callable[[], bool]:
    return lambda: [box.feedback()[group.id] for group in LAYOUT.groups] == [Lamp(lamp) for lamp in lamps]


async def test_a_wish_becomes_holds_force_offs_omits_and_calls_and_silence_the_units_backup() -> None:
    async with bridged(speed=3, backup_time_s=6) as (unit, box):
        assert set(box.feedback().values()) == {None}
        await until(shows(box, "GrGr"))
        assert box.faults() == []
        box.ask(frozenset({"e", "w"}))
        await until(lambda: box.control_status is UnitControlStatus.SYSTEM_CONTROL)
        (_, first), asked = unit.sets[0], unit.sets[1][1]
        assert first == {BACKUP_TIME: 6}
        assert [asked[name] for name in (HOLD, VEH_CALL, OMIT, FORCE_OFF)] == [EW, EW, NS, NS]
        await until(shows(box, "rGrG"), 15)
        await until(lambda: unit.sets[-1][1][FORCE_OFF] == 0)
        assert unit.control_status == SYSTEM_CONTROL
        box.release()
        await until(lambda: box.control_status is UnitControlStatus.BACKUP_MODE, 5)
        assert set(unit.sets[-1][1].values()) == {0}
        assert unit.now_s - unit.sets[-1][0] >= 6
    audit = LampAudit(LAYOUT, 1.0, tolerance_s=0.1)
    for at_s, lamps in unit.samples:
        audit.feed(at_s, lamps)
    assert audit.finish() == ()


async def test_a_bridge_that_dies_leaves_the_unit_to_its_backup() -> None:
    async with Agent(SimulatedUnit(LAYOUT, [("n", "s"), ("e", "w")])) as agent:
        box = NtcipBox(LAYOUT, settings_for(agent.port))
        task = asyncio.create_task(box.run(asyncio.Event()))
        box.ask(frozenset({"n", "s"}))
        await until(lambda: agent.unit.control_status == SYSTEM_CONTROL)
        task.cancel()
        await until(lambda: agent.unit.control_status == BACKUP_MODE, 5)
        assert agent.unit.values[HOLD] == 0


def short_yellow(unit: SimulatedUnit) -> None:
    unit.yellow_s[2] = 2.9


def short_clearance(unit: SimulatedUnit) -> None:
    unit.red_clear_s[3] = 1.9


def short_green(unit: SimulatedUnit) -> None:
    unit.min_green_s[4] = 6.0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (short_yellow, "phaseYellowChange.2 (e): expected at least the site's 3 s, got 2.9"),
        (short_clearance, "phaseYellowChange + phaseRedClear.3 (s): expected at least the site's 5 s, got 4.9"),
        (short_green, "phaseMinimumGreen.4 (w): expected at least the site's 7 s, got 6.0"),
    ],
)
async def test_a_unit_whose_own_times_are_too_short_is_never_controlled(
    change: Callable[[SimulatedUnit], None], told: str
) -> None:
    async with bridged(change) as (unit, box):
        box.ask(frozenset({"e", "w"}))
        await until(lambda: told in box.faults()[0]["detail"], 3)
        assert set(box.feedback().values()) == {None}
        await asyncio.sleep(0.5)
    assert unit.sets == []


async def test_flash_is_the_standards_automatic_flash() -> None:
    async with bridged() as (unit, box):
        await until(shows(box, "GrGr"))
        box.flash()
        await until(lambda: set(box.feedback().values()) == {None})
        await until(lambda: bool(unit.sets[1:]))
        told: Mapping[tuple[int, ...], int] = unit.sets[1][1]
        assert sorted(told.values()) == [0] * (len(told) - 1) + [objects.AUTOMATIC_FLASH]


async def test_a_unit_whose_backup_time_was_changed_is_commissioned_again_before_it_is_asked() -> None:
    async with bridged() as (unit, box):
        await until(shows(box, "GrGr"))
        unit.values[BACKUP_TIME] = 0
        await until(lambda: unit.values[BACKUP_TIME] == 2)
        await until(shows(box, "GrGr"))


async def test_a_unit_that_is_not_there_is_a_fault_and_nothing_is_known() -> None:
    agent = Agent(SimulatedUnit(LAYOUT, [("n", "s"), ("e", "w")]))
    box, stop = NtcipBox(LAYOUT, settings_for(agent.port)), asyncio.Event()
    task = asyncio.create_task(box.run(stop))
    await until(lambda: "get_cmd" in box.faults()[0]["detail"], 3)
    assert set(box.feedback().values()) == {None}
    stop.set()
    await task


def test_phases_are_bits_in_groups_of_eight() -> None:
    assert groups_of([1, 8, 9, 16]) == (1, 2)
    assert masks("x", [1, 8, 10], (1, 2)) == {"x.1": 0b1000_0001, "x.2": 0b10}
    assert [is_set({"x.1": 0b1000_0001, "x.2": 0b10}, "x", phase) for phase in (1, 2, 8, 9, 10)] == [
        True, False, True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('host = "h"\n[phases]\nn = 1\ns = 1', "phases"),
        ('host = "h"\nbackup_time_s = 0\n[phases]\nn = 1', "backup_time_s"),
        ('host = "h"\nbackup = 3\n[phases]\nn = 1', "backup"),
        ("host = ", "a TOML file"),
    ],
)
def test_settings_name_what_is_wrong(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "box.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        load_ntcip_settings(tmp_path / "box.toml")


def test_every_group_needs_a_phase() -> None:
    with pytest.raises(InputError, match=r"ntcip\.phases"):
        NtcipBox(LAYOUT, NtcipSettings(host="h", phases={"n": 1}))
