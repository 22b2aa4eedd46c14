"""What ships with Kanpur, and one whole evaluation on a small street."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from agents_parts import situation

from agents.card import PolicyCard, card_file, read_card
from agents.evaluator import evaluate
from agents.roster import GENERAL_FILE, make_controller
from agents.served_policy import ServedPolicy
from agents.settings import split_settings
from junction.policy import Policy
from scenarios.load import load_scenario
from scenarios.model import Scenario


def test_kanpurs_policy_fits_its_card_and_every_junction() -> None:
    scenario = load_scenario("kanpur")
    card = read_card(card_file(scenario.policy_file))
    assert scenario.policy_file.stat().st_size < 2_000_000
    assert card.onnx_sha256 == hashlib.sha256(scenario.policy_file.read_bytes()).hexdigest()
    assert all("kanpur" in trained_on for trained_on in _trained_on(card))
    assert card.results["controllers"]
    layouts = [site.layout for site in scenario.sites.values()]
    proposals = _trained("policy", scenario).propose([situation(layout) for layout in layouts])
    for layout, proposal in zip(layouts, proposals, strict=True):
        assert proposal.stage_id in layout.stage_index
        assert np.isfinite(proposal.scores or [np.nan]).all()


@pytest.mark.parametrize("policy_file", sorted(GENERAL_FILE.parent.glob("*.onnx")), ids=lambda f: f.stem)
def test_the_general_policy_never_saw_a_benchmark(policy_file: Path) -> None:
    card = read_card(card_file(policy_file))
    assert card.onnx_sha256 == hashlib.sha256(policy_file.read_bytes()).hexdigest()
    for trained_on in _trained_on(card):
        assert len(trained_on) > 10
        assert all(name in ("kanpur", "helsinki") or name.startswith("town-") for name in trained_on)


@pytest.mark.parametrize("name", ["policy", "general"])
def test_a_shipped_policy_serves_the_queue_and_not_the_empty_road(name: str) -> None:
    scenario = load_scenario("kanpur")
    policy = _trained(name, scenario)
    right = 0
    for site in scenario.sites.values():
        layout = site.layout
        other = next(s for s in layout.stages if not set(s.group_ids) & set(layout.stages[0].group_ids))
        served = {m.lane_group_id for m in layout.movements if m.group_id in other.group_ids}
        here = situation(layout, queue_pcu=dict.fromkeys(served, 25.0))
        chosen = layout.stage(policy.propose([here])[0].stage_id)
        right += bool(set(chosen.group_ids) & set(other.group_ids))
    assert right == len(scenario.sites)


def _trained_on(card: PolicyCard) -> list[set[str]]:
    """The scenarios of the training, or of each part's where the policy is a mean."""
    trainings = [part["training"] for part in card.training.get("mean_of", [{"training": card.training}])]
    names = [[t["scenario"], *t["more_scenarios"], *t.get("queued_scenarios", ())] for t in trainings]
    return [{Path(split_settings(name)[0]).name for name in each} for each in names]


def _trained(name: str, scenario: Scenario) -> Policy:
    shipped = make_controller(name, scenario).policy
    assert isinstance(shipped, ServedPolicy)
    return shipped.trained


@pytest.mark.slow
def test_an_evaluation_runs_every_kind_of_controller_safely(tiny_scenario: Scenario) -> None:
    names = ["fixed", "webster", "actuated", "max-pressure", f"policy:{Path('scenarios/kanpur/policy.onnx').resolve()}"]
    done = []
    evaluation = evaluate(
        str(tiny_scenario.folder),
        names,
        [1, 2],
        fidelity="training",
        end_s=tiny_scenario.street().begin_s + 400,
        workers=2,
        on_done=done.append,
    )
    document = evaluation.to_document()
    json.dumps(document)
    assert len(done) == 10
    assert list(document["controllers"]) == names
    for name in names:
        measures = document["controllers"][name]
        assert measures["due_veh"] > 20
        assert measures["unsafe_events"] == 0
        assert measures["delay_s"]["lo"] <= measures["delay_s"]["mean"] <= measures["delay_s"]["hi"]
    due = {tuple(e.due_veh for e in evaluation.episodes[name]) for name in names}
    assert len(due) == 1, "paired seeds bring the same vehicles"
