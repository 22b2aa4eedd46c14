"""What a signal state says of its own waits and greens."""

from __future__ import annotations

from junction_layouts import make_layout

from junction.signals import Lamp
from junction.stage_machine import StageMachine

LAYOUT = make_layout({"N": ("N",), "E": ("E",)})


def test_waits_and_greens_are_told_in_seconds() -> None:
    machine = StageMachine(LAYOUT, 0)
    for tenth in range(0, 151, 10):
        machine.tick(tenth, "N")
    state, north, east = machine.state, LAYOUT.group_index["N"], LAYOUT.group_index["E"]
    assert state.lamps[north] is Lamp.GREEN
    assert (state.green_s(north), state.red_wait_s(north)) == (15.0 - state.since_ds[north] / 10, 0.0)
    assert (state.green_s(east), state.red_wait_s(east)) == (0.0, 15.0)
    assert state.stage_elapsed_s == state.green_s(north)
