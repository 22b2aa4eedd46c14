"""Shapes of the answers about policies."""

from __future__ import annotations

from typing import Any

from controller.answers import AT, Answer, Named, example_of

SHA256 = "5c1f…"
FIGURES = {
    "decisions": 720,
    "agreement": 0.86,
    "forbidden": 0,
    "live_queue_pcu": 11.2,
    "candidate_queue_pcu": 11.9,
    "margin": 0.4,
}


class PolicyAnswer(Named):
    """A policy on disk: `fault` says why it cannot run, `card` what its card says of it."""

    sha256: str | None
    fault: str | None
    card: dict[str, Any]


class PoliciesAnswer(Answer):
    """`live` is the one chosen; `running` is false where it cannot run and the junctions are on actuated control."""

    model_config = example_of(
        live="started",
        running=True,
        shadow="june",
        policies=[{"id": "started", "sha256": SHA256, "fault": None, "card": {"name": "kanpur", "interval_s": 5.0}}],
    )

    live: str
    running: bool
    shadow: str | None
    policies: list[PolicyAnswer]


class LiveAnswer(Answer):
    """The live policy, and the one before it."""

    model_config = example_of(live="june", before="started")

    live: str
    before: str


class ComparisonAnswer(Answer):
    """Shares and means over the decisions: agreement with the live policy; PCU queued where each one's choice gives
    green; by how much the candidate's own score preferred its choice where they differed."""

    decisions: int
    agreement: float | None
    forbidden: int
    live_queue_pcu: float | None
    candidate_queue_pcu: float | None
    margin: float | None


class ShadowAnswer(Answer):
    """A candidate beside the live policy: batches compared, skipped while it was busy, failed."""

    model_config = example_of(
        policy_id="june",
        running=True,
        since_at=AT,
        batches=60,
        skipped=0,
        errors=0,
        last_error=None,
        mean_ms=1.9,
        city=FIGURES,
        junctions={"rawatpur": FIGURES},
    )

    policy_id: str
    running: bool
    since_at: float | None
    batches: int
    skipped: int
    errors: int
    last_error: str | None
    mean_ms: float | None
    city: ComparisonAnswer
    junctions: dict[str, ComparisonAnswer]
