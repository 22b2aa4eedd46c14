"""Green waves: bands worked by hand on the time-space diagram, and what holds for any corridor."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junction_layouts import make_layout

from junction.coordination import (
    Band,
    CorridorSignal,
    Green,
    bands,
    best_offsets,
    section_offsets,
    sections,
    sections_at,
    through_greens,
)
from junction.errors import InputError
from junction.plan import Plan, PlanOrigin, PlanStage


def signal(
    name: str,
    out_at_s: float,
    back_at_s: float,
    *,
    cycle_s: float = 60.0,
    green_s: float = 30.0,
    back_from_s: float = 0.0,
) -> CorridorSignal:
    return CorridorSignal(
        id=name,
        cycle_s=cycle_s,
        outbound=(Green(from_s=0.0, length_s=green_s),),
        inbound=(Green(from_s=back_from_s, length_s=green_s),),
        outbound_at_s=out_at_s,
        inbound_at_s=back_at_s,
    )


def test_two_signals_half_a_cycle_apart_alternate_and_lose_nothing() -> None:
    pair = (signal("a", 0, 30), signal("b", 30, 0))
    assert best_offsets(pair) == (0.0, 30.0)
    found = bands(pair, (0.0, 30.0))
    assert found.outbound == Band(width_s=30.0, from_s=0.0, share=0.5)
    assert found.inbound == Band(width_s=30.0, from_s=30.0, share=0.5)
    # Together (offset 0) a vehicle always meets the other's red.
    assert bands(pair, (0.0, 0.0)).outbound == Band(width_s=0.0, from_s=0.0, share=0.0)


def test_two_signals_a_quarter_apart_share_the_loss() -> None:
    pair = (signal("a", 0, 15), signal("b", 15, 0))
    # One-way: offset 15 gives outbound all 30 s and inbound none. Both ways at best 15 s each.
    one_way = bands(pair, (0.0, 15.0))
    assert (one_way.outbound.width_s, one_way.inbound.width_s) == (30.0, 0.0)
    found = bands(pair, best_offsets(pair))
    assert (found.outbound.width_s, found.inbound.width_s) == (15.0, 15.0)


def test_greens_of_two_arms_in_turn_fit_a_lag() -> None:
    # Outbound green 0-20, inbound 20-40 of 60 s, 20 s apart. Outbound asks for offset 20; inbound leaves b at
    # 20 + o and must reach a at 20: o = -20 = 40. Offset 30 costs each direction 10 s.
    pair = (
        signal("a", 0, 20, green_s=20, back_from_s=20),
        signal("b", 20, 0, green_s=20, back_from_s=20),
    )
    found = bands(pair, best_offsets(pair))
    assert (found.outbound.width_s, found.inbound.width_s) == (10.0, 10.0)


def test_three_signals() -> None:
    # 30 s and 15 s apart: the first pair alternates freely, the second takes 15 s off each direction.
    row = (signal("a", 0, 45), signal("b", 30, 15), signal("c", 45, 0))
    found = bands(row, best_offsets(row))
    assert (found.outbound.width_s, found.inbound.width_s) == (15.0, 15.0)


def test_a_half_cycle_in_the_middle_has_two_windows() -> None:
    row = (
        signal("a", 0, 60, cycle_s=120, green_s=60),
        signal("b", 30, 30),
        signal("c", 60, 0, cycle_s=120, green_s=60),
    )
    # b's green of 30 s bounds a band; it opens twice in 120 s, so 60 s of departures could pass; a and c alternate.
    found = bands(row, best_offsets(row))
    assert found.outbound.width_s == found.inbound.width_s == 30.0
    assert 0.25 <= found.outbound.share <= 0.5


def test_different_cycles_are_measured_over_their_common_multiple() -> None:
    # 60 and 90 s, both green for the first half: over 180 s the overlap of [0,30)+60k and [0,45)+90k is
    # [0,30), [120,135): 45 of 180 s.
    pair = (signal("a", 0, 0), signal("b", 0, 0, cycle_s=90, green_s=45))
    assert bands(pair, (0.0, 0.0)).outbound == Band(width_s=30.0, from_s=0.0, share=0.25)
    with pytest.raises(InputError, match="whole part"):
        best_offsets(pair)


def test_a_band_that_comes_now_and_then_makes_no_section() -> None:
    pair = (signal("a", 0, 0), signal("b", 0, 0, cycle_s=90, green_s=45))
    assert sections_at(pair, (0.0, 0.0), 8.0) == (slice(0, 1), slice(1, 2))
    half = (signal("a", 0, 0), signal("b", 0, 0, cycle_s=120, green_s=60))
    assert sections_at(half, (0.0, 0.0), 8.0) == (slice(0, 2),)


def test_a_corridor_is_cut_where_no_band_goes_on_and_seams_still_fit() -> None:
    row = (signal("a", 0, 105), signal("b", 30, 75), signal("c", 75, 30), signal("d", 105, 0))
    parts = sections(row, least_band_s=30.0)
    assert [[s.id for s in part] for part in parts] == [["a", "b"], ["c", "d"]]
    offsets = section_offsets(parts)
    for part, at in zip(parts, (offsets[:2], offsets[2:]), strict=True):
        assert bands(part, at).outbound.width_s == bands(part, at).inbound.width_s == 30.0
    assert sections_at(row, offsets, 30.0) == (slice(0, 2), slice(2, 4))
    # b to c is 45 s, three quarters of a cycle: at best half of each green gets through both ways.
    seam = bands(row[1:3], offsets[1:3])
    assert (seam.outbound.width_s, seam.inbound.width_s) == (15.0, 15.0)
    assert [len(part) for part in sections(row, least_band_s=15.0)] == [4]


def test_through_greens_follow_the_plan_and_join_stages_that_share_the_group() -> None:
    layout = make_layout({"A": ("N", "S"), "B": ("N", "E"), "C": ("W",)}, amber_s=3, all_red_s=2)
    stages = tuple(PlanStage(stage_id=i, green_s=g) for i, g in (("A", 20), ("B", 10), ("C", 15)))
    plan = Plan(id="p", cycle_s=60, offset_s=0, stages=stages, origin=PlanOrigin.TODAY)
    assert plan.length_s(layout) == 60
    assert through_greens(layout, plan, "S") == (Green(from_s=5.0, length_s=20.0),)
    # N: 5-25 in A, on through the change to B (25-30) and B's 10 s.
    assert through_greens(layout, plan, "N") == (Green(from_s=5.0, length_s=20.0), Green(from_s=25.0, length_s=15.0))
    assert through_greens(layout, plan, "W") == (Green(from_s=45.0, length_s=15.0),)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cycle_s": 60.5}, "cycle_s"),
        ({"outbound": ()}, "outbound"),
        ({"inbound": (Green(from_s=70.0, length_s=5.0),)}, "inbound"),
        ({"inbound_at_s": -1.0}, "inbound_at_s"),
    ],
)
def test_a_wrong_signal_is_named(change: dict[str, object], field: str) -> None:
    right: dict[str, Any] = {
        "id": "a",
        "cycle_s": 60.0,
        "outbound": (Green(from_s=0.0, length_s=30.0),),
        "inbound": (Green(from_s=0.0, length_s=30.0),),
        "outbound_at_s": 0.0,
        "inbound_at_s": 0.0,
    }
    with pytest.raises(InputError, match=field):
        CorridorSignal(**{**right, **change})


@st.composite
def corridors(draw: st.DrawFn) -> tuple[CorridorSignal, ...]:
    cycle = draw(st.sampled_from([40, 60, 90]))
    gaps = draw(st.lists(st.integers(50, 900).map(lambda ds: ds / 10), min_size=0, max_size=4))
    at_s = [0.0]
    for gap in gaps:
        at_s.append(round(at_s[-1] + gap, 1))
    row = []
    for index, time_s in enumerate(at_s):
        own = cycle // 2 if draw(st.booleans()) and index else cycle
        greens = st.builds(Green, from_s=st.integers(0, own - 1), length_s=st.integers(5, own - 5))
        row.append(
            CorridorSignal(
                id=str(index),
                cycle_s=own,
                outbound=(draw(greens),),
                inbound=(draw(greens),),
                outbound_at_s=time_s,
                inbound_at_s=round(at_s[-1] - time_s, 1),
            )
        )
    return tuple(row)


@settings(max_examples=40, deadline=None)
@given(corridors(), st.lists(st.integers(0, 89), min_size=5, max_size=5))
def test_bands_on_the_time_space_diagram(row: tuple[CorridorSignal, ...], others: list[int]) -> None:
    best = best_offsets(row)
    found = bands(row, best)
    assert best[0] == 0.0 and all(0 <= o < s.cycle_s for o, s in zip(best, row, strict=True))
    assert found.outbound.width_s <= min(s.outbound[0].length_s for s in row)
    assert found.inbound.width_s <= min(s.inbound[0].length_s for s in row)
    # Drive it: the departures, second by second and a half, that meet no red are the band's share and width.
    cycle = max(round(s.cycle_s) for s in row)
    passes = [
        all(_green(s, t / 10 + s.outbound_at_s - o) for s, o in zip(row, best, strict=True)) for t in range(cycle * 10)
    ]
    assert found.outbound.share == pytest.approx(sum(passes) / len(passes))
    longest = run = 0
    for through in passes + passes:
        run = run + 1 if through else 0
        longest = max(longest, run)
    assert found.outbound.width_s == pytest.approx(min(longest, len(passes)) / 10)
    # No other whole-second offsets do better, but for parts of a second at both ends of whole-second bands.
    other = bands(row, [float(o) for o in others[: len(row)]])
    least = min(found.outbound.width_s, found.inbound.width_s)
    assert min(other.outbound.width_s, other.inbound.width_s) <= least + 2.0


def _green(one: CorridorSignal, time_s: float) -> bool:
    into_ds = round(time_s * 10) % round(one.cycle_s * 10)
    green = one.outbound[0]
    from_ds, length_ds = round(green.from_s * 10), round(green.length_s * 10)
    return (into_ds - from_ds) % round(one.cycle_s * 10) < length_ds
