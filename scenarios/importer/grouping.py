"""Signal groups and stages of a foreign signal.

Where the network has a program, its green phases are the stages, and links of one road that are green in the same
phases are a group. Two groups that the program never shows green together conflict, whether or not their paths
cross: nothing becomes possible that the network's own program does not do. Where it has none, links of one road
that share lanes are a group, groups whose links meet conflict, and stages are the largest sets without a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from junction.encoding import MAX_STAGES
from junction.errors import ScenarioError
from junction.layout import conflict_pairs
from scenarios.importer.names import safe_id
from scenarios.importer.signal import Program, Signal

_GREEN = frozenset("Gg")


@dataclass(frozen=True, kw_only=True)
class Group:
    """Link indices that change together. `edge` is the road (or crossing) that they come from."""

    id: str
    edge: str
    indices: tuple[int, ...]
    pedestrian: bool


@dataclass(frozen=True, kw_only=True)
class Step:
    """One green phase of the network's program: its groups, its seconds, and the seconds of change before it."""

    groups: frozenset[str]
    green_s: float
    change_s: float


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """`free` indices obey no group; `turn_on_red` ones may go on red after a stop. `steps` is the own program, in
    order, from `offset_s` after midnight; empty where the network has none."""

    groups: tuple[Group, ...]
    stages: tuple[frozenset[str], ...]
    conflicts: frozenset[tuple[str, str]]
    free: tuple[int, ...]
    turn_on_red: tuple[int, ...]
    steps: tuple[Step, ...]
    offset_s: float

    @property
    def group_links(self) -> dict[str, tuple[int, ...]]:
        return {group.id: group.indices for group in self.groups}


def group_signal(signal: Signal) -> Grouping:
    """Raises ScenarioError, with the reason, for a signal that cannot be controlled stage by stage."""
    return _generated(signal) if signal.program is None else _from_program(signal, signal.program)


def _from_program(signal: Signal, program: Program) -> Grouping:
    where = f"signal {signal.tls_id}.program"
    green_phases = [state for _, state in program.phases if _GREEN & set(state) and not set("yYu") & set(state)]
    if not green_phases:
        raise ScenarioError(where, expected="a green phase", got=[state for _, state in program.phases])
    pattern = {i: tuple(state[i] in _GREEN for state in green_phases) for i in signal.ways_of}
    dark = {i for i in signal.ways_of if any(state[i] in "oO" for _, state in program.phases)}
    free = {i for i, lit in pattern.items() if all(lit)} | {
        i for i in dark if all(state[i] in "oO" for _, state in program.phases)
    }
    if dark - free:
        raise ScenarioError(where, expected="links that never flash between greens", got=sorted(dark - free))
    closed = sorted(i for i, lit in pattern.items() if not any(lit) and i not in free)
    if closed:
        raise ScenarioError(where, expected="green for every link in some phase", got=f"never for links {closed}")
    keys = {i: pattern[i] for i in signal.ways_of if i not in free}
    groups = _groups(signal, keys)
    lit = [frozenset(g.id for g in groups if pattern[g.indices[0]][n]) for n in range(len(green_phases))]
    stages = _with_escapes(where, [stage for stage in dict.fromkeys(lit) if stage])
    together = {pair for stage in stages for pair in combinations(sorted(stage), 2)}
    steps, offset_s = _steps(program, groups)
    return Grouping(
        groups=groups,
        stages=_best(stages, {g.id: float(len(g.indices)) for g in groups}),
        conflicts=conflict_pairs(
            pair for pair in combinations(sorted(g.id for g in groups), 2) if pair not in together
        ),
        free=tuple(sorted(free | (set(range(signal.link_count)) - set(signal.ways_of)))),
        turn_on_red=tuple(i for i in sorted(keys) if any(state[i] == "s" for state in green_phases)),
        steps=steps,
        offset_s=offset_s,
    )


def _steps(program: Program, groups: Sequence[Group]) -> tuple[tuple[Step, ...], float]:
    """The program's greens in order, and when, modulo the cycle, the change to the first of them begins."""
    found: list[Step] = []
    change_s = head_s = 0.0
    for seconds, state in program.phases:
        lit = frozenset(g.id for g in groups if state[g.indices[0]] in _GREEN)
        if not lit or set("yYu") & set(state):
            change_s += seconds
        elif found and not change_s and found[-1].groups == lit:
            found[-1] = Step(groups=lit, green_s=found[-1].green_s + seconds, change_s=found[-1].change_s)
        else:
            found.append(Step(groups=lit, green_s=seconds, change_s=change_s))
            change_s = 0.0
    head_s = change_s
    first = found[0]
    found[0] = Step(groups=first.groups, green_s=first.green_s, change_s=first.change_s + head_s)
    return tuple(found), program.offset_s - head_s


def _generated(signal: Signal) -> Grouping:
    lanes_of = {i: frozenset(way.from_lane for way in ways) for i, ways in signal.ways_of.items()}
    parent = {i: i for i in lanes_of}
    for a, b in combinations(lanes_of, 2):
        if lanes_of[a] & lanes_of[b] and parent[a] != parent[b]:
            old, new = parent[b], parent[a]
            parent = {i: new if root == old else root for i, root in parent.items()}
    groups = _groups(signal, {i: (parent[i],) for i in parent})
    group_of = {i: g.id for g in groups for i in g.indices}
    conflicts = conflict_pairs((group_of[a], group_of[b]) for a, b in signal.foes if group_of[a] != group_of[b])
    stages = _with_escapes(f"signal {signal.tls_id}", list(maximal_sets([g.id for g in groups], conflicts)))
    return Grouping(
        groups=groups,
        stages=_best(stages, {g.id: float(len(g.indices)) for g in groups}),
        conflicts=conflicts,
        free=tuple(sorted(set(range(signal.link_count)) - set(signal.ways_of))),
        turn_on_red=(),
        steps=(),
        offset_s=0.0,
    )


def _groups(signal: Signal, key_of: Mapping[int, tuple[object, ...]]) -> tuple[Group, ...]:
    """Indices of the same roads and key are a group. Named by the road, with a letter where it has several."""
    members: dict[tuple[object, ...], list[int]] = {}
    for index, key in key_of.items():
        ways = signal.ways_of[index]
        edges = tuple(sorted({way.from_edge for way in ways}))
        members.setdefault((edges, ways[0].pedestrian, *key), []).append(index)
    made = []
    used: dict[str, int] = {}
    for indices in sorted(members.values()):
        first = signal.ways_of[indices[0]][0]
        name = safe_id(first.from_edge)
        number = used[name] = used.get(name, 0) + 1
        made.append(
            Group(
                id=name if number == 1 else f"{name}.{number}",
                edge=first.from_edge,
                indices=tuple(indices),
                pedestrian=first.pedestrian,
            )
        )
    return tuple(made)


def _with_escapes(where: str, stages: list[frozenset[str]]) -> list[frozenset[str]]:
    """The stages, each with another that shares no group with it: where there was none, the largest part of another
    stage that does not (a part of what may be green together may be green together). One that has none is dropped."""
    found = list(stages)
    for stage in stages:
        if any(not stage & other for other in found):
            continue
        rest = max((other - stage for other in stages), key=len, default=frozenset[str]())
        if rest and rest not in found:
            found.append(rest)
    kept = [stage for stage in found if any(not stage & other for other in found)]
    lost = frozenset[str]().union(*stages) - frozenset[str]().union(*kept)
    if len(kept) < 2 or lost:
        raise ScenarioError(
            where,
            expected="two stages or more, each with another that shares no green with it",
            got=[sorted(stage) for stage in stages][:3],
        )
    return kept


def _best(stages: Sequence[frozenset[str]], weight: Mapping[str, float]) -> tuple[frozenset[str], ...]:
    """At most MAX_STAGES of them: first so that every group is served and every stage has an escape, then by weight."""
    if len(stages) <= MAX_STAGES:
        return tuple(stages)
    chosen: list[frozenset[str]] = []
    served: set[str] = set()
    everything = frozenset[str]().union(*stages)
    while served < everything:
        best = max(stages, key=lambda stage: (sum(weight[g] for g in stage - served), -stages.index(stage)))
        chosen.append(best)
        served |= best
    for stage in list(chosen):
        if not any(not stage & other for other in chosen):
            chosen.append(next(other for other in stages if not stage & other))
    for stage in sorted(stages, key=lambda stage: (-sum(weight[g] for g in stage), stages.index(stage))):
        if len(chosen) < MAX_STAGES and stage not in chosen and any(not stage & other for other in chosen):
            chosen.append(stage)
    if len(chosen) > MAX_STAGES:
        raise ScenarioError("stages", expected=f"at most {MAX_STAGES} that serve every group", got=len(chosen))
    return tuple(stage for stage in stages if stage in chosen)


def maximal_sets(groups: Sequence[str], conflicts: frozenset[tuple[str, str]]) -> list[frozenset[str]]:
    """Every conflict-free set of groups that cannot grow, in a fixed order (Bron and Kerbosch 1973, with pivot)."""
    friends = {a: {b for b in groups if a != b and (min(a, b), max(a, b)) not in conflicts} for a in groups}
    found: list[frozenset[str]] = []

    def grow(chosen: frozenset[str], open_: set[str], seen: set[str]) -> None:
        if not open_ and not seen:
            found.append(chosen)
            return
        pivot = max(sorted(open_ | seen), key=lambda a: len(friends[a] & open_))
        for a in sorted(open_ - friends[pivot]):
            grow(chosen | {a}, open_ & friends[a], seen & friends[a])
            open_ = open_ - {a}
            seen = seen | {a}

    grow(frozenset(), set(groups), set())
    order = {group: position for position, group in enumerate(groups)}
    return sorted(found, key=lambda stage: (-len(stage), sorted(order[g] for g in stage)))
