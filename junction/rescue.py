"""The rescue: the one safe way on that always exists.

A rescue is a round through a fixed cover of stages, most urgent first, each for its minimum green only. Its length is
bounded whatever the order, and the bound is checked against every group's maximum red when the rescue is made. The
guard lets a stage be entered, or held, only while the rescue that would follow still meets every deadline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise, permutations

from junction.errors import InputError
from junction.layout import JunctionLayout
from junction.signals import SignalState, all_red_state

TICK_DS = 10
"""The longest time between two reviews: a hold is judged this far ahead, and every step of a rescue may come this
much late."""
LATE_DS = 2 * TICK_DS
"""How late a step of a rescue may end: its green begins up to a tick late, and ends up to a tick after its minimum."""
NEVER_DS = 10**12
MAX_COVER = 6
"""Stages of a rescue round at most, where it is looked for among all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
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


class Rescue:
    """The rescue of one junction: `cover` are the stages of its round, which takes `round_ds` at most.

    Raises InputError for a layout whose groups cannot be kept under their maximum red by minimum greens, or whose
    stages cannot be ended before a maximum green.
    """

    def __init__(self, layout: JunctionLayout) -> None:
        self._layout = layout
        self._min_ds, self._max_ds, self._max_red_ds = layout.min_green_ds, layout.max_green_ds, layout.max_red_ds
        self._groups = frozenset(range(len(layout.groups)))
        self.cover = _cover(layout)
        in_cover_first = (*self.cover, *(s for s in range(len(layout.stages)) if s not in self.cover))
        self.serving = tuple(
            tuple(s for s in in_cover_first if group in layout.stage_groups[s]) for group in range(len(layout.groups))
        )
        """By group: the stages that serve it, those of the cover first."""
        self._longest_intergreen_ds = longest_intergreen_ds = max(layout.intergreen_ds.values(), default=0)
        self._steps: dict[tuple[frozenset[int], int], Step] = {}
        self.round_ds = sum(
            longest_intergreen_ds + max(self._min_ds[g] for g in layout.stage_groups[s]) + LATE_DS for s in self.cover
        )
        self.longest_step_ds = longest_intergreen_ds + max(self._min_ds) + TICK_DS
        served = [g for s in self.cover for g in layout.stage_groups[s]]
        self.is_disjoint = len(served) == len(set(served))
        """Whether no two stages of the round share a group."""
        if self.round_ds > min(self._max_red_ds) and len(self.cover) > 1:
            raise InputError(
                f"junction {layout.id}.groups.max_red_s",
                expected=f"at least {self.round_ds / 10:g} s, one round of minimum greens and intergreens",
                got=min(self._max_red_ds) / 10,
            )
        for stage, groups in enumerate(layout.stage_groups):
            most_ds, need_ds = min(self._max_ds[g] for g in groups), self._least_stay_ds(groups) + LATE_DS
            if most_ds < need_ds and len(self.cover) > 1:
                raise InputError(
                    f"junction {layout.id}.stage {layout.stages[stage].id}.max_green_s",
                    expected=f"at least {need_ds / 10:g} s for each of its groups, until the stage can have ended",
                    got=most_ds / 10,
                )
        self._ways = () if self.is_disjoint else self._find_ways()

    def slack_ds(self, state: SignalState, green: frozenset[int], depart_ds: int) -> int:
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
        sure_ds = min(deadline_ds - depart_ds - self.round_ds, slack_ds - self.longest_step_ds)
        if sure_ds >= 0 and self.is_disjoint:
            return sure_ds
        return min(slack_ds, self.best(state, depart_ds)[0])

    def best(self, state: SignalState, depart_ds: int) -> tuple[int, int | None]:
        """(slack of the best rescue that starts at `depart_ds`, its first stage or None where nobody waits)."""
        if self.is_disjoint:
            return self._follow(state, depart_ds, ())
        return max((self._follow(state, depart_ds, way) for way in self._ways), key=lambda found: found[0])

    def step(self, green: frozenset[int], stage: int) -> Step:
        """What the step from these greens to that stage needs."""
        return self._steps.get((green, stage)) or self._step(green, stage)

    def _follow(self, state: SignalState, depart_ds: int, way: Sequence[int]) -> tuple[int, int | None]:
        """(slack, first stage) of a rescue along these stages; without any, by urgency until no one waits any more.

        The lamps are kept as a set of green groups and two lists, changed in place as `expand_change` and
        `after_change` would change a `SignalState`: this runs for every stage at every decision.
        """
        slack_ds, first, at_ds = NEVER_DS, None, depart_ds
        green, since_ds, ended_ds = state.green, list(state.since_ds), list(state.green_end_ds)
        last_end_ds = max(ended_ds)
        waiting = {g for g in range(len(ended_ds)) if g not in green}
        stages = self._layout.stage_groups
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

    def _step(self, green: frozenset[int], stage: int) -> Step:
        layout, wanted = self._layout, self._layout.stage_groups[stage]
        gaining = wanted - green
        waits = [wait for group in gaining for wait in layout.waits_for[group]]
        step = self._steps[green, stage] = Step(
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
            (ended_ds[g] + self._max_red_ds[g], self.serving[g][0], g) for g in range(len(ended_ds)) if g not in green
        ]
        yield from self.serving[min(ranks)[2]]  # nearly always taken
        for _, _, group in sorted(ranks)[1:]:
            yield from self.serving[group]
        yield self.cover[0]

    def _find_ways(self) -> tuple[tuple[int, ...], ...]:
        """A round that can be run for ever where stages of the cover share groups, once from each of its stages on.

        A green that two stages share must last through both; where it cannot, a stage that keeps none of either goes
        between. Of all orders the one with most slack over three rounds from all red. Raises InputError for none.
        """
        layout, first = self._layout, self.cover[0]
        start = all_red_state(layout, 0)
        rounds = [self._bridged((first, *rest)) for rest in permutations(self.cover[1:])]
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
        stages = self._layout.stage_groups
        way: list[int] = []
        for stage, after in pairwise((*order, order[0])):
            way.append(stage)
            both = stages[stage] | stages[after]
            between = [s for s in range(len(stages)) if not stages[s] & both]
            need_ds = self.longest_step_ds + 2 * LATE_DS + max(self._min_ds[g] for g in stages[stage])
            if between and any(self._max_ds[g] < need_ds for g in stages[stage] & stages[after]):
                way.append(min(between, key=lambda s: max(self._min_ds[g] for g in stages[s])))
        return tuple(way)

    def _least_stay_ds(self, groups: frozenset[int]) -> int:
        """How long a stage stays green at least: for its minima, and while an amber that it need not await burns."""
        layout = self._layout
        others = [g for g in range(len(layout.groups)) if g not in groups]
        beside = [layout.amber_ds[g] for g in others if not any((g, own) in layout.intergreen_ds for own in groups)]
        return max([self._min_ds[g] for g in groups] + beside)


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
