"""A box that moves its own lamps, judged by what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from controller_parts import ARMS, FieldRig, make_layout

from controller.field.box_machine import BoxMachine
from controller.field.controller import FieldController, Police
from controller.field.heads import SignalBox
from junction.mode import Cause, Mode, Rung
from junction.signals import Lamp

LAYOUT = make_layout()
NS, EW = frozenset("ns"), frozenset("ew")


class ToyBox:
    """Shows what the test says. `asked` is the last wish, None once released."""

    def __init__(self, lamps: str = "GrGr") -> None:
        self.lamps: str | None = lamps
        self.asked: frozenset[str] | None = None
        self.flashing = False

    def ask(self, groups: frozenset[str]) -> None:
        self.asked, self.flashing = groups, False

    def release(self) -> None:
        self.asked, self.flashing = None, False

    def flash(self) -> None:
        self.asked, self.flashing = None, True

    def feedback(self) -> Mapping[str, Lamp | None]:
        return {arm: None if self.lamps is None else Lamp(self.lamps[i]) for i, arm in enumerate(ARMS)}

    def faults(self) -> Sequence[Mapping[str, str]]:
        return [{"kind": "comms", "detail": "toy"}] if self.lamps is None else []

    async def run(self, stop: asyncio.Event) -> None: ...


def run(machine: BoxMachine, from_s: float, to_s: float, wish: str | None) -> None:
    for now_ds in range(round(from_s * 10), round(to_s * 10), 5):
        machine.tick(now_ds, wish)


def test_a_change_is_asked_for_only_when_the_guard_says_so() -> None:
    box = ToyBox()
    machine = BoxMachine(LAYOUT, box, 0)
    assert isinstance(box, SignalBox)
    # First seen at 0 s: whatever the box knows, the guard counts the 7 s of minimum green from there.
    run(machine, 0, 6.9, "ew")
    assert box.asked == NS
    assert machine.tick(69, "ew").reasons[0].startswith("minimum green of n: 0.1 s left")
    assert machine.tick(70, "ew").accepted
    assert box.asked == EW
    box.lamps = "yryr"
    assert machine.tick(75, "ns").reasons == ("a change is under way",)
    assert machine.state.green_end_ds == (75, 0, 75, 0)
    box.lamps = "rGrG"
    machine.tick(140, "ew")
    assert not machine.state.in_transition
    assert machine.layout.stages[machine.state.stage].id == "ew"
    assert not machine.tick(145, "ns").accepted


def test_a_green_of_the_boxs_own_has_its_minimum_before_anything_is_asked() -> None:
    box = ToyBox("Grrr")
    machine = BoxMachine(LAYOUT, box, 0)
    run(machine, 0, 6.9, "ew")
    assert box.asked is None
    machine.tick(70, "ew")
    assert box.asked == EW


def test_a_green_that_was_held_to_its_maximum_is_ended() -> None:
    box = ToyBox()
    machine = BoxMachine(LAYOUT, box, 0)
    run(machine, 0, 59.0, "ns")
    assert box.asked == NS
    run(machine, 59.0, 60.5, "ns")
    assert box.asked == EW


def test_a_box_that_does_not_follow_is_distrusted_for_a_minute() -> None:
    box = ToyBox()
    machine = BoxMachine(LAYOUT, box, 0)
    run(machine, 0, 8, "ew")
    assert box.asked == EW
    # 5 s of intergreen, 7 s of minimum green and 15 s of patience after the first wish at 7 s.
    run(machine, 8, 34.5, "ew")
    assert machine.follows
    run(machine, 34.5, 36, "ew")
    assert not machine.follows
    for now_ds in range(360, 960, 5):
        machine.release(now_ds)
    assert box.asked is None
    machine.release(960)
    assert machine.follows


def test_lamps_that_are_not_known_for_two_seconds_end_our_control() -> None:
    box = ToyBox()
    machine = BoxMachine(LAYOUT, box, 0)
    run(machine, 0, 3, "ns")
    box.lamps = None
    run(machine, 3, 4.9, "ns")
    assert machine.follows
    run(machine, 4.9, 6, "ns")
    assert not machine.follows


class BoxRig(FieldRig):
    """A field controller over a toy box instead of heads."""

    def __init__(self) -> None:
        super().__init__()
        self.box = ToyBox()
        keys = {self.signer.key_id: self.signer.public_key}
        self.controller = FieldController(self.site, self.box, "boot", public_keys=keys, now_s=self.now_s)


def shown(rig: BoxRig) -> tuple[Rung, Mode, Cause]:
    return rig.controller.rung, rig.controller.mode, rig.controller.cause


def test_the_box_runs_its_own_plan_until_the_server_speaks_and_after_its_lease() -> None:
    rig = BoxRig()
    rig.run(5)
    assert (rig.controller.rung, rig.box.asked) == (Rung.FIXED, None)
    assert rig.controller.status_document()["plan_running"] is None
    rig.run(10, command={"stage_id": "ns"})
    assert shown(rig) == (Rung.ADAPTIVE, Mode.AI, Cause.AS_PLANNED)
    assert rig.box.asked == NS
    rig.run(3, command={"stage_id": "ew"})
    assert rig.box.asked == EW
    rig.box.lamps = "rGrG"
    rig.run(25)
    assert (rig.controller.rung, rig.box.asked) == (Rung.HOLD, EW)
    rig.run(6)
    assert shown(rig) == (Rung.FIXED, Mode.FIXED, Cause.LEASE_OVER)
    assert rig.box.asked is None


def test_a_silent_box_is_told_upwards_and_left_alone() -> None:
    rig = BoxRig()
    rig.run(12, command={"stage_id": "ns"})
    assert rig.controller.rung is Rung.ADAPTIVE
    rig.box.lamps = None
    rig.run(3, command={"stage_id": "ns"})
    assert shown(rig) == (Rung.FIXED, Mode.FIXED, Cause.NO_STATUS)
    assert rig.box.asked is None
    assert {"kind": "comms", "detail": "toy"} in rig.controller.status_document()["faults"]


def test_the_conflict_monitor_watches_what_the_box_shows() -> None:
    rig = BoxRig()
    rig.run(12, command={"stage_id": "ns"})
    rig.box.lamps = "GGrr"
    rig.run(0.5, command={"stage_id": "ns"})
    assert rig.box.flashing
    rig.box.lamps = "GrGr"
    rig.run(30, command={"stage_id": "ns"})
    assert shown(rig) == (Rung.FLASH, Mode.FLASH, Cause.CONFLICT_MONITOR)
    assert rig.box.flashing


def test_police_by_hand_time_a_box_on_any_rung_but_flash() -> None:
    rig = BoxRig()
    rig.controller.set_police(Police.MANUAL, "ew")
    rig.run(8)
    assert (rig.controller.rung, rig.controller.mode, rig.box.asked) == (Rung.FIXED, Mode.MANUAL, EW)
