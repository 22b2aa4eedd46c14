from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import noisy, write_video

from detector.folder import open_source
from detector.frame import Frame
from detector.source import FileSource, UnreadableSource
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


def test_a_file_that_counts_no_frames_but_says_how_long_it_is(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mkv", noisy(60))
    whole = (tmp_path / "v.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    good, cut = FileSource(tmp_path / "v.mkv"), FileSource(tmp_path / "cut.mkv")
    assert (len(list(good.frames())), good.broken, good.announced_s) == (60, None, pytest.approx(6.0))
    assert 0 < len(list(cut.frames())) < 40
    assert re.search(r"cut.mkv (ends after|cannot be read past)", str(cut.broken))
    assert cut.announced_s == pytest.approx(6.0)
    (tmp_path / "vague.mkv").write_bytes(whole.replace(b"00:00:06.0", b"0000006.00"))
    vague = FileSource(tmp_path / "vague.mkv")
    assert (len(list(vague.frames())), vague.broken) == (60, None)


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


def test_a_folder_of_pictures_is_a_source(tmp_path: Path) -> None:
    for i in (2, 0, 1):
        cv2.imwrite(str(tmp_path / f"p{i}.png"), np.full((48, 64, 3), 50 * i, dtype=np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    source = open_source(tmp_path, fps=4.0)
    frames = [frame for frame in source.frames() if isinstance(frame, Frame)]
    assert [(f.index, f.time_s, int(f.image[0, 0, 0])) for f in frames] == [(0, 0.0, 0), (1, 0.25, 50), (2, 0.5, 100)]
    assert (source.announced_s, source.broken) == (0.75, None)
    with pytest.raises(InputError, match="--fps"):
        open_source(tmp_path, fps=None)
    (tmp_path / "p1.png").write_bytes(b"cut off")
    source = open_source(tmp_path, fps=4.0)
    assert len(list(source.frames())) == 1
    assert source.broken is not None
    assert "p1.png" in source.broken


def test_a_folder_without_a_picture(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder with pictures"):
        open_source(tmp_path, fps=10.0)


def test_a_codec_that_nobody_knows(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mp4", [image[:64, :64] for image in noisy(5)])
    strange = (tmp_path / "v.mp4").read_bytes().replace(b"avc1", b"zzz9").replace(b"avcC", b"zzzC")
    (tmp_path / "strange.mp4").write_bytes(strange)
    with pytest.raises(InputError, match=r"codec.*strange\.mp4") as told:
        list(FileSource(tmp_path / "strange.mp4").frames())
    assert "\n" not in str(told.value)


def test_a_source_that_could_not_be_opened_says_why_when_it_is_read() -> None:
    why = InputError("source", expected="a video file", got="gone.mp4")
    with pytest.raises(InputError, match=r"gone\.mp4"):
        list(UnreadableSource("gone.mp4", why).frames())
