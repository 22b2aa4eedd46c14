"""The actor's weights out of an exported policy, so that training can go on from a policy that ships."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from junction.errors import InputError

PREFIX = "actor."


def actor_state(policy_file: Path) -> dict[str, Tensor]:
    """By parameter of `agents.network.StageActor`, what `agents.export` wrote into the file.

    The exporter keeps the names of biases, and turns most weights over and names them anew: a weight is known by the
    bias that is added to its product. Biases that are equal become one there, so that an untrained network is missing
    some. Raises InputError for a file that cannot be read.
    """
    try:
        graph = onnx.load(str(policy_file)).graph
    except Exception as wrong:
        raise InputError("policy", expected=f"an ONNX file at {policy_file}", got=str(wrong)) from None
    values = {v.name: torch.from_numpy(numpy_helper.to_array(v).copy()) for v in graph.initializer}
    factors = {node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMul"}
    state = {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}
    for node in graph.node:
        added = [name for name in node.input if name.startswith(PREFIX) and name.endswith(".bias")]
        for product in node.input:
            if node.op_type == "Add" and added and product in factors:
                weight = added[0].removeprefix(PREFIX).removesuffix("bias") + "weight"
                state[weight] = values[factors[product]].T.contiguous()
    return state
