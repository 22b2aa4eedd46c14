"""A recording's bytes: laid out as written down, the same there and back, and refused when they are not whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import BOX, TWO, make_chunk, record

from junction.errors import InputError
from junction.recording import INDEX_FILE, RecordingFolder, chunk_file, read_recording
from junction.recording_chunk import HEADER, chunk_from_bytes


def test_bytes_lie_as_the_page_reads_them() -> None:
    raw = gzip.decompress(make_chunk(TWO).to_bytes())
    assert HEADER.unpack_from(raw) == (b"CHRP", 1, 3, 60, 2, 4, 1, 2)
    assert np.frombuffer(raw, "<f4", 3, 24).tolist() == [0, 10, 20]
    after_moments = 24 + 4 * 4 * 3
    assert np.frombuffer(raw, "<u2", 6, after_moments).tolist() == [7, 7, 7, 25, 25, 25]
    # The first vehicle's x as it is, then what it moved by; the second's as it is.
    assert np.frombuffer(raw, "<i2", 8, after_moments + 12).tolist() == [100, 3, 0, -32_768, -5, 0, -2, 32_767]
    assert list(raw[after_moments + 12 + 16 :]) == [0, 0, 0, 3, 1, 3, 1, 3, 1, 1, 4, 0, 2, 3, 1, 64, 64, 64, 64]


@given(
    st.lists(
        st.integers(0, 2).flatmap(
            lambda begins: st.tuples(
                st.integers(0, 8),
                st.just(begins),
                st.lists(st.tuples(*[st.integers(-32_768, 32_767)] * 2), min_size=1, max_size=3 - begins),
            )
        ),
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None)
def test_there_and_back(tracks: list[tuple[int, int, list[tuple[int, int]]]]) -> None:
    chunk = make_chunk(tracks)
    content = chunk.to_bytes()
    assert content == make_chunk(tracks).to_bytes()
    back = chunk_from_bytes(content)
    assert back.first_s == 60
    for name in vars(chunk):
        assert np.array_equal(getattr(back, name), getattr(chunk, name)), name


def _spoilt(change: Any) -> bytes:
    raw = bytearray(gzip.decompress(make_chunk(TWO).to_bytes()))
    change(raw)
    return gzip.compress(bytes(raw))


def _set(at: int, value: int) -> Any:
    return lambda raw: raw.__setitem__(at, value)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (make_chunk(TWO).to_bytes()[:-20], "whole gzip"),
        (b"no gzip at all", "whole gzip"),
        (gzip.compress(b"GIF89a" * 9), "begin with"),
        (_spoilt(_set(4, 9)), "version 1"),
        (_spoilt(lambda raw: raw.pop()), "bytes by its header"),
        (_spoilt(_set(-5, 3)), "within the moments"),
    ],
    ids=["cut", "no gzip", "other magic", "other version", "a byte less", "tracks too long"],
)
def test_bytes_that_are_not_whole_are_refused(content: bytes, word: str) -> None:
    with pytest.raises(InputError, match=word):
        chunk_from_bytes(content, "ai-0000")


def test_positions_are_in_units_of_the_longer_side() -> None:
    assert BOX.unit_m == pytest.approx(0.1)
    assert BOX.middle == (3250.0, 0.0)
    document = BOX.to_document()
    assert (document["half_x"], document["half_y"]) == (pytest.approx(32_500), pytest.approx(5_000))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The first run's two minutes and the second run's first: cut short."""
    record(tmp_path / "rec", minutes={"ai": 2, "fixed": 1})
    return tmp_path / "rec"


def test_a_recording_that_was_cut_short_says_so_and_can_be_read(folder: Path) -> None:
    index = read_recording(folder)
    assert index["complete"] is False
    assert index["report"] is None
    assert [(entry["first_s"], entry["moments"]) for entry in index["runs"]["ai"]] == [(0, 3), (60, 3)]
    assert len(index["runs"]["fixed"]) == 1
    last = index["runs"]["ai"][1]
    assert (last["delay_s"], last["queue_veh"], last["vehicles"]) == (5.0, 7, 2)  # 20 s lost by 4 vehicles
    chunk = chunk_from_bytes((folder / last["file"]).read_bytes())
    assert chunk.first_s == 60
    assert index["junctions"] == [{"id": "J1", "groups": ["n", "e"]}]


def test_no_file_but_a_chunk_can_be_had_by_its_name(folder: Path) -> None:
    index = read_recording(folder)
    (folder / "ai-0009-0123456789abcdef.bin.gz").write_bytes(b"")
    for name in ("index.json", "../rec/index.json", "ai-0009-0123456789abcdef.bin.gz", ""):
        assert chunk_file(folder, index, name) is None
    assert chunk_file(folder, index, index["runs"]["ai"][0]["file"]) is not None


def test_a_folder_that_holds_something_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="new or empty folder"):
        RecordingFolder(folder, {})
    with pytest.raises(InputError, match="can be made"):
        RecordingFolder(folder / INDEX_FILE, {})


def test_recordings_with_missing_or_cut_parts_are_refused(folder: Path) -> None:
    file = folder / INDEX_FILE
    whole = file.read_text(encoding="utf-8")
    name = json.loads(whole)["runs"]["ai"][1]["file"]
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(InputError, match=f"a chunk of {len(content)} bytes"):
        read_recording(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match=name):
        read_recording(folder)
    for changed, word in (
        (whole[:-40], "a recording's index"),
        (whole.replace("recording/1", "recording/2"), "chauraha.recording/1"),
        (whole.replace('{"ai"', '{"other"'), "by run"),
        (whole.replace(name, "../../secret"), "chunks' files"),
        ("[]", "chauraha.recording/1"),
    ):
        file.write_text(changed, encoding="utf-8")
        with pytest.raises(InputError, match=word):
            read_recording(folder)
    with pytest.raises(InputError, match=r"index\.json"):
        read_recording(folder / "nowhere")
