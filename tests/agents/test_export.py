import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from agents_parts import cross_layout, situation

torch = pytest.importorskip("torch", reason="the export needs torch: pip install 'chauraha[train]'")
from gymnasium import spaces  # noqa: E402 - after the skip

from agents.card import PolicyCard, card_file, read_card, write_card  # noqa: E402
from agents.export import FORBIDDEN, MAX_FILE_BYTES, export_policy, parity  # noqa: E402
from agents.exported_actor import actor_state  # noqa: E402
from agents.network import StagePolicy  # noqa: E402
from agents.onnx_policy import OnnxScorer, load_policy  # noqa: E402
from junction.encoding import ENCODING_VERSION, MAX_STAGES, STAGE_FEATURES  # noqa: E402
from junction.errors import InputError  # noqa: E402

CARD = PolicyCard(
    name="test",
    created="2026-01-01",
    interval_s=5.0,
    seed=3,
    steps=10,
    training={"scenario": "tiny"},
    versions={"libsumo": "1.28.0"},
    results={"best_rival": "webster"},
)


@pytest.fixture(scope="module")
def policy() -> StagePolicy:
    torch.manual_seed(0)
    space = spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)))
    made = StagePolicy(space, spaces.Discrete(MAX_STAGES), lambda _: 1e-3)
    for parameter in made.mlp_extractor.actor.parameters():  # as training leaves them: no two biases are the same
        torch.nn.init.normal_(parameter, std=0.3)
    return made


@pytest.fixture(scope="module")
def exported(policy: StagePolicy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    policy_file = tmp_path_factory.mktemp("policy") / "policy.onnx"
    digest = export_policy(policy, policy_file)
    write_card(card_file(policy_file), replace(CARD, onnx_sha256=digest))
    return policy_file


def test_the_file_scores_as_the_policy_does(policy: StagePolicy, exported: Path) -> None:
    assert parity(policy, exported, situations=10_000, seed=5) <= 1e-5


def test_parity_notices_another_network(exported: Path) -> None:
    torch.manual_seed(1)
    space = spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)))
    other = StagePolicy(space, spaces.Discrete(MAX_STAGES), lambda _: 1e-3)
    assert parity(other, exported) > 1e-3


def test_an_actor_comes_back_from_its_file(policy: StagePolicy, exported: Path) -> None:
    actor = policy.mlp_extractor.actor
    read = actor_state(exported)
    assert read.keys() == actor.state_dict().keys()
    for name, value in actor.state_dict().items():
        assert torch.equal(read[name], value), name


def test_what_is_no_policy_says_so(tmp_path: Path) -> None:
    (tmp_path / "no.onnx").write_bytes(b"not a network")
    with pytest.raises(InputError, match="expected an ONNX file"):
        actor_state(tmp_path / "no.onnx")


def test_it_is_one_small_file(exported: Path) -> None:
    assert sorted(p.name for p in exported.parent.iterdir()) == ["policy.json", "policy.onnx"]
    assert exported.stat().st_size < MAX_FILE_BYTES


def test_it_takes_any_number_of_junctions_and_never_scores_a_forbidden_stage_high(exported: Path) -> None:
    scorer = OnnxScorer(exported)
    for junctions in (1, 24):
        stages = np.random.default_rng(0).normal(size=(junctions, MAX_STAGES, len(STAGE_FEATURES))).astype(np.float32)
        mask = np.zeros((junctions, MAX_STAGES), dtype=bool)
        mask[:, 2] = True
        scores = scorer(stages, mask)
        assert scores.shape == (junctions, MAX_STAGES)
        assert scores.dtype == np.float32
        assert (scores[~mask] == np.float32(FORBIDDEN)).all()
        assert (scores[:, 2] > FORBIDDEN / 2).all()


def test_as_a_policy_it_proposes_an_allowed_stage_with_its_scores(exported: Path) -> None:
    policy = load_policy(exported, name="policy")
    assert policy.interval_s == 5.0
    layout = cross_layout()
    here = [situation(layout, queue_pcu={"e.lg": 20.0}, allowed=[True, False]), situation(layout)]
    proposals = policy.propose(here)
    assert proposals[0].stage_id == "NS"
    assert len(proposals[1].scores or ()) == 2


def test_the_card_says_what_a_runtime_needs(exported: Path) -> None:
    card = json.loads(card_file(exported).read_text())
    assert card["schema"] == "chauraha.policy/1"
    assert card["encoding_version"] == ENCODING_VERSION
    assert card["features"] == list(STAGE_FEATURES)
    assert card["max_stages"] == MAX_STAGES
    assert len(card["onnx_sha256"]) == 64
    assert {"name", "created", "interval_s", "seed", "steps", "training", "versions", "results"} <= set(card)
    assert read_card(card_file(exported)).training == {"scenario": "tiny"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": "other/1"}, "schema"),
        ({"encoding_version": "stage-rows/0"}, "encoding_version"),
        ({"features": ["exists"]}, "features"),
        ({"max_stages": 3}, "max_stages"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_card_made_for_something_else_is_refused(
    exported: Path, tmp_path: Path, change: dict[str, object], field: str
) -> None:
    card = json.loads(card_file(exported).read_text())
    bad = tmp_path / "policy.json"
    bad.write_text(json.dumps({**card, **change}))
    with pytest.raises(InputError, match=field):
        read_card(bad)


def test_missing_and_damaged_files_are_named(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_policy(tmp_path / "none.onnx", name="policy")
    lonely = tmp_path / "lonely.onnx"
    lonely.write_bytes(exported.read_bytes())
    with pytest.raises(InputError, match="policy card"):
        load_policy(lonely, name="policy")
    write_card(card_file(lonely), replace(CARD, onnx_sha256="0" * 64))
    with pytest.raises(InputError, match="a pair"):
        load_policy(lonely, name="policy")
    lonely.write_bytes(b"not a network")
    with pytest.raises(InputError, match="an ONNX network"):
        OnnxScorer(lonely)
