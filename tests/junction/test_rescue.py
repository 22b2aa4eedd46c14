"""The rescue: which junctions have one, how long it lasts and where it begins, to the last tenth of a second."""

from __future__ import annotations

from dataclasses import replace

import pytest
from junction_layouts import PENTAGON, make_layout
from test_guard import LAYOUT, plan
from test_guard_limits import NOW, at_a, stage_of, state
from test_guard_shortcuts import Watched

from junction.errors import InputError
from junction.guard import Guard, Ruling
from junction.layout import JunctionLayout
from junction.rescue import Rescue, Step
from junction.signals import SignalState, all_red_state

# What junctions there are


def refusal(layout: JunctionLayout) -> InputError:
    with pytest.raises(InputError) as caught:
        Guard(layout)
    return caught.value


@pytest.mark.parametrize(
    ("arms", "min_green_s", "round_s"),
    [("ABCD", 23.0, 120), ("AB", 53.0, 120)],
)
def test_a_round_may_last_as_long_as_the_shortest_maximum_red(arms: str, min_green_s: float, round_s: int) -> None:
    """(5 s of intergreen + the minimum + 2 s of lateness) for each stage."""
    stages = {arm: (arm,) for arm in arms}
    Guard(make_layout(stages, min_green_s=min_green_s, max_green_s=100.0))
    wrong = refusal(make_layout(stages, min_green_s=min_green_s + 0.1, max_green_s=100.0))
    longer_s = round_s + 0.1 * len(arms)
    assert wrong.field == "junction J1.groups.max_red_s"
    assert wrong.expected == f"at least {longer_s:g} s, one round of minimum greens and intergreens"
    assert wrong.got == 120.0


def test_without_conflicts_a_round_has_no_intergreens() -> None:
    stages, at_ease = {"A": ("A",), "B": ("B",)}, frozenset({("A", "B")})
    Guard(make_layout(stages, min_green_s=58.0, max_green_s=100.0, at_ease=at_ease))
    refusal(make_layout(stages, min_green_s=58.1, max_green_s=100.0, at_ease=at_ease))


def test_a_junction_of_one_stage_has_no_round_and_no_end_to_keep() -> None:
    guard = Guard(make_layout({"A": ("A", "B")}, min_green_s=119.0, max_green_s=119.5))
    assert guard.review_stage(all_red_state(guard.layout, 0), "A") == Ruling(stage=0, accepted=True)
    assert guard.plan_faults(plan(("A", 119.0), cycle_s=119.0)) == ()


@pytest.mark.parametrize("arms", ["AB", "ABC"])
def test_a_stage_must_be_over_two_seconds_before_a_maximum_green(arms: str) -> None:
    stages = {arm: (arm,) for arm in arms}
    Guard(make_layout(stages, min_green_s=8.0, max_green_s=10.0))
    wrong = refusal(make_layout(stages, min_green_s=8.0, max_green_s=9.9))
    assert wrong.field == "junction J1.stage A.max_green_s"
    assert wrong.expected == "at least 10 s for each of its groups, until the stage can have ended"
    assert wrong.got == 9.9


def test_a_stage_stays_while_an_amber_burns_that_it_need_not_await() -> None:
    """P's clearance is 14 m / 1.2 m/s = 11.7 s. Beside A, which does not conflict, it burns on into A's green."""
    stages = {"A": ("A",), "B": ("B",), "P": ("P",)}
    plain = make_layout(stages, min_green_s=5.0, max_green_s=13.6, pedestrian={"P": 14.0})
    Guard(plain)
    ease = frozenset({("A", "P")})
    wrong = refusal(make_layout(stages, min_green_s=5.0, max_green_s=13.6, pedestrian={"P": 14.0}, at_ease=ease))
    assert (wrong.field, wrong.got) == ("junction J1.stage A.max_green_s", 13.6)
    Guard(make_layout(stages, min_green_s=5.0, max_green_s=13.7, pedestrian={"P": 14.0}, at_ease=ease))


def test_the_round_is_made_of_stages_that_share_no_group_where_that_can_be_had() -> None:
    assert Guard(make_layout({"AB": ("A", "B"), "AC": ("A", "C"), "B": ("B",), "C": ("C",)})).cover_ids == ("AB", "C")
    assert Guard(make_layout({"A": ("A",), "A2": ("A",), "B": ("B",), "B2": ("B",)})).cover_ids == ("A", "B")
    triangle = {"AB": ("A", "B"), "BC": ("B", "C"), "CA": ("A", "C"), "D": ("D",), "E": ("E",)}
    assert Guard(make_layout(triangle)).cover_ids == ("AB", "BC", "D", "E")


def test_a_shared_green_that_cannot_last_through_two_stages_ends_between_them() -> None:
    """D is in CD and DE: 2 x 7 s of minimum, a change, lateness. Where its maximum is too short, AB goes between."""
    long = Guard(make_layout(PENTAGON, min_green_s=7.0, max_green_s=40.0))
    names = [[long.layout.stages[s].id for s in way] for way in long._rescue._ways]
    assert names == [["AB", "CD", "DE"], ["CD", "DE", "AB"], ["DE", "AB", "CD"]]
    short = Guard(make_layout(PENTAGON, min_green_s=7.0, max_green_s=10.0))
    assert [short.layout.stages[s].id for s in short._rescue._ways[0]] == ["AB", "CD", "AB", "DE"]


def bridged(max_green_s: float) -> list[str]:
    guard = Guard(make_layout(PENTAGON, min_green_s=7.0, max_green_s=max_green_s))
    return [guard.layout.stages[s].id for s in guard._rescue._bridged([PENTAGON_INDEX[s] for s in ("AB", "CD", "DE")])]


PENTAGON_INDEX = {name: index for index, name in enumerate(PENTAGON)}


def test_a_shared_green_needs_both_minima_a_change_and_their_lateness() -> None:
    """7 s, then a step of 5 + 7 + 1 s, and twice the 2 s by which a step may be late: 24 s."""
    assert bridged(24.0) == ["AB", "CD", "DE"]
    assert bridged(23.9) == ["AB", "CD", "AB", "DE"]


def test_what_goes_between_shares_nothing_with_either_and_is_short() -> None:
    """B and C have 5 s, F has 6 s, the others 7 s: BC is shortest but shares C with CD, so it is F and not AB."""
    plain = make_layout({**PENTAGON, "F": ("F",)}, min_green_s=7.0, max_green_s=10.0)
    minima = {"B": 5.0, "C": 5.0, "F": 6.0}
    layout = replace(
        plain, groups=tuple(replace(g, min_green_s=minima.get(g.id, g.min_green_s)) for g in plain.groups)
    )  # fmt: skip
    way = Rescue(layout)._bridged([layout.stage_index[s] for s in ("AB", "CD", "DE", "F")])
    assert [layout.stages[s].id for s in way] == ["AB", "CD", "F", "DE", "F"]


def test_a_junction_whose_round_with_what_goes_between_is_too_long_is_refused() -> None:
    """C is in one of four steps: red for three of 5 + 31 + 2 s, 5 more, and shown 1 s late: 120 s."""
    Guard(make_layout(PENTAGON, min_green_s=31.1, max_green_s=100.0))
    Guard(make_layout(PENTAGON, min_green_s=31.0, max_green_s=34.0))
    wrong = refusal(make_layout(PENTAGON, min_green_s=31.1, max_green_s=34.0))
    assert wrong.field == "junction J1.stages"
    assert wrong.expected == (
        "a round of stages that serves every group within its maximum red and ends it within its maximum green"
    )
    assert wrong.got == ["AB", "BC", "CD", "DE", "EA"]
    assert wrong.hint == "give groups that several stages share a stage of their own, or a longer maximum green"


# The rescue, step by step


def rescue(layout: JunctionLayout, lamps: SignalState) -> tuple[int, int | None]:
    return Rescue(layout).best(lamps, NOW)


def test_a_rescue_waits_for_what_ended_before() -> None:
    """C ended 10 ago, so A and B are green at +40, shown by +50, of the 200 that they have left; C then has plenty."""
    red = state(LAYOUT, {}, {"A": 1000, "B": 1000, "C": 10}, stage="A")
    assert rescue(LAYOUT, red) == (200 - 10 - 40, stage_of("AB"))


def test_a_rescue_goes_on_once_the_last_amber_is_out() -> None:
    """A gives way to B at once, and its amber of 9 s outlasts B's minimum."""
    layout = make_layout(
        {"A": ("A",), "B": ("B",), "C": ("C",)}, amber_s=9.0, min_green_s=8.0, max_green_s=40.0, all_red_s=2.0,
        at_ease=frozenset({("A", "B")}),
    )  # fmt: skip
    lamps = state(layout, {"A": 100}, {"B": 1150, "C": 900}, stage="A")
    # B at once, of 50 - 10 left. A's amber is out at +90, B's time at +110; C is green 110 after that, of 260 - 10.
    assert rescue(layout, lamps) == (40, 1)
    assert rescue(layout, state(layout, {"A": 100}, {"B": 1000, "C": 940}, stage="A")) == (30, 1)


RING = make_layout(
    {"AB": ("A", "B"), "BC": ("B", "C"), "CD": ("C", "D"), "DA": ("D", "A")}, min_green_s=8.0, max_green_s=40.0
)


@pytest.mark.parametrize(
    ("a", "slack", "first"),
    [
        # AB keeps A until B, green after 50, has had its 80: A's 400 less its age, 130 and the lateness of 20.
        (200, 50, "AB"),
        (250, 0, "AB"),
        # Too long for A: BC serves B as well and keeps neither. B is due in 1200 - 600 and green after 50.
        (251, 1200 - 600 - 10 - 50, "BC"),
        # A turns green only in 100 and has its minimum at 180: 500 - 180 - 20 of its maximum, and B's 540 are more.
        (-100, 300, "AB"),
    ],
)
def test_a_rescue_keeps_a_green_only_as_long_as_it_may_last(a: int, slack: int, first: str) -> None:
    lamps = state(RING, {"A": a, "D": 200}, {"B": 600, "C": 500}, stage="DA")
    assert rescue(RING, lamps) == (slack, RING.stage_index[first])


def test_the_most_urgent_is_who_must_be_served_first_not_who_has_waited_longest() -> None:
    """C has waited longest, but its red may last 180 s."""
    groups = tuple(replace(group, max_red_s=180.0 if group.id == "C" else 120.0) for group in LAYOUT.groups)
    patient = replace(LAYOUT, groups=groups)
    lamps = state(patient, {}, {"A": 400, "B": 400, "C": 500}, stage="A")
    assert rescue(patient, lamps) == (1200 - 400 - 10, stage_of("AB"))


def test_a_given_way_is_followed_even_where_it_is_late() -> None:
    lamps = state(RING, {"A": 251, "D": 200}, {"B": 600, "C": 500}, stage="DA")
    ab, cd = RING.stage_index["AB"], RING.stage_index["CD"]
    assert Rescue(RING)._follow(lamps, NOW, (ab, cd)) == (400 - 251 - 130 - 20, ab)
    # AB alone leaves C waiting for ever.
    young = state(RING, {"A": 200, "D": 200}, {"B": 600, "C": 500}, stage="DA")
    assert Rescue(RING)._follow(young, NOW, (ab,)) == (-1, ab)


def test_from_old_greens_of_no_stage_the_rescue_begins_at_its_beginning() -> None:
    """A, B and C are too old to stay, and no stage keeps none of them."""
    odd = state(RING, {"A": 390, "B": 390, "C": 390}, {"D": 400}, stage="BC")
    assert rescue(RING, odd)[1] == RING.stage_index["AB"]


def test_what_a_step_needs() -> None:
    """From A to C, to AB and back from AB; from all red to AB, where C's intergreen to A is longer than that to B."""
    a, b, c = (LAYOUT.group_index[group] for group in "ABC")
    slow = replace(LAYOUT, intergreen_s={**LAYOUT.intergreen_s, ("C", "A"): 9.0})
    none = frozenset[int]()
    rescue = Rescue(slow)
    assert rescue._step(frozenset({a}), c) == Step(
        losing=frozenset({a}),
        gaining=frozenset({c}),
        continuing=none,
        wait_ds=50,
        behind=((b, 50),),
        min_ds=80,
        amber_ds=30,
    )
    assert rescue._step(frozenset({a}), stage_of("AB")) == Step(
        losing=none,
        gaining=frozenset({b}),
        continuing=frozenset({a}),
        wait_ds=0,
        behind=((c, 50),),
        min_ds=80,
        amber_ds=0,
    )
    assert rescue._step(frozenset({a, b}), a) == Step(
        losing=frozenset({b}),
        gaining=none,
        continuing=frozenset({a}),
        wait_ds=0,
        behind=(),
        min_ds=0,
        amber_ds=30,
    )
    assert rescue._step(none, stage_of("AB")).behind == ((c, 90),)
    assert rescue._step(frozenset({c}), stage_of("AB")).wait_ds == 90


def test_with_time_for_a_whole_round_no_rescue_is_walked() -> None:
    """A round of 300 before C's maximum red; one step of 140 before A's maximum green."""
    for lamps, slack_ds, walks in (
        (at_a(c=899), 1, False),
        (at_a(c=900), 0, False),
        (at_a(c=901), 299 - 60, True),
        (at_a(a=259), 1, False),
        (at_a(a=260), 0, False),
        (at_a(a=261), 139, True),
    ):
        guard = Watched(LAYOUT)
        assert guard._rescue.slack_ds(lamps, lamps.green, NOW) == slack_ds
        assert ("walked a rescue" in guard.did) is walks


def test_when_no_stage_of_the_most_urgent_lets_old_greens_go_it_is_the_next_ones_turn() -> None:
    """B and D, greens of no stage, are too old to stay: AB and DA of the most urgent A keep one each, F none."""
    ring = {"AB": ("A", "B"), "BC": ("B", "C"), "CD": ("C", "D"), "DA": ("D", "A"), "F": ("F",)}
    layout = make_layout(ring, min_green_s=8.0, max_green_s=40.0)
    odd = state(layout, {"B": 390, "D": 390}, {"A": 600, "F": 500, "C": 400}, stage="AB")
    assert Rescue(layout).best(odd, NOW)[1] == layout.stage_index["F"]
