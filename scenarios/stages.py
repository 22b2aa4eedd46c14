"""Stages generated from conflicts: one for each arm, then the best combinations that cross arms, eight at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from string import ascii_uppercase

from junction.layout import Stage, Turn
from scenarios.lanes import LaneUse, lane_uses
from scenarios.town import Arm

MAX_STAGES = 8


def stages(
    arms: Sequence[Arm], conflicts: frozenset[tuple[str, str]], weight: Mapping[str, float]
) -> tuple[Stage, ...]:
    """Stages in a fixed order: the arms clockwise, then combinations by the weight that they serve, the most first.

    A combination is a set of groups without a conflict that no other group can join. One that leaves no other
    stage to go to (every other stage shares a group with it) is left out.
    """
    groups_of = {arm.id: tuple(f"{arm.id}_{use.suffix}" for use in lane_uses(arm, tuple(arms))) for arm in arms}
    names = {
        f"{arm.id}_{use.suffix}": f"{arm.name_en} {_words(use)}" for arm in arms for use in lane_uses(arm, tuple(arms))
    }
    chosen = [groups_of[arm.id] for arm in arms]
    titles = [f"{arm.name_en}: whole arm" for arm in arms]
    order = {group: index for index, group in enumerate(g for groups in groups_of.values() for g in groups)}
    combos = sorted(
        (tuple(sorted(combo, key=order.__getitem__)) for combo in _maximal(list(order), conflicts)),
        key=lambda combo: (-sum(weight[g] for g in combo), [order[g] for g in combo]),
    )
    for combo in combos:
        if len(chosen) == MAX_STAGES:
            break
        has_escape = any(not set(groups) & set(combo) for groups in groups_of.values())
        if set(combo) not in [set(groups) for groups in chosen] and has_escape:
            chosen.append(combo)
            titles.append("; ".join(names[g] for g in combo))
    return tuple(
        Stage(id=ascii_uppercase[index], name=title, group_ids=groups)
        for index, (groups, title) in enumerate(zip(chosen, titles, strict=True))
    )


def _words(use: LaneUse) -> str:
    if use.suffix == "a":
        return "all"
    turns = {way.turn for way in use.exits}
    return " + ".join(turn.value for turn in (Turn.STRAIGHT, Turn.LEFT, Turn.RIGHT) if turn in turns)


def _maximal(groups: Sequence[str], conflicts: frozenset[tuple[str, str]]) -> Iterator[frozenset[str]]:
    """Every conflict-free set of groups that cannot grow; a junction has few groups, so all sets are tried."""
    free = [
        frozenset(combo)
        for size in range(1, len(groups) + 1)
        for combo in combinations(groups, size)
        if not any((min(a, b), max(a, b)) in conflicts for a, b in combinations(combo, 2))
    ]
    return (a for a in free if not any(a < b for b in free))
