"""Plans as a hostile planner would make them, and what an accepted one must not do."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from bench.blind_player import play_blindly
from bench.hostile_commands import junk
from junction.layout import MAX_CYCLE_S, MIN_CYCLE_S, JunctionLayout
from junction.plan import Plan, PlanOrigin, PlanStage
from junction.plan_faults import MAX_GREEN_CHANGE, MAX_OFFSET_MOVE


def lawful_plan(layout: JunctionLayout, rng: random.Random) -> Plan:
    """Every group served, greens from their minimum up; whether the guard likes it is another matter."""
    order = [layout.stages[index].id for index in rng.sample(range(len(layout.stages)), len(layout.stages))]
    stages, missing = [], set(layout.group_index)
    for stage_id in order:
        served = missing & set(layout.stage(stage_id).group_ids)
        if served or rng.random() < 0.2:
            least_s = max(layout.groups[layout.group_index[g]].min_green_s for g in layout.stage(stage_id).group_ids)
            stages.append(PlanStage(stage_id=stage_id, green_s=round(least_s + rng.choice((0, rng.random() * 12)), 1)))
            missing -= served
    return fitted(layout, tuple(stages), rng)


def fitted(layout: JunctionLayout, stages: tuple[PlanStage, ...], rng: random.Random) -> Plan:
    """A plan of these stages whose cycle is their sum."""
    plan = Plan(id="p", cycle_s=1.0, offset_s=0.0, stages=stages, origin=rng.choice(list(PlanOrigin)))
    cycle_s = round(plan.length_s(layout), 1)
    return replace(plan, cycle_s=cycle_s, offset_s=round(rng.random() * cycle_s, 1) % cycle_s)


def hostile_plan(layout: JunctionLayout, plan: Plan, rng: random.Random) -> Plan:
    """The plan with one thing changed: a number put on, or a step beside, a limit of its; or junk put anywhere."""
    index = rng.randrange(len(plan.stages))
    planned = plan.stages[index]
    limits_s = [
        limit
        for group_id in layout.stage(planned.stage_id).group_ids
        for group in (layout.groups[layout.group_index[group_id]],)
        for limit in (group.min_green_s, group.max_green_s, group.max_red_s)
    ]

    def with_green(green_s: Any, **changes: Any) -> tuple[PlanStage, ...]:
        return (
            *plan.stages[:index], replace(planned, **{"green_s": green_s, **changes}), *plan.stages[index + 1 :]
        )  # fmt: skip

    def junked(value: object) -> Any:
        """Junk, or the value itself, where a plan holds something else."""
        return rng.choice((junk(rng), value))

    step_s = rng.choice((-0.1, 0.0, 0.1))
    by_step = rng.choice(limits_s) + step_s
    by_offset = rng.choice((0.169, 0.17, 0.171))
    changed: tuple[Callable[[], Plan], ...] = (
        lambda: plan,
        lambda: fitted(layout, with_green(by_step), rng),
        lambda: fitted(layout, with_green(planned.green_s * (1 + rng.choice((-0.2, 0.2))) + step_s), rng),
        lambda: fitted(layout, (*plan.stages, rng.choice(plan.stages)), rng),
        lambda: fitted(layout, tuple(rng.sample(plan.stages, len(plan.stages))), rng),
        lambda: fitted(layout, plan.stages[:index] or plan.stages, rng),
        lambda: fitted(layout, plan.stages * rng.choice((2, 3, 9)), rng),
        lambda: replace(plan, stages=with_green(planned.green_s + rng.choice((0.04, 0.06, -0.06, 30.0)))),
        lambda: replace(plan, stages=with_green(rng.choice((junk(rng), -1.0, 0.0, 1e-9, 1e9, 10**400)))),
        lambda: replace(plan, stages=with_green(planned.green_s, stage_id=junk(rng))),
        lambda: replace(plan, cycle_s=junked(rng.choice((39.9, 40.0, 180.0, 180.1, 0.0, -60.0)))),
        lambda: replace(plan, offset_s=junked(rng.choice((-0.1, 0.0, plan.cycle_s, plan.cycle_s - 0.1, 1e9)))),
        lambda: replace(plan, offset_s=(plan.offset_s + by_offset * plan.cycle_s) % plan.cycle_s),
        lambda: replace(plan, stages=junked(rng.choice(((), (junk(rng), junk(rng)), plan.stages * 99)))),
        lambda: replace(plan, origin=junked("policy")),
    )  # fmt: skip
    return rng.choice(changed)()


def plan_breaches(layout: JunctionLayout, running: Plan | None, plan: Plan) -> Iterator[str]:
    """What the envelope forbids in a plan that was accepted, by sums of its own and by its lamps."""
    served = {group for planned in plan.stages for group in layout.stage(planned.stage_id).group_ids}
    if not MIN_CYCLE_S <= plan.cycle_s <= MAX_CYCLE_S:
        yield f"cycle {plan.cycle_s}"
    if not 0 <= plan.offset_s < plan.cycle_s:
        yield f"offset {plan.offset_s}"
    if abs(plan.length_s(layout) - plan.cycle_s) > 0.05 + 1e-9:
        yield f"stages add up to {plan.length_s(layout)}"
    if served != set(layout.group_index):
        yield "a group is never served"
    if running is not None and running.origin == plan.origin == PlanOrigin.POLICY:
        yield from _step_breaches(running, plan)
    for event in play_blindly(layout, plan):
        yield f"{event.time_s:.1f} s {event.rule}: {event.detail}"


def _step_breaches(running: Plan, plan: Plan) -> Iterator[str]:
    moved_s = abs(plan.offset_s - running.offset_s)
    if min(moved_s % plan.cycle_s, -moved_s % plan.cycle_s) > MAX_OFFSET_MOVE * plan.cycle_s + 1e-6:
        yield f"offset moves {moved_s}"
    for stage_id in {planned.stage_id for planned in running.stages} & {planned.stage_id for planned in plan.stages}:
        before_s, after_s = (sum(s.green_s for s in p.stages if s.stage_id == stage_id) for p in (running, plan))
        if abs(after_s - before_s) > MAX_GREEN_CHANGE * before_s + 1e-6:
            yield f"green of {stage_id} from {before_s} to {after_s}"
