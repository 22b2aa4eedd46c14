"""Green corridors: the schedule by hand-computed values, and the wish within the guard on every junction of Kanpur."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junction_layouts import layouts
from junction_layouts import make_layout as make_stages
from situations import machine_at

from junction.corridor import LATE_S, Passage, clear_s, hold_s, passage_wish, plan_passages, prepare_s
from junction.errors import InputError
from junction.guard import Guard
from junction.lamp_audit import LampAudit
from junction.layout import Approach, JunctionLayout, LaneGroup, Movement, SignalGroup, Stage, Turn, conflict_pairs
from junction.observation import observe
from junction.plan import Plan, PlanOrigin, PlanStage, TableEntry, TimeOfDayTable
from junction.plan_policy import PlanPolicy
from junction.policy import Situation
from junction.signals import Lamp, SignalState
from junction.site import Site
from junction.surroundings import Link, Surroundings
from scenarios.load import load_scenario

OPENED_AT = 1_000.0
OPPOSITE = {"n": "s", "s": "n", "e": "w", "w": "e"}


def make_layout(junction_id: str, west: str, east: str) -> JunctionLayout:
    """Arms n, s, `west`, `east`; stages `ns` and `ew`. Amber 3 s, all-red 2 s, least green 7 s, 3,600 PCU an hour."""
    arm = {"n": "n", "s": "s", "w": west, "e": east}
    pairs = [(a, b) for a in ("n", "s") for b in ("e", "w")]
    return JunctionLayout(
        id=junction_id,
        name_en="Test",
        name_hi="परीक्षा",
        lat=26.45,
        lon=80.33,
        thana="Test",
        approaches=tuple(
            Approach(id=arm[a], name_en=a, name_hi=a, bearing_deg=90.0 * i, speed_kmh=40, width_m=7)
            for i, a in enumerate("nesw")
        ),
        lane_groups=tuple(
            LaneGroup(id=f"{a}1", approach_id=arm[a], width_m=7, storage_m=120, saturation_flow_pcu_h=3600)
            for a in "nesw"
        ),
        movements=tuple(
            Movement(
                id=f"{a}_straight",
                from_approach=arm[a],
                to_approach=arm[OPPOSITE[a]],
                turn=Turn.STRAIGHT,
                lane_group_id=f"{a}1",
                group_id=a,
            )
            for a in "nesw"
        ),
        groups=tuple(SignalGroup(id=a, min_green_s=7, max_green_s=60, max_red_s=120, amber_s=3) for a in "nesw"),
        stages=(
            Stage(id="ns", name="North and south", group_ids=("n", "s")),
            Stage(id="ew", name="East and west", group_ids=("e", "w")),
        ),
        conflicts=conflict_pairs(pairs),
        intergreen_s={order: 5.0 for a, b in pairs for order in ((a, b), (b, a))},
        all_red_s=2,
    )


def make_site(layout: JunctionLayout, links: tuple[Link, ...]) -> Site:
    plan = Plan(
        id="today",
        cycle_s=60,
        offset_s=0,
        stages=(PlanStage(stage_id="ns", green_s=25), PlanStage(stage_id="ew", green_s=25)),
        origin=PlanOrigin.TODAY,
    )
    return Site(
        layout=layout,
        plans={"today": plan},
        table=TimeOfDayTable(entries=(TableEntry(from_s=0, plan_id="today"),)),
        isolated_plan_id="today",
        surroundings=Surroundings(links=links),
    )


def row() -> dict[str, Site]:
    """A, B and C from west to east, 600 m and 900 m apart."""
    ab = {"A": "B", "B": "A"}
    return {
        "A": make_site(make_layout("A", "w", "B"), (Link(approach_id="B", junction_id="B", length_m=600),)),
        "B": make_site(
            make_layout("B", "A", "C"),
            (
                Link(approach_id="A", junction_id=ab["B"], length_m=600),
                Link(approach_id="C", junction_id="C", length_m=900),
            ),
        ),
        "C": make_site(make_layout("C", "B", "e"), (Link(approach_id="B", junction_id="B", length_m=900),)),
    }


def plan_row(route: tuple[str, ...] = ("A", "B", "C"), **changes: Any) -> tuple[Passage, ...]:
    asked = {"speed_kmh": 36.0, "opened_at": OPENED_AT, "arrives_in_s": 100.0, "ends_at": OPENED_AT + 600, **changes}
    return plan_passages(row(), route, **asked)


def test_the_schedule_by_hand() -> None:
    """10 m/s: 60 s to B, 90 s more to C. Queue 120 m / 5.5 m × 2 lanes = 43.6 PCU at 1 PCU/s, 2 s lost, 5 s early.

    That would be 50.6 s, but the guard lets `ew` be green for 60 s, of which 10 s are for a late vehicle: 50 s before
    it comes. Before them `ns` may just have begun and another step may come between (7 + 5 + 7), `ew` and `ns` are
    served (5 + 7 + 1 each), and 5 s bring `ew` back: 50 s.
    """
    passages = plan_row()
    assert [p.junction_id for p in passages] == ["A", "B", "C"]
    assert {p.stage_id for p in passages} == {"ew"}
    assert [p.movement_id for p in passages] == ["w_straight"] * 3
    assert [p.arrive_at - OPENED_AT for p in passages] == pytest.approx([100, 160, 250])
    assert [p.green_at - OPENED_AT for p in passages] == pytest.approx([50, 110, 200])
    assert [p.from_at - OPENED_AT for p in passages] == pytest.approx([0, 60, 150])
    assert [p.until_at - p.arrive_at for p in passages] == pytest.approx([10, 10 + 15, 10 + 37.5])
    layout = row()["A"].layout
    assert clear_s(layout, layout.movements[3]) == pytest.approx(2 + 120 / 5.5 * 2 + 5)
    assert prepare_s(layout, 1) == pytest.approx(50)
    assert hold_s(layout, 1) == pytest.approx(60)


def test_how_long_a_stage_can_be_held_by_hand() -> None:
    """Three stages of one group, least green 7 s, change 5 s, red at most 120 s.

    A ends, B and C are served (7 + 1 each with 5 s to change), A comes back: B is red for 5 + 8 + 5 = 18 s then, C for
    5 s. B comes 5 s after A's end, C 5 + 7 + 2 + 5 = 19 s after it: 120 - 18 - 5 - 1 = 96 s for B, 120 - 5 - 19 - 1 for
    C.
    """
    three = make_stages({"A": ("A",), "B": ("B",), "C": ("C",)}, max_green_s=300.0)
    assert hold_s(three, 0) == pytest.approx(95)
    assert hold_s(make_stages({"A": ("A",), "B": ("B",), "C": ("C",)}, max_green_s=60.0), 0) == pytest.approx(60)
    assert hold_s(make_stages({"A": ("A",)}, max_green_s=60.0), 0) == pytest.approx(60)
    assert prepare_s(make_stages({"A": ("A",)}), 0) == pytest.approx(7)


def test_nothing_begins_before_it_was_asked_for_or_lasts_beyond_its_end() -> None:
    first, second, third = plan_row(arrives_in_s=0.0, ends_at=OPENED_AT + 160)
    assert (first.from_at, first.green_at, first.arrive_at) == (OPENED_AT, OPENED_AT, OPENED_AT)
    assert second.from_at == OPENED_AT
    assert second.green_at == pytest.approx(OPENED_AT + 60 - 50)
    assert third.until_at == OPENED_AT + 160


def test_the_way_back_runs_over_the_other_arms() -> None:
    passages = plan_row(("C", "B", "A"))
    assert [p.movement_id for p in passages] == ["e_straight"] * 3
    assert [p.arrive_at - OPENED_AT for p in passages] == pytest.approx([100, 190, 250])


@pytest.mark.parametrize(
    ("route", "changes", "field", "word"),
    [
        (("A", "X"), {}, "route.1", "a junction of this city"),
        (("A", "C"), {}, "route.1", "a neighbour of A"),
        (("A", "B"), {"from_approach": "n"}, "route.0", "a way through A from n to B"),
        (("A", "B"), {"to_approach": "moon"}, "route.1", "from A to moon"),
        (("A", "B", "C"), {"ends_at": OPENED_AT + 200}, "ttl_s", "more than 250 s, when the vehicle comes to C"),
    ],
)
def test_a_way_that_cannot_be_had_is_refused(
    route: tuple[str, ...], changes: dict[str, Any], field: str, word: str
) -> None:
    with pytest.raises(InputError, match=word) as refused:
        plan_row(route, **changes)
    assert refused.value.field == field


PASSAGE = Passage(
    junction_id="A",
    movement_id="w_straight",
    stage_id="ew",
    from_at=100.0,
    green_at=150.0,
    arrive_at=200.0,
    until_at=210.0,
)
GUARD = Guard(make_layout("A", "w", "B"))


def lamps(stage: int, now_s: float, elapsed_s: float, *, in_transition: bool = False) -> SignalState:
    """That stage green for so long, the other one ended 5 s before it."""
    now_ds, since_ds = round(now_s * 10), round((now_s - elapsed_s) * 10)
    green = {0: (0, 2), 1: (1, 3)}[stage]
    return SignalState(
        now_ds=now_ds,
        lamps=tuple(Lamp.GREEN if g in green else Lamp.RED for g in range(4)),
        since_ds=tuple(since_ds if g in green else since_ds - 20 for g in range(4)),
        green_end_ds=tuple(since_ds - 600 if g in green else since_ds - 50 for g in range(4)),
        stage=stage,
        stage_since_ds=since_ds,
        in_transition=in_transition,
    )


@pytest.mark.parametrize(
    ("stage", "now_s", "elapsed_s", "wish"),
    [
        (0, 100, 7, "ew"),  # 50 s: enough for its own stage, the others and back (5 + 8 + 5 + 8 + 5 = 31 s)
        (0, 100, 6, "ns"),  # not before the others' least green
        (0, 119, 30, "ew"),  # 31 s left, just enough
        (0, 120, 30, "ns"),  # 30 s left: its own would end too late, so the others stay
        (0, 143, 30, "ns"),
        (0, 145, 30, "ew"),  # 5 s to change
        (1, 110, 20, "ew"),  # held until the others must be served: 5 + 8 + 5 = 18 s before
        (1, 130, 20, "ew"),
        (1, 132, 20, "ns"),
        (1, 134, 20, "ew"),  # too late for the others: they were green last
        (1, 160, 20, "ew"),
        (0, 160, 1, "ew"),  # its time has come; the guard lets the others have their least green
    ],
)
def test_the_wish_by_hand(stage: int, now_s: float, elapsed_s: float, wish: str) -> None:
    assert passage_wish(GUARD, PASSAGE, lamps(stage, now_s, elapsed_s)) == wish


def test_a_change_under_way_is_left_alone() -> None:
    assert passage_wish(GUARD, PASSAGE, lamps(0, 105, 0, in_transition=True)) == "ns"


def test_a_passage_covers_its_time_only() -> None:
    assert [PASSAGE.covers(at) for at in (99.9, 100.0, 209.9, 210.0)] == [False, True, True, False]
    assert PASSAGE.fits(GUARD.layout)
    assert not replace(PASSAGE, stage_id="gone").fits(GUARD.layout)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), data=st.data())
def test_nothing_unsafe_on_any_junction(layout: JunctionLayout, data: st.DataObject) -> None:
    """Whatever ran before, and however short the notice: the guard rules, and the independent checker finds nothing."""
    stage = data.draw(st.sampled_from(layout.stages)).id
    machine = machine_at(layout, data.draw(st.sampled_from(layout.stages)).id, data.draw(st.integers(0, 40)))
    from_s = machine.state.now_ds / 10
    green_s = from_s + data.draw(st.floats(0, 120))
    passage = replace(
        PASSAGE, stage_id=stage, from_at=from_s, green_at=green_s, arrive_at=green_s + 40, until_at=green_s + 70
    )
    audit = LampAudit(layout, 1.0)
    for now_ds in range(round(from_s * 10), round(passage.until_at * 10) + 600, 10):
        machine.tick(now_ds, passage_wish(machine.guard, passage, machine.state))
        audit.feed(now_ds / 10, tuple(str(lamp) for lamp in machine.state.lamps))
    assert audit.finish() == ()


def kanpur_pairs() -> list[tuple[str, str]]:
    sites = load_scenario("kanpur").sites
    return [(there.junction_id, here) for here, site in sites.items() for there in site.surroundings.links]


def test_kanpurs_links_are_those_of_its_table() -> None:
    sites = load_scenario("kanpur").sites
    assert len(kanpur_pairs()) == 2 * 56
    link = sites["rawatpur"].surroundings.link_from("geeta_nagar")
    assert link is not None
    assert (link.approach_id, link.length_m) == ("geeta_nagar", 1096.0)


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_every_way_into_every_junction_of_kanpur_is_green_when_the_vehicle_comes(phase: int) -> None:
    """From today's plan (its longest red is near the limit), a sixth of the ways at each of three points of its cycle:
    green when the vehicle comes and 8 s longer; nothing unsafe before, in it or after it."""
    sites = load_scenario("kanpur").sites
    for before, here in kanpur_pairs()[phase::6]:
        way = plan_passages(
            sites, (before, here), speed_kmh=40, opened_at=0.0, arrives_in_s=250.0 + 37 * phase, ends_at=3_000.0
        )[1]
        layout, policy = sites[here].layout, PlanPolicy("fixed", {here: sites[here]}, today)
        group = layout.group_index[next(m for m in layout.movements if m.id == way.movement_id).group_id]
        machine = machine_at(layout, layout.stages[0].id, 0)
        audit, red_s = LampAudit(layout, 1.0), []
        for now_ds in range(machine.state.now_ds, round(way.until_at * 10) + 900, 10):
            now_s = now_ds / 10
            if way.covers(now_s):
                wish = passage_wish(machine.guard, way, machine.state)
            else:
                observation = observe(layout, {}, machine.state, now_s)
                situation = Situation(layout=layout, observation=observation, allowed=machine.allowed())
                wish = policy.propose([situation])[0].stage_id
            machine.tick(now_ds, wish)
            audit.feed(now_s, tuple(str(lamp) for lamp in machine.state.lamps))
            if 0 <= now_s - way.arrive_at <= LATE_S - 2 and machine.state.lamps[group] is not Lamp.GREEN:
                red_s.append(now_s - way.arrive_at)
        assert not red_s, f"{here} from {before}: red {red_s} s after the vehicle came"
        assert audit.finish() == (), here


def today(site: Site, _time_s: float) -> Plan:
    return site.plans[f"{site.layout.id}.today"]
