"""A trained network as one ONNX file that onnxruntime runs without torch, and the proof that it scores the same.

input  stages  float32 (N, MAX_STAGES, features)   junction.encoding.encode of every junction
input  mask    bool    (N, MAX_STAGES)             what the guard allows
output scores  float32 (N, MAX_STAGES)             a forbidden stage scores `FORBIDDEN`
"""

from __future__ import annotations

import hashlib
import math
import tempfile
import warnings
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from agents.network import StageActor, StagePolicy
from agents.onnx_policy import OnnxScorer
from agents.practice_junctions import practice_junctions
from agents.queue_env import QueueVecEnv
from envs.reward import RewardWeights
from junction.errors import ChaurahaError

OPSET = 18
FORBIDDEN = -1e8
"""Score of a stage that the guard forbids, the value that sb3_contrib gives a masked logit."""
MAX_FILE_BYTES = 2_000_000
PARITY = 1e-5
PARITY_JUNCTIONS = 100


class MaskedScores(nn.Module):
    """The actor with the guard's mask applied: what the file holds."""

    def __init__(self, actor: StageActor) -> None:
        super().__init__()
        self.actor = actor

    def forward(self, stages: Tensor, mask: Tensor) -> Tensor:
        return torch.where(mask, self.actor(stages), torch.full_like(stages[..., 0], FORBIDDEN))


def export_policy(policy: StagePolicy, policy_file: Path) -> str:
    """Writes the policy's actor, whole or not at all, and gives the file's hex SHA-256.

    Raises ChaurahaError when the file would be too large or would not score as the policy does.
    """
    network = MaskedScores(policy.mlp_extractor.actor).to("cpu").eval()
    # Two junctions in the example: with one the exporter would take the batch for a constant.
    example = (torch.zeros((2, *policy.shape)), torch.ones((2, policy.shape[0]), dtype=torch.bool))
    batch = torch.export.Dim("batch", min=1)
    with tempfile.TemporaryDirectory(dir=policy_file.parent) as folder, warnings.catch_warnings():
        # Deprecations inside torch's own exporter, of no use to whoever exports a policy.
        warnings.simplefilter("ignore")
        part = Path(folder) / "policy.onnx"
        torch.onnx.export(
            network,
            example,
            str(part),
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            verbose=False,
            input_names=["stages", "mask"],
            output_names=["scores"],
            dynamic_shapes={"stages": {0: batch}, "mask": {0: batch}},
        )
        onnx.checker.check_model(str(part), full_check=True)
        size = part.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ChaurahaError(f"exported policy: expected at most {MAX_FILE_BYTES} bytes, got {size}; reduce --width")
        difference = parity(policy, part)
        if difference > PARITY:
            raise ChaurahaError(f"exported policy: expected scores within {PARITY} of the trained, got {difference}")
        digest = hashlib.sha256(part.read_bytes()).hexdigest()
        part.replace(policy_file)
    return digest


def parity(policy: StagePolicy, policy_file: Path, *, situations: int = 10_000, seed: int = 0) -> float:
    """Largest difference between the file's scores and the policy's logits over observations of practice junctions,
    as a share of the logit where that is above 1 (float32 carries seven digits).

    The junctions are timed at random in the queue model. The logits compared are those that SB3's masked distribution
    is made of, so equal scores choose equal stages.
    """
    score, rng, worst = OnnxScorer(policy_file), np.random.default_rng(seed), 0.0
    layouts = practice_junctions(PARITY_JUNCTIONS, seed)
    street = QueueVecEnv(layouts, copies=1, seed=seed, interval_s=5.0, episode_s=1800.0, weights=RewardWeights())
    stages = street.reset()
    for _ in range(math.ceil(situations / len(layouts))):
        mask = np.stack(street.env_method("action_masks"))
        scores = score(stages, mask)
        with torch.no_grad():
            logits = policy.action_net(policy.mlp_extractor.forward_actor(torch.from_numpy(stages))).numpy()
        worst = max(worst, float((np.abs(scores - logits) / np.maximum(1.0, np.abs(logits)))[mask].max()))
        street.step_async(np.where(mask, rng.random(mask.shape), -1.0).argmax(axis=1))
        stages = cast("NDArray[np.float32]", street.step_wait()[0])
    return worst
