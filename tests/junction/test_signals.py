"""The signal state's document: ages there and back, whatever the receiver's clock says, and bad ones refused."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junction_layouts import layouts, make_layout

from junction.errors import InputError
from junction.layout import JunctionLayout
from junction.signals import Lamp, all_red_state, state_from_document, state_to_document
from junction.stage_machine import StageMachine

LAYOUT = make_layout({"N": ("N",), "E": ("E",)})


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), seed=st.integers(0, 2**32), shift_ds=st.integers(-(10**9), 10**9))
def test_a_state_survives_the_wire_and_another_clock(layout: JunctionLayout, seed: int, shift_ds: int) -> None:
    rng, machine = random.Random(seed), StageMachine(layout, 1000)
    for step in range(rng.randrange(200)):
        machine.tick(1000 + 10 * step, rng.choice(list(layout.stage_index)))
    state = machine.state
    wire = json.loads(json.dumps(state_to_document(layout, state)))
    assert state_from_document(layout, wire, state.now_ds) == state
    moved = state_from_document(layout, wire, state.now_ds + shift_ds)
    assert moved.lamps == state.lamps
    assert state_to_document(layout, moved) == wire


def wire() -> dict[str, Any]:
    return copy.deepcopy(state_to_document(LAYOUT, all_red_state(LAYOUT, 1000)))


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("stage",), "XX", "stage"),
        (("stage",), None, "stage"),
        (("stage",), ["N"], "stage"),
        (("stage_elapsed_s",), "3", "stage_elapsed_s"),
        (("stage_elapsed_s",), float("nan"), "stage_elapsed_s"),
        (("groups",), None, "groups"),
        (("groups",), {"N": {}}, "groups"),
        (("groups", "N"), None, "groups.N.lamp"),
        (("groups", "N", "lamp"), "g", "groups.N.lamp"),
        (("groups", "N", "lamp"), ["r"], "groups.N.lamp"),
        (("groups", "N", "lamp_s"), float("inf"), "groups.N.lamp_s"),
        (("groups", "N", "lamp_s"), None, "groups.N.lamp_s"),
        (("groups", "N", "green_ended_s"), -4000, "groups.N.green_ended_s"),
    ],
)
def test_bad_documents_name_the_field(path: tuple[str, ...], value: object, field: str) -> None:
    document = wire()
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(InputError) as raised:
        state_from_document(LAYOUT, document, 1000)
    assert raised.value.field == f"signals.{field}"


def test_waits_and_greens_are_told_in_seconds() -> None:
    machine = StageMachine(LAYOUT, 0)
    for tenth in range(0, 151, 10):
        machine.tick(tenth, "N")
    state, north, east = machine.state, LAYOUT.group_index["N"], LAYOUT.group_index["E"]
    assert state.lamps[north] is Lamp.GREEN
    assert (state.green_s(north), state.red_wait_s(north)) == (15.0 - state.since_ds[north] / 10, 0.0)
    assert (state.green_s(east), state.red_wait_s(east)) == (0.0, 15.0)
    assert state.stage_elapsed_s == state.green_s(north)
