"""Groups, stages and conflicts from a network's own program, and generated where it has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from junction.errors import ScenarioError
from junction.layout import Turn
from scenarios.importer.grouping import group_signal, maximal_sets
from scenarios.importer.names import safe_id
from scenarios.importer.signal import Program, Signal, Way

# Two roads, each with a straight (0, 2) and a turn across (1, 3); west-east goes straight over north's straight.
EDGES = ("north", "north", "west", "west")


def signal(*phases: tuple[float, str], foes: tuple[tuple[int, int], ...] = (), offset_s: float = 0.0) -> Signal:
    count = len(phases[0][1]) if phases else len(EDGES)
    ways = tuple(
        Way(
            index=i,
            node_id="n",
            request_index=i,
            from_edge=EDGES[i % 4],
            to_edge=f"out{i}",
            from_lane=f"{EDGES[i % 4]}_{i}",
            turn=Turn.STRAIGHT,
            path=((0.0, 0.0), (10.0, 0.0)),
        )
        for i in range(count)
    )
    program = Program(kind="static", offset_s=offset_s, phases=phases) if phases else None
    return Signal(
        tls_id="t", link_count=count, ways=ways, meeting=frozenset(foes), yielding={}, program=program
    )  # fmt: skip


def test_own_green_phases_are_the_stages_and_never_green_together_is_a_conflict() -> None:
    grouping = group_signal(signal((30, "GGrr"), (3, "yGrr"), (6, "rGrr"), (3, "ryrr"), (30, "rrGG"), (3, "rryy")))
    assert grouping.group_links == {"north": (0,), "north.2": (1,), "west": (2, 3)}
    assert set(grouping.stages) == {frozenset({"north", "north.2"}), frozenset({"north.2"}), frozenset({"west"})}
    assert grouping.conflicts == {("north", "west"), ("north.2", "west")}
    assert [(sorted(s.groups), s.change_s, s.green_s) for s in grouping.steps] == [
        (["north", "north.2"], 3, 30),
        (["north.2"], 3, 6),
        (["west"], 3, 30),
    ]


def test_the_change_before_the_first_green_moves_the_offset() -> None:
    # The cycle begins with the change to its first stage: 3 s before second 20 of the day.
    assert group_signal(signal((30, "GGrr"), (3, "yyrr"), (30, "rrGG"), (3, "rryy"), offset_s=20)).offset_s == 17


def test_always_green_is_free_and_a_turn_on_red_is_red() -> None:
    grouping = group_signal(signal((30, "GGrs"), (3, "Gyrs"), (30, "GrGG"), (3, "Gryy")))
    assert grouping.free == (0,)
    assert grouping.turn_on_red == (3,)
    assert grouping.group_links == {"north": (1,), "west": (2, 3)}


def test_a_stage_that_shares_a_green_with_every_other_gets_an_escape() -> None:
    # North's straight stays green from A to B, west's turn from A to C: A could never end.
    phases = ((20, "GrrG"), (3, "Grry"), (20, "GGrr"), (3, "yyrr"), (20, "rrGG"), (3, "rryy"))
    grouping = group_signal(signal(*phases))
    for stage in grouping.stages:
        assert any(not stage & other for other in grouping.stages)
    allowed = [frozenset({"north", "west.2"}), frozenset({"north", "north.2"}), frozenset({"west", "west.2"})]
    assert all(any(stage <= own for own in allowed) for stage in grouping.stages)


@pytest.mark.parametrize(
    ("phases", "why"),
    [
        (((60, "GGGG"),), "two stages"),
        (((60, "GGrr"), (3, "yyrr")), "never for links"),
        (((60, "rrrr"),), "a green phase"),
        (((30, "GGrr"), (3, "oorr"), (30, "rrGG")), "flash"),
    ],
)
def test_what_cannot_be_controlled_says_why(phases: tuple[tuple[float, str], ...], why: str) -> None:
    with pytest.raises(ScenarioError, match=why):
        group_signal(signal(*phases))


def test_without_a_program_stages_are_the_largest_sets_without_foes() -> None:
    grouping = group_signal(signal(foes=((0, 2), (0, 3), (1, 2))))
    assert grouping.conflicts == {("north", "west"), ("north", "west.2"), ("north.2", "west")}
    assert set(grouping.stages) == {
        frozenset({"north", "north.2"}),
        frozenset({"west", "west.2"}),
        frozenset({"north.2", "west.2"}),
        frozenset({"north"}),  # what the two turns together can change to
    }
    assert grouping.steps == ()


@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda p: p[0] < p[1])))
def test_maximal_sets_are_conflict_free_and_cannot_grow(pairs: set[tuple[int, int]]) -> None:
    groups = [str(i) for i in range(9)]
    conflicts = frozenset((str(a), str(b)) for a, b in pairs)

    def free(members: frozenset[str]) -> bool:
        return not any(a in members and b in members for a, b in conflicts)

    found = maximal_sets(groups, conflicts)
    assert len(set(found)) == len(found)
    assert frozenset().union(*found) == set(groups)
    for members in found:
        assert free(members)
        assert not any(free(members | {other}) for other in set(groups) - members)


@pytest.mark.parametrize("raw", ["-130160207#0", "gneE 12/3", "सड़क", "x" * 90, "", "plain_1"])
def test_safe_ids_are_ids_and_differ(raw: str) -> None:
    made = safe_id(raw)
    assert made == safe_id(raw)
    assert 0 < len(made) <= 40
    assert made[0].isalnum() and made.isascii()
    assert safe_id(raw + "'") != made
