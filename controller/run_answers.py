"""Shapes of the answers about training runs."""

from __future__ import annotations

from controller.answers import AT, Answer, Named, example_of

_RUN = {
    "id": "june",
    "state": "ended",
    "updated_at": AT,
    "scenario": "kanpur",
    "street": "sumo",
    "seed": 1.0,
    "steps": 400000.0,
    "elapsed_s": 5400.0,
    "best_delay_s": 61.2,
    "best_steps": 350000.0,
}
_CURVE = {
    "curve": {"steps": [7920.0, 15840.0], "reward": [-0.61, -0.52], "entropy": [1.1, None]},
    "evaluations": {"steps": [100000.0], "delay_s": [63.0], "rival_delay_s": [64.4], "best": [1.0]},
}


class RunAnswer(Named):
    """A training run. `state`: `written` (in the last ten minutes: it runs, or has just ended), `ended` (its last step
    is evaluated), `broken_off`. Steps are decisions; `best_delay_s` is simulated, on seeds not trained on."""

    state: str
    updated_at: float
    scenario: str | None
    street: str | None
    seed: float | None
    steps: float | None
    elapsed_s: float | None
    best_delay_s: float | None
    best_steps: float | None


class RunsAnswer(Answer):
    """The runs in the service's folder, the one written last first."""

    model_config = example_of(runs=[_RUN])

    runs: list[RunAnswer]


class CurveAnswer(Answer):
    """By column, one value a row: an update of the policy, an evaluation. Unknown is null. Long ones are thinned."""

    model_config = example_of(**_CURVE)

    curve: dict[str, list[float | None]]
    evaluations: dict[str, list[float | None]]


class RunCurveAnswer(RunAnswer):
    """A run with its curve. `broken_rows` could not be read: half written, or cut off."""

    model_config = example_of(**_RUN, **_CURVE, broken_rows=0)

    curve: dict[str, list[float | None]]
    evaluations: dict[str, list[float | None]]
    broken_rows: int
