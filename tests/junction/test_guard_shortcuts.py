"""The guard's shortcuts: until when an answer needs no look ahead, and that it is then the one of the long way.

LAYOUT's numbers in tenths, beside those in test_guard_limits: a change, or a step of a rescue, takes at most
50 + 80 + 20 = 150, two of them 300, and a green that comes last may be shown 50 + 10 = 60 after its change begins.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from junction_layouts import PENTAGON, make_layout
from test_guard import LAYOUT, long_way_of
from test_guard_limits import NOW, at_a, stage_of, state

from junction.guard import Guard
from junction.layout import JunctionLayout
from junction.rescue import Rescue, Step
from junction.signals import SignalState
from junction.stage_machine import StageMachine


class _WatchedRescue(Rescue):
    """Notes what it had to do for an answer."""

    did: set[str]

    def slack_ds(self, state: SignalState, green: frozenset[int], depart_ds: int) -> int:
        self.did.add("compared deadlines")
        return super().slack_ds(state, green, depart_ds)

    def _follow(self, state: SignalState, depart_ds: int, way: Sequence[int]) -> tuple[int, int | None]:
        self.did.add("walked a rescue")
        return super()._follow(state, depart_ds, way)

    def _step(self, green: frozenset[int], stage: int) -> Step:
        self.did.add("worked out a step")
        return super()._step(green, stage)


class Watched(Guard):
    """Notes what it, or its rescue, had to do for an answer."""

    def __init__(self, layout: JunctionLayout) -> None:
        super().__init__(layout)
        self.did: set[str] = set()
        self._rescue = rescue = _WatchedRescue(layout)
        rescue.did = self.did

    def _may_change(self, state: SignalState, stage: int) -> bool:
        self.did.add("judged a stage")
        return super()._may_change(state, stage)

    def _change_faults(self, state: SignalState, stage: int) -> list[str]:
        self.did.add("expanded a change")
        return super()._change_faults(state, stage)


JUNCTIONS = {
    "roomy": LAYOUT,
    "at ease": make_layout(
        {"A": ("A",), "B": ("B",), "C": ("C",), "AB": ("A", "B")}, at_ease=frozenset({("A", "C")}), max_green_s=45.0
    ),
    "no room": make_layout({arm: (arm,) for arm in "ABC"}, min_green_s=31.1, max_green_s=80.0),
    "three arms and a crossing": make_layout(
        {"A": ("A",), "BP": ("B", "P"), "B": ("B",), "C": ("C",)}, pedestrian={"P": 9.0}, max_green_s=50.0
    ),
    "shared groups": make_layout(PENTAGON, max_green_s=40.0),
}


@pytest.mark.parametrize("junction", JUNCTIONS)
def test_every_answer_by_a_shortcut_is_that_of_the_long_way(junction: str) -> None:
    """At every second of 400, and between two; wishes come and go, and the guard remembers what it was asked."""
    layout = JUNCTIONS[junction]
    rng, machine, wish = random.Random(2), StageMachine(layout, 0), None
    guard, long_way, open_masks = Guard(layout), long_way_of(layout), 0
    for at_ds in range(0, 4000, 10):
        if rng.random() < 0.05:
            wish = rng.choice([None, *layout.stage_index])
        machine.tick(at_ds, wish)
        for moment in (machine.state, machine.state.at(at_ds + rng.randrange(1, 10))):
            mask = guard.allowed(moment).tolist()
            assert mask == long_way.allowed(moment).tolist()
            open_masks += all(mask)
    assert 0 < open_masks < 800


# The mask


@pytest.mark.parametrize(
    ("before", "at", "beyond"),
    [
        # The end of the minimum green, and of the red that must be shown after B's amber.
        (at_a(a=79), at_a(a=80), at_a(a=81)),
        (at_a(a=80, b=39), at_a(a=80, b=40), at_a(a=80, b=41)),
        # Two changes before the maximum green; C in time after a change, B and C after each other.
        (at_a(a=101), at_a(a=100), at_a(a=99)),
        (at_a(a=80, c=991), at_a(a=80, c=990), at_a(a=80, c=989)),
        (at_a(a=80, b=841, c=841), at_a(a=80, b=840, c=840), at_a(a=80, b=839, c=839)),
    ],
)
def test_while_everything_is_allowed_no_stage_is_judged(
    before: SignalState, at: SignalState, beyond: SignalState
) -> None:
    for lamps, judges in ((before, True), (at, False), (beyond, False)):
        guard = Watched(LAYOUT)
        mask = guard.allowed(lamps).tolist()
        assert mask == long_way_of(LAYOUT).allowed(lamps).tolist()
        assert all(mask) or judges
        assert bool(guard.did) is judges


def test_a_stage_that_ends_no_green_that_must_last_is_allowed() -> None:
    """A, B, C, AB from AB: A is a tenth short of its minimum, then both have had it."""
    lamps = state(LAYOUT, {"A": 79, "B": 100}, {"C": 400}, stage="AB")
    assert Guard(LAYOUT).allowed(lamps).tolist() == [True, False, False, True]
    assert Guard(LAYOUT).allowed(lamps.at(NOW + 1)).tolist() == [True] * 4


def test_from_all_red_the_most_urgent_is_first() -> None:
    red = state(LAYOUT, {}, {"A": 1130, "B": 400, "C": 400}, stage="A")
    assert Guard(LAYOUT).review_stage(red, "Z").stage == stage_of("AB")


# A change


def looked(lamps: SignalState, stage: str) -> tuple[bool, bool]:
    """(whether the change is allowed, whether it had to be expanded to know)."""
    guard = Watched(LAYOUT)
    return guard._may_change(lamps, stage_of(stage)), "expanded a change" in guard.did


def test_a_change_that_surely_fits_is_not_expanded() -> None:
    assert looked(at_a(b=40), "C") == (True, False)
    assert looked(at_a(b=39), "C") == (True, True)
    assert looked(at_a(c=990), "B") == (True, False)
    assert looked(at_a(c=991), "B") == (True, True)
    # From two changes before its maximum on it matters whether A stays green.
    assert looked(at_a(a=100), "AB") == (True, False)
    assert looked(at_a(a=101), "AB") == (True, True)
    assert looked(at_a(a=101), "C") == (True, False)


def test_a_change_after_which_the_most_urgent_comes_too_late_is_not_expanded() -> None:
    """B's minimum, its lateness, the change to C and its showing: 80 + 20 + 50 + 10 = 160 of 1200. From C it is A's
    change and minimum; B, at ease with A, follows at once: 50 + 80 + 20 + 10.
    """
    assert looked(at_a(c=1040), "B") == (True, True)
    assert looked(at_a(c=1041), "B") == (False, False)
    assert looked(at_a(c=1140), "C") == (True, True)
    for b, answer in ((1040, (True, True)), (1041, (False, False))):
        assert looked(state(LAYOUT, {"C": 100}, {"A": 400, "B": b}, stage="C"), "A") == answer


def test_a_change_that_ends_a_minimum_green_is_not_expanded() -> None:
    assert looked(at_a(a=79), "C") == (False, False)
    assert looked(at_a(a=80), "C") == (True, False)


def test_a_step_is_worked_out_once() -> None:
    """B in time after a walk, and too late for C without one."""
    guard, late = Watched(LAYOUT), (at_a(c=1040), at_a(c=1041))
    for known in (False, True):
        guard.did.clear()
        assert [guard.allowed(lamps)[stage_of("B")] for lamps in late] == [True, False]
        assert "walked a rescue" in guard.did
        assert ("worked out a step" not in guard.did) is known


# A hold


def compared(guard: Watched, lamps: SignalState) -> bool:
    """Whether deadlines had to be compared to know that the stage may be held."""
    guard.did.clear()
    assert guard._may_hold(lamps)
    return bool(guard.did)


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        (at_a(a=80, b=40), at_a(a=80, b=39)),
        # A tick before: a change before the maximum green; C's last change, and B's and C's.
        (at_a(a=240), at_a(a=241)),
        (at_a(c=1130), at_a(c=1131)),
        (at_a(b=980, c=980), at_a(b=981, c=981)),
    ],
)
def test_a_hold_that_is_known_compares_no_deadlines(known: SignalState, unknown: SignalState) -> None:
    assert not compared(Watched(LAYOUT), known)
    guard = Watched(LAYOUT)
    guard.did.clear()
    guard._may_hold(unknown)
    assert "compared deadlines" in guard.did


def test_how_long_a_hold_is_sure_is_remembered() -> None:
    """At A's age 241 and a tick more, one step of a rescue leaves 400 - 251 - 140 = 9."""
    guard, lamps = Watched(LAYOUT), at_a(a=241)
    assert compared(guard, lamps)
    assert not compared(guard, lamps.at(NOW + 9))
    assert compared(guard, lamps.at(NOW + 10))


@pytest.mark.parametrize(
    ("lamps", "until_ds", "did"),
    [
        # One step of a rescue before the maximum green, or a whole round before C's maximum red.
        (at_a(a=260), 0, False),
        (at_a(c=700), 160, False),
        (at_a(c=750), 150, False),
        # By the outlook: a change before the maximum green; C's change and its showing, 50 + 10.
        (at_a(c=901), 150, False),
        (at_a(c=1040), 100, False),
        (at_a(c=1140), 0, False),
        (at_a(c=1141), 0, True),
        # From the end of B's red of 10 on; else by the rescue: C's 299 less 60, and A's maximum itself.
        (at_a(c=901, b=40), 150, False),
        (at_a(c=901, b=39), 299 - 60, True),
        (at_a(a=261), 139, True),
    ],
)
def test_until_when_a_hold_is_certain(lamps: SignalState, until_ds: int, did: bool) -> None:
    guard = Watched(LAYOUT)
    assert guard.hold_until_ds(lamps) == NOW + until_ds
    assert bool(guard.did) is did


def test_where_no_one_waits_a_hold_is_certain_until_the_maximum_green() -> None:
    """60 s; until one step of 7 + 1 s before it the outlook says so."""
    layout = make_layout({"AB": ("A", "B")})
    for age, until_ds in ((100, 500 - 80), (520, 0), (521, 79)):
        lamps = state(layout, {"A": age, "B": age}, {}, stage="AB")
        assert Guard(layout).hold_until_ds(lamps) == NOW + until_ds


def test_where_stages_share_groups_only_a_rescue_says_how_long_to_hold() -> None:
    """AB may last to its maximum: DE after 50, AB again after 190, CD after 330 of the 790 left to C."""
    layout = JUNCTIONS["shared groups"]
    lamps = state(layout, {"A": 100, "B": 100}, {"C": 400, "D": 400, "E": 400}, stage="AB")
    assert Guard(layout).hold_until_ds(lamps) == NOW + 300
