"""What the outlook says of lamps, and until when.

LAYOUT's numbers in tenths, beside those in test_guard_limits: a change, or a step of a rescue, takes at most
50 + 80 + 20 = 150, two of them 300, and a green that comes last may be shown 50 + 10 = 60 after its change begins.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from junction_layouts import PENTAGON, make_layout
from test_guard import LAYOUT
from test_guard_limits import NOW, at_a, stage_of, state

from junction.guard import Guard
from junction.layout import JunctionLayout
from junction.rescue import NEVER_DS
from junction.signals import SignalState, all_red_state


def moments(guard: Guard, lamps: SignalState) -> dict[str, int]:
    """The outlook's times, from NOW on."""
    outlook = guard._outlooks.of(lamps)
    names = ("ready", "sure_from", "fits_until", "keeps_until", "held_until")
    return {name: getattr(outlook, f"{name}_ds") - NOW for name in names}


@pytest.mark.parametrize(
    ("a", "b", "c", "sure_from", "fits_until"),
    [
        # B turned red 70 ago, shown for 10. C is due in 500, less a change and its showing.
        (90, 100, 700, -60, 500 - 150 - 60),
        # A turned green last. B is due in 550 as the second of two.
        (30, 650, 700, -30, 550 - 300 - 60),
        (30, 700, 650, -30, 550 - 300 - 60),
    ],
)
def test_the_outlook_of_a_roomy_junction(a: int, b: int, c: int, sure_from: int, fits_until: int) -> None:
    keeps_until = 400 - a - 300
    assert moments(Guard(LAYOUT), at_a(a=a, b=b, c=c)) == {
        "ready": 80 - a,
        "sure_from": sure_from,
        "fits_until": fits_until,
        "keeps_until": keeps_until,
        "held_until": min(fits_until, keeps_until) + 150,
    }


def test_a_lamp_from_the_future_is_waited_for() -> None:
    lamps = at_a()
    for changed in (
        replace(lamps, green_end_ds=(*lamps.green_end_ds[:2], NOW + 5)),
        replace(lamps, since_ds=(NOW + 5, *lamps.since_ds[1:])),
    ):
        assert moments(Guard(LAYOUT), changed)["sure_from"] == 5


def room(layout: JunctionLayout) -> bool:
    """Whether there are times at which any change surely fits while this stage is green."""
    others = {group.id: 400 for group in layout.groups[1:]}
    lamps = state(layout, {layout.groups[0].id: 100}, others, stage=layout.stages[0].id)
    return Guard(layout)._outlooks.of(lamps).sure_from_ds < NEVER_DS


def test_where_there_is_room() -> None:
    """Three changes of 50 + 310 + 20, and a last green shown after 60, are 1200; a green outlasts two changes of 380.

    With an amber of 9 s that outlasts the intergreen, of 90 + 250 + 20, 100 more, 1180.
    """
    arms = {arm: (arm,) for arm in "ABC"}
    assert room(make_layout(arms, min_green_s=31.0, max_green_s=76.0))
    assert not room(make_layout(arms, min_green_s=31.1, max_green_s=77.0))
    assert not room(make_layout(arms, min_green_s=31.0, max_green_s=75.9))
    fits = make_layout(arms, min_green_s=31.0, max_green_s=76.0)
    patient = replace(fits.groups[0], max_red_s=121.0)
    assert not room(replace(fits, groups=(patient, *fits.groups[1:])))
    assert not room(make_layout(PENTAGON))
    assert not room(make_layout({"A": ("A",)}))
    ease = frozenset({("A", "B"), ("A", "C"), ("B", "C")})
    assert room(make_layout(arms, min_green_s=25.6, max_green_s=90.0, amber_s=9.0, at_ease=ease))
    assert not room(make_layout(arms, min_green_s=25.7, max_green_s=90.0, amber_s=9.0, at_ease=ease))


def test_from_all_red_nothing_is_said_beforehand() -> None:
    guard, red = Guard(LAYOUT), all_red_state(LAYOUT, NOW)
    assert guard._outlooks.of(red).sure_from_ds == NEVER_DS
    assert guard.ready_ds(red) == NOW


def test_an_outlook_is_kept_until_a_lamp_or_the_stage_changes() -> None:
    guard, lamps = Guard(LAYOUT), at_a()
    kept = guard._outlooks.of(lamps)
    assert guard._outlooks.of(lamps.at(NOW + 10)) is kept
    others = at_a(a=101)
    for changed in (
        replace(lamps, since_ds=others.since_ds),
        replace(lamps, lamps=tuple(reversed(lamps.lamps))),
        replace(lamps, green_end_ds=(*others.green_end_ds[:2], NOW - 401)),
        replace(lamps, stage=stage_of("AB")),
    ):
        assert guard._outlooks.of(lamps).since_ds == lamps.since_ds
        assert guard._outlooks.of(changed) == Guard(LAYOUT)._outlooks.of(changed)
    assert not guard._outlooks.of(replace(lamps, stage=stage_of("AB"))).running
