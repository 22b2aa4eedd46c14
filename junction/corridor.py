"""A green corridor: when each junction on a vehicle's way gives it green, and what the junction does until then.

    from_at     from here on every group is served, the corridor's first, each for its minimum green: then none of the
                others comes to its maximum red while the corridor's green lasts
    green_at    the corridor's stage is green: early enough for a queue as long as a camera sees to be gone, where the
                guard can let it be green for so long
    arrive_at   the vehicle is at the stop line, at the speed that was given
    until_at    the junction goes back to what timed it before; later where the way there was longer

Nothing here moves a lamp: `passage_wish` is a wish like a policy's, and the guard rules on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from junction.errors import InputError
from junction.guard import Guard
from junction.layout import JunctionLayout, Movement, Turn, deciseconds
from junction.rescue import LATE_DS, TICK_DS
from junction.signals import SignalState
from junction.site import Site
from junction.vehicle import JAM_M_PER_PCU, LANE_M

"""Width of a lane that queues (IRC:86-1983)."""
START_LOST_S = 2.0
"""Green that passes before a queue discharges at saturation flow (HCM 2000, chapter 16)."""
EARLY_S = 5.0
"""How much sooner than worked out the vehicle may come."""
LATE_S, LATE_SHARE = 10.0, 0.25
"""How much later it may come: so much, and a quarter of its way from the first junction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """One junction's part of a corridor. Times are Unix seconds, in this order."""

    junction_id: str
    movement_id: str
    stage_id: str
    from_at: float
    green_at: float
    arrive_at: float
    until_at: float

    def covers(self, now_s: float) -> bool:
        """Whether the junction is the corridor's now."""
        return self.from_at <= now_s < self.until_at

    def fits(self, layout: JunctionLayout) -> bool:
        """Whether the junction, whose site may have changed since, still has this stage."""
        return self.stage_id in layout.stage_index


def plan_passages(
    sites: Mapping[str, Site],
    route: Sequence[str],
    *,
    speed_kmh: float,
    opened_at: float,
    arrives_in_s: float,
    ends_at: float,
    from_approach: str | None = None,
    to_approach: str | None = None,
) -> tuple[Passage, ...]:
    """The passages of a vehicle that is at the stop line of the first of `route` in `arrives_in_s`.

    It comes in on `from_approach` of the first junction and leaves the last one towards `to_approach`; None: straight
    on. No passage begins before `opened_at` or lasts beyond `ends_at`. Raises InputError, its field `route.N` from 0,
    for a junction that is not there, two that no road joins, a way through that no stage serves, and a vehicle that
    would not be through by `ends_at`.
    """
    for place, junction_id in enumerate(route):
        if junction_id not in sites:
            raise InputError(f"route.{place}", expected="a junction of this city", got=junction_id)
    came_by, distances_m = [from_approach], [0.0]
    for place, (here, there) in enumerate(pairwise(route)):
        link = sites[there].surroundings.link_from(here)
        if link is None:
            raise InputError(
                f"route.{place + 1}", expected=f"a neighbour of {here}, by a road of known length", got=there
            )
        came_by.append(link.approach_id)
        distances_m.append(distances_m[-1] + link.length_m)
    # An arm that only leads away (a one-way road) is no approach: it goes by the neighbour's id.
    leaves_by: list[str | None] = [
        road.approach_id if (road := sites[here].surroundings.link_from(there)) is not None else there
        for here, there in pairwise(route)
    ]
    passages = []
    for place, (junction_id, to_id) in enumerate(zip(route, [*leaves_by, to_approach], strict=True)):
        layout = sites[junction_id].layout
        movement = _movement(layout, came_by[place], to_id, f"route.{place}")
        drive_s = distances_m[place] / (speed_kmh / 3.6)
        arrive_at = opened_at + arrives_in_s + drive_s
        if arrive_at >= ends_at:
            raise InputError(
                "ttl_s",
                expected=f"more than {arrive_at - opened_at:.0f} s, when the vehicle comes to {junction_id}",
                got=ends_at - opened_at,
            )
        stage = _stage_for(layout, movement)
        # A green that lasts until the vehicle has come is worth more than a queue that is surely gone.
        green_at = arrive_at - min(clear_s(layout, movement), max(0.0, hold_s(layout, stage) - LATE_S))
        passages.append(
            Passage(
                junction_id=junction_id,
                movement_id=movement.id,
                stage_id=layout.stages[stage].id,
                from_at=max(opened_at, green_at - prepare_s(layout, stage)),
                green_at=max(opened_at, green_at),
                arrive_at=arrive_at,
                until_at=min(ends_at, arrive_at + LATE_S + LATE_SHARE * drive_s),
            )
        )
    return tuple(passages)


def clear_s(layout: JunctionLayout, movement: Movement) -> float:
    """Seconds of green until a queue as long as the movement's camera sees has gone, and the vehicle may come early."""
    group = layout.lane_groups[layout.lane_group_index[movement.lane_group_id]]
    queue_pcu = group.storage_m / JAM_M_PER_PCU * max(1.0, group.width_m / LANE_M)
    return START_LOST_S + queue_pcu / (group.saturation_flow_pcu_h / 3600) + EARLY_S


def prepare_s(layout: JunctionLayout, stage: int) -> float:
    """Seconds that it takes at most to end whatever runs, serve this stage and then every other group once, and come
    back to it; with one step that the guard may put in for a group that has been red for long."""
    others = _others(layout, stage)
    if not others:
        return _min_ds(layout, stage) / 10
    longest_ds = max(
        _length_ds(layout, other, [stage, *others], stage) + 2 * _min_ds(layout, other) for other in others
    )
    return (longest_ds + max(layout.intergreen_ds.values(), default=0)) / 10


def hold_s(layout: JunctionLayout, stage: int) -> float:
    """Seconds that this stage can stay green once the others have been served, by the limits that the guard keeps.

    The guard ends it by its maximum green, and early enough for each of the others, served in the same order again, to
    be green before its maximum red.
    """
    others = _others(layout, stage)
    limit_ds = min(deciseconds(layout.groups[g].max_green_s) for g in layout.stage_groups[stage])
    wait_ds = 0
    for place, (before, other) in enumerate(pairwise((stage, *others))):
        wait_ds += _change_ds(layout, before, other)
        red_ds = _length_ds(layout, other, others[place + 1 :], stage)
        max_red_ds = min(deciseconds(layout.groups[g].max_red_s) for g in layout.stage_groups[other])
        limit_ds = min(limit_ds, max_red_ds - red_ds - wait_ds - TICK_DS)
        wait_ds += _min_ds(layout, other) + LATE_DS
    return max(0, limit_ds) / 10


def passage_wish(guard: Guard, passage: Passage, signals: SignalState) -> str:
    """The stage that the corridor wants now. `signals.now_ds` counts Unix tenths of a second.

    Before its own stage is due it wants it once, where there is time: its queue is then short, and its own red too.
    Then it wants each of the others for its minimum green, the group that has been red longest first, as late as can
    be: then none of them comes to its maximum red soon. Where time is short, those that were green last are left out.
    A stage that the guard would not let begin now gives way to the most urgent one: to wait for it would only lose
    time.
    """
    layout = guard.layout
    own, running = layout.stage_index[passage.stage_id], signals.stage
    left_ds = deciseconds(passage.green_at) - signals.now_ds
    if signals.in_transition or left_ds <= 0:
        return layout.stages[running if signals.in_transition else own].id
    if signals.now_ds < guard.ready_ds(signals):
        return layout.stages[running].id
    waiting = [g for g in range(len(layout.groups)) if g not in layout.stage_groups[own] | signals.green]
    waiting.sort(key=lambda g: (signals.green_end_ds[g], g))
    coming = _round(layout, own, waiting)
    if running != own and _length_ds(layout, running, [own, *coming, running], own) <= left_ds:
        wanted = [own, *coming]
    else:
        while coming and _length_ds(layout, running, coming, own) > left_ds + TICK_DS:
            coming.pop()
        if _length_ds(layout, running, coming, own) + TICK_DS <= left_ds:
            return layout.stages[running].id
        wanted = [*coming, own]
    allowed = guard.allowed(signals)
    return layout.stages[next((stage for stage in wanted if allowed[stage]), running)].id


def _movement(layout: JunctionLayout, from_id: str | None, to_id: str | None, where: str) -> Movement:
    """The way from one arm to another; where an arm is not given, the straightest and widest of those there are."""
    ways = [m for m in layout.movements if from_id in (None, m.from_approach) and to_id in (None, m.to_approach)]
    if not ways:
        raise InputError(
            where,
            expected=f"a way through {layout.id} from {from_id or 'any arm'} to {to_id or 'any arm'}",
            got=sorted(m.id for m in layout.movements),
        )
    flow = {group.id: group.saturation_flow_pcu_h for group in layout.lane_groups}
    return min(ways, key=lambda m: (m.turn is not Turn.STRAIGHT, -flow[m.lane_group_id], m.id))


def _stage_for(layout: JunctionLayout, movement: Movement) -> int:
    """Of the stages that serve the movement, the one that frees most of its arm, then most of the junction."""
    arm = {m.group_id for m in layout.movements if m.from_approach == movement.from_approach}
    serving = [s for s, stage in enumerate(layout.stages) if movement.group_id in stage.group_ids]
    return max(serving, key=lambda s: (len(arm & set(layout.stages[s].group_ids)), len(layout.stage_groups[s]), -s))


def _stage_beside(layout: JunctionLayout, own: int, group: int, waiting: set[int]) -> int:
    """The stage that serves `group`, with as few of the corridor's own groups and as many waiting ones as can be."""
    stages = layout.stage_groups
    serving = [s for s in range(len(stages)) if group in stages[s]]
    return min(serving, key=lambda s: (len(stages[s] & stages[own]), -len(stages[s] & waiting), s))


def _others(layout: JunctionLayout, own: int) -> list[int]:
    """Stages that serve every group that this one does not."""
    return _round(layout, own, [g for g in range(len(layout.groups)) if g not in layout.stage_groups[own]])


def _round(layout: JunctionLayout, own: int, groups: Sequence[int]) -> list[int]:
    """Stages that serve these groups, each once, in their order."""
    waiting, stages = set(groups), []
    for group in groups:
        if group in waiting:
            stages.append(_stage_beside(layout, own, group, waiting))
            waiting -= layout.stage_groups[stages[-1]]
    return stages


def _length_ds(layout: JunctionLayout, running: int, coming: Sequence[int], own: int) -> int:
    """From the end of the running stage's green through the minimum greens of `coming` to the green of `own`, with a
    tick of the loop lost at each change."""
    least_ds = sum(_min_ds(layout, stage) + TICK_DS for stage in coming)
    return least_ds + sum(_change_ds(layout, a, b) for a, b in pairwise((running, *coming, own)))


def _change_ds(layout: JunctionLayout, before: int, after: int) -> int:
    stages = layout.stages
    return deciseconds(layout.transition_s(stages[before].id, stages[after].id))


def _min_ds(layout: JunctionLayout, stage: int) -> int:
    return max(layout.min_green_ds[g] for g in layout.stage_groups[stage])
