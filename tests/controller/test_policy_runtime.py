"""The trained policy in service: a good pair of files runs, every bad one is a cause and never a crash."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from controller_parts import serving

from controller.policy_runtime import OnnxScorer, load_policy
from junction.encoding import ENCODING_VERSION, MAX_STAGES, STAGE_FEATURES
from junction.mode import Cause

onnx = pytest.importorskip("onnx", reason="making a network needs onnx: pip install 'chauraha[train]'")


def network(features: int = len(STAGE_FEATURES), mask_name: str = "mask", scale: float = 1.0) -> bytes:
    """A network that scores a stage by its queue (times `scale`), and a forbidden one by -1e8."""
    from onnx import TensorProto, helper

    weights = np.zeros((features, 1), dtype=np.float32)
    weights[min(STAGE_FEATURES.index("queue_pcu"), features - 1)] = scale
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["stages", "weights"], ["columns"]),
            helper.make_node("Squeeze", ["columns", "axis"], ["raw"]),
            helper.make_node("Where", [mask_name, "raw", "forbidden"], ["scores"]),
        ],
        "queue",
        [
            helper.make_tensor_value_info("stages", TensorProto.FLOAT, ["n", MAX_STAGES, features]),
            helper.make_tensor_value_info(mask_name, TensorProto.BOOL, ["n", MAX_STAGES]),
        ],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", MAX_STAGES])],
        [
            onnx.numpy_helper.from_array(weights, "weights"),
            onnx.numpy_helper.from_array(np.array([2], dtype=np.int64), "axis"),
            onnx.numpy_helper.from_array(np.array(-1e8, dtype=np.float32), "forbidden"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    body: bytes = model.SerializeToString()
    return body


def write_pair(folder: Path, model: bytes, **changes: Any) -> Path:
    path = folder / "policy.onnx"
    path.write_bytes(model)
    card = {
        "schema": "chauraha.policy/1",
        "name": "by-queue",
        "interval_s": 5.0,
        "encoding_version": ENCODING_VERSION,
        "max_stages": MAX_STAGES,
        "features": list(STAGE_FEATURES),
        "onnx_sha256": hashlib.sha256(model).hexdigest(),
    }
    path.with_suffix(".json").write_text(json.dumps({**card, **changes}))
    return path


async def test_good_pair_runs_and_its_choice_is_the_stage(tmp_path: Path) -> None:
    write_pair(tmp_path, network())
    async with serving(tmp_path) as rig:
        assert rig.service.policy.policy is not None
        groups = [
            {"lane_group_id": f"{arm}1", "seen": True, "present": {"car": 9}, "queue_veh": queue, "queue_pcu": queue}
            for arm, queue in (("n", 0), ("s", 0), ("e", 9), ("w", 9))
        ]
        for _ in range(8):
            await rig.send_status()
            await rig.send_counts(lane_groups=groups)
            await rig.drive(1)
        document = await rig.control()
        assert (document["mode"], document["stage"]["id"]) == ("ai", "ew")
        scores = (await rig.http.get("/v1/state")).json()["junctions"]["J1"]["scores"]
        assert scores["ew"] > scores["ns"]


def test_scorer_takes_any_number_of_junctions() -> None:
    scorer = OnnxScorer(network())
    for n in (1, 3, 24):
        rows = np.zeros((n, MAX_STAGES, len(STAGE_FEATURES)), dtype=np.float32)
        mask = np.zeros((n, MAX_STAGES), dtype=np.bool_)
        mask[:, 0] = True
        scores = scorer(rows, mask)
        assert scores.shape == (n, MAX_STAGES)
        assert (scores[:, 0] == 0).all()
        assert (scores[:, 1:] == -1e8).all()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"encoding_version": "stage-rows/0"}, "encoding_version"),
        ({"schema": "other/1"}, "schema"),
        ({"features": ["queue"]}, "features"),
        ({"max_stages": 4}, "max_stages"),
        ({"onnx_sha256": "0"}, "onnx_sha256"),
        ({"interval_s": 0}, "interval_s"),
        ({"interval_s": float("nan")}, "interval_s"),
        ({"interval_s": "5"}, "interval_s"),
    ],
)
def test_card_that_does_not_fit(tmp_path: Path, changes: dict[str, Any], word: str) -> None:
    found = load_policy(write_pair(tmp_path, network(), **changes))
    assert (found.policy, found.cause) == (None, Cause.POLICY_ERROR)
    assert word in found.detail


@pytest.mark.parametrize("model", [b"", b"not a network", network()[:200], network(mask_name="allowed"), network(5)])
def test_network_that_does_not_fit(tmp_path: Path, model: bytes) -> None:
    found = load_policy(write_pair(tmp_path, model))
    assert (found.policy, found.cause) == (None, Cause.POLICY_ERROR)


def test_files_that_are_missing_or_damaged(tmp_path: Path) -> None:
    assert load_policy(None).cause is Cause.NO_POLICY
    assert load_policy(tmp_path / "nothing.onnx").cause is Cause.NO_POLICY
    path = write_pair(tmp_path, network())
    path.with_suffix(".json").write_text("{")
    assert load_policy(path).cause is Cause.POLICY_ERROR
    path.with_suffix(".json").write_text("[]")
    assert load_policy(path).cause is Cause.POLICY_ERROR
    path.with_suffix(".json").unlink()
    assert load_policy(path).cause is Cause.POLICY_ERROR


async def test_service_runs_with_a_broken_policy_and_says_so(tmp_path: Path) -> None:
    write_pair(tmp_path, b"broken")
    async with serving(tmp_path) as rig:
        await rig.live(8)
        assert await rig.shown() == ("actuated", "policy_error")
        assert (await rig.http.get("/v1/city")).json()["policy"]["cause"] == "policy_error"


async def test_network_that_says_nan(tmp_path: Path) -> None:
    write_pair(tmp_path, network(scale=float("nan")))
    async with serving(tmp_path) as rig:
        await rig.live(8)
        assert await rig.shown() == ("actuated", "policy_error")
