"""A file is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from junction.errors import InputError
from junction.files import write_whole


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_whole(tmp_path / "out.json", b"one")
    write_whole(tmp_path / "out.json", b"two")
    assert (tmp_path / "out.json").read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    with pytest.raises(InputError, match="can be written"):
        write_whole(tmp_path / "none" / "out.json", b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError):
        write_whole(tmp_path / "folder", b"x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "out.json"]


def test_text_is_written_as_utf8(tmp_path: Path) -> None:
    write_whole(tmp_path / "name.txt", "चौराहा")
    assert (tmp_path / "name.txt").read_bytes() == "चौराहा".encode()
