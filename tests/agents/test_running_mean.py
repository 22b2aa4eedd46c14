from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'chauraha[train]'")

from agents.network import StageActor  # noqa: E402 - after the skip
from agents.running_mean import RunningMean  # noqa: E402
from junction.errors import InputError  # noqa: E402


def actor_of(value: float) -> StageActor:
    """All its weights are `value`."""
    actor = StageActor(3, 4)
    with torch.no_grad():
        for weight in actor.parameters():
            weight.fill_(value)
    return actor


def weights_of(mean: RunningMean) -> set[float]:
    return {float(value) for weight in mean.actor.parameters() for value in weight.detach().flatten()}


def test_the_mean_follows_the_actor_by_one_part_in_so_many_and_goes_on_from_a_file(tmp_path: Path) -> None:
    mean = RunningMean(actor_of(9.0), updates=4)
    assert weights_of(mean) == {9.0}
    mean.see(actor_of(1.0))
    assert weights_of(mean) == {1.0}
    mean.see(actor_of(3.0))
    assert weights_of(mean) == {1.5}
    mean.save(tmp_path / "mean.pt")
    later = RunningMean(actor_of(7.0), updates=4)
    later.load(tmp_path / "mean.pt")
    later.see(actor_of(0.0))
    assert weights_of(later) == {1.125}


def test_a_mean_of_one_update_is_the_actor() -> None:
    mean = RunningMean(actor_of(9.0), updates=1)
    for value in (1.0, 3.0):
        mean.see(actor_of(value))
        assert weights_of(mean) == {value}


def test_a_file_that_holds_no_mean_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mean\.pt"):
        RunningMean(actor_of(1.0), updates=4).load(tmp_path / "mean.pt")
    (tmp_path / "mean.pt").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"mean\.pt"):
        RunningMean(actor_of(1.0), updates=4).load(tmp_path / "mean.pt")
