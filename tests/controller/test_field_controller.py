"""The field controller on clocks that the test moves: every rung, and no unsafe lamp whatever the network does."""

from __future__ import annotations

from typing import Any

import pytest
from controller_parts import NINE_AT, FieldRig, make_plan, make_site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.field.controller import Police
from controller.field.plan_runner import PlanRunner
from controller.schemas import StatusBody
from junction.errors import InputError
from junction.lamp_audit import LampAudit
from junction.mode import Cause, Mode, Rung
from junction.plan import Plan, TableEntry, TimeOfDayTable
from junction.signals import Lamp
from junction.site import Site

NS: dict[str, Any] = {"stage_id": "ns"}
EW: dict[str, Any] = {"stage_id": "ew"}


def check_safe(rig: FieldRig) -> None:
    audit = LampAudit(rig.site.layout, 1.0)
    for time_s, lamps in rig.samples:
        audit.feed(time_s, lamps)
    assert audit.finish() == ()


def adaptive(command: dict[str, Any] = NS) -> FieldRig:
    rig = FieldRig()
    rig.run(40, command=command)
    assert rig.controller.rung is Rung.ADAPTIVE
    return rig


def shown(rig: FieldRig) -> tuple[Rung, Mode, Cause]:
    return rig.controller.rung, rig.controller.mode, rig.controller.cause


def test_starts_all_red_then_its_own_plan() -> None:
    rig = FieldRig()
    rig.run(4)
    assert rig.greens == ""
    assert shown(rig) == (Rung.FIXED, Mode.FIXED, Cause.NO_POLL)
    # 09:00:00 is the start of the 60 s cycle: `ns` is due until second 30, `ew` green from second 35.
    rig.run(10)
    assert rig.greens == "ns"
    rig.run(16.5)
    assert rig.greens == ""
    rig.run(6)
    assert rig.greens == "ew"
    assert rig.controller.status_document()["plan_running"] == "J1.today"
    rig.run(300)
    check_safe(rig)


def test_obeys_stage_commands_within_the_guard() -> None:
    rig = adaptive(EW)
    assert shown(rig) == (Rung.ADAPTIVE, Mode.AI, Cause.AS_PLANNED)
    rig.run(20, command=EW)
    assert rig.greens == "ew"
    rig.run(7, command=NS)
    assert rig.greens == "ns"
    rig.run(3, command=EW)
    assert rig.greens == "ns"
    assert rig.controller.status_document()["reasons"] != []
    rig.run(10, command=EW)
    assert rig.greens == "ew"
    check_safe(rig)


def test_when_no_lamp_burns_it_is_dark_and_comes_back_through_all_red() -> None:
    rig = adaptive(NS)
    assert rig.greens == "ns"
    rig.heads.stuck = dict.fromkeys(rig.heads.lamps)
    rig.controller.faults = ({"kind": "power", "detail": "no mains"},)
    rig.run(1, command=NS)
    assert shown(rig) == (Rung.ADAPTIVE, Mode.DARK, Cause.POWER_LOST)
    assert rig.greens == ""
    status = rig.controller.status_document()
    assert (status["mode"], status["cause"]) == ("dark", "power_lost")
    StatusBody.model_validate(status)
    rig.run(60, command=NS)
    rig.heads.stuck = {}
    rig.controller.faults = ()
    rig.samples.clear()
    rig.run(0.2, command=NS)
    assert (rig.greens, rig.controller.mode) == ("", Mode.AI)
    rig.run(30, command=EW)
    assert rig.greens == "ew"
    # The first lamps after the darkness are red for as long as at a start.
    assert all(lamps == "rrrr" for _, lamps in rig.samples[:20])
    check_safe(rig)


def test_one_group_without_a_lamp_is_a_fault_and_not_darkness() -> None:
    rig = adaptive(NS)
    rig.heads.stuck = {"n": None}
    rig.run(5, command=NS)
    assert rig.controller.mode is Mode.AI
    assert rig.controller.status_document()["faults"] == [{"kind": "lamp", "detail": "no lamp of n burns"}]


def test_guard_outranks_a_server_that_never_lets_go() -> None:
    rig = adaptive(NS)
    rig.run(600, command=NS)
    check_safe(rig)
    assert any("G" in lamps[1] for _, lamps in rig.samples[-1200:])


def test_hold_then_fixed_then_back_by_itself() -> None:
    rig = adaptive(NS)
    # The last good poll came 1 s ago: quiet after 4 s, over after 30 s.
    rig.run(3.0)
    assert rig.controller.rung is Rung.ADAPTIVE
    rig.run(0.2)
    assert shown(rig) == (Rung.HOLD, Mode.HOLD, Cause.NO_POLL)
    rig.run(25.7)
    assert rig.controller.rung is Rung.HOLD
    rig.run(0.2)
    assert shown(rig) == (Rung.FIXED, Mode.FIXED, Cause.LEASE_OVER)
    rig.run(200)
    rig.run(2, command=NS)
    assert rig.controller.rung is Rung.FIXED
    rig.run(60, command=NS)
    assert rig.controller.rung is Rung.ADAPTIVE
    check_safe(rig)


def test_held_stage_ends_at_its_maximum() -> None:
    site = make_site()
    long_lease = Site(
        layout=site.layout,
        plans=site.plans,
        table=site.table,
        isolated_plan_id=site.isolated_plan_id,
        backup_time_s=120.0,
    )
    rig = FieldRig(site=long_lease)
    rig.run(40, command=NS)
    rig.run(12, command=EW)
    assert rig.greens == "ew"
    rig.run(60)
    assert rig.controller.rung is Rung.HOLD
    assert rig.greens != "ew"
    check_safe(rig)


def test_lease_runs_on_the_monotonic_clock_whatever_the_wall_says() -> None:
    rig = adaptive(NS)
    rig.wall_s += 10_000
    rig.run(2.9)
    assert rig.controller.rung is Rung.ADAPTIVE
    rig.run(25)
    assert rig.controller.rung is Rung.HOLD
    rig.run(2)
    # The lease is over by the monotonic clock, and a wall clock that stepped may not coordinate a plan.
    assert shown(rig) == (Rung.ISOLATED, Mode.ISOLATED, Cause.CLOCK_UNTRUSTED)
    assert rig.controller.status_document()["plan_running"] == "J1.noon"
    rig.run(120)
    check_safe(rig)


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_a_clock_that_jumps_an_hour_moves_no_lease_and_coordinates_nothing(step_s: float) -> None:
    """The server's documents go on: by that clock they are an hour off, so the lease runs out and rung 3 it is."""
    rig = adaptive(NS)
    rig.wall_s += step_s
    server_s = rig.wall_s - step_s
    for second in range(40):
        rig.send(stage_id="ns", issued_s=server_s + second)
        rig.run(1)
        # The first comes before the box has seen the jump, and is the last good one: quiet after 4 s, over after 30 s.
        assert rig.controller.rung is (Rung.ADAPTIVE if second < 4 else Rung.HOLD if second < 29 else Rung.ISOLATED)
    assert shown(rig) == (Rung.ISOLATED, Mode.ISOLATED, Cause.CLOCK_UNTRUSTED)
    rig.wall_s -= step_s
    rig.run(0.1)
    rig.run(40, command=NS)
    assert rig.controller.rung is Rung.ADAPTIVE
    check_safe(rig)


def test_a_slow_service_whose_documents_come_twice_is_obeyed_and_one_that_stands_still_is_not() -> None:
    rig = FieldRig()
    for second in range(90):
        if second % 3 == 0:
            document = rig.document()
        rig.controller.receive(document, rig.now_s)
        rig.run(1)
    assert rig.controller.rung is Rung.ADAPTIVE
    for _ in range(4):
        rig.controller.receive(document, rig.now_s)
        rig.run(1)
    assert rig.controller.rung is Rung.HOLD
    for _ in range(30):
        rig.controller.receive(document, rig.now_s)
        rig.run(1)
    assert rig.controller.rung is Rung.FIXED


def test_older_documents_in_between_keep_the_controller_on_its_own_plan() -> None:
    rig = FieldRig()
    old = rig.document()
    for _ in range(90):
        assert rig.send().accepted
        rig.controller.receive(old, rig.now_s)
        rig.run(1)
    assert rig.controller.rung is Rung.FIXED


def test_clock_is_trusted_again_once_the_server_agrees() -> None:
    rig = adaptive(NS)
    rig.wall_s += 4
    rig.run(35)
    assert rig.controller.rung is Rung.ISOLATED
    rig.run(40, command=NS)
    assert rig.controller.rung is Rung.ADAPTIVE
    rig.run(40)
    assert rig.controller.rung is Rung.FIXED


def test_clock_without_a_battery_runs_isolated() -> None:
    rig = FieldRig(wall_s=1_000.0)
    rig.run(5)
    assert rig.controller.rung is Rung.ISOLATED
    rig.send(issued_s=NINE_AT)
    assert rig.controller.rung is Rung.ISOLATED
    rig.run(120)
    check_safe(rig)


def test_clock_that_disagrees_with_signed_stamps_is_doubted() -> None:
    """A clock an hour slow sees every stamp in the future: the documents are refused, and its own plan is isolated."""
    rig = FieldRig(wall_s=NINE_AT - 3600)
    rig.run(1)
    assert rig.controller.rung is Rung.FIXED
    rig.send(issued_s=NINE_AT)
    rig.run(1)
    assert shown(rig) == (Rung.ISOLATED, Mode.ISOLATED, Cause.CLOCK_UNTRUSTED)
    assert rig.controller.status_document()["clock_err_ms"] == pytest.approx(-3_599_000, abs=1_000)


def test_server_plan_runs_by_the_own_clock() -> None:
    rig = adaptive(NS)
    rig.run(100, command={"stage_id": "ns", "plan_id": "J1.noon", "mode": Mode.FIXED})
    assert shown(rig) == (Rung.ADAPTIVE, Mode.FIXED, Cause.AS_PLANNED)
    assert rig.controller.status_document()["plan_running"] == "J1.noon"
    # noon: cycle 50 s, `ns` due in its first 25 s. Watch one cycle on the wall clock's grid.
    rig.run(50 - rig.wall_s % 50)
    rig.run(15)
    assert rig.greens == "ns"
    rig.run(25)
    assert rig.greens == "ew"
    check_safe(rig)


def faulty_site(*, isolated_too: bool) -> Site:
    site = make_site()
    good = site.plans["J1.noon"]
    starving = Plan(id="bad", cycle_s=60, offset_s=0, stages=good.stages, origin=good.origin)
    table = TimeOfDayTable(entries=(TableEntry(from_s=0, plan_id="bad"),))
    return Site(
        layout=site.layout,
        plans={"bad": starving, "J1.noon": good},
        table=table,
        isolated_plan_id="bad" if isolated_too else "J1.noon",
    )


def test_table_with_a_plan_that_the_guard_forbids() -> None:
    rig = FieldRig(site=faulty_site(isolated_too=False))
    rig.run(30)
    assert shown(rig) == (Rung.ISOLATED, Mode.ISOLATED, Cause.TABLE_INVALID)
    rig = FieldRig(site=faulty_site(isolated_too=True))
    rig.run(1)
    assert shown(rig) == (Rung.FLASH, Mode.FLASH, Cause.TABLE_INVALID)
    assert rig.heads.flashing


def test_police_manual_outranks_the_server_but_not_the_guard() -> None:
    rig = adaptive(NS)
    rig.controller.set_police(Police.MANUAL, "ew")
    rig.run(20, command=NS)
    assert rig.greens == "ew"
    assert shown(rig)[1:] == (Mode.MANUAL, Cause.POLICE)
    assert rig.controller.status_document()["manual"] is True
    rig.controller.set_police(Police.MANUAL)
    rig.run(200, command=NS)
    check_safe(rig)
    rig.controller.set_police(Police.OFF)
    rig.run(40, command=NS)
    assert rig.controller.mode is Mode.AI
    with pytest.raises(InputError, match="moon"):
        rig.controller.set_police(Police.MANUAL, "moon")


def test_police_flash_is_not_ended_by_the_server() -> None:
    rig = adaptive(NS)
    rig.controller.set_police(Police.FLASH)
    rig.run(60, command=NS)
    assert rig.heads.flashing
    assert shown(rig) == (Rung.FLASH, Mode.FLASH, Cause.POLICE)
    rig.controller.set_police(Police.OFF)
    rig.samples.clear()
    rig.run(4, command=NS)
    assert not rig.heads.flashing
    assert rig.greens == ""
    rig.run(30, command=NS)
    assert rig.controller.rung is Rung.ADAPTIVE
    check_safe(rig)


def test_conflict_monitor_flashes_on_what_really_burns_and_latches() -> None:
    rig = adaptive(NS)
    assert "n" in rig.greens
    rig.heads.stuck = {"e": Lamp.GREEN}
    rig.run(0.1, command=NS)
    assert not rig.heads.flashing
    rig.run(0.3)
    assert rig.heads.flashing
    assert shown(rig) == (Rung.FLASH, Mode.FLASH, Cause.CONFLICT_MONITOR)
    rig.heads.stuck = {}
    rig.run(60, command=NS)
    assert rig.heads.flashing
    assert any("conflict monitor" in reason for reason in rig.controller.status_document()["reasons"])
    rig.controller.reset_monitor()
    rig.run(30, command=NS)
    assert rig.controller.rung is Rung.ADAPTIVE


def test_dark_lamp_is_reported() -> None:
    rig = adaptive(NS)
    rig.heads.stuck = {"n": None}
    rig.run(1, command=NS)
    assert rig.controller.status_document()["faults"] == [{"kind": "lamp", "detail": "no lamp of n burns"}]


def test_status_document_is_what_the_service_takes() -> None:
    rig = FieldRig()
    StatusBody.model_validate(rig.controller.status_document())
    rig.run(40, command=EW)
    document = rig.controller.status_document()
    body = StatusBody.model_validate(document)
    assert body.rung == 0
    assert body.at == pytest.approx(rig.wall_s)
    assert body.signals.to_state(rig.site.layout, round(rig.now_s * 10)) == rig.controller.signals


def test_plans_change_at_the_reference_point() -> None:
    runner = PlanRunner(make_site().layout)
    first, second = make_plan("first", 25), make_plan("second", 20)
    assert runner.due(first, 50.0) == "ew"
    for time_s in (51.0, 55.0, 59.9):
        runner.due(second, time_s)
        assert runner.plan_id == "first"
    runner.due(second, 60.1)
    assert runner.plan_id == "second"


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["ns", "ew", "ns", "ew", "plan", "lost", "refused", "police", "police_off", "step", "flash"]),
        st.integers(1, 45),
        st.sampled_from([0.1, 0.5, 1.0]),
    ),
    min_size=3,
    max_size=14,
)


def play(rig: FieldRig, event: str, seconds: int) -> None:
    """What the world does at the start of the next `seconds`."""
    controller = rig.controller
    if event == "police":
        controller.set_police(Police.MANUAL, ("ns", "ew", None)[seconds % 3])
    elif event == "flash":
        controller.set_police(Police.FLASH)
    elif event == "police_off":
        controller.set_police(Police.OFF)
    elif event == "step":
        rig.wall_s += seconds - 20
    elif event == "refused":
        controller.receive(b"{}", rig.now_s)
    elif event == "lost":
        controller.missed_poll()


LOSS = st.sampled_from([0.0, 0.3, 0.8])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=EVENTS, losses=st.randoms(use_true_random=False), loss=LOSS)
def test_no_unsafe_lamp_whatever_is_lost(events: list[tuple[str, int, float]], losses: Any, loss: float) -> None:
    check_no_unsafe_lamp(events, losses, loss)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=EVENTS, losses=st.randoms(use_true_random=False), loss=LOSS)
def test_no_unsafe_lamp_whatever_is_lost_long(events: list[tuple[str, int, float]], losses: Any, loss: float) -> None:
    check_no_unsafe_lamp(events, losses, loss)


def check_no_unsafe_lamp(events: list[tuple[str, int, float]], losses: Any, loss: float) -> None:
    """Commands, plans, lost and refused polls, police, clock steps and slow ticks, in any order."""
    rig = FieldRig()
    audit = LampAudit(rig.site.layout, 1.0)
    for event, seconds, step_s in events:
        play(rig, event, seconds)
        for _ in range(seconds):
            if event in {"ns", "ew", "plan"} and losses.random() >= loss:
                rig.send(stage_id="ew" if event == "ew" else "ns", plan_id="J1.noon" if event == "plan" else None)
            elif event in {"ns", "ew", "plan"}:
                rig.controller.missed_poll()
            for _ in range(round(1 / step_s)):
                rig.samples.clear()
                rig.run(step_s, step_s=step_s)
                audit.feed(rig.now_s, None if rig.heads.flashing else rig.samples[-1][1])
    assert audit.finish() == ()
