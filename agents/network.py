"""The network that every junction shares: it scores stages, so it fits a junction of any shape.

    StageNetwork      stages (N, S, F) -> one logit a stage (N, S) and one value a junction (N,)
    StagePolicy       the same as an SB3 policy for sb3_contrib.MaskablePPO

Each stage's row goes through the same layers, together with the mean and the maximum over the junction's stages (as in
Deep Sets, Zaheer et al. 2017, https://arxiv.org/abs/1703.06114). So the order of the stages does not matter, nor does
the padding: a row of zeros is no stage.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

DEFAULT_WIDTH = 64


class StageEncoder(nn.Module):
    """Rows (N, S, F) -> stage features (N, S, width) and the junction's context (N, 2 x width)."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.row = nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())

    def forward(self, stages: Tensor) -> tuple[Tensor, Tensor]:
        """Padding rows give 0 and count for nothing in the context."""
        valid = (stages.abs().sum(dim=-1, keepdim=True) > 0).to(stages.dtype)
        rows = self.row(stages) * valid
        mean = rows.sum(dim=1) / valid.sum(dim=1).clamp(min=1.0)
        # The rows are at least 0 after ReLU, so a padding row's 0 never wins the maximum over a real stage.
        return rows, torch.cat([mean, rows.amax(dim=1)], dim=-1)


class StageActor(nn.Module):
    """Logits (N, S) for stages (N, S, F)."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.encoder = StageEncoder(features, width)
        # One layer over a stage beside its context, written as two so that the context's part is computed once.
        self.mix_row = nn.Linear(width, width)
        self.mix_context = nn.Linear(2 * width, width, bias=False)
        self.logit = nn.Linear(width, 1)

    def forward(self, stages: Tensor) -> Tensor:
        rows, context = self.encoder(stages)
        mixed = torch.relu(self.mix_row(rows) + self.mix_context(context).unsqueeze(1))
        return cast(Tensor, self.logit(mixed).squeeze(-1))

    def multiply_logits(self, by: float) -> None:
        """The same order of stages, drawn from more evenly (`by` below 1) or less."""
        with torch.no_grad():
            for parameter in self.logit.parameters():
                parameter.mul_(by)


class StageCritic(nn.Module):
    """Latent (N, width) of a junction, for the value of its situation."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.encoder = StageEncoder(features, width)
        self.mix = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU())

    def forward(self, stages: Tensor) -> Tensor:
        _, context = self.encoder(stages)
        return cast(Tensor, self.mix(context))


class StageNetwork(nn.Module):
    """Actor and critic side by side, in the shape SB3 expects of an `mlp_extractor`."""

    def __init__(self, features: int, stages: int, width: int) -> None:
        super().__init__()
        self.actor = StageActor(features, width)
        self.critic = StageCritic(features, width)
        self.latent_dim_pi = stages
        self.latent_dim_vf = width

    def forward(self, stages: Tensor) -> tuple[Tensor, Tensor]:
        return self.forward_actor(stages), self.forward_critic(stages)

    def forward_actor(self, stages: Tensor) -> Tensor:
        return cast(Tensor, self.actor(stages))

    def forward_critic(self, stages: Tensor) -> Tensor:
        return cast(Tensor, self.critic(stages))


def rows_shape(space: spaces.Box) -> tuple[int, int]:
    """(stages, features) of an observation space."""
    stages, features = space.shape
    return int(stages), int(features)


class AsEncoded(BaseFeaturesExtractor):
    """Hands the rows on unchanged: the encoding has scaled them, and flattening would lose which stage is which."""

    def __init__(self, observation_space: spaces.Box) -> None:
        super().__init__(observation_space, features_dim=rows_shape(observation_space)[1])

    def forward(self, observations: Tensor) -> Tensor:
        return observations


class StagePolicy(MaskableActorCriticPolicy):
    """SB3's maskable actor-critic with the stage network: observations (N, S, F), actions are stage indices below S."""

    mlp_extractor: StageNetwork  # type: ignore[assignment]

    def __init__(
        self,
        observation_space: spaces.Box,
        action_space: spaces.Discrete,
        lr_schedule: Callable[[float], float],
        *,
        width: int = DEFAULT_WIDTH,
        **kwargs: Any,
    ) -> None:
        self.shape = rows_shape(observation_space)
        if int(action_space.n) != self.shape[0]:
            raise ValueError(f"expected one action a stage ({self.shape[0]}), got {action_space.n}")
        self._width = width
        super().__init__(
            observation_space, action_space, lr_schedule, features_extractor_class=AsEncoded, net_arch=[], **kwargs
        )

    def with_actor(self, actor: StageActor) -> StagePolicy:
        """A policy like this one with that actor's weights and an untrained critic."""
        policy = StagePolicy(**self._get_constructor_parameters())
        policy.mlp_extractor.actor.load_state_dict(actor.state_dict())
        return policy

    def _get_constructor_parameters(self) -> dict[str, Any]:
        parameters = super()._get_constructor_parameters()
        for fixed in ("net_arch", "features_extractor_class", "features_extractor_kwargs"):
            parameters.pop(fixed, None)
        return {**parameters, "width": self._width}

    def _build(self, lr_schedule: Callable[[float], float]) -> None:
        self.mlp_extractor = StageNetwork(self.shape[1], self.shape[0], self._width)
        # The actor ends in the logits themselves: one more layer over them would mix the stages.
        self.action_net = nn.Identity()
        self.value_net = nn.Linear(self.mlp_extractor.latent_dim_vf, 1)
        self.mlp_extractor.apply(partial(self.init_weights, gain=np.sqrt(2)))
        # A nearly flat first policy explores; SB3 starts its last layer the same way.
        self.mlp_extractor.actor.logit.apply(partial(self.init_weights, gain=0.01))
        self.value_net.apply(partial(self.init_weights, gain=1.0))
        optimizer_class: Any = self.optimizer_class
        self.optimizer = optimizer_class(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)
