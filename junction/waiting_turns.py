"""Turns that wait inside a junction for a gap, and the stage that lets them out before the others get green.

Where a turn across the oncoming traffic runs in the same stage as that traffic, its first vehicles wait in the middle
of the junction. When another stage follows, they are still there, in the way of those who get green then; two
junctions close together can so lock each other for good. A fixed plan follows such a stage with one that opens the
turns alone, and nobody is left. A policy that is free in its order is put back to that: see `WaitingTurns`.

No camera reports who waits in the middle. What it does report is the queue behind them: one that stands at green and
does not shrink.
"""

from __future__ import annotations

from dataclasses import replace

from junction.layout import GroupKind, JunctionLayout, Turn
from junction.observation import Observation
from junction.policy import Proposal, Situation

SHRINKS_PCU = 0.3
"""A queue that is discharged loses more than this from one look to the next."""


def clearing_stages(layout: JunctionLayout) -> tuple[tuple[int, ...], ...]:
    """By stage: the stages that keep some of its turns green and nothing that goes straight on."""
    straight = {movement.group_id for movement in layout.movements if movement.turn is Turn.STRAIGHT}
    turns_only = frozenset(
        index
        for index, group in enumerate(layout.groups)
        if group.kind is GroupKind.VEHICLE and group.id not in straight
    )
    groups = layout.stage_groups
    return tuple(
        tuple(other for other in range(len(groups)) if groups[other] < groups[stage] and groups[other] <= turns_only)
        for stage in range(len(groups))
    )


class WaitingTurns:
    """One junction's. Give it every proposal that is to be carried out: it remembers the queues of the last one."""

    def __init__(self, layout: JunctionLayout) -> None:
        self._clearing = clearing_stages(layout)
        lanes: list[set[int]] = [set() for _ in layout.groups]
        for movement in layout.movements:
            lanes[layout.group_index[movement.group_id]].add(layout.lane_group_index[movement.lane_group_id])
        self._lanes_of = [frozenset[int]().union(*(lanes[g] for g in groups)) for groups in layout.stage_groups]
        self._queue_pcu: dict[int, float] = {}

    def instead(self, situation: Situation, proposal: Proposal) -> Proposal:
        """The proposal; or, where it leaves turns behind that wait, an allowed stage that lets them out first."""
        layout, signals = situation.layout, situation.observation.signals
        before_pcu, self._queue_pcu = self._queue_pcu, _queues_pcu(situation.observation)
        wanted = layout.stage_index.get(proposal.stage_id, signals.stage)
        if signals.in_transition or wanted == signals.stage:
            return proposal
        groups = layout.stage_groups
        for stage in self._clearing[signals.stage]:
            kept = groups[stage] & groups[wanted]
            if situation.allowed[stage] and not kept and self._waits(stage, before_pcu):
                return replace(proposal, stage_id=layout.stages[stage].id)
        return proposal

    def _waits(self, stage: int, before_pcu: dict[int, float]) -> bool:
        return any(
            queue_pcu > 0 and queue_pcu >= before_pcu.get(lane, float("inf")) - SHRINKS_PCU
            for lane, queue_pcu in self._queue_pcu.items()
            if lane in self._lanes_of[stage]
        )


def _queues_pcu(observation: Observation) -> dict[int, float]:
    """By lane group, of those that are known."""
    return {lane: reading.queue_pcu for lane, reading in enumerate(observation.readings) if reading.known}
