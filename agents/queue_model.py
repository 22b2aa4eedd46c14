"""A fast model of isolated junctions, for pretraining: vehicles in PCU that arrive, queue, start and cross.

It runs hundreds of junctions at once in plain arrays, thousands of times faster than SUMO, and shows a policy the same
rows and masks (`agents.queue_encoding`). It knows no network: what comes in is drawn at random, in platoons as an
upstream signal sends them. So it teaches when a change is worth its intergreen; what neighbours do to each other only
SUMO teaches.

Once a second, by lane group: what entered the camera's reach `travel_s` ago joins the standing queue or, when that is
empty and the light is green, rolls on; a start wave turns standing into rolling at twice the saturation flow; rolling
PCU cross at the saturation flow, after a start-up loss and into the amber (two seconds each). The first lane of a group
has a queue of its own, and may give way to another road (decision 21).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from junction.layout import JunctionLayout
from junction.opening import movement_counts, opened_share
from junction.vehicle import JAM_M_PER_PCU, LANE_M, lanes_in

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

START_LOSS_S = 2
AMBER_USED_S = 2
WAVE = 2.0
"""How much faster a queue starts than it crosses."""
APPROACH_SPEED_MPS = 9.0
KIND_PCU: Floats = np.array([0.43, 1.0, 1.6])
"""PCU of a light vehicle (two-wheelers, rickshaws), a car and a heavy one (`junction.vehicle.PCU`)."""
LIGHT_SHARE = (0.0, 0.85)
HEAVY_SHARE = (0.0, 0.3)
"""Of vehicles; with `CARS_ONLY` of the junctions having nearly no others, from Kanpur's mix
(`scenarios/kanpur/vtypes.csv`) to a European city's."""
CARS_ONLY = 0.4
USABLE_GREEN = 0.8
"""Share of the time that is green at a busy junction; a demand of 1 fills it."""
LOAD_RANGE = (0.15, 1.05)
SHORT_SIGHTED = 0.12
"""Share of the approaches whose camera sees `SHORT_SIGHT_M` at most: a road that begins there, a bend, a parked bus."""
SHORT_SIGHT_M = (8.0, 60.0)
UNEVEN = 0.5
"""Share of the lane groups of several lanes whose first lane does not get its own share of the traffic: the kerb lane
that alone leads to the left, where many turn, queues far back while the others are empty."""
GIVES_WAY = 0.35
"""Share of the lane groups whose first lane gives way to another road that is green with it, where there is one: turns
across oncoming traffic that wait for a gap, and hold up whoever is behind them."""
HELD_UP = (0.4, 1.0)
"""What they lose of their flow while that road crosses at saturation."""
QUEUE_STRETCH = (0.9, 1.5)
"""How much longer a queue is than `JAM_M_PER_PCU` says: two-wheelers one behind the other take more road than their
PCU."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Layouts as padded arrays: J junctions, S stages, G groups, L lane groups."""

    layouts: tuple[JunctionLayout, ...]
    stages: Ints
    exists: Bools
    stage_has: Bools
    share: Floats
    serves: Floats
    approach: Ints
    meets: Bools
    """Lane groups of different approaches that some stage serves together, (J, L, L)."""
    flow_pcu_s: Floats
    reach_m: Floats
    reach_pcu: Floats
    lanes: Ints
    min_green_s: Floats
    max_green_s: Floats
    max_red_s: Floats
    amber_s: Floats
    change_s: Floats
    cover: Bools
    """Stages of a set that together serve every group, (J, S)."""

    @classmethod
    def of(cls, layouts: Sequence[JunctionLayout], stage_slots: int) -> Shape:
        """Arrays for `layouts`, their stages padded to `stage_slots`."""
        count = len(layouts)
        groups = max(len(x.groups) for x in layouts)
        lanes = max(len(x.lane_groups) for x in layouts)
        zeros = np.zeros
        shape = cls(
            layouts=tuple(layouts),
            stages=np.array([len(x.stages) for x in layouts]),
            exists=zeros((count, stage_slots), bool),
            stage_has=zeros((count, stage_slots, groups), bool),
            share=zeros((count, groups, lanes)),
            serves=zeros((count, stage_slots, lanes)),
            approach=zeros((count, lanes), np.int64),
            meets=zeros((count, lanes, lanes), bool),
            flow_pcu_s=zeros((count, lanes)),
            reach_m=np.ones((count, lanes)),
            reach_pcu=np.ones((count, lanes)),
            lanes=np.ones((count, lanes), np.int64),
            min_green_s=zeros((count, groups)),
            max_green_s=np.full((count, groups), np.inf),
            max_red_s=np.full((count, groups), np.inf),
            amber_s=zeros((count, groups)),
            change_s=zeros((count, stage_slots, stage_slots)),
            cover=zeros((count, stage_slots), bool),
        )
        for index, layout in enumerate(layouts):
            shape._fill(index, layout)
        return shape

    def _fill(self, j: int, layout: JunctionLayout) -> None:
        approaches = {a.id: i for i, a in enumerate(layout.approaches)}
        self.exists[j, : len(layout.stages)] = True
        for s, members in enumerate(layout.stage_groups):
            self.stage_has[j, s, list(members)] = True
            for other, to in enumerate(layout.stages):
                self.change_s[j, s, other] = layout.transition_s(layout.stages[s].id, to.id)
        for g, group in enumerate(layout.groups):
            self.min_green_s[j, g], self.max_green_s[j, g] = group.min_green_s, group.max_green_s
            self.max_red_s[j, g], self.amber_s[j, g] = group.max_red_s, group.amber_s
        counts, opened = movement_counts(layout), opened_share(layout)
        self.share[j, : counts.shape[0], : counts.shape[1]] = counts / np.maximum(1.0, counts.sum(axis=0))
        self.serves[j, : opened.shape[0], : opened.shape[1]] = opened
        for l, lane_group in enumerate(layout.lane_groups):
            self.approach[j, l] = approaches[lane_group.approach_id]
            self.flow_pcu_s[j, l] = lane_group.saturation_flow_pcu_h / 3600
            self.reach_m[j, l] = lane_group.storage_m
            self.reach_pcu[j, l] = lane_group.storage_m / JAM_M_PER_PCU * lane_group.width_m / LANE_M
            self.lanes[j, l] = lanes_in(lane_group.width_m)
        served = self.serves[j] > 0
        self.meets[j] = (served.T @ served) & (self.approach[j][:, None] != self.approach[j])
        unserved = set(range(len(layout.groups)))
        while unserved:
            best = max(range(len(layout.stages)), key=lambda s: len(layout.stage_groups[s] & unserved))
            self.cover[j, best] = True
            unserved -= layout.stage_groups[best]


class QueueModel:
    """Every junction of `shape`, each with its own demand; `reset` draws anew.

    Public arrays (J, …): `green` lamps by group, `stage` green or being changed to, `changing`; `reach_m` and
    `reach_pcu` are what its camera sees, drawn anew with the demand. Traffic is (2, J, L), PCU first and vehicles
    second; PCU decide what crosses, and of the vehicles crosses the same share: who stands where in a queue is not
    known. `standing` and `rolling` are (2, J, L, 2), apart for the first lane and for all others of the lane group,
    which have `lane_share` (J, L, 2) of its flow and room: what is before one lane does not cross by another.
    """

    def __init__(self, shape: Shape, seed: int) -> None:
        self.shape = shape
        self.rng = np.random.default_rng(seed)
        self.travel_s = max(1, round(float(shape.reach_m.max()) / APPROACH_SPEED_MPS))
        self.reset()

    def reset(self) -> None:
        """Empty junctions, all red, each with a demand drawn anew."""
        shape = self.shape
        count, lanes = shape.flow_pcu_s.shape
        groups = shape.min_green_s.shape[1]
        self.time_s = 0
        self.green = np.zeros((count, groups), bool)
        self.since_s = np.zeros((count, groups))
        self.green_end_s = np.zeros((count, groups))
        self.stage = np.zeros(count, np.int64)
        self.stage_since_s = np.zeros(count)
        self.changing = np.zeros(count, bool)
        self.standing = np.zeros((2, count, lanes, 2))
        self.rolling = np.zeros((2, count, lanes, 2))
        self.on_way = np.zeros((2, count, lanes, self.travel_s))
        self.crossed = np.zeros((2, count, lanes))
        self.crossing_pcu_s = np.zeros((count, lanes))
        self.stopped = np.zeros((2, count, lanes))
        self._draw_lanes()
        self._draw_demand()
        self._draw_sight()

    def arriving(self) -> Floats:
        """Traffic on its way to the queue, in view or not."""
        total: Floats = self.on_way.sum(axis=3)
        return total

    def arriving_in_view(self) -> Floats:
        """The part of it that the camera reaches."""
        away_m = np.arange(self.travel_s, 0, -1) * APPROACH_SPEED_MPS
        total: Floats = np.where(away_m <= self.reach_m[:, :, None], self.on_way, 0.0).sum(axis=3)
        return total

    def step(self, wanted: Ints, seconds: int) -> None:
        """Start the change to each junction's wanted stage, where it is another one and none is under way; then let
        time pass. A stage that is not the junction's own, or that `allowed` forbids, must not be asked for."""
        self._begin(wanted)
        for _ in range(seconds):
            self._finish_changes()
            self._flow()
            self.time_s += 1

    def take_crossed(self) -> Floats:
        """Traffic over the stop lines since the last call."""
        crossed, self.crossed = self.crossed, np.zeros_like(self.crossed)
        return crossed

    def take_stopped(self) -> Floats:
        """Traffic that came to a stand since the last call."""
        stopped, self.stopped = self.stopped, np.zeros_like(self.stopped)
        return stopped

    def green_s(self) -> Floats:
        """Seconds of green so far, (J, G); 0 when not green."""
        return np.where(self.green, self.time_s - self.since_s, 0.0)

    def red_s(self) -> Floats:
        """Seconds since green ended, (J, G); 0 while green."""
        return np.where(self.green, 0.0, self.time_s - self.green_end_s)

    def allowed(self, hold_s: float) -> Bools:
        """Stages that may be wanted now, (J, S): minimum and maximum greens, and a round of minimum greens that can
        still meet every maximum red, as the guard has it in more detail. Each junction has at least one."""
        shape = self.shape
        count = len(self.stage)
        rows = np.arange(count)
        own = np.zeros_like(shape.exists)
        own[rows, self.stage] = True
        green_s = self.green_s()[:, None, :]
        losing = self.green[:, None, :] & ~shape.stage_has
        may_leave = ~(losing & (green_s < shape.min_green_s[:, None, :])).any(axis=2)
        enter_s = shape.change_s[rows, self.stage] + self._stage_min_green_s()
        in_time = self._rescue_fits(np.where(own, hold_s, enter_s))
        overlong = (self.green & (self.time_s + 1 - self.since_s >= shape.max_green_s)).any(axis=1)
        allowed: Bools = shape.exists & may_leave & in_time
        allowed[rows, self.stage] &= ~overlong
        allowed[self.changing] = own[self.changing]
        stuck = ~allowed.any(axis=1)
        if stuck.any():
            urgent = np.where(shape.cover & may_leave & ~own, self._stage_red_s(), -1.0)
            best = np.where(urgent.max(axis=1) >= 0, urgent.argmax(axis=1), self.stage)
            allowed[rows[stuck], best[stuck]] = True
        return allowed

    def _stage_min_green_s(self) -> Floats:
        shape = self.shape
        longest: Floats = np.where(shape.stage_has, shape.min_green_s[:, None, :], 0.0).max(axis=2)
        return longest

    def _stage_red_s(self) -> Floats:
        longest: Floats = np.where(self.shape.stage_has, self.red_s()[:, None, :], 0.0).max(axis=2)
        return longest

    def _rescue_fits(self, after_s: Floats) -> Bools:
        """By stage, (J, S): when it is green for `after_s` more, a round through the other stages of the cover, most
        urgent first and each for its minimum green, still comes in time."""
        shape = self.shape
        left_s = np.where(shape.stage_has, (shape.max_red_s - self.red_s())[:, None, :], np.inf).min(axis=2)
        left_s = np.where(shape.cover, left_s, np.inf)
        step_s = shape.change_s.max(axis=(1, 2)) + self._stage_min_green_s().max(axis=1) + 2
        shares = (shape.stage_has[:, :, None, :] & shape.stage_has[:, None, :, :]).any(axis=3)
        # Entering a stage serves the cover stages that share a group with it: those are owed nothing for now.
        owed = np.where(shares, np.inf, left_s[:, None, :])
        owed.sort(axis=2)
        places = np.arange(owed.shape[2])
        start_s = after_s[:, :, None] + places * step_s[:, None, None] + shape.change_s.max(axis=(1, 2))[:, None, None]
        fits: Bools = (start_s <= owed).all(axis=2)
        return fits

    def _begin(self, wanted: Ints) -> None:
        shape = self.shape
        rows = np.arange(len(self.stage))
        lit = (self.green == shape.stage_has[rows, self.stage]).all(axis=1)
        changes = ~self.changing & ((wanted != self.stage) | ~lit)
        if not changes.any():
            return
        wait_s = np.where(lit, shape.change_s[rows, self.stage, wanted], 0.0)
        losing = self.green & ~shape.stage_has[rows, wanted] & changes[:, None]
        self.green[losing] = False
        self.green_end_s[losing] = self.time_s
        self.stage = np.where(changes, wanted, self.stage)
        self.stage_since_s = np.where(changes, self.time_s + wait_s, self.stage_since_s)
        self.changing |= changes

    def _finish_changes(self) -> None:
        done = self.changing & (self.time_s >= self.stage_since_s)
        if not done.any():
            return
        gaining = self.shape.stage_has[np.arange(len(self.stage)), self.stage] & ~self.green & done[:, None]
        self.green[gaining] = True
        self.since_s[gaining] = self.time_s
        self.changing &= ~done

    def _flow(self) -> None:
        shape = self.shape
        moving = self.green & (self.time_s - self.since_s >= START_LOSS_S)
        moving |= ~self.green & (self.green_end_s > 0) & (self.time_s - self.green_end_s < AMBER_USED_S)
        # Squared: the first vehicle that may not go yet holds up a shared lane, so a short green that opens a third of
        # it lets about half a vehicle pass, not a third of what would.
        opening = np.einsum("jg,jgl->jl", moving, shape.share) ** 2
        open_now = (opening > 0)[..., None]
        arrived = self.on_way[..., -1, None] * self._arrive_share
        self.on_way[..., 1:] = self.on_way[..., :-1]
        self.on_way[..., 0] = self._arrivals()
        rate = (self.flow_pcu_s * opening)[..., None] * self.lane_share
        rate[..., 0] *= 1 - self._held_up()
        started = self.standing * _share_of(WAVE * rate, self.standing[0])
        self.standing -= started
        rolls_on = open_now & (self.standing[0] <= 0)
        self.rolling += started + np.where(rolls_on, arrived, 0.0)
        stands = np.where(rolls_on, 0.0, arrived)
        cross = self.rolling * _share_of(rate, self.rolling[0])
        self.rolling -= cross
        self.crossed += cross.sum(axis=3)
        self.crossing_pcu_s = cross[0].sum(axis=2)
        stands += np.where(open_now, 0.0, self.rolling)
        self.standing += stands
        self.stopped += stands.sum(axis=3)
        self.rolling = np.where(open_now, self.rolling, 0.0)

    def _held_up(self) -> Floats:
        """What first lanes lose of their flow to whom they give way, (J, L). In the amber those in the middle go."""
        met = np.take_along_axis(self.crossing_pcu_s / np.maximum(1e-9, self.flow_pcu_s), self._gives_way_to, axis=1)
        green = np.einsum("jg,jgl->jl", self.green, self.shape.share) > 0
        held: Floats = np.where(green, self._held_up_by * np.minimum(1.0, met), 0.0)
        return held

    def _arrivals(self) -> Floats:
        into = (self.time_s + self._phase_s) % self._period_s
        gate = np.where(into < self._duty * self._period_s, 1.0 / self._duty, 0.0)
        rate = self._rate_veh_s * (self._mixed + (1 - self._mixed) * gate[:, self._lanes][self._pick])
        by_kind: Floats = self.rng.poisson(rate).astype(np.float64)
        return np.stack([np.tensordot(KIND_PCU, by_kind, axes=1), by_kind.sum(axis=0)])

    def _draw_demand(self) -> None:
        shape, rng = self.shape, self.rng
        count, lanes = shape.flow_pcu_s.shape
        self.flow_pcu_s = shape.flow_pcu_s * rng.uniform(0.75, 1.05, (count, 1))
        approaches = int(shape.approach.max()) + 1
        self._lanes = np.arange(approaches)
        self._pick = (np.arange(count)[:, None], shape.approach)
        arm = rng.gamma(1.5, size=(count, approaches))
        ratio = np.where(shape.flow_pcu_s > 0, arm[self._pick] * rng.uniform(0.4, 1.0, (count, lanes)), 0.0)
        worst: Floats = np.zeros((count, approaches))
        np.maximum.at(worst, self._pick, ratio)
        load: Floats = rng.uniform(*LOAD_RANGE, size=(count, 1)) * USABLE_GREEN
        rate_pcu_s = ratio / worst.sum(axis=1, keepdims=True) * load * self._usable_pcu_s()
        kinds = self._draw_kinds()
        self._rate_veh_s = kinds * rate_pcu_s / np.tensordot(KIND_PCU, kinds, axes=1)
        """By kind, (3, J, L)."""
        self._period_s = rng.uniform(60, 180, (count, approaches))
        self._phase_s = rng.uniform(0, 180, (count, approaches))
        self._duty = rng.uniform(0.25, 1.0, (count, approaches))
        self._mixed = rng.uniform(0.2, 1.0, (count, 1))

    def _draw_lanes(self) -> None:
        rng, lanes = self.rng, self.shape.lanes
        even = 1 / lanes
        uneven = (lanes > 1) & (rng.random(lanes.shape) < UNEVEN)
        first = np.where(uneven, rng.random(lanes.shape), even)
        self.lane_share = np.stack([even, 1 - even], axis=2)
        self._arrive_share = np.stack([first, 1 - first], axis=2)
        meets = self.shape.meets
        self._gives_way_to = np.where(meets, rng.random(meets.shape), -1.0).argmax(axis=2)
        gives_way = meets.any(axis=2) & (rng.random(lanes.shape) < GIVES_WAY)
        self._held_up_by = np.where(gives_way, rng.uniform(*HELD_UP, lanes.shape), 0.0)
        self.queue_stretch = rng.uniform(*QUEUE_STRETCH, (len(lanes), 1))

    def _usable_pcu_s(self) -> Floats:
        """What a lane group can serve of the traffic that it has, all lanes together, (J, L)."""
        busiest = (self._arrive_share / np.where(self.lane_share > 0, self.lane_share, 1.0)).max(axis=2)
        usable: Floats = self.flow_pcu_s / busiest
        return usable

    def _draw_kinds(self) -> Floats:
        """Shares of the vehicles that are light, cars and heavy, (3, J, L): every approach has its own."""
        rng, by_approach = self.rng, (len(self.stage), len(self._lanes))
        mixed = np.where(rng.random((len(self.stage), 1)) < CARS_ONLY, 0.1, 1.0)
        heavy = rng.uniform(*HEAVY_SHARE, by_approach) * mixed
        light = rng.uniform(*LIGHT_SHARE, by_approach) * mixed * (1 - heavy)
        return np.stack([light, 1 - light - heavy, heavy])[(slice(None), *self._pick)]

    def _draw_sight(self) -> None:
        shape, rng = self.shape, self.rng
        by_approach = (len(self.stage), len(self._lanes))
        cut_m = np.where(rng.random(by_approach) < SHORT_SIGHTED, rng.uniform(*SHORT_SIGHT_M, by_approach), np.inf)
        self.reach_m = np.minimum(shape.reach_m, cut_m[self._pick])
        self.reach_pcu = shape.reach_pcu * self.reach_m / shape.reach_m


def _share_of(wanted: Floats, there: Floats) -> Floats:
    """What share of what is there that is, at most all of it; all where nothing is there."""
    share: Floats = np.minimum(1.0, wanted / np.where(there > 0, there, np.inf))
    return np.where(there > 0, share, 1.0)
