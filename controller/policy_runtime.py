"""The trained policy in service: an ONNX file and its card, run by onnxruntime on one thread.

Whatever is wrong with the files, the service runs: on actuated control, with the cause shown.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from junction.encoding import ENCODING_VERSION, MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError
from junction.learned import LearnedPolicy
from junction.mode import Cause
from junction.policy import Policy

CARD_SCHEMA = "chauraha.policy/1"
MIN_INTERVAL_S = 1.0
MAX_INTERVAL_S = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedPolicy:
    """The policy, or why there is none."""

    policy: Policy | None
    cause: Cause | None
    detail: str
    sha256: str = ""
    """Of the network; empty where there is none."""


class OnnxScorer:
    """(rows (N, MAX_STAGES, F) float32, mask (N, MAX_STAGES) bool) -> scores (N, MAX_STAGES) float32.

    Raises InputError for a file that onnxruntime cannot run or that has other inputs than `stages` and `mask`.
    """

    def __init__(self, model: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as wrong:  # onnxruntime's classes share no base of their own
            raise InputError("policy", expected="a network that onnxruntime can run", got=str(wrong)) from None
        inputs = sorted(i.name for i in self._session.get_inputs())
        if inputs != ["mask", "stages"]:
            raise InputError("policy.inputs", expected="mask and stages", got=inputs)

    def __call__(self, stages: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        (scores,) = self._session.run(["scores"], {"stages": stages, "mask": mask})
        return cast("NDArray[np.float32]", scores)


def load_policy(policy_file: Path | None) -> LoadedPolicy:
    """The policy of that file, or the cause for none: `no_policy` where no file is, `policy_error` for a bad one."""
    if policy_file is None:
        return LoadedPolicy(policy=None, cause=Cause.NO_POLICY, detail="started without a policy")
    if not policy_file.is_file():
        return LoadedPolicy(policy=None, cause=Cause.NO_POLICY, detail=f"no file {policy_file}")
    try:
        return load_pair(policy_file)
    except (InputError, OSError, ValueError) as wrong:
        _log.error("policy %s is not used: %s", policy_file, wrong)
        return LoadedPolicy(policy=None, cause=Cause.POLICY_ERROR, detail=str(wrong)[:200])


def load_pair(policy_file: Path) -> LoadedPolicy:
    """The policy, tried out. Raises InputError, OSError or ValueError for files that are no pair or cannot run."""
    model = policy_file.read_bytes()
    sha256 = hashlib.sha256(model).hexdigest()
    card = read_card(policy_file.with_suffix(".json"), sha256)
    scorer = OnnxScorer(model)
    _try_out(scorer)
    policy = LearnedPolicy(str(card.get("name")), scorer, interval_s=_interval_s(card))
    return LoadedPolicy(policy=policy, cause=None, detail=policy.name, sha256=sha256)


def read_card(card_file: Path, sha256: str) -> dict[str, Any]:
    """The card of the network with that hash. Raises InputError or ValueError for one that is not."""
    try:
        card = json.loads(card_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("policy card", expected=f"the file {card_file}", got="no such file") from None
    if not isinstance(card, dict):
        raise InputError("policy card", expected="a JSON object", got=type(card).__name__)
    wanted: dict[str, object] = {
        "schema": CARD_SCHEMA,
        "encoding_version": ENCODING_VERSION,
        "max_stages": MAX_STAGES,
        "features": list(STAGE_FEATURES),
    }
    for field, expected in wanted.items():
        if card.get(field) != expected:
            raise InputError(
                f"policy card.{field}",
                expected=str(expected),
                got=card.get(field),
                hint="train and export it again with this version",
            )
    if card.get("onnx_sha256") != sha256:
        raise InputError(
            "policy card.onnx_sha256",
            expected=sha256,
            got=card.get("onnx_sha256"),
            hint="the network and its card are a pair; export both again",
        )
    return card


def _interval_s(card: dict[str, Any]) -> float:
    interval_s = card.get("interval_s")
    known = isinstance(interval_s, int | float) and not isinstance(interval_s, bool)
    if interval_s is None or not known or not MIN_INTERVAL_S <= interval_s <= MAX_INTERVAL_S:
        raise InputError(
            "policy card.interval_s", expected=f"{MIN_INTERVAL_S:g} to {MAX_INTERVAL_S:g} seconds", got=interval_s
        )
    return float(interval_s)


def _try_out(scorer: OnnxScorer) -> None:
    """One call with every size as in service: a network of another shape fails at the start, not at a junction."""
    rows = np.zeros((2, MAX_STAGES, len(STAGE_FEATURES)), dtype=np.float32)
    mask = np.ones((2, MAX_STAGES), dtype=np.bool_)
    try:
        scores = scorer(rows, mask)
    except Exception as wrong:  # onnxruntime's classes share no base of their own
        raise InputError("policy", expected=f"a network for rows of {rows.shape}", got=str(wrong)) from None
    if scores.shape != mask.shape:
        raise InputError("policy.scores", expected=str(mask.shape), got=scores.shape)
