"""A tick that is left out because it cannot matter must not have mattered."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junction_layouts import layouts, make_layout
from situations import machine_at

from junction.layout import JunctionLayout
from junction.stage_machine import StageMachine


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    layout=layouts(),
    seed=st.integers(0, 2**32),
    patience=st.integers(5, 60),
    steps_ds=st.sampled_from([(10,), (3, 10)]),
)
def test_ticks_left_out_while_idle_change_no_lamp_and_no_ruling(
    layout: JunctionLayout, seed: int, patience: int, steps_ds: tuple[int, ...]
) -> None:
    rng = random.Random(seed)
    every, some = StageMachine(layout, 0), StageMachine(layout, 0)
    now_ds, left_out, idle_until_ds = 0, 0, -1
    wish, last = None, None
    for _ in range(600):
        now_ds += rng.choice(steps_ds)
        ruling = every.tick(now_ds, wish)
        if now_ds >= idle_until_ds:
            last = some.tick(now_ds, wish)
            idle_until_ds = some.idle_until_ds(wish)
            assert ruling == last
        else:
            left_out += 1
            assert last is not None
            assert ruling.stage == last.stage
        assert some.state.at(now_ds) == every.state
        if rng.random() < 1 / patience:
            wish = rng.choice([None, "nowhere", *layout.stage_index])
            idle_until_ds = -1
    assert left_out > 50


def test_a_machine_that_closes_ends_its_green_after_its_minimum_and_serves_no_one_else() -> None:
    layout = make_layout({"A": ("A",), "B": ("B",)}, amber_s=3.0, min_green_s=8.0)
    machine = machine_at(layout, "A", 5)
    began_ds = machine.state.stage_since_ds
    shown = {}
    for at_ds in range(began_ds + 60, began_ds + 130, 10):
        shown[at_ds - began_ds] = (machine.close(at_ds), "".join(machine.state.lamps))
    assert shown == {
        60: (False, "Gr"), 70: (False, "Gr"), 80: (False, "yr"), 90: (False, "yr"), 100: (False, "yr"),
        110: (True, "rr"), 120: (True, "rr"),
    }  # fmt: skip
