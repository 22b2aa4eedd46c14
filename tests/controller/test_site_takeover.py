"""A new version of a site: taken over in safety, or not at all, and never without the old one on the disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from controller_parts import FieldRig, make_plan, make_scenario, make_site
from test_field_client import Watched, served
from test_field_controller import adaptive, check_safe

from controller.app import create_app
from controller.field.controller import Police, check_site
from controller.field.files import NEXT_SITE_FILE, OLD_SITE_FILE, SITE_FILE, FieldFiles
from controller.field.process import run_field
from controller.field.receipt import Refusal
from controller.settings import Settings
from junction.errors import InputError
from junction.mode import Mode, Rung
from junction.plan import Plan
from junction.signals import Lamp
from junction.site import Site

NS: dict[str, Any] = {"stage_id": "ns"}


def with_plans(site: Site, *plans: Plan) -> Site:
    return replace(site, plans={**site.plans, **{plan.id: plan for plan in plans}})


def with_longer_amber(site: Site) -> Site:
    layout = site.layout
    groups = tuple(replace(group, amber_s=4.0) for group in layout.groups)
    gaps = dict.fromkeys(layout.intergreen_s, 6.0)
    layout = replace(layout, groups=groups, intergreen_s=gaps)
    plans = {key: replace(plan, cycle_s=plan.cycle_s + 2) for key, plan in site.plans.items()}
    return replace(site, layout=layout, plans=plans)


NEW_PLANS = with_plans(make_site(), make_plan("J1.today", 20), make_plan("J1.third", 30))
NEW_LAYOUT = with_longer_amber(make_site())


def test_the_server_says_for_which_site_it_speaks() -> None:
    rig = adaptive()
    assert rig.controller.site_asked is None
    rig.send(site_hash=NEW_PLANS.hash)
    assert rig.controller.site_asked == NEW_PLANS.hash
    assert rig.send(site_hash=NEW_PLANS.hash).refusal is Refusal.SITE_HASH
    rig.send()
    assert rig.controller.site_asked is None


def test_new_plans_count_at_once_and_cut_no_lamp() -> None:
    rig = adaptive()
    rig.run(5, command=NS)
    lamps = dict(rig.heads.lamps)
    rig.controller.take_over(NEW_PLANS)
    rig.site = NEW_PLANS
    rig.run(0.1)
    assert rig.heads.lamps == lamps
    rig.run(120, command={"stage_id": "ns", "plan_id": "J1.third", "mode": Mode.FIXED})
    assert rig.controller.status_document()["plan_running"] == "J1.third"
    assert not rig.controller.gives_way
    check_safe(rig)


def test_a_plan_that_is_gone_leaves_its_stage() -> None:
    rig = adaptive()
    rig.run(30, command={"stage_id": "ew", "plan_id": "J1.noon", "mode": Mode.FIXED})
    site = make_site()
    kept = replace(site, plans={"J1.today": site.plans["J1.today"]}, isolated_plan_id="J1.today",
                   table=replace(site.table, entries=site.table.entries[:1]))  # fmt: skip
    rig.controller.take_over(kept)
    rig.run(20)
    assert rig.controller.rung is Rung.HOLD
    check_safe(rig)


def test_another_layout_waits_for_minimum_and_amber_and_then_for_all_red() -> None:
    rig = FieldRig()
    rig.run(1)
    while not rig.greens:
        rig.run(0.1)
    rig.run(2)
    rig.controller.take_over(NEW_LAYOUT)
    # 7 s of minimum green, of which 2 are over; then 3 s of amber.
    rig.run(4.8)
    assert rig.greens == "ns"
    rig.run(0.5)
    assert (rig.greens, rig.heads.lamps["n"]) == ("", Lamp.AMBER)
    assert not rig.controller.gives_way
    rig.run(3)
    assert rig.controller.gives_way
    assert set(rig.heads.lamps.values()) == {Lamp.RED}
    check_safe(rig)


@pytest.mark.parametrize("latched", [True, False])
def test_no_new_site_ends_a_tripped_monitor_or_the_police(latched: bool) -> None:
    rig = adaptive()
    if latched:
        rig.heads.stuck = {"e": Lamp.GREEN}
        rig.run(1, command=NS)
        rig.heads.stuck = {}
    else:
        rig.controller.set_police(Police.FLASH)
        rig.run(1, command=NS)
    assert rig.heads.flashing
    rig.controller.take_over(NEW_LAYOUT)
    rig.run(60)
    assert rig.heads.flashing
    assert not rig.controller.gives_way
    rig.controller.reset_monitor()
    rig.controller.set_police(Police.OFF)
    rig.run(1)
    assert rig.controller.gives_way


def test_police_by_hand_keep_the_controller_that_they_use() -> None:
    rig = adaptive()
    rig.controller.set_police(Police.MANUAL, "ew")
    rig.controller.take_over(NEW_LAYOUT)
    rig.run(30)
    assert (rig.greens, rig.controller.gives_way) == ("ew", False)


@pytest.mark.parametrize(
    ("site", "told"),
    [
        (make_site("J2"), "J1"),
        (with_plans(make_site(), replace(make_plan("J1.noon", 20), cycle_s=60.0)), "isolated"),
    ],
)
def test_a_site_that_could_not_run_is_refused_by_name(site: Site, told: str) -> None:
    with pytest.raises(InputError, match=told):
        check_site(site, "J1")


def cut_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Power goes after so many renames."""
    left, rename = [steps], Path.replace

    def failing(self: Path, target: Any) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise OSError("the power is gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", failing)


@pytest.mark.parametrize(("renames", "new"), [(0, False), (1, False), (2, True)])
def test_a_power_cut_in_the_switch_leaves_the_old_site_or_the_new(
    renames: int, new: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = FieldFiles(tmp_path)
    files.save_site(make_site())
    files.save_next_site(NEW_PLANS)
    cut_after(renames, monkeypatch)
    try:
        files.switch_site()
    except OSError:
        assert not new
    monkeypatch.undo()
    kept = FieldFiles(tmp_path).load_site()
    assert kept is not None
    assert kept.hash == (NEW_PLANS if new else make_site()).hash


def test_a_damaged_site_is_not_run_while_the_old_one_is_there(tmp_path: Path) -> None:
    files = FieldFiles(tmp_path)
    files.save_site(make_site())
    files.save_next_site(NEW_PLANS)
    files.switch_site()
    kept = json.loads((tmp_path / SITE_FILE).read_text())
    kept["document"]["backup_time_s"] = 120.0
    (tmp_path / SITE_FILE).write_text(json.dumps(kept))
    site = files.load_site()
    assert site is not None
    assert site.hash == make_site().hash
    files.drop_old_site()
    with pytest.raises(InputError, match="checksum"):
        files.load_site()


async def until(true: Callable[[], bool]) -> None:
    for _ in range(150):
        if true():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("never came true")


@pytest.mark.parametrize("site", [NEW_PLANS, NEW_LAYOUT], ids=["plans", "layout"])
async def test_the_process_takes_a_new_version_over_by_itself(site: Site, tmp_path: Path) -> None:
    """The service is started again with another version of the site; nobody touches the box."""
    scenario, folder, stop = make_scenario(tmp_path), tmp_path / "field", asyncio.Event()
    settings = Settings.model_validate({"data": tmp_path / "data", "access": "open"})
    async with served(create_app(settings, scenario), 0) as port:
        field = asyncio.create_task(
            run_field("J1", f"http://127.0.0.1:{port}", folder, make_heads=Watched, stop=stop)
        )  # fmt: skip
        await until((folder / SITE_FILE).exists)
        before = len(Watched.made)
    newer = replace(scenario, sites={**scenario.sites, "J1": site})
    files = FieldFiles(folder)
    async with served(create_app(settings, newer), port):
        await until(lambda: (kept := files.load_site()) is not None and kept.hash == site.hash)
        await until(lambda: not (folder / OLD_SITE_FILE).exists())
        assert not (folder / NEXT_SITE_FILE).exists()
        assert len(Watched.made) - before == (site is NEW_LAYOUT)
        stop.set()
        await field
