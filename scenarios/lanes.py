"""How an approach's lanes are shared among its movements, and the connections that follow for a street's fidelity.

An approach of two or more lanes a direction that has both a right turn and another movement opens an exclusive
right-turn bay of one lane at its mouth; every other approach is one shared lane group. Lanes count from the kerb
(left-hand traffic: lane 0 is the leftmost), as SUMO counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from junction.layout import Turn
from scenarios.town import Arm

STRAIGHT_DEG = 45.0
"""A path that bends less than this is straight on."""


@dataclass(frozen=True, kw_only=True)
class Exit:
    """One way out of an approach. `bend_deg` is negative to the left."""

    arm: Arm
    turn: Turn
    bend_deg: float


@dataclass(frozen=True, kw_only=True)
class LaneUse:
    """One lane group's exits, left to right, and its real lanes at the mouth. `suffix` names the signal group."""

    suffix: str
    exits: tuple[Exit, ...]
    first_lane: int
    lanes: int


@dataclass(frozen=True, kw_only=True)
class Connection:
    """From a lane of the approach to a lane of the road out, in lanes of the street's fidelity."""

    from_lane: int
    to_arm: str
    to_lane: int


def exits_of(arm: Arm, arms: Sequence[Arm]) -> tuple[Exit, ...]:
    """Every way out of `arm` but back, from left to right."""
    heading = arm.bearing_deg + 180
    exits = []
    for out in arms:
        if out.id == arm.id:
            continue
        bend = (out.bearing_deg - heading + 180) % 360 - 180
        turn = Turn.STRAIGHT if abs(bend) <= STRAIGHT_DEG else Turn.RIGHT if bend > 0 else Turn.LEFT
        exits.append(Exit(arm=out, turn=turn, bend_deg=bend))
    return tuple(sorted(exits, key=lambda e: e.bend_deg))


def lane_uses(arm: Arm, arms: Sequence[Arm]) -> tuple[LaneUse, ...]:
    """The approach's lane groups: left + straight and right where there is a bay, else one for all."""
    exits = exits_of(arm, arms)
    rights = tuple(e for e in exits if e.turn is Turn.RIGHT)
    others = tuple(e for e in exits if e.turn is not Turn.RIGHT)
    lanes = arm.road.lanes_per_dir
    if lanes >= 2 and rights and others:
        return (
            LaneUse(suffix="s", exits=others, first_lane=0, lanes=lanes),
            LaneUse(suffix="r", exits=rights, first_lane=lanes, lanes=1),
        )
    return (LaneUse(suffix="a", exits=exits, first_lane=0, lanes=lanes),)


def connections(use: LaneUse, lanes_per_lane: int) -> list[Connection]:
    """Connections of one lane group that never cross each other, every lane used, with `lanes_per_lane` a real lane.

    The main exit (the straight one, else the first) may use every lane; each exit to its left takes one lane from
    the kerb, each to its right one from the middle. Where the main road out is narrower than the approach, the
    lanes in excess go to the neighbouring turn.
    """
    lanes, first = use.lanes * lanes_per_lane, use.first_lane * lanes_per_lane
    main = next((i for i, e in enumerate(use.exits) if e.turn is Turn.STRAIGHT), 0)
    lefts, rights = main, len(use.exits) - 1 - main
    spans: list[tuple[int, int]] = []
    for i in range(len(use.exits)):
        if i < main:
            spans.append((min(i, lanes - 1),) * 2)
        elif i > main:
            spans.append((max(lanes - len(use.exits) + i, 0),) * 2)
        else:
            spans.append((min(max(lefts - 1, 0), lanes - 1), max(lanes - 1 - max(rights - 1, 0), 0)))
    excess = spans[main][1] - spans[main][0] + 1 - use.exits[main].arm.road.lanes_per_dir * lanes_per_lane
    if excess > 0 and lefts:
        spans[main - 1] = (spans[main - 1][0], spans[main - 1][1] + excess)
        spans[main] = (spans[main][0] + excess, spans[main][1])
    elif excess > 0 and rights:
        spans[main + 1] = (spans[main + 1][0] - excess, spans[main + 1][1])
        spans[main] = (spans[main][0], spans[main][1] - excess)
    made = []
    for way, (low, high) in zip(use.exits, spans, strict=True):
        out = way.arm.road.lanes_per_dir * lanes_per_lane
        for lane in range(low, high + 1):
            to_lane = _lane_out(lane, low, high, out, way.turn)
            made.append(Connection(from_lane=first + lane, to_arm=way.arm.id, to_lane=to_lane))
    return made


def _lane_out(lane: int, low: int, high: int, out: int, turn: Turn) -> int:
    count = high - low + 1
    if count > out:
        return (lane - low) * out // count
    right_aligned = turn is Turn.RIGHT or (turn is Turn.STRAIGHT and low > 0)
    return out - count + lane - low if right_aligned else lane - low
