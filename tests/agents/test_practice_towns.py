"""Practice towns: the same seed gives the same town, and kinds take turns."""

from pathlib import Path

import pytest

from agents.practice_towns import make_town

pytest.importorskip("sumo")


def test_a_town_is_its_seed(tmp_path: Path) -> None:
    arterial = make_town(1, tmp_path / "a")
    again = make_town(1, tmp_path / "b")
    assert len(arterial.sites) == 5
    for name in ("sites.json", "build/training/net.net.xml"):
        assert (arterial.folder / name).read_bytes() == (again.folder / name).read_bytes()
    assert len(make_town(3, tmp_path / "a").sites) == 6
