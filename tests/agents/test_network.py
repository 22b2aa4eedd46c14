import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the network needs torch: pip install 'chauraha[train]'")
from gymnasium import spaces  # noqa: E402 - after the skip

from agents.network import StageActor, StagePolicy  # noqa: E402

STAGES, FEATURES = 6, 5


def make_policy(seed: int = 0) -> StagePolicy:
    torch.manual_seed(seed)
    policy = StagePolicy(spaces.Box(-10, 10, (STAGES, FEATURES)), spaces.Discrete(STAGES), lambda _: 1e-3, width=16)
    # The last layer starts nearly flat; a test needs scores that differ.
    torch.nn.init.normal_(policy.mlp_extractor.actor.logit.weight)
    return policy


def rows(stages: int, seed: int = 1) -> "torch.Tensor":
    batch = torch.zeros((3, STAGES, FEATURES))
    batch[:, :stages] = torch.randn((3, stages, FEATURES), generator=torch.Generator().manual_seed(seed))
    return batch


def test_scores_follow_their_stages_in_any_order_and_the_value_does_not_move() -> None:
    policy, here = make_policy(), rows(4)
    order = torch.tensor([2, 0, 3, 1, 4, 5])
    network = policy.mlp_extractor
    with torch.no_grad():
        torch.testing.assert_close(network.forward_actor(here[:, order]), network.forward_actor(here)[:, order])
        torch.testing.assert_close(policy.predict_values(here[:, order]), policy.predict_values(here))
        assert network.forward_actor(here)[:, :4].std() > 1e-3


def test_padding_changes_no_score() -> None:
    policy, here = make_policy(), rows(4)
    with torch.no_grad():
        padded = policy.mlp_extractor.forward_actor(here)[:, :4]
        bare = policy.mlp_extractor.forward_actor(here[:, :4])
        torch.testing.assert_close(padded, bare)
        torch.testing.assert_close(
            policy.mlp_extractor.forward_critic(here), policy.mlp_extractor.forward_critic(here[:, :4])
        )


def test_a_stage_is_scored_in_view_of_the_others() -> None:
    policy, here = make_policy(), rows(4)
    other = here.clone()
    other[:, 3] += 1.0
    with torch.no_grad():
        difference = policy.mlp_extractor.forward_actor(other)[:, 0] - policy.mlp_extractor.forward_actor(here)[:, 0]
    assert difference.abs().max() > 1e-4


def test_a_forbidden_stage_is_never_chosen() -> None:
    policy = make_policy()
    here = rows(4).numpy()
    for only in range(4):
        mask = np.zeros((3, STAGES), dtype=bool)
        mask[:, only] = True
        for deterministic in (True, False):
            chosen, _ = policy.predict(here, deterministic=deterministic, action_masks=mask)
            assert (chosen == only).all()


def test_a_step_with_one_allowed_stage_gives_the_actor_no_gradient() -> None:
    policy, here = make_policy(), rows(4)
    mask = np.zeros((3, STAGES), dtype=bool)
    mask[:, 1] = True
    _, log_prob, entropy = policy.evaluate_actions(here, torch.ones(3, dtype=torch.long), torch.from_numpy(mask))
    (log_prob.sum() + entropy.sum()).backward()
    assert all(p.grad is None or p.grad.abs().max() == 0 for p in policy.mlp_extractor.actor.parameters())


def test_actions_must_be_stages() -> None:
    with pytest.raises(ValueError, match="one action a stage"):
        StagePolicy(spaces.Box(-1, 1, (STAGES, FEATURES)), spaces.Discrete(STAGES + 1), lambda _: 1e-3)


def test_multiplied_logits_keep_their_order_and_are_drawn_more_evenly() -> None:
    torch.manual_seed(0)
    actor = StageActor(3, 8)
    stages = torch.rand(5, 4, 3)
    before = actor(stages)
    actor.multiply_logits(0.25)
    assert torch.allclose(actor(stages), 0.25 * before, atol=1e-7)
