"""What a hostile policy or server asks of a running stage machine, tick after tick."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from junction.signals import Lamp
from junction.stage_machine import StageMachine

TICK_DS = 10

Step = tuple[int, object]
"""Tenths of a second until the next tick (0 and less: the clock stands or runs back), and the proposal made there."""
Habit = Callable[[random.Random, StageMachine], Step]


def junk(rng: random.Random) -> object:
    """Something that is no stage's id."""
    return rng.choice(
        (
            float("nan"), float("inf"), -float("inf"), 10**400, -1, 0, True, 1e300, "", "NaN", "S0\x00", "अ" * 300,
            b"S0", [], ["S0"], {}, {"stage_id": "S0"}, ("S0", "S1"), {"S0"}, object(), np.nan, np.zeros(3),
            np.array(["S0", "S1"]), np.float32("inf"), 3 + 4j, lambda: "S0", Lamp.GREEN, range(3),
        )
    )  # fmt: skip


def any_stage(rng: random.Random, machine: StageMachine) -> str:
    return rng.choice(machine.layout.stages).id


def noise(rng: random.Random, machine: StageMachine) -> Step:
    """Half junk, half stages, at any rate of ticks, and now and then a clock that stands or runs back."""
    step_ds = rng.choice((1, 3, 7, 10, 10, 10, 0, -rng.randint(1, 10**6)))
    return step_ds, junk(rng) if rng.random() < 0.5 else any_stage(rng, machine)


def spikes(rng: random.Random, machine: StageMachine) -> Step:
    """Another stage at every tick."""
    return rng.choice((1, 10)), any_stage(rng, machine)


def stubborn(rng: random.Random, machine: StageMachine) -> Step:
    """The first stage for ever, and sometimes a hold."""
    return 10, None if rng.random() < 0.1 else machine.layout.stages[0].id


def starving(rng: random.Random, machine: StageMachine) -> Step:
    """Of what is allowed, anything but the group that has waited longest."""
    allowed = machine.allowed()
    victim = max(range(len(machine.layout.groups)), key=machine.state.red_wait_s)
    away = [
        stage.id
        for index, stage in enumerate(machine.layout.stages)
        if allowed[index] and victim not in machine.layout.stage_groups[index]
    ]
    return 10, rng.choice(away) if away else None


def holding(rng: random.Random, machine: StageMachine) -> Step:  # noqa: ARG001 - a habit's signature
    """Never asks for a change."""
    return 10, None


def edges(rng: random.Random, machine: StageMachine) -> Step:
    """Ticks one tenth before, at and one tenth after the next limit, and asks for any change or hold there."""
    ahead = [at_ds - machine.state.now_ds for at_ds in limits_ds(machine)]
    near = [d for limit in ahead for d in (limit - 1, limit, limit + 1) if 0 < d <= TICK_DS]
    asked = None if rng.random() < 0.3 else any_stage(rng, machine)
    return (rng.choice(near), asked) if near else (TICK_DS, None)


def limits_ds(machine: StageMachine) -> list[int]:
    """When minima, maxima, maximum reds and intergreens of the lamps of now are reached, by sums of its own."""
    state, layout = machine.state, machine.layout
    found = []
    for index, group in enumerate(layout.groups):
        if state.lamps[index] is Lamp.GREEN:
            found += [state.since_ds[index] + round(group.min_green_s * 10)]
            found += [state.since_ds[index] + round(group.max_green_s * 10)]
        else:
            found += [state.green_end_ds[index] + round(group.max_red_s * 10)]
    if state.in_transition:
        ended = dict(zip((group.id for group in layout.groups), state.green_end_ds, strict=True))
        found += [ended[losing] + round(seconds * 10) for (losing, _), seconds in layout.intergreen_s.items()]
    return found


HABITS: tuple[Habit, ...] = (noise, edges, spikes, starving, edges, stubborn, holding)
