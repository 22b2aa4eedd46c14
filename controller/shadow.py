"""A candidate policy that decides beside the live one and is only compared: nothing it says reaches a junction.

It runs in a thread of its own and is given what the live one was asked, when it is done with the last batch; what it
cannot keep up with is skipped and counted. Errors are counted too, and too many in a row end it.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from junction.policy import Policy, Proposal, Situation

MAX_ERRORS = 3
"""Failed batches in a row that end a shadow."""
JOIN_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class Comparison:
    """One junction's decisions. Queues are sums over those that can be compared, where the candidate's choice was
    allowed: PCU that stood where the choice gives green."""

    decisions: int = 0
    agreed: int = 0
    forbidden: int = 0
    """Choices that the guard's mask did not allow, or that are no stage."""
    live_queue_pcu: float = 0.0
    candidate_queue_pcu: float = 0.0
    margin: float = 0.0
    """Sum, over disagreements, of the candidate's score of its own choice less its score of the live one's."""

    def document(self) -> dict[str, Any]:
        compared = self.decisions - self.forbidden
        return {
            "decisions": self.decisions,
            "agreement": _mean(self.agreed, self.decisions),
            "forbidden": self.forbidden,
            "live_queue_pcu": _mean(self.live_queue_pcu, compared),
            "candidate_queue_pcu": _mean(self.candidate_queue_pcu, compared),
            "margin": _mean(self.margin, compared - self.agreed),
        }


@dataclass(kw_only=True)
class Tally:
    """What a shadow has done so far; written by its thread, read by requests."""

    by_junction: dict[str, Comparison] = field(default_factory=dict)
    batches: int = 0
    skipped: int = 0
    errors: int = 0
    errors_in_a_row: int = 0
    last_error: str | None = None
    busy_s: float = 0.0


class Shadow:
    """`offer` and `stop` never wait for the candidate."""

    def __init__(self, policy_id: str, policy: Policy, since_s: float) -> None:
        self.policy_id = policy_id
        self.since_s = since_s
        self._policy = policy
        self._tally = Tally()
        self._mutex = threading.Lock()
        self._work: queue.SimpleQueue[tuple[list[Situation], list[Proposal]] | None] = queue.SimpleQueue()
        self._idle = True
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=f"shadow {policy_id}", daemon=True)
        self._thread.start()

    def offer(self, situations: Sequence[Situation], live: Sequence[Proposal]) -> None:
        """What the live policy was asked and said. Skipped while the candidate is busy, or when it has ended."""
        if self._ended:
            return
        if not self._idle:
            self._tally.skipped += 1
            return
        self._idle = False
        self._work.put((list(situations), list(live)))

    def stop(self) -> None:
        """Ends it; a candidate that hangs is left to its daemon thread."""
        self._ended = True
        self._work.put(None)

    def join(self) -> None:
        """Waits for its thread a moment."""
        self._thread.join(JOIN_S)

    def document(self) -> dict[str, Any]:
        """Figures so far, of the whole city and by junction."""
        with self._mutex:
            tally = self._tally
            total = Comparison()
            for one in tally.by_junction.values():
                for name in Comparison.__slots__:
                    setattr(total, name, getattr(total, name) + getattr(one, name))
            return {
                "running": not self._ended,
                "since_at": self.since_s,
                "batches": tally.batches,
                "skipped": tally.skipped,
                "errors": tally.errors,
                "last_error": tally.last_error,
                "mean_ms": _mean(1000 * tally.busy_s, tally.batches),
                "city": total.document(),
                "junctions": {key: one.document() for key, one in sorted(tally.by_junction.items())},
            }

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            began_s = time.perf_counter()
            try:
                self._compare(*work)
            except Exception as error:  # whatever a candidate does stays here
                self._failed(error)
            finally:
                self._tally.busy_s += time.perf_counter() - began_s
                self._tally.batches += 1
            self._idle = True

    def _compare(self, situations: list[Situation], live: list[Proposal]) -> None:
        proposals = self._policy.propose(situations)
        if len(proposals) != len(situations):
            raise ValueError(f"{len(proposals)} proposals for {len(situations)} junctions")
        for proposal in proposals:
            if proposal.scores is not None and not np.isfinite(proposal.scores).all():
                raise ValueError("scores that are not finite")
        with self._mutex:
            self._tally.errors_in_a_row = 0
            for situation, theirs, ours in zip(situations, live, proposals, strict=True):
                one = self._tally.by_junction.setdefault(situation.layout.id, Comparison())
                _count(one, situation, theirs, ours)

    def _failed(self, error: Exception) -> None:
        with self._mutex:
            tally = self._tally
            tally.errors += 1
            tally.errors_in_a_row += 1
            tally.last_error = f"{type(error).__name__}: {error}"[:300]
            if tally.errors_in_a_row >= MAX_ERRORS:
                self._ended = True
                _log.error("shadow %s has ended: %s", self.policy_id, tally.last_error)


def no_shadow() -> Mapping[str, Any]:
    """The document of a policy that is not in the shadow now."""
    return {
        "running": False,
        "since_at": None,
        "batches": 0,
        "skipped": 0,
        "errors": 0,
        "last_error": None,
        "mean_ms": None,
        "city": Comparison().document(),
        "junctions": {},
    }


def _count(one: Comparison, situation: Situation, live: Proposal, candidate: Proposal) -> None:
    index = situation.layout.stage_index
    place, live_place = index.get(candidate.stage_id or ""), index.get(live.stage_id or "")
    one.decisions += 1
    if place is None or not situation.allowed[place]:
        one.forbidden += 1
        return
    one.candidate_queue_pcu += _queue_pcu(situation, place)
    if live_place is not None:
        one.live_queue_pcu += _queue_pcu(situation, live_place)
    if place == live_place:
        one.agreed += 1
    elif candidate.scores is not None and live_place is not None:
        one.margin += candidate.scores[place] - candidate.scores[live_place]


def _queue_pcu(situation: Situation, stage: int) -> float:
    """What is queued in the lane groups that the stage lets go."""
    layout = situation.layout
    green = set(layout.stages[stage].group_ids)
    served = {m.lane_group_id for m in layout.movements if m.group_id in green}
    return sum(r.queue_pcu for r in situation.observation.readings if r.lane_group_id in served)


def _mean(total: float, number: int) -> float | None:
    return round(total / number, 4) if number else None
