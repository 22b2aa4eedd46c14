"""`bench.resco`: what was run once is not run again, and a policy is known by what its file holds."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from agents import tuning
from agents.episode import EpisodeResult, EpisodeTask
from agents.evaluator import evaluation_of
from agents.tuning import BUDGET
from bench import resco

if find_spec("sumo_rl") is None:
    pytest.skip("sumo-rl is not installed", allow_module_level=True)

RESULT = EpisodeResult(
    controller="fixed", seed=1, begin_s=0.0, end_s=600.0, sensors="default", sumo_version="1.28.0", delay_s=20.0,
    wait_s=0.0, stops=0.0, trip_s=None, queue_veh=0.0, throughput_veh=0, max_wait_s=0.0, due_veh=1, unfinished_veh=0,
    gridlocked=False, unsafe_events=0, wall_s=0.0,
)  # fmt: skip


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, int]] = []

    def run_all(tasks: list[EpisodeTask], _workers: object, on_done: object) -> list[EpisodeResult]:
        results = [replace(RESULT, controller=t.controller, seed=t.seed, delay_s=20.0 + t.seed) for t in tasks]
        for result in results:
            ran.append((result.controller, result.seed))
            on_done(result)  # type: ignore[operator]
        return results

    monkeypatch.setattr(resco, "run_all", run_all)
    first = resco.Network("cologne1", tmp_path, workers=1)
    first.episodes(["fixed"], [1, 2])
    kept = tmp_path / "cologne1.episodes.jsonl"
    kept.write_text(kept.read_text() + '{"controller": "fixed", "se')
    again = resco.Network("cologne1", tmp_path, workers=1)
    assert [r.delay_s for r in again.episodes(["fixed"], [1, 2, 3])] == [21.0, 22.0, 23.0]
    assert ran == [("fixed", 1), ("fixed", 2), ("fixed", 3)]
    assert len(resco.Network("cologne1", tmp_path, workers=1).episodes(["fixed"], [3])) == 1


def test_tuning_that_was_stopped_goes_on_with_the_next_rival(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run_all(tasks: list[EpisodeTask], _workers: object, _on_done: object) -> list[EpisodeResult]:
        if any(t.controller.startswith("sotl") for t in tasks) and "stopped" not in ran:
            ran.append("stopped")
            raise KeyboardInterrupt
        ran.extend(t.controller for t in tasks)
        return [replace(RESULT, controller=t.controller, seed=t.seed) for t in tasks]

    monkeypatch.setattr(tuning, "run_all", run_all)
    with pytest.raises(KeyboardInterrupt):
        resco.Network("cologne1", tmp_path, workers=1).tuned(["max-wave", "sotl"])
    found = resco.Network("cologne1", tmp_path, workers=1).tuned(["fixed", "max-wave", "sotl"])
    assert set(found.trials) == {"max-wave", "sotl"}
    assert len(ran) == 2 * BUDGET + 1, "every setting once"


def test_a_networks_table_stands_beside_the_others(tmp_path: Path) -> None:
    for name in ("ingolstadt1", "cologne1", "ingolstadt1"):
        episodes = [replace(RESULT, controller="fixed", seed=seed) for seed in (1, 2)]
        document = evaluation_of(episodes, name, ["fixed"], [1, 2], fidelity="training").to_document()
        resco.keep_table(name, document, tmp_path)
    assert set(json.loads((tmp_path / "resco.json").read_text())["networks"]) == {"cologne1", "ingolstadt1"}
    titles = [line for line in (tmp_path / "resco.md").read_text().splitlines() if "seeds 1, 2" in line]
    assert [title.split(",")[0] for title in titles] == ["cologne1", "ingolstadt1"]


def test_a_policy_is_named_by_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    names = []
    for content in (b"one", b"two"):
        file.write_bytes(content)
        file.with_suffix(".json").write_text("{}")
        names += resco.policy_names([file], tmp_path)
    assert len(set(names)) == 2
    assert all(Path(name.removeprefix("policy:")).is_file() for name in names)
