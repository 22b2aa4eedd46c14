from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the export needs torch: pip install 'chauraha[train]'")
import numpy as np  # noqa: E402 - after the skip
from gymnasium import spaces  # noqa: E402

from agents.card import PolicyCard, card_file, read_card  # noqa: E402
from agents.exported_actor import actor_state  # noqa: E402
from agents.mean_policy import mean_policy, parse_part  # noqa: E402
from agents.network import StagePolicy  # noqa: E402
from agents.onnx_policy import load_policy  # noqa: E402
from agents.roster import GENERAL_FILE  # noqa: E402
from agents.training import export_with_card  # noqa: E402
from junction.encoding import MAX_STAGES, STAGE_FEATURES  # noqa: E402
from junction.errors import InputError  # noqa: E402


def made(folder: Path, seed: int, *, width: int = 8, interval_s: float = 3.0) -> Path:
    torch.manual_seed(seed)
    space = spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)))
    policy = StagePolicy(space, spaces.Discrete(MAX_STAGES), lambda _: 1e-3, width=width)
    for parameter in policy.mlp_extractor.actor.parameters():  # as training leaves them: no two biases are the same
        torch.nn.init.normal_(parameter, std=0.3)
    card = PolicyCard(
        name=f"policy {seed}",
        created="2026-01-01",
        interval_s=interval_s,
        seed=seed,
        steps=10,
        training={"scenario": f"town-{seed}"},
        versions={},
    )
    folder.mkdir(exist_ok=True)
    export_with_card(policy, folder / f"{seed}.onnx", card)
    return folder / f"{seed}.onnx"


def test_every_weight_is_the_mean_by_the_shares(tmp_path: Path) -> None:
    one, two = made(tmp_path, 1), made(tmp_path, 2)
    card = mean_policy([(one, 1.0), (two, 3.0)], tmp_path / "mean", name="both")
    first, second, mean = (actor_state(file) for file in (one, two, tmp_path / "mean" / "policy.onnx"))
    assert mean.keys() == first.keys()
    for key, value in mean.items():
        assert torch.allclose(value, 0.25 * first[key] + 0.75 * second[key], atol=1e-7), key
    assert load_policy(tmp_path / "mean" / "policy.onnx", name="policy").interval_s == 3.0
    assert card.name == "both"
    assert [(part["share"], part["training"]["scenario"]) for part in card.training["mean_of"]] == [
        (0.25, "town-1"),
        (0.75, "town-2"),
    ]
    assert [part["onnx_sha256"] for part in card.training["mean_of"]] == [
        read_card(card_file(file)).onnx_sha256 for file in (one, two)
    ]


def test_parts_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    one = made(tmp_path, 1)
    out = tmp_path / "mean"
    with pytest.raises(InputError, match="two policies or more"):
        mean_policy([(one, 1.0)], out, name="alone")
    with pytest.raises(InputError, match="weight above 0"):
        mean_policy([(one, 1.0), (one, -1.0)], out, name="none")
    with pytest.raises(InputError, match="of the same shape"):
        mean_policy([(one, 1.0), (made(tmp_path, 2, width=16), 1.0)], out, name="wide")
    with pytest.raises(InputError, match="equally often"):
        mean_policy([(one, 1.0), (made(tmp_path, 3, interval_s=5.0), 1.0)], out, name="slow")
    assert not out.exists()


def test_a_part_is_a_file_and_a_weight() -> None:
    assert parse_part("runs/a=b/candidate.onnx=0.75") == (Path("runs/a=b/candidate.onnx"), 0.75)
    with pytest.raises(InputError, match="FILE=WEIGHT"):
        parse_part("runs/a1/candidate.onnx")


def test_the_general_policy_is_the_mean_of_the_files_beside_it(tmp_path: Path) -> None:
    card = read_card(card_file(GENERAL_FILE))
    by_sha = {read_card(file).onnx_sha256: file.with_suffix(".onnx") for file in GENERAL_FILE.parent.glob("*.json")}
    parts = [(by_sha[part["onnx_sha256"]], part["share"]) for part in card.training["mean_of"]]
    mean_policy(parts, tmp_path, name=card.name)
    again, ships = actor_state(tmp_path / "policy.onnx"), actor_state(GENERAL_FILE)
    for key, value in ships.items():
        assert torch.allclose(again[key], value, atol=1e-6), key
