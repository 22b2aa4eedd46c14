"""Whatever is proposed, the lamps stay safe: the stage machine watched by the independent audit."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junction_layouts import layouts, make_layout

from junction.lamp_audit import LampAudit, UnsafeEvent
from junction.layout import JunctionLayout
from junction.stage_machine import StageMachine

Adversary = Callable[[StageMachine, random.Random], str | None]


def anything(machine: StageMachine, rng: random.Random) -> str | None:
    return rng.choice([None, "", "no such stage", *machine.layout.stage_index])


def hold(machine: StageMachine, rng: random.Random) -> str | None:
    return None


def only_the_first(machine: StageMachine, rng: random.Random) -> str | None:
    return machine.layout.stages[0].id


def starve(machine: StageMachine, rng: random.Random) -> str | None:
    """Of what is allowed, always a stage that does not serve the last group, and a change rather than a hold."""
    victim = len(machine.layout.groups) - 1
    allowed = machine.allowed()
    starving = [
        stage.id
        for index, stage in enumerate(machine.layout.stages)
        if allowed[index] and victim not in machine.layout.stage_groups[index]
    ]
    changing = [stage for stage in starving if stage != machine.layout.stages[machine.state.stage].id]
    return rng.choice(changing or starving or [None])


def slow_starve(machine: StageMachine, rng: random.Random) -> str | None:
    """Holds as long as it is let, then goes anywhere but to the group that has waited longest."""
    state = machine.state
    if machine.allowed()[state.stage]:
        return None
    waits = max(range(len(machine.layout.groups)), key=state.red_wait_s)
    allowed = machine.allowed()
    away = [
        stage.id
        for index, stage in enumerate(machine.layout.stages)
        if allowed[index] and waits not in machine.layout.stage_groups[index]
    ]
    return rng.choice(away or [None])


ADVERSARIES = [anything, hold, only_the_first, starve, slow_starve]


def watch(
    layout: JunctionLayout, adversary: Adversary, rng: random.Random, ticks: int, steps_ds: tuple[int, ...]
) -> tuple[UnsafeEvent, ...]:
    start_ds = 17_000_000_000
    machine, audit = StageMachine(layout, start_ds), LampAudit(layout, 1.0)
    now_ds = start_ds
    audit.feed(now_ds / 10, machine.state.lamps)
    for _ in range(ticks):
        now_ds += rng.choice(steps_ds)
        machine.tick(now_ds, adversary(machine, rng))
        audit.feed(now_ds / 10, machine.state.lamps)
    return audit.finish()


STEPS_DS = st.sampled_from([(10,), (5, 10), (1, 3, 7, 10)])
"""Ticks of a whole second, and uneven ones of at most a second."""
LENIENT = settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@pytest.mark.parametrize("adversary", ADVERSARIES)
@LENIENT
@given(layout=layouts(), seed=st.integers(0, 2**32), steps_ds=STEPS_DS)
def test_no_proposal_makes_the_lamps_unsafe(
    adversary: Adversary, layout: JunctionLayout, seed: int, steps_ds: tuple[int, ...]
) -> None:
    assert watch(layout, adversary, random.Random(seed), 500, steps_ds) == ()


@pytest.mark.slow
@pytest.mark.parametrize("adversary", ADVERSARIES)
@settings(LENIENT, max_examples=40)
@given(layout=layouts(), seed=st.integers(0, 2**32), steps_ds=STEPS_DS)
def test_no_proposal_makes_the_lamps_unsafe_on_many_junctions(
    adversary: Adversary, layout: JunctionLayout, seed: int, steps_ds: tuple[int, ...]
) -> None:
    assert watch(layout, adversary, random.Random(seed), 1500, steps_ds) == ()


@pytest.mark.parametrize("adversary", ADVERSARIES)
@pytest.mark.parametrize(
    "stages",
    [
        {"AB": ("A", "B"), "AC": ("A", "C"), "B": ("B",), "C": ("C",)},
        {"AB": ("A", "B"), "BC": ("B", "C"), "CD": ("C", "D"), "DA": ("D", "A")},
        {"AB": ("A", "B"), "BC": ("B", "C"), "CA": ("C", "A"), "D": ("D",), "E": ("E",)},
    ],
    ids=["one group in every large stage", "a ring", "a triangle"],
)
def test_groups_shared_by_many_stages_still_end(adversary: Adversary, stages: dict[str, tuple[str, ...]]) -> None:
    layout = make_layout(stages, min_green_s=8.0, max_green_s=40.0)
    assert watch(layout, adversary, random.Random(7), 400, (1, 3, 7, 10)) == ()
