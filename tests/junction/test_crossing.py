"""Which stages lead over a shut level crossing, by hand, and what is wanted instead."""

from __future__ import annotations

import numpy as np
import pytest
from junction_layouts import make_layout
from situations import machine_at

from junction.crossing import allowed_beside, stages_over, wish_beside
from junction.errors import InputError
from junction.stage_machine import StageMachine
from junction.surroundings import LevelCrossing, Link, Surroundings
from scenarios.load import load_scenario

LAYOUT = make_layout({"A": ("A",), "B": ("B",), "C": ("C",)})


def crossing(approach_id: str) -> LevelCrossing:
    return LevelCrossing(id="lc", name_en="Gate", name_hi="फाटक", approach_id=approach_id, at_m=70.0)


@pytest.mark.parametrize(
    ("junction_id", "crossing_id", "held_off"),
    [
        # lc_kakadeo (south-west) lies opposite namak_factory (A); who comes down GT Road from the north-west turns
        # right over the rails, on a lane of its own (D, F); those from the south-east turn left beside those that go
        # straight on (B, E).
        ("geeta_nagar", "lc_geeta", {"A", "D", "F"}),
        ("gutaiya", "lc_rave", {"A", "D", "F"}),
        # A T-junction: nobody drives straight on to the gate, and gurudev's right turn leads over it.
        ("sharda_nagar", "lc_nine", {"C"}),
        ("kalyanpur", "lc_panki", {"A", "D", "F"}),
    ],
)
def test_kanpurs_stages_over_the_rails(junction_id: str, crossing_id: str, held_off: set[str]) -> None:
    site = load_scenario("kanpur").sites[junction_id]
    (found,) = site.surroundings.crossings
    assert found.id == crossing_id
    assert {site.layout.stages[s].id for s in stages_over(site.layout, found)} == held_off


def test_every_crossing_of_kanpur_leaves_each_junction_something_to_show() -> None:
    sites = load_scenario("kanpur").sites.values()
    found = {c.id: stages_over(site.layout, c) for site in sites for c in site.surroundings.crossings}
    assert set(found) == {"lc_gumti", "lc_coca", "lc_rave", "lc_geeta", "lc_nine", "lc_panki"}
    assert all(found.values())


def test_a_crossing_that_every_stage_leads_over_holds_off_none() -> None:
    one_way_out = make_layout({"A": ("A",), "B": ("B",)})
    for movement in one_way_out.movements:
        object.__setattr__(movement, "to_approach", "A")
    assert stages_over(one_way_out, crossing("A")) == frozenset()


def test_the_mask_without_what_is_held_off() -> None:
    held_off = frozenset({0})
    assert allowed_beside(np.array([True, True, False]), held_off).tolist() == [False, True, False]
    assert allowed_beside(np.array([True, False, False]), held_off).tolist() == [True, False, False]


def running(stage_id: str, green_for_s: int) -> StageMachine:
    """A, then B, then C for 10 s each, then this one: each stage has waited longer than the one after it."""
    machine = machine_at(LAYOUT, "A", 10)
    for stage in ("B", "C", stage_id):
        for now_ds in range(machine.state.now_ds + 10, machine.state.now_ds + 160, 10):
            machine.tick(now_ds, stage)
    for now_ds in range(machine.state.now_ds + 10, machine.state.now_ds + 10 * green_for_s, 10):
        machine.tick(now_ds, stage_id)
    return machine


@pytest.mark.parametrize(
    ("stage_id", "wanted", "held_off", "wish"),
    [
        ("C", "A", {0}, None),  # what runs stays in the place of what leads over the rails
        ("C", "B", {0}, "B"),
        ("C", None, {0}, None),
        ("A", "A", {0}, "B"),  # what runs leads over them itself: who has waited longest
        ("A", None, {0}, "B"),
        ("A", "B", {0, 1}, "C"),
        ("A", "nonsense", {0}, "B"),
    ],
)
def test_the_wish_by_hand(stage_id: str, wanted: str | None, held_off: set[int], wish: str | None) -> None:
    machine = running(stage_id, 10)
    assert wish_beside(machine.guard, machine.state, wanted, frozenset(held_off)) == wish


def test_within_the_least_green_the_guard_lets_nothing_else_begin() -> None:
    machine = machine_at(LAYOUT, "A", 3)
    assert wish_beside(machine.guard, machine.state, "A", frozenset({0})) == "A"


@pytest.mark.parametrize(
    ("surroundings", "word"),
    [
        (Surroundings(crossings=(crossing("moon"),)), "one of"),
        (Surroundings(links=(Link(approach_id="A", junction_id="J2", length_m=0.0),)), "more than 0 m"),
        (Surroundings(links=(Link(approach_id="A", junction_id="J2", length_m=float("nan")),)), "more than 0 m"),
    ],
)
def test_surroundings_that_do_not_fit_are_refused(surroundings: Surroundings, word: str) -> None:
    with pytest.raises(InputError, match=word):
        surroundings.check(LAYOUT)


def test_the_shortest_of_two_roads_is_the_link() -> None:
    roads = tuple(Link(approach_id=a, junction_id="J2", length_m=m) for a, m in (("A", 900.0), ("B", 400.0)))
    found = Surroundings(links=roads).link_from("J2")
    assert found is not None
    assert found.approach_id == "B"
    assert Surroundings(links=roads).link_from("J3") is None
