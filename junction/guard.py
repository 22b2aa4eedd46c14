"""The safety envelope: policy proposes, guard disposes.

The guard knows no policy. It judges the lamp times that a proposal would lead to (`junction.change`), on the
0.1 s grid, and answers with the stage that applies. It never raises into the loop that asks it.

How maximum red is kept: a *rescue* is a round through a fixed cover of stages, most urgent first, each for its
minimum green only. Its length is bounded whatever the order, and the bound is checked against every group's
maximum red when the guard is made. A stage may be entered, or held for one tick more, only while the rescue that
would follow still meets every deadline; when it no longer would, the guard takes the rescue's next step. So one
safe way on always exists, and no proposal can use it up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations, pairwise, permutations

import numpy as np
from numpy.typing import NDArray

from junction.change import Change, after_change, expand_change
from junction.errors import InputError
from junction.layout import JunctionLayout, deciseconds
from junction.plan import Plan, PlanOrigin
from junction.plan_faults import field_faults, step_faults
from junction.signals import Lamp, SignalState, all_red_state

TICK_DS = 10
"""The longest time between two reviews: a hold is judged this far ahead, and every step of a rescue may come this
much late."""
LATE_DS = 2 * TICK_DS
"""How late a step of a rescue may end: its green begins up to a tick late, and ends up to a tick after its minimum."""
NEVER_DS = 10**12
MIN_RED_DS = 10
"""Red shown between a group's amber and its next green: amber never turns green."""
MAX_COVER = 6
"""Stages of a rescue round at most, where it is looked for among all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What applies: a stage's index, whether that is what was proposed, and why it is not."""

    stage: int
    accepted: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRuling:
    """The plan that applies (None: neither the proposed nor the running one may run) and why it differs."""

    plan: Plan | None
    accepted: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """From some greens to a stage, without the clock: what a rescue's step needs, worked out once.

    `wait_ds` is the longest intergreen from a group that is green to one that gains; `behind` the groups that are not
    green with the longest intergreen from each to one that gains; `min_ds` the longest minimum green of those that gain
    and `amber_ds` the longest amber of those that lose, 0 for none.
    """

    losing: frozenset[int]
    gaining: frozenset[int]
    continuing: frozenset[int]
    wait_ds: int
    behind: tuple[tuple[int, int], ...]
    min_ds: int
    amber_ds: int


@dataclass(kw_only=True, slots=True)
class _Outlook:
    """What can be said of lamps whatever the time, as long as none of them changes.

    `running`: the greens are the stage's. `ready_ds` is when the last minimum green is over, `limit_ds` when the first
    maximum green is. From `sure_from_ds` to `fits_until_ds` a change to any stage surely breaks no maximum red, and up
    to `keeps_until_ds` no maximum green of a group that it keeps; of other times nothing is said. From `sure_from_ds`
    to `held_until_ds`, as far as is known yet, the stage may be held. `urgent` is the red group that must be green
    first (None: all are green), by `urgent_ds`.
    """

    lamps: tuple[Lamp, ...]
    since_ds: tuple[int, ...]
    green_end_ds: tuple[int, ...]
    stage: int
    green: frozenset[int]
    running: bool
    ready_ds: int
    limit_ds: int
    urgent: int | None
    urgent_ds: int
    sure_from_ds: int
    fits_until_ds: int
    keeps_until_ds: int
    held_until_ds: int


class Guard:
    """The safety envelope of one junction.

    Raises InputError for a layout whose groups cannot be kept under their maximum red by minimum greens, or whose
    stages cannot be ended before a maximum green.
    """

    def __init__(self, layout: JunctionLayout) -> None:
        self.layout = layout
        self._min_ds = tuple(deciseconds(g.min_green_s) for g in layout.groups)
        self._max_ds = tuple(deciseconds(g.max_green_s) for g in layout.groups)
        self._max_red_ds = tuple(deciseconds(g.max_red_s) for g in layout.groups)
        self._groups = frozenset(range(len(layout.groups)))
        self._cover = _cover(layout)
        in_cover_first = (*self._cover, *(s for s in range(len(layout.stages)) if s not in self._cover))
        self._serving = tuple(
            tuple(s for s in in_cover_first if group in layout.stage_groups[s]) for group in range(len(layout.groups))
        )
        self._longest_intergreen_ds = longest_intergreen_ds = max(layout.intergreen_ds.values(), default=0)
        self._steps: dict[tuple[frozenset[int], int], _Step] = {}
        self._round_ds = sum(
            longest_intergreen_ds + max(self._min_ds[g] for g in layout.stage_groups[s]) + LATE_DS for s in self._cover
        )
        self._longest_step_ds = longest_intergreen_ds + max(self._min_ds) + TICK_DS
        served = [g for s in self._cover for g in layout.stage_groups[s]]
        self._cover_is_disjoint = len(served) == len(set(served))
        if self._round_ds > min(self._max_red_ds) and len(self._cover) > 1:
            raise InputError(
                f"junction {layout.id}.groups.max_red_s",
                expected=f"at least {self._round_ds / 10:g} s, one round of minimum greens and intergreens",
                got=min(self._max_red_ds) / 10,
            )
        for stage, groups in enumerate(layout.stage_groups):
            most_ds, need_ds = min(self._max_ds[g] for g in groups), self._least_stay_ds(groups) + LATE_DS
            if most_ds < need_ds and len(self._cover) > 1:
                raise InputError(
                    f"junction {layout.id}.stage {layout.stages[stage].id}.max_green_s",
                    expected=f"at least {need_ds / 10:g} s for each of its groups, until the stage can have ended",
                    got=most_ds / 10,
                )
        # The longest that a change, or a step of a rescue, can take: to its greens, and until these had their minimum.
        self._lead_ds = max(longest_intergreen_ds, *layout.amber_ds)
        self._change_ds = self._lead_ds + max(self._min_ds) + LATE_DS
        self._cover_of = tuple(self._cover.index(serving[0]) for serving in self._serving)
        self._roomy = (
            len(self._cover) > 1
            and self._cover_is_disjoint
            and min(self._max_red_ds) == max(self._max_red_ds)
            and min(self._max_red_ds) >= len(self._cover) * self._change_ds + self._lead_ds + TICK_DS
            and min(self._max_ds) >= 2 * self._change_ds
        )
        self._ways = () if self._cover_is_disjoint else self._find_ways()
        self._soonest_ds = tuple(self._soonest_after(groups) for groups in layout.stage_groups)
        self._seen: _Outlook | None = None

    def allowed(self, state: SignalState) -> NDArray[np.bool_]:
        """Which stages `review_stage` would apply as proposed now, one a stage; at least one is True."""
        mask = np.zeros(len(self.layout.stages), dtype=np.bool_)
        if state.in_transition:
            mask[state.stage] = True
            return mask
        outlook = self._outlook(state)
        free_from_ds = max(outlook.ready_ds, outlook.sure_from_ds)
        if free_from_ds <= state.now_ds <= min(outlook.fits_until_ds, outlook.keeps_until_ds):
            mask[:] = True
            return mask
        mask[:] = [self._may_change(state, stage) for stage in range(len(mask))]
        if not mask[state.stage]:
            mask[self._forced(state)] = True
        return mask

    def review_stage(self, state: SignalState, proposed: object) -> Ruling:
        """The stage that applies when `proposed` (a stage's id; None: hold) is wanted green now.

        Anything else, of whatever type, counts as a hold and is told as a reason.
        """
        if state.in_transition:
            target = self.layout.stages[state.stage].id
            accepted = proposed is None or (isinstance(proposed, str) and proposed == target)
            return Ruling(stage=state.stage, accepted=accepted, reasons=() if accepted else ("a change is under way",))
        reasons: list[str] = []
        wanted = state.stage
        if isinstance(proposed, str) and proposed in self.layout.stage_index:
            wanted = self.layout.stage_index[proposed]
        elif proposed is not None:
            name = proposed[:40] if isinstance(proposed, str) else type(proposed).__name__
            reasons.append(f"no stage {name!r} here")
        if wanted != state.stage or not self._outlook(state).running:
            reasons += self._change_faults(state, wanted)
            if not reasons:
                return Ruling(stage=wanted, accepted=True)
        if self._may_hold(state):
            return Ruling(stage=state.stage, accepted=not reasons, reasons=tuple(reasons))
        forced = self._forced(state)
        if forced == wanted and wanted != state.stage:
            return Ruling(stage=forced, accepted=True)
        outlasts = state.now_ds + TICK_DS > self._outlook(state).limit_ds
        why = "maximum green" if outlasts else "maximum red of another group"
        return Ruling(stage=forced, accepted=False, reasons=(*reasons, why))

    def hold_until_ds(self, state: SignalState) -> int:
        """When the running stage must have begun to end, as far as is certain now (never too late)."""
        outlook = self._outlook(state)
        if state.in_transition or not outlook.running:
            return state.now_ds
        depart_ds = max(state.now_ds, outlook.ready_ds)
        until_ds = min(outlook.urgent_ds - self._round_ds, outlook.limit_ds - self._longest_step_ds)
        if outlook.sure_from_ds <= state.now_ds:
            until_ds = max(until_ds, outlook.held_until_ds)
        if until_ds < depart_ds or not self._cover_is_disjoint:
            until_ds = depart_ds + self._slack_ds(state, outlook.green, depart_ds)
        return max(depart_ds, until_ds)

    def ready_ds(self, state: SignalState) -> int:
        """When the running stage may end: every green group has had its minimum green."""
        return max(state.now_ds, self._outlook(state).ready_ds)

    def losing_ready_ds(self, state: SignalState, wanted: frozenset[int]) -> int:
        """When every green group that is not in `wanted` has had its minimum green; now when there is none.

        Until then `review_stage` holds the running stage against every wish for a stage of those groups.
        """
        return max((state.since_ds[g] + self._min_ds[g] for g in state.green - wanted), default=state.now_ds)

    def plan_faults(self, plan: Plan) -> tuple[str, ...]:
        """Why this plan may not run at this junction; empty when it may. Judged on its lamp times over cycles.

        A plan whose parts are of other types than they are declared is a fault like any other.
        """
        return tuple(field_faults(self.layout, plan) or self._plan_lamp_faults(plan))

    def review_plan(self, running: Plan | None, proposed: Plan) -> PlanRuling:
        """The plan that applies from the next reference point on."""
        reasons = list(self.plan_faults(proposed))
        if not reasons and running is not None and running.origin == proposed.origin == PlanOrigin.POLICY:
            reasons = step_faults(running, proposed)
        if not reasons:
            return PlanRuling(plan=proposed, accepted=True)
        keeps = running is not None and not self.plan_faults(running)
        return PlanRuling(plan=running if keeps else None, accepted=False, reasons=tuple(reasons))

    def _least_stay_ds(self, groups: frozenset[int]) -> int:
        """How long a stage stays green at least: for its minima, and while an amber that it need not await burns."""
        layout = self.layout
        others = [g for g in range(len(layout.groups)) if g not in groups]
        beside = [layout.amber_ds[g] for g in others if not any((g, own) in layout.intergreen_ds for own in groups)]
        return max([self._min_ds[g] for g in groups] + beside)

    def _outlook(self, state: SignalState) -> _Outlook:
        """Of these lamps: worked out once for lamps that are asked about again and again."""
        seen = self._seen
        if (
            seen is not None
            and seen.since_ds is state.since_ds
            and seen.lamps is state.lamps
            and seen.green_end_ds is state.green_end_ds
            and seen.stage == state.stage
        ):
            return seen
        green = state.green
        running = self.layout.stage_groups[state.stage] == green
        limit_ds = min([state.since_ds[g] + self._max_ds[g] for g in green], default=-NEVER_DS)
        due_ds = [(state.green_end_ds[g] + self._max_red_ds[g], g) for g in self._groups - green]
        urgent_ds, urgent = min(due_ds, default=(NEVER_DS, None))
        fits_until_ds = self._fits_until_ds(due_ds)
        seen = self._seen = _Outlook(
            lamps=state.lamps,
            since_ds=state.since_ds,
            green_end_ds=state.green_end_ds,
            stage=state.stage,
            green=green,
            running=running,
            ready_ds=max([state.since_ds[g] + self._min_ds[g] for g in green], default=-NEVER_DS),
            limit_ds=limit_ds,
            urgent=urgent,
            urgent_ds=urgent_ds,
            sure_from_ds=self._settled_ds(state, green) if running and self._roomy else NEVER_DS,
            fits_until_ds=fits_until_ds,
            keeps_until_ds=limit_ds - 2 * self._change_ds,
            held_until_ds=min(fits_until_ds, limit_ds - 2 * self._change_ds) + self._change_ds,
        )
        return seen

    def _settled_ds(self, state: SignalState, green: frozenset[int]) -> int:
        """When every lamp has changed, and every red has been shown for the time before a green."""
        shown_ds = [state.since_ds[g] + MIN_RED_DS for g in self._groups - green]
        return max(*state.since_ds, *state.green_end_ds, *shown_ds)

    def _fits_until_ds(self, due_ds: Sequence[tuple[int, int]]) -> int:
        """Until when a change to any stage leaves time for those that wait: when each red group must be green, and
        the group.

        For `_roomy` junctions. The rescue after the change takes each stage of the cover at most once, the one with the
        earliest deadline first, for what is served on the way cannot become more urgent than what still waits. Here the
        change and every step take as long as any can, so the order by deadline is the best there is, and whoever is in
        time here is in time whatever stage the change goes to. Groups that are green now and are ended come last in the
        rescue; that they are in time `_roomy` says. A rescue that begins now has the time of a change more.
        """
        first_due_ds = [NEVER_DS] * len(self._cover)
        for group_due_ds, group in due_ds:
            stage = self._cover_of[group]
            first_due_ds[stage] = min(first_due_ds[stage], group_due_ds)
        first_due_ds.sort()
        return min(by_ds - step * self._change_ds for step, by_ds in enumerate(first_due_ds, 1)) - (
            TICK_DS + self._lead_ds
        )

    def _soonest_after(self, green: frozenset[int]) -> tuple[int, ...]:
        """By group: how long it must wait for its own green from the end of these on, whatever comes between."""
        waits_for = self.layout.waits_for
        return tuple(max((wait_ds for other, wait_ds in waits if other in green), default=0) for waits in waits_for)

    def _may_hold(self, state: SignalState) -> bool:
        """Whether the running stage may be held for a tick more."""
        outlook = self._outlook(state)
        next_ds = state.now_ds + TICK_DS
        if not outlook.running:
            return False
        if len(self._cover) == 1 or state.now_ds < outlook.ready_ds:
            return True
        if outlook.sure_from_ds <= state.now_ds and next_ds <= outlook.held_until_ds:
            return True
        slack_ds = self._slack_ds(state, outlook.green, next_ds)
        if slack_ds < 0:
            return False
        outlook.held_until_ds = next_ds + slack_ds
        return True

    def _may_change(self, state: SignalState, stage: int) -> bool:
        """Whether `stage` may be had now. What the outlook settles is what `_change_faults` would find."""
        outlook, groups = self._outlook(state), self.layout.stage_groups[stage]
        now_ds = state.now_ds
        if groups == outlook.green:
            return self._may_hold(state)
        if any(now_ds < state.since_ds[g] + self._min_ds[g] for g in outlook.green - groups):
            return False
        if outlook.sure_from_ds <= now_ds <= outlook.fits_until_ds and (
            now_ds <= outlook.keeps_until_ds or groups.isdisjoint(outlook.green)
        ):
            return True
        urgent = outlook.urgent
        if urgent is not None and urgent not in groups:
            step = self._steps.get((outlook.green, stage)) or self._step(outlook.green, stage)
            served_ds = now_ds + step.wait_ds + step.min_ds + LATE_DS + self._soonest_ds[stage][urgent]
            if served_ds > outlook.urgent_ds - TICK_DS:
                return False
        return not self._change_faults(state, stage)

    def _change_faults(self, state: SignalState, stage: int) -> list[str]:
        """Why the change to `stage` may not begin now."""
        if self.layout.stage_groups[stage] == self._outlook(state).green:
            return [] if self._may_hold(state) else ["maximum green"]
        change = expand_change(self.layout, state, stage, state.now_ds)
        faults = self._lamp_faults(state, change, late_ds=TICK_DS)
        if not faults:
            after = after_change(state, change)
            groups = self.layout.stage_groups[stage]
            ready_ds = max(after.now_ds, *(after.since_ds[g] + self._min_ds[g] for g in groups)) + LATE_DS
            if len(self._cover) > 1 and self._slack_ds(after, groups, ready_ds) < 0:
                faults.append("maximum red of another group")
        return faults

    def _lamp_faults(self, state: SignalState, change: Change, *, late_ds: int) -> list[str]:
        """Minimum green, maximum green and maximum red in the lamp times of one change, its greens shown so much late.

        Conflicts and intergreens cannot be broken here: stages are free of conflicts by their layout and
        `expand_change` waits for every intergreen.
        """
        faults = []
        names = self.layout.groups
        for group in change.losing:
            left_ds = state.since_ds[group] + self._min_ds[group] - change.at_ds
            if left_ds > 0:
                faults.append(f"minimum green of {names[group].id}: {left_ds / 10:g} s left")
        busy_until_ds = max([change.done_ds, *(change.green_ds + self._min_ds[g] for g in change.gaining)])
        for group in change.continuing:
            if state.since_ds[group] + self._max_ds[group] < busy_until_ds:
                faults.append(f"maximum green of {names[group].id}, which stays green")
        for group in change.gaining:
            if change.green_ds + late_ds - state.green_end_ds[group] > self._max_red_ds[group]:
                faults.append(f"maximum red of {names[group].id}")
            if change.green_ds - MIN_RED_DS < state.since_ds[group] != state.green_end_ds[group]:
                faults.append(f"{names[group].id} has only just turned red")
        return faults

    def _slack_ds(self, state: SignalState, green: frozenset[int], depart_ds: int) -> int:
        """How much later than `depart_ds` these greens, the state's own, could still end; negative when it is too late
        then.

        The figure holds for the rescue that would start at `depart_ds`, so it never promises too much.
        """
        limit_ds = min([state.since_ds[g] + self._max_ds[g] for g in green])
        slack_ds = limit_ds - depart_ds
        deadlines_ds = [state.green_end_ds[g] + self._max_red_ds[g] for g in self._groups - green]
        if not deadlines_ds:
            return slack_ds
        deadline_ds = min(deadlines_ds)
        sure_ds = min(deadline_ds - depart_ds - self._round_ds, slack_ds - self._longest_step_ds)
        if sure_ds >= 0 and self._cover_is_disjoint:
            return sure_ds
        return min(slack_ds, self._rescue(state, depart_ds)[0])

    def _rescue(self, state: SignalState, depart_ds: int) -> tuple[int, int | None]:
        """(slack of the best rescue that starts at `depart_ds`, its first stage or None where nobody waits)."""
        if self._cover_is_disjoint:
            return self._follow(state, depart_ds, ())
        return max((self._follow(state, depart_ds, way) for way in self._ways), key=lambda found: found[0])

    def _follow(self, state: SignalState, depart_ds: int, way: Sequence[int]) -> tuple[int, int | None]:
        """(slack, first stage) of a rescue along these stages; without any, by urgency until no one waits any more.

        The lamps are kept as a set of green groups and two lists, changed in place as `expand_change` and
        `after_change` would change a `SignalState`: this runs for every stage at every decision.
        """
        slack_ds, first, at_ds = NEVER_DS, None, depart_ds
        green, since_ds, ended_ds = state.green, list(state.since_ds), list(state.green_end_ds)
        last_end_ds = max(ended_ds)
        waiting = {g for g in range(len(ended_ds)) if g not in green}
        stages = self.layout.stage_groups
        for step in range(len(way) or 2 * len(stages)):
            if not (waiting or way):
                return slack_ds, first
            for stage in way[step : step + 1] or self._by_urgency(green, ended_ds):
                change = self._steps.get((green, stage)) or self._step(green, stage)
                green_ds = at_ds + change.wait_ds
                if last_end_ds + self._longest_intergreen_ds > at_ds:
                    for other, wait_ds in change.behind:
                        green_ds = max(green_ds, ended_ds[other] + wait_ds)
                ready_ds, stays_ds = max(green_ds + change.min_ds, at_ds + change.amber_ds), NEVER_DS
                for group in change.continuing:
                    ready_ds = max(ready_ds, since_ds[group] + self._min_ds[group])
                    stays_ds = min(stays_ds, since_ds[group] + self._max_ds[group])
                if stays_ds >= ready_ds + LATE_DS:
                    break
            slack_ds = min(slack_ds, stays_ds - ready_ds - LATE_DS)
            for group in change.gaining:
                slack_ds = min(slack_ds, ended_ds[group] + self._max_red_ds[group] - TICK_DS - green_ds)
                since_ds[group] = green_ds
            first = stage if first is None else first
            waiting -= stages[stage]
            for group in change.losing:
                ended_ds[group] = at_ds
            if change.losing:
                last_end_ds = max(last_end_ds, at_ds)
            green, at_ds = stages[stage], ready_ds + LATE_DS
        return -1 if waiting else slack_ds, first

    def _step(self, green: frozenset[int], stage: int) -> _Step:
        layout, wanted = self.layout, self.layout.stage_groups[stage]
        gaining = wanted - green
        waits = [wait for group in gaining for wait in layout.waits_for[group]]
        step = self._steps[green, stage] = _Step(
            losing=green - wanted,
            gaining=gaining,
            continuing=wanted & green,
            wait_ds=max((wait_ds for other, wait_ds in waits if other in green), default=0),
            # Sorted: of several waits for one group the longest is the last, which stays.
            behind=tuple(dict(sorted(wait for wait in waits if wait[0] not in green)).items()),
            min_ds=max((self._min_ds[g] for g in gaining), default=0),
            amber_ds=max((layout.amber_ds[g] for g in green - wanted), default=0),
        )
        return step

    def _by_urgency(self, green: frozenset[int], ended_ds: Sequence[int]) -> Iterator[int]:
        """Stages that serve the red group (there is one) with the earliest deadline, then the next one's, and so on.

        Of those that serve one group the rescue's own come first. One that keeps no green of now is always among
        them, for the layout promises one for every stage; a reported state may show greens of no stage, hence the end.
        """
        ranks = [
            (ended_ds[g] + self._max_red_ds[g], self._serving[g][0], g) for g in range(len(ended_ds)) if g not in green
        ]
        yield from self._serving[min(ranks)[2]]  # nearly always taken
        for _, _, group in sorted(ranks)[1:]:
            yield from self._serving[group]
        yield self._cover[0]

    def _forced(self, state: SignalState) -> int:
        """The stage to change to when the running one, if any, may not be held."""
        depart_ds = max(state.now_ds, self._outlook(state).ready_ds)
        first = self._rescue(state, depart_ds)[1]
        if first is not None and depart_ds == state.now_ds:
            return first
        return self._cover[0]

    def _find_ways(self) -> tuple[tuple[int, ...], ...]:
        """A round that can be run for ever where stages of the cover share groups, once from each of its stages on.

        A green that two stages share must last through both; where it cannot, a stage that keeps none of either goes
        between. Of all orders the one with most slack over three rounds from all red. Raises InputError for none.
        """
        layout, first = self.layout, self._cover[0]
        start = all_red_state(layout, 0)
        rounds = [self._bridged((first, *rest)) for rest in permutations(self._cover[1:])]
        tried = [(self._follow(start, start.now_ds, 3 * way)[0], way) for way in rounds]
        slack_ds, best = max(tried, key=lambda found: found[0])
        if slack_ds < 0:
            raise InputError(
                f"junction {layout.id}.stages",
                expected="a round of stages that serves every group within its maximum red and ends it within its "
                "maximum green",
                got=[stage.id for stage in layout.stages],
                hint="give groups that several stages share a stage of their own, or a longer maximum green",
            )
        return tuple(best[n:] + best[:n] for n in range(len(best)))

    def _bridged(self, order: Sequence[int]) -> tuple[int, ...]:
        """The round with a stage put in wherever a shared green cannot last from one stage through the next."""
        stages = self.layout.stage_groups
        way: list[int] = []
        for stage, after in pairwise((*order, order[0])):
            way.append(stage)
            both = stages[stage] | stages[after]
            between = [s for s in range(len(stages)) if not stages[s] & both]
            need_ds = self._longest_step_ds + 2 * LATE_DS + max(self._min_ds[g] for g in stages[stage])
            if between and any(self._max_ds[g] < need_ds for g in stages[stage] & stages[after]):
                way.append(min(between, key=lambda s: max(self._min_ds[g] for g in stages[s])))
        return tuple(way)

    def _plan_lamp_faults(self, plan: Plan) -> list[str]:
        """Runs three cycles of lamp times from all red; the first faults that remain in the last one are returned."""
        state = all_red_state(self.layout, 0)
        starts_s = plan.stage_starts_s(self.layout)
        for cycle in range(3):
            faults: list[str] = []
            for number, planned in enumerate(plan.stages):
                at_ds = deciseconds(cycle * plan.cycle_s + starts_s[number])
                stage = self.layout.stage_index[planned.stage_id]
                if self.layout.stage_groups[stage] == state.green:
                    continue
                held_until_ds = min((state.since_ds[g] + self._max_ds[g] for g in state.green), default=at_ds)
                if held_until_ds < at_ds:
                    faults.append(f"maximum green before stage {planned.stage_id}")
                change = expand_change(self.layout, state, stage, at_ds)
                broken = self._lamp_faults(state, change, late_ds=0)
                faults += [f"stage {planned.stage_id}: {fault}" for fault in broken]
                if cycle and self._slack_ds(state, state.green, at_ds - TICK_DS) < 0:
                    faults.append(f"stage {planned.stage_id} comes too late for the maximum red that can be kept")
                state = after_change(state, change)
        return faults

    @cached_property
    def cover_ids(self) -> tuple[str, ...]:
        """The stages of a rescue round."""
        return tuple(self.layout.stages[s].id for s in self._cover)


def _cover(layout: JunctionLayout) -> tuple[int, ...]:
    """Few stages that together serve every group: the largest new share first, then by order in the layout.

    Where two of them would share a group and the same can be had with stages that share none, it is those.
    """
    stages, left = layout.stage_groups, set(range(len(layout.groups)))
    cover: list[int] = []
    while left:
        best = max(range(len(stages)), key=lambda s: (len(stages[s] & left), -s))
        cover.append(best)
        left -= stages[best]
    sizes = range(2, min(len(stages), MAX_COVER) + 1)
    others = chain.from_iterable(combinations(range(len(stages)), size) for size in sizes)
    for few in chain([tuple(sorted(cover))], others):
        served = [group for stage in few for group in stages[stage]]
        if len(served) == len(set(served)) == len(layout.groups):
            return few
    return tuple(sorted(cover))
