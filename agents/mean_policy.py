"""The mean of the weights of policies that were trained one out of the other.

    python -m agents.mean_policy --part agents/general/queues.onnx=0.25 --part runs/s5/candidate.onnx=0.75 \
        --name "any city" --out runs/mean

A network that went on elsewhere does better there and forgets a little of what it knew; the mean of before and after
keeps much of both (Wortsman et al. 2022, https://arxiv.org/abs/2109.01903), and costs no more to run than one of them.
It holds for networks of one descent only: of strangers the mean knows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from gymnasium import spaces

from agents.card import PolicyCard, card_file, read_card
from agents.exported_actor import actor_state
from agents.network import StagePolicy
from agents.training import export_with_card
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError

CURVE_IS_OF_ONE = "A mean of policies; seed, steps, curve and evaluations are those of the last part's training."

Part = tuple[Path, float]
"""An exported policy and how much of it there is to be, as a share of the parts' sum."""


def mean_policy(parts: Sequence[Part], out: Path, *, name: str) -> PolicyCard:
    """Writes the mean as `policy.onnx` into the folder `out`, and its card, which names the parts.

    Raises InputError for fewer than two parts, weights that are not above 0, policies that differ in shape or in how
    often they decide, and files that cannot be read.
    """
    if len(parts) < 2 or not all(np.isfinite(weight) and weight > 0 for _, weight in parts):
        got = [f"{file}={weight:g}" for file, weight in parts]
        raise InputError("part", expected="two policies or more, each with a weight above 0", got=got)
    cards = [read_card(card_file(file)) for file, _ in parts]
    if len({card.interval_s for card in cards}) > 1:
        raise InputError("part", expected="policies that decide equally often", got=[c.interval_s for c in cards])
    states = [actor_state(file) for file, _ in parts]
    shapes = [{key: tuple(value.shape) for key, value in state.items()} for state in states]
    if any(shape != shapes[0] for shape in shapes):
        raise InputError("part", expected="policies of the same shape", got=[str(file) for file, _ in parts])
    shares = [weight / sum(weight for _, weight in parts) for _, weight in parts]
    mean = {
        key: torch.stack([s * state[key] for s, state in zip(shares, states, strict=True)]).sum(dim=0)
        for key in states[0]
    }
    policy = _policy_of(width=len(mean["logit.weight"][0]))
    policy.mlp_extractor.actor.load_state_dict(mean)
    origins = [
        {"name": card.name, "onnx_sha256": card.onnx_sha256, "share": share, "training": dict(card.training)}
        for card, share in zip(cards, shares, strict=True)
    ]
    card = replace(cards[-1], name=name, training={"mean_of": origins}, results={}, notes=(CURVE_IS_OF_ONE,))
    out.mkdir(parents=True, exist_ok=True)
    export_with_card(policy, out / "policy.onnx", card)
    return read_card(out / "policy.json")


def _policy_of(width: int) -> StagePolicy:
    space = spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)))
    return StagePolicy(space, spaces.Discrete(MAX_STAGES), lambda _: 0.0, width=width)


def parse_part(text: str) -> Part:
    """`FILE=WEIGHT`. Raises InputError for anything else."""
    file, _, weight = text.rpartition("=")
    try:
        return Path(file), float(weight)
    except ValueError:
        raise InputError("--part", expected="FILE=WEIGHT, like runs/a1/candidate.onnx=0.75", got=text) from None


def main(
    part: Annotated[
        list[str], typer.Option(help="An exported policy and its weight, FILE=WEIGHT; the last one's card is kept.")
    ],
    out: Annotated[Path, typer.Option(help="The folder for policy.onnx and its card.")],
    name: Annotated[str, typer.Option(help="The card's name of it.")],
) -> None:
    """Write the mean of several policies."""
    card = mean_policy([parse_part(text) for text in part], out, name=name)
    print(f"{out / 'policy.onnx'}: {card.onnx_sha256}")


if __name__ == "__main__":
    typer.run(main)
