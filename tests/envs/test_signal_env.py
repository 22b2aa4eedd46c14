from __future__ import annotations

import warnings
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

import envs
from envs.episodes import EpisodePlan
from envs.picture import SIDE_PX
from envs.sensors import LostWindow, SensorModel
from envs.signal_env import SignalEnv
from envs.stage_duration import GREENS_S
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError, StreetError
from junction.observation import MAX_AGE_S
from junction.plan import plan_from_document
from junction.vehicle import CLASS_INDEX
from scenarios.model import TRAINING, Scenario, StreetFiles

BRIEF = EpisodePlan(length_s=60, warmup_s=20)
LONG = EpisodePlan(length_s=420, warmup_s=20)
"""Time for a cycle."""


def make(scenario: Scenario, env_id: str = envs.SIGNAL_ENV_ID, **settings: Any) -> SignalEnv:
    settings = {"scenario": scenario, "junction_id": "west", "episodes": BRIEF, **settings}
    made = gymnasium.make(env_id, **settings)
    assert isinstance(made.unwrapped, SignalEnv)
    return made.unwrapped


@pytest.fixture
def env(tiny_scenario: Scenario) -> SignalEnv:
    return make(tiny_scenario)


@pytest.mark.parametrize("env_id", list(envs.SIGNAL_ENV_IDS))
def test_gymnasiums_checker_passes(tiny_scenario: Scenario, env_id: str) -> None:
    from gymnasium.utils.env_checker import check_env

    made = make(tiny_scenario, env_id, episodes=LONG)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Features have no bounds of their own, and the checker says so.
        warnings.filterwarnings("ignore", message=".*Box observation space.*")
        # The render check would make a second environment while this one runs: one simulation a process.
        check_env(made, skip_render_check=True)
    made.close()


@pytest.mark.parametrize("env_id", list(envs.SIGNAL_ENV_IDS))
def test_stable_baselines_checker_passes(tiny_scenario: Scenario, env_id: str) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker", reason="needs: pip install 'chauraha[train]'")
    made = make(tiny_scenario, env_id, episodes=LONG)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*unconventional shape.*")
        checker.check_env(made)
    made.close()


def test_a_step_says_what_was_applied(env: SignalEnv) -> None:
    first, info = env.reset(seed=3)
    assert first.shape == (MAX_STAGES, len(STAGE_FEATURES))
    assert info["time_s"] == env.city.time_s
    layout = env.city.scenario.sites["west"].layout
    stages = [stage.id for stage in layout.stages]
    _, reward, terminated, truncated, info = env.step(np.int64(MAX_STAGES - 1))
    assert not info["accepted"]
    assert any(f"#{MAX_STAGES - 1}" in reason for reason in info["reasons"])
    assert not (terminated or truncated)
    assert reward == pytest.approx(sum(info["reward_terms"].values()), rel=1e-5)
    truncated = False
    while not truncated:
        action = np.flatnonzero(env.action_masks())[-1]
        _, _, terminated, truncated, info = env.step(action)
        assert info["accepted"]
        assert info["reasons"] == ()
        assert info["applied_stage"] == stages[action]
        assert not terminated
    assert info["time_s"] == env.city.files.begin_s + 80 or info["time_s"] <= env.city.files.end_s
    env.close()


def test_seeds_and_options_decide_the_episode(env: SignalEnv) -> None:
    def run(seed: int) -> list[float]:
        rows, info = env.reset(seed=seed, options={"begin_s": 33000, "warmup_s": 40})
        assert info["time_s"] == 33040
        return [float(rows.sum()), *(float(env.step(np.int64(0))[0].sum()) for _ in range(3))]

    assert run(5) == run(5)
    assert run(5) != run(6)
    with pytest.raises(InputError, match=r"options\.beginn"):
        env.reset(options={"beginn": 1})
    env.close()


def test_nothing_runs_before_reset_and_after_close(env: SignalEnv) -> None:
    with pytest.raises(StreetError, match="call reset"):
        env.action_masks()
    with pytest.raises(StreetError, match="call reset"):
        env.step(np.int64(0))
    env.reset(seed=1)
    env.close()
    with pytest.raises(StreetError, match="call reset"):
        env.action_masks()


def test_unknown_junctions_and_render_modes_are_named(tiny_scenario: Scenario) -> None:
    with pytest.raises(InputError, match="nowhere"):
        SignalEnv(tiny_scenario, "nowhere")
    with pytest.raises(InputError, match="render_mode"):
        SignalEnv(tiny_scenario, "west", render_mode="ansi")


def test_episodes_are_drawn_inside_the_streets_time(tiny_scenario: Scenario) -> None:
    files = tiny_scenario.street()
    plan = EpisodePlan(length_s=600, warmup_s=60, scale=(0.5, 1.5))
    rng = np.random.default_rng(0)
    drawn = [plan.draw(files, rng) for _ in range(200)]
    assert all(files.begin_s <= e.begin_s and e.end_s <= files.end_s and e.end_s - e.begin_s == 660 for e in drawn)
    assert all(0.5 <= e.scale <= 1.5 for e in drawn)
    assert len({e.begin_s for e in drawn}) > 50
    whole = EpisodePlan(length_s=1e6).draw(files, rng)
    assert (whole.begin_s, whole.end_s) == (files.begin_s, files.end_s)
    with pytest.raises(InputError, match="scale"):
        EpisodePlan(scale=(2.0, 1.0))


def test_a_camera_lost_in_mid_episode_is_unknown_with_an_age_and_never_empty(tiny_scenario: Scenario) -> None:
    lost = LostWindow(junction_id="west", from_s=33100, to_s=33160)
    sensors = replace(SensorModel.perfect(), lost=(lost,))
    env = make(tiny_scenario, sensors=sensors, episodes=EpisodePlan(length_s=160, warmup_s=60))
    _, info = env.reset(seed=2, options={"begin_s": 33000})
    column = STAGE_FEATURES.index
    truncated = False
    seen = []
    while not truncated:
        rows, _, _, truncated, info = env.step(np.flatnonzero(env.action_masks())[0])
        exists = rows[:, column("exists")] > 0
        ages = set(info["reading_age_s"].values())
        unknown_s = max(0.0, info["time_s"] - lost.from_s + 5) if info["time_s"] < lost.to_s else 0.0
        assert ages == {max(0.0, unknown_s)}
        seen.append((unknown_s, rows[exists, column("unknown_share")].min(), rows[exists, column("reading_age")].min()))
    assert [share for age, share, _ in seen if age > MAX_AGE_S] == [1.0] * 8
    assert [share for age, share, _ in seen if age <= MAX_AGE_S] == [0.0] * 24
    assert all(shown == pytest.approx(min(1.0, age / MAX_AGE_S)) for age, _, shown in seen)
    env.close()


def test_an_announced_green_ends_when_it_was_announced_to(tiny_scenario: Scenario) -> None:
    env = make(tiny_scenario, "chauraha/SignalDuration-v0", interval_s=1.0, episodes=EpisodePlan(length_s=600))
    env.reset(seed=4, options={"begin_s": 33000, "scale": 0.1})
    street, rng = env.city.street, np.random.default_rng(0)
    greens: list[tuple[float, float]] = []
    truncated = False
    while not truncated:
        action = rng.choice(np.flatnonzero(env.action_masks()))
        before_s = env.city.time_s
        _, _, _, truncated, info = env.step(action)
        assert info["accepted"]
        assert info["interventions"] == ()
        greens.append((GREENS_S[action], env.city.time_s - before_s))
    layout = env.city.scenario.sites["west"].layout
    change_s = min(layout.intergreen_s.values())
    # A stage's choice is open when its change has begun, so a step is the intergreen and the green that was chosen.
    for green_s, step_s in greens[1:-1]:
        assert change_s <= step_s - green_s <= max(layout.intergreen_s.values()) + 1
    assert street.finished
    env.close()


def test_a_plan_changes_by_a_fifth_at_most_and_only_between_cycles(tiny_scenario: Scenario) -> None:
    env = make(tiny_scenario, "chauraha/SignalSplits-v0", episodes=EpisodePlan(length_s=1500))
    env.reset(seed=4, options={"begin_s": 33000, "scale": 0.1})
    rng = np.random.default_rng(0)
    plans = []
    truncated = False
    while not truncated:
        action = rng.choice(np.flatnonzero(env.action_masks()))
        _, _, _, truncated, info = env.step(action)
        assert info["accepted"]
        plans.append(info["applied"]["plan"])
    assert len(plans) >= 8
    layout = env.city.scenario.sites["west"].layout
    assert all(env.city.heads["west"].guard.plan_faults(plan_from_document(plan)) == () for plan in plans)
    changed = 0
    for before, after in pairwise(plans):
        greens = [[stage["green_s"] for stage in plan["stages"]] for plan in (before, after)]
        assert all(abs(b - a) <= 0.2 * a + 1e-9 for a, b in zip(*greens, strict=True))
        changed += greens[0] != greens[1]
    assert changed >= 4
    assert len(layout.stages) >= len(plans[0]["stages"])
    env.close()


def test_a_box_of_nan_is_refused_and_the_plan_goes_on(tiny_scenario: Scenario) -> None:
    env = make(tiny_scenario, "chauraha/SignalSplitsBox-v0", episodes=EpisodePlan(length_s=800))
    env.reset(seed=4, options={"begin_s": 33000, "scale": 0.1})
    _, _, _, _, info = env.step(np.zeros(MAX_STAGES, np.float32))
    plan = info["applied"]["plan"]
    _, _, _, _, info = env.step(np.full(MAX_STAGES, np.nan, np.float32))
    assert not info["accepted"]
    assert info["reasons"] == ("a number that is not finite",)
    assert info["applied"]["plan"] == plan
    with pytest.raises(InputError, match="action"):
        env.step(np.zeros(3, np.float32))
    with pytest.raises(InputError, match="masks"):
        env.action_masks()
    env.close()


def test_the_picture_shows_the_lamps(tiny_scenario: Scenario) -> None:
    env = make(tiny_scenario, render_mode="rgb_array")
    with pytest.raises(StreetError, match="reset"):
        env.render()
    env.reset(seed=1)
    picture = env.render()
    assert picture is not None
    assert picture.shape == (SIDE_PX, SIDE_PX, 3)
    assert picture.dtype == np.uint8
    red = (picture.astype(int) - [0xDD, 0x33, 0x33] == 0).all(axis=2)
    assert red.sum() > 20
    env.close()


def test_an_ambulance_is_counted_like_a_car_and_breaks_nothing(tiny_scenario: Scenario, tmp_path: Path) -> None:
    files = tiny_scenario.street()
    lane = files.lane_group_lanes["west"]["east_s"][0]
    routes = tmp_path / "ambulance.rou.xml"
    routes.write_text(
        f'<routes><vType id="rescue" vClass="emergency" guiShape="emergency"/><trip id="amb" type="rescue" '
        f'depart="{files.begin_s + 10:g}" from="{lane.rpartition("_")[0]}" to="{lane.rpartition("_")[0]}" '
        'departPos="0" arrivalPos="max"/></routes>',
        encoding="utf-8",
    )
    placed = replace(files, route_files=(routes,))
    scenario = Placed(**{f.name: getattr(tiny_scenario, f.name) for f in fields(tiny_scenario)}, files=placed)
    env = make(scenario, sensors=SensorModel.perfect(), episodes=EpisodePlan(length_s=60, warmup_s=0))
    env.reset(seed=1, options={"begin_s": files.begin_s})
    cars = 0
    truncated = False
    while not truncated:
        _, _, _, truncated, _ = env.step(0)
        view = env.city.street.look("west")
        assert view.present.sum() == view.present[:, CLASS_INDEX["car"]].sum()
        cars = max(cars, int(view.present.sum()))
    assert cars == 1
    env.close()


@dataclass(frozen=True, kw_only=True)
class Placed(Scenario):
    """The tiny scenario with other SUMO files."""

    files: StreetFiles

    def street(self, fidelity: str = TRAINING) -> StreetFiles:
        return self.files
