import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from agents_parts import cross_layout

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'chauraha[train]'")
from gymnasium import spaces  # noqa: E402 - after the skip
from stable_baselines3.common.save_util import load_from_zip_file  # noqa: E402

from agents.exported_actor import actor_state  # noqa: E402
from agents.imitation import fit, in_view_pressure, record_queues  # noqa: E402
from agents.network import StagePolicy  # noqa: E402
from agents.queue_env import QueueVecEnv  # noqa: E402
from agents.rollouts import ChoiceRolloutBuffer  # noqa: E402
from agents.run_folder import Progress, RunFolder  # noqa: E402
from agents.training import RateSchedule, train  # noqa: E402
from agents.training_config import TrainingConfig, config_from_document  # noqa: E402
from envs.reward import RewardWeights  # noqa: E402
from junction.errors import InputError  # noqa: E402
from scenarios.model import Scenario  # noqa: E402

REPOSITORY = Path(__file__).parents[2]


def queue_env(copies: int = 8) -> QueueVecEnv:
    return QueueVecEnv(
        [cross_layout(), cross_layout(shared_right=True)],
        copies=copies,
        seed=1,
        interval_s=5.0,
        episode_s=100.0,
        weights=RewardWeights(queue=1.0, throughput=0.5),
    )


def test_the_rate_falls_with_steps_or_time_whichever_is_less() -> None:
    rate = RateSchedule(1e-3, 1e-4)
    assert rate(1.0) == pytest.approx(1e-3)
    assert rate(0.5) == pytest.approx(5.5e-4)
    rate.time_remaining = 0.0
    assert rate(0.5) == pytest.approx(1e-4)


def test_a_config_comes_back_from_its_document() -> None:
    config = TrainingConfig(
        scenario="tiny",
        seed=4,
        street="both",
        more_scenarios=("a", "b"),
        queued_scenarios=("c",),
        gamma=0.9,
        reward_delay=1.0,
    )
    assert config_from_document(json.loads(json.dumps(config.to_document()))) == config


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"width": 0}, "width"),
        ({"street": "sumos"}, "street"),
        ({"warm_start": "x"}, "warm_start"),
        ({"scale_hi": 0.1}, "scale_hi"),
        ({"start_logits": 0.5}, "start_logits"),
        ({"mean_updates": 0}, "mean_updates"),
        ({"gama": 1}, "gama"),
        ({"schema": "x"}, "schema"),
    ],
)
def test_a_bad_config_names_its_field(change: dict[str, object], field: str) -> None:
    document = {**TrainingConfig(scenario="tiny", seed=1).to_document(), **change}
    with pytest.raises(InputError, match=field):
        config_from_document(document)


def test_a_run_folder_forgets_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create({"schema": "x"})
    for steps in (10, 20, 30):
        folder.append(folder.curve_file, {"steps": steps, "reward": 0.5})
    with folder.curve_file.open("a") as file:
        file.write("40")  # what a kill left of a row
    folder.forget_after(20)
    assert folder.curve_file.read_text() == "steps,reward\n10,0.5\n20,0.5\n"
    folder.write_progress(Progress(steps=20, best_delay_s=3.0))
    assert folder.read_progress() == Progress(steps=20, best_delay_s=3.0)


def test_a_folder_holds_one_run(tmp_path: Path) -> None:
    RunFolder(tmp_path).create({})
    with pytest.raises(InputError, match="--resume"):
        RunFolder(tmp_path).create({})
    with pytest.raises(InputError, match="--run"):
        RunFolder(tmp_path / "none").read_config()


def test_the_queue_environment_ends_all_episodes_together_and_masks_what_is_forbidden() -> None:
    env = queue_env()
    rows = env.reset()
    assert rows.shape == (16, *env.observation_space.shape)
    for step in range(20):
        masks = np.stack(env.env_method("action_masks"))
        assert masks.any(axis=1).all()
        assert not masks[rows[:, :, 0] == 0].any()
        rows, rewards, dones, infos = env.step(masks.argmax(axis=1))
        assert np.isfinite(rewards).all()
        assert dones.all() == (step == 19)
    assert infos[0]["TimeLimit.truncated"]
    assert infos[0]["terminal_observation"].shape == rows[0].shape
    env.close()


def test_imitation_learns_the_teachers_choices() -> None:
    env = queue_env()
    torch.manual_seed(0)
    policy = StagePolicy(env.observation_space, env.action_space, lambda _: 1e-3, width=32)
    lessons = record_queues(env, seed=2, decisions=150)
    assert (lessons.masks.sum(axis=1) > 1).all()
    assert (lessons.chosen == in_view_pressure(lessons.rows, lessons.masks)).all()
    before = fit(policy, lessons, seed=1, epochs=0)
    assert fit(policy, lessons, seed=1, epochs=80) > max(0.85, before)


def test_a_pass_over_the_buffer_holds_every_choice_and_few_forced_steps() -> None:
    np.random.seed(0)
    buffer = ChoiceRolloutBuffer(
        50, spaces.Box(-1, 1, (2, 1)), spaces.Discrete(2), device="cpu", gae_lambda=0.9, gamma=0.9, n_envs=10
    )
    buffer.reset()
    for step in range(50):
        masks = np.zeros((10, 2), bool)
        masks[:, 0] = True
        masks[:3, 1] = True
        buffer.add(
            np.full((10, 2, 1), step, np.float32),
            np.zeros((10, 1)),
            np.ones(10),
            np.zeros(10),
            torch.zeros(10),
            torch.zeros(10),
            action_masks=masks,
        )
    buffer.compute_returns_and_advantage(torch.zeros(10), np.zeros(10))
    counts = [batch.action_masks.sum(dim=1) for batch in buffer.get(64)]
    allowed = torch.cat(counts)
    assert int((allowed > 1).sum()) == 150
    assert 60 < int((allowed == 1).sum()) < 150
    assert max(len(c) for c in counts) == 64


def test_no_batch_is_a_single_decision() -> None:
    """151 choices in batches of 50 or 75 leave one over; its advantage could not be normalised."""
    buffer = ChoiceRolloutBuffer(151, spaces.Box(-1, 1, (2, 1)), spaces.Discrete(2), device="cpu", n_envs=1)
    buffer.reset()
    for _ in range(151):
        buffer.add(
            np.zeros((1, 2, 1), np.float32), np.zeros((1, 1)), np.ones(1), np.zeros(1), torch.zeros(1), torch.zeros(1),
            action_masks=np.ones((1, 2), bool),
        )  # fmt: skip
    buffer.compute_returns_and_advantage(torch.zeros(1), np.zeros(1))
    assert [len(batch.actions) for batch in buffer.get(50)] == [50, 50, 50]
    assert [len(batch.actions) for batch in buffer.get(149)] == [149, 2]


def test_training_asks_for_a_limit(tmp_path: Path) -> None:
    config = TrainingConfig(scenario="tiny", seed=1)
    with pytest.raises(InputError, match="--steps or --minutes"):
        train(
            config,
            RunFolder(tmp_path),
            make_env=lambda c, s: queue_env(),
            steps=None,
            minutes=None,
            created="2026-01-01",
            resume=False,
            report=print,
        )


def chauraha(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "chauraha", *arguments]


def resume(run: Path, steps: int) -> None:
    """Go on with a run to so many steps; it must end well."""
    resumed = subprocess.run(
        chauraha("train", "--resume", str(run), "--steps", str(steps)),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert resumed.returncode == 0, resumed.stderr


def curve(run: Path) -> list[int]:
    with (run / "curve.csv").open() as file:
        return [int(row["steps"]) for row in csv.DictReader(file)]


@pytest.mark.slow
def test_a_run_killed_with_kill_9_goes_on_where_it_was(tiny_scenario: Scenario, tmp_path: Path) -> None:
    run = tmp_path / "run"
    start = chauraha(
        "train",
        "--scenario",
        str(tiny_scenario.folder),
        "--run",
        str(run),
        "--steps",
        "100000",
        "--processes",
        "1",
        "--episode",
        "300",
        "--rollout",
        "16",
        "--evaluate-steps",
        "100000",
        "--evaluate-seeds",
        "1",
        "--evaluate-seconds",
        "120",
        "--mean-updates",
        "5",
    )
    killed = subprocess.Popen(start, cwd=REPOSITORY, start_new_session=True)
    deadline = time.monotonic() + 200
    while not (run / "curve.csv").exists() or len(curve(run)) < 5:
        assert killed.poll() is None, "training ended by itself"
        assert time.monotonic() < deadline, "no checkpoint in time"
        time.sleep(0.2)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    before = curve(run)

    more = max(before) + 64
    resume(run, more)
    steps = curve(run)
    assert steps == sorted(set(steps))
    assert np.diff(steps).tolist() == [32] * (len(steps) - 1)
    assert steps[-1] >= more
    card = json.loads((run / "policy.json").read_text())
    assert card["steps"] >= more
    assert [row["steps"] for row in card["evaluations"]][-1] == card["steps"]
    assert card["curve"][0]["steps"] == steps[0]
    assert card["training"]["scenario"] == str(tiny_scenario.folder)
    assert card["versions"]["libsumo"]
    assert json.loads((run / "candidate.json").read_text()) == card, "the last network was the best one"
    assert (run / "policy.onnx").stat().st_size < 2_000_000
    exported = actor_state(run / "candidate.onnx")
    mean = torch.load(run / "mean.pt", weights_only=True)
    # Killed between the two files, the mean lacks one checkpoint's updates.
    assert len(steps) - 2 <= int(mean["n_averaged"]) <= len(steps), "the mean goes on from before the kill"
    last = load_from_zip_file(run / "checkpoint.zip", device="cpu")[1]["policy"]
    for name, value in exported.items():
        assert torch.equal(value, mean[f"module.{name}"])
    assert any(not torch.equal(v, last[f"mlp_extractor.actor.{name}"]) for name, v in exported.items())

    # Killed again, after its last step and before its evaluation: that is made up for.
    progress = json.loads((run / "progress.json").read_text())
    (run / "progress.json").write_text(json.dumps({**progress, "evaluated_steps": 0, "best_delay_s": None}))
    (run / "policy.onnx").unlink()
    resume(run, more)
    assert curve(run) == steps
    assert (run / "policy.onnx").exists()
