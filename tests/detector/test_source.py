from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pictures import noisy, write_video

from detector.source import FileSource
from junction.errors import InputError

pytest.importorskip("av", reason="install 'chauraha[detect]'")


def test_every_frame_once_in_order(tmp_path: Path) -> None:
    images = [np.full((64, 64, 3), 8 * i, dtype=np.uint8) for i in range(25)]
    write_video(tmp_path / "v.mp4", images)
    source = FileSource(tmp_path / "v.mp4")
    frames = list(source.frames())
    assert [f.index for f in frames] == list(range(25))
    assert [f.time_s for f in frames] == pytest.approx([i / 10 for i in range(25)])
    assert [float(f.image.mean()) for f in frames] == pytest.approx([8 * i for i in range(25)], abs=4)
    assert frames[0].image.shape == (64, 64, 3)
    assert (source.fps, source.announced_s, source.broken) == (10.0, 2.5, None)


def test_a_given_rate_overrides_the_files(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mp4", [image[:64, :64] for image in noisy(5)])
    source = FileSource(tmp_path / "v.mp4", fps=25.0)
    assert [f.time_s for f in source.frames()] == pytest.approx([i / 25 for i in range(5)])


def test_a_file_that_was_cut_off_says_so_after_its_last_good_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mp4", noisy(60))
    whole = (tmp_path / "v.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    source = FileSource(tmp_path / "cut.mp4")
    seen = len(list(source.frames()))
    assert 0 < seen < 40
    assert source.broken is not None
    assert "cut.mp4" in source.broken
    assert source.announced_s == pytest.approx(6.0)


def test_no_video_no_counts(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    (tmp_path / "empty.mp4").write_bytes(b"")
    for name in ("text.mp4", "empty.mp4"):
        with pytest.raises(InputError, match="a video file that FFmpeg can read"):
            FileSource(tmp_path / name)
    with pytest.raises(InputError, match=r"source: expected a video file, got '.*none.mp4'"):
        FileSource(tmp_path / "none.mp4")
    with pytest.raises(InputError):
        FileSource(tmp_path)


def test_a_file_whose_index_was_cut_off_cannot_be_opened(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mp4", [image[:64, :64] for image in noisy(5)])
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "v.mp4").read_bytes()[:200])
    with pytest.raises(InputError, match="cut off"):
        FileSource(tmp_path / "cut.mp4")


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), dtype=np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        for packet in stream.encode(sound):
            container.mux(packet)
    with pytest.raises(InputError, match="audio"):
        FileSource(tmp_path / "sound.wav")
