"""An exported policy as a `Policy`, run by onnxruntime: no torch, no SB3."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from agents.card import card_file, read_card
from agents.settings import check_settings
from junction.errors import InputError
from junction.learned import LearnedPolicy


class OnnxScorer:
    """Stage scores of many junctions in one batch: (N, S, F) float32 and (N, S) bool -> (N, S) float32.

    Holds an onnxruntime session of one thread: the network is far too small to share out. Raises InputError when
    the file is missing or no such network.
    """

    def __init__(self, policy_file: Path) -> None:
        if not policy_file.is_file():
            raise InputError(
                "policy",
                expected=f"an exported policy at {policy_file}",
                got="no such file",
                hint="train and export one with: chauraha train --scenario NAME --run DIR",
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(policy_file), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as wrong:  # onnxruntime raises its own unrelated classes, one a kind of damage
            raise InputError(f"policy {policy_file}", expected="an ONNX network", got=str(wrong)) from None
        names = {i.name for i in self._session.get_inputs()}
        if names != {"stages", "mask"}:
            raise InputError(f"policy {policy_file}.inputs", expected="stages and mask", got=sorted(names))

    def __call__(self, stages: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        outputs: list[Any] = self._session.run(["scores"], {"stages": stages, "mask": mask})
        return cast("NDArray[np.float32]", outputs[0])


SETTINGS = ("interval_s", "stay")
"""What a comparison may set on a policy: how often it is asked, and what a change has to be worth (`LearnedPolicy`)."""


def load_policy(policy_file: Path, *, name: str, settings: Mapping[str, float] | None = None) -> LearnedPolicy:
    """The exported policy in `policy_file`, with its card beside it, asked as the card says unless `settings` say
    otherwise. Raises InputError for either file and for a setting that there is not."""
    settings = settings or {}
    check_settings(name, settings, SETTINGS)
    scorer = OnnxScorer(policy_file)
    card = read_card(card_file(policy_file))
    digest = hashlib.sha256(policy_file.read_bytes()).hexdigest()
    if card.onnx_sha256 != digest:
        raise InputError(
            "policy card.onnx_sha256",
            expected=digest,
            got=card.onnx_sha256,
            hint="the network and its card are a pair; export both again",
        )
    return LearnedPolicy(
        name, scorer, interval_s=settings.get("interval_s", card.interval_s), stay=settings.get("stay", 0.0)
    )
