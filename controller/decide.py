"""The decide loop: once a second, for every junction, from what is seen to a guarded and signed control document.

A tick takes a few junctions at a time, spread over the second, and lets the event loop go every few milliseconds: in a
large city polls are answered, with the last documents, while the next ones are made.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from controller.control import control_document, held_stage, plan_stage
from controller.junction_state import Asked, JunctionState, Shown
from controller.key_ring import KeyRing
from controller.ladder import LEVEL_MODE
from controller.pace import Pace
from controller.policy_runtime import LoadedPolicy
from controller.shadow import Shadow
from junction.actuated import ActuatedPolicy
from junction.corridor import passage_wish
from junction.crossing import allowed_beside, wish_beside
from junction.handover import Level
from junction.mode import Cause, Mode
from junction.observation import Observation
from junction.policy import Policy, Proposal, Situation
from junction.signals import SignalState
from junction.timetable import Timetable

TICK_S = 1.0
TURN_SIZE = 48
"""Junctions that the policy is asked for in the same second: a city of that size at once, a larger one by turns."""
GROUP_SIZE = 16
"""Junctions that are decided together, and at most in one batch of the policy: a larger one would hold polls up."""
MAX_VETOES = 3
"""Proposals in a row that the guard had forbidden before they were made: then the policy is off for a while."""

_log = logging.getLogger(__name__)


class Decider:
    """Decides for a city's junctions, those of a group together: the policy is asked for them in one batch."""

    def __init__(self, states: Mapping[str, JunctionState], policy: Policy | None, signer: KeyRing) -> None:
        self._states = states
        self._policy = policy
        self._coming: LoadedPolicy | None = None
        self._asked: list[tuple[Situation, Proposal]] = []
        """In this tick."""
        self.shadow: Shadow | None = None
        """A candidate that is told what the live policy was asked and said."""
        self._actuated = ActuatedPolicy()
        self._signer = signer
        every = list(states.values())
        self._groups = [every[begin : begin + GROUP_SIZE] for begin in range(0, len(every), GROUP_SIZE)]
        self._turn_s = {key: number // TURN_SIZE for number, key in enumerate(states)}
        layouts = [state.site.layout for state in every]
        self._actuated.reset(layouts, 0)
        if policy is not None:
            policy.reset(layouts, 0)

    def change_policy(self, loaded: LoadedPolicy) -> None:
        """Takes another policy from the next tick on."""
        self._coming = loaded

    async def tick(self, now_s: Callable[[], float], seq: int, *, spread_s: float = 0.0) -> list[dict[str, Any]]:
        """Prepares every junction's control document. Returns the changes of mode, as rows for the store.

        `now_s` is asked anew for every junction: reports come in while others are decided. `spread_s` is how long to
        take at least; the default is to take no longer than it must.
        """
        self._take_coming()
        pace = Pace()
        begun_s = time.monotonic()
        changes: list[dict[str, Any]] = []
        self._asked.clear()
        for number, group in enumerate(self._groups):
            early_s = begun_s + spread_s * number / len(self._groups) - time.monotonic()
            if early_s > 0:
                await asyncio.sleep(early_s)
            changes += await self._decide_group(group, now_s, seq, pace)
        if self.shadow is not None and self._asked:
            situations, proposals = zip(*self._asked, strict=True)
            self.shadow.offer(situations, proposals)
        return changes

    async def _decide_group(
        self, group: Sequence[JunctionState], now_s: Callable[[], float], seq: int, pace: Pace
    ) -> list[dict[str, Any]]:
        for state in group:
            at_s = now_s()
            state.ladder.step(at_s, state.health(at_s))
            if state.override is not None and state.override.until_at <= at_s:
                state.override = None
            await pace.breathe()
        await self._ask_policy([state for state in group if self._is_due(state, now_s())], now_s, pace)
        changes = []
        for state in group:
            if state.ladder.level is Level.ACTUATED:
                self._ask_actuated(state, now_s())
            change = self._emit(state, now_s(), seq)
            if change is not None:
                changes.append(change)
            await pace.breathe()
        return changes

    def _take_coming(self) -> None:
        loaded, self._coming = self._coming, None
        if loaded is None:
            return
        self._policy = loaded.policy
        if loaded.policy is not None:
            loaded.policy.reset([state.site.layout for state in self._states.values()], 0)
        for state in self._states.values():
            state.ladder.change_policy(loaded.cause)
            state.policy_vetoes, state.asked_s = 0, float("-inf")

    def _is_due(self, state: JunctionState, now_s: float) -> bool:
        """Whether to ask the policy for this junction: never asked yet, or on its turn's grid of seconds."""
        if self._policy is None or state.ladder.level is not Level.AI:
            return False
        if not math.isfinite(state.asked_s):
            return True
        turn_s, interval_s = self._turn_s[state.site.layout.id], self._policy.interval_s
        return (now_s - turn_s) // interval_s != (state.asked_s - turn_s) // interval_s

    async def _ask_policy(self, due: list[JunctionState], now_s: Callable[[], float], pace: Pace) -> None:
        if self._policy is None or not due:
            return
        policy, situations = self._policy, []
        for state in due:
            situations.append(_situation(state, state.observation(now_s())))
            state.traffic.carried_on(situations[-1].observation)
            await pace.breathe()
        asked_s = now_s()
        try:
            proposals = policy.propose(situations)
            if len(proposals) != len(due):
                raise ValueError(f"{len(proposals)} proposals for {len(due)} junctions")
        except Exception as error:  # whatever a model does, the junctions go on
            _log.error("the policy failed: %s", error)
            for state in due:
                state.ladder.bar_policy(asked_s, Cause.POLICY_ERROR)
            return
        self._asked += zip(situations, proposals, strict=True)
        for state, situation, proposal in zip(due, situations, proposals, strict=True):
            state.asked = Asked(at_s=asked_s, policy=policy, situation=situation)
            self._take_proposal(state, situation, proposal, asked_s)

    def _take_proposal(self, state: JunctionState, situation: Situation, proposal: Proposal, now_s: float) -> None:
        state.asked_s = now_s
        layout = situation.layout
        scores = _scores(situation, proposal)
        if scores is None or not all(math.isfinite(score) for score in scores.values()):
            state.ladder.bar_policy(now_s, Cause.POLICY_ERROR)
            return
        index = layout.stage_index.get(proposal.stage_id)
        vetoed = index is None or not situation.allowed[index]
        state.policy_vetoes = state.policy_vetoes + 1 if vetoed else 0
        if state.policy_vetoes >= MAX_VETOES:
            state.policy_vetoes = 0
            state.ladder.bar_policy(now_s, Cause.GUARD_VETO)
            return
        state.wanted, state.scores = proposal.stage_id, scores

    def _ask_actuated(self, state: JunctionState, now_s: float) -> None:
        try:
            remembered = state.traffic.carried_on(state.observation(now_s))
            proposal = self._actuated.propose([_situation(state, remembered)])[0]
        except Exception as error:  # whatever a camera reports, the junction goes on
            _log.error("actuated control failed at %s: %s", state.site.layout.id, error)
            state.ladder.drop_to_fixed(Cause.POLICY_ERROR)
            return
        state.wanted, state.scores, state.asked_s = proposal.stage_id, None, float("-inf")

    def _emit(self, state: JunctionState, now_s: float, seq: int) -> dict[str, Any] | None:
        """Guards and signs one junction's document; a row for the store when mode or cause changed."""
        try:
            shown, stage = _decide(state, now_s)
        except Exception as error:  # a bug here must cost one junction its AI, not the city its documents
            _log.exception("deciding for %s failed", state.site.layout.id)
            state.ladder.drop_to_fixed(Cause.POLICY_ERROR)
            shown, stage = _fixed(state, now_s, reasons=(f"deciding failed: {type(error).__name__}",))
        same = (shown.mode, shown.cause) == (state.shown.mode, state.shown.cause)
        state.shown = shown
        state.control = self._signer.sign(
            control_document(
                state.site, seq=seq, now_s=now_s, mode=shown.mode, cause=shown.cause, plan_id=shown.plan_id, stage=stage
            )
        )
        if same:
            return None
        return {
            "junction_id": state.site.layout.id,
            "at": now_s,
            "mode": str(shown.mode),
            "cause": str(shown.cause),
            "detail": "; ".join(shown.reasons)[:300],
        }


def _situation(state: JunctionState, observation: Observation) -> Situation:
    allowed = state.guard.allowed(observation.signals)
    held_off = state.crossings.held_off(observation.time_s)
    if held_off:
        allowed = allowed_beside(allowed, held_off)
    return Situation(layout=state.site.layout, observation=observation, allowed=allowed)


def _scores(situation: Situation, proposal: Proposal) -> dict[str, float] | None:
    """Scores of the stages that were allowed, by id: those of forbidden ones mean nothing."""
    stages = situation.layout.stages
    if proposal.scores is None:
        return {}
    if len(proposal.scores) != len(stages):
        return None
    return {stages[i].id: proposal.scores[i] for i in range(len(stages)) if situation.allowed[i]}


def _decide(state: JunctionState, now_s: float) -> tuple[Shown, dict[str, Any]]:
    signals = state.fresh_signals(now_s)
    passage = state.passage(now_s)
    if passage is not None and signals is not None:
        return _staged(
            state,
            now_s,
            signals,
            wanted=passage_wish(state.guard, passage.at, signals),
            mode=Mode.MANUAL,
            cause=Cause.CORRIDOR,
            reasons=(passage.reason,),
        )
    override = state.override
    if override is not None and override.plan_id is not None:
        return _fixed(
            state, now_s, plan_id=override.plan_id, mode=Mode.MANUAL, cause=Cause.OPERATOR, reasons=(override.reason,)
        )
    held_off = state.crossings.held_off(now_s) if override is None else frozenset()
    if signals is None or (override is None and not held_off and state.ladder.level is Level.FIXED):
        return _fixed(state, now_s)
    if override is not None:
        return _staged(
            state,
            now_s,
            signals,
            wanted=override.stage_id,
            mode=Mode.MANUAL,
            cause=Cause.OPERATOR,
            reasons=(override.reason,),
        )
    mode, cause = LEVEL_MODE[state.ladder.level], state.ladder.cause
    if not held_off:
        return _staged(state, now_s, signals, wanted=state.wanted, mode=mode, cause=cause)
    # A plan that the controller ran by its own clock would lead over the rails: it is told stage by stage.
    wanted = state.timetable.stage_due(now_s) if mode is Mode.FIXED else state.wanted
    return _staged(
        state,
        now_s,
        signals,
        wanted=wish_beside(state.guard, signals, wanted, held_off),
        mode=mode,
        cause=Cause.LEVEL_CROSSING,
    )


def _since_s(state: JunctionState, mode: Mode, cause: Cause, now_s: float) -> float:
    """Since when it is so: that and no other cause times the junction already, or from now on."""
    shown = state.shown
    return shown.since_s if shown.mode is mode and shown.cause is cause else now_s


def _fixed(
    state: JunctionState,
    now_s: float,
    *,
    plan_id: str | None = None,
    mode: Mode = Mode.FIXED,
    cause: Cause | None = None,
    reasons: Sequence[str] = (),
) -> tuple[Shown, dict[str, Any]]:
    """A plan that the controller runs by its own clock: by default the one that the table names for now."""
    site = state.site
    due = (state.timetable if plan_id is None else Timetable(site, lambda *_: site.plans[plan_id])).due(now_s)
    state.wanted, state.scores, state.asked_s = None, None, float("-inf")
    doubts = tuple(f"{group}: {doubt}" for group, doubt in state.doubts.items())
    cause = cause or state.ladder.cause
    stage = plan_stage(site, due, now_s)
    shown = Shown(
        mode=mode,
        cause=cause,
        since_s=_since_s(state, mode, cause, now_s),
        plan_id=due.plan.id,
        stage_id=stage["id"],
        reasons=(*reasons, *(doubts if cause is Cause.IMPLAUSIBLE_COUNTS else ())),
    )
    return shown, stage


def _staged(
    state: JunctionState,
    now_s: float,
    signals: SignalState,
    *,
    wanted: str | None,
    mode: Mode,
    cause: Cause,
    reasons: Sequence[str] = (),
) -> tuple[Shown, dict[str, Any]]:
    """A stage command, as the guard rules it; what the guard put in place of the wish stays until the next wish."""
    ruling = state.guard.review_stage(signals, wanted)
    stage_id = state.site.layout.stages[ruling.stage].id
    if not ruling.accepted:
        state.wanted = stage_id
    doubts = tuple(f"{group}: {doubt}" for group, doubt in state.doubts.items())
    shown = Shown(
        mode=mode,
        cause=cause,
        since_s=_since_s(state, mode, cause, now_s),
        stage_id=stage_id,
        scores=state.scores,
        reasons=(*reasons, *ruling.reasons, *(doubts if cause is Cause.IMPLAUSIBLE_COUNTS else ())),
    )
    return shown, held_stage(state.guard, signals, ruling.stage)
