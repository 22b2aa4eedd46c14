"""The signals of a status report: ages there and back, whatever the receiver's clock says, and bad ones refused."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from controller_parts import make_layout
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from controller.schemas import SignalsBody
from junction.errors import InputError
from junction.signals import all_red_state, state_to_document
from junction.stage_machine import StageMachine

LAYOUT = make_layout()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), shift_ds=st.integers(-(10**9), 10**9))
def test_a_state_survives_the_wire_and_another_clock(seed: int, shift_ds: int) -> None:
    rng, machine = random.Random(seed), StageMachine(LAYOUT, 1000)
    for step in range(rng.randrange(200)):
        machine.tick(1000 + 10 * step, rng.choice(["ns", "ew"]))
    state = machine.state
    wire = json.dumps(state_to_document(LAYOUT, state))
    body = SignalsBody.model_validate_json(wire)
    body.check(LAYOUT)
    assert body.to_state(LAYOUT, state.now_ds) == state
    moved = body.to_state(LAYOUT, state.now_ds + shift_ds)
    assert moved.lamps == state.lamps
    assert state_to_document(LAYOUT, moved) == json.loads(wire)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("stage",), "XX", "stage"),
        (("stage",), None, "stage"),
        (("stage",), ["ns"], "stage"),
        (("stage_elapsed_s",), "3", "stage_elapsed_s"),
        (("stage_elapsed_s",), float("nan"), "stage_elapsed_s"),
        (("groups",), None, "groups"),
        (("groups", "moon"), {"lamp": "r", "lamp_s": 0.0, "green_ended_s": 0.0}, "groups"),
        (("groups", "n"), {}, "groups.n.lamp"),
        (("groups", "n", "lamp"), "g", "groups.n.lamp"),
        (("groups", "n", "lamp"), ["r"], "groups.n.lamp"),
        (("groups", "n", "lamp_s"), float("inf"), "groups.n.lamp_s"),
        (("groups", "n", "lamp_s"), None, "groups.n.lamp_s"),
        (("groups", "n", "green_ended_s"), -4000, "groups.n.green_ended_s"),
    ],
)
def test_bad_signals_name_the_field(path: tuple[str, ...], value: object, field: str) -> None:
    document: Any = json.loads(json.dumps(state_to_document(LAYOUT, all_red_state(LAYOUT, 1000))))
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    try:
        SignalsBody.model_validate(document).check(LAYOUT)
    except ValidationError as wrong:
        found = ".".join(str(part) for part in wrong.errors()[0]["loc"])
    except InputError as wrong:
        found = wrong.field.removeprefix("signals.")
    assert found == field
