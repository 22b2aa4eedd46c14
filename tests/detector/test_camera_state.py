"""Cameras that go black, freeze, are covered, blurred and moved: noticed within five seconds, and never without cause.

On rendered pictures always; on the shared clips where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import FPS, noisy, write_video

from detector.camera_state import StateWatch
from detector.frame import Frame, Image
from detector.source import FileSource
from junction.counts import CameraState

NOTICED_S = 5.0
CLIPS = Path(__file__).parents[3] / "shared" / "detector" / "video"
STANDING = {
    "bangkok_arterial": (0, 700),
    "car_detection": (0, 377),
    "junction_topdown": (0, 480),
    "junction_cars_cyclist": (0, 60),
}
"""Clips and their frames in which the camera stands; india_mixed cuts to another view and drifts by 0.06."""


def blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 4 * image.shape[1] / 800), dtype=np.uint8)


def covered(image: Image) -> Image:
    """Something grey before the lens, two thirds of the picture, with the sensor's noise on it."""
    hidden = image.copy()
    left = hidden[:, : image.shape[1] * 2 // 3]
    left[:] = 90 + np.random.default_rng(int(image.sum()) % 997).integers(0, 5, left.shape, dtype=np.uint8)
    return hidden


def shifted(image: Image) -> Image:
    return np.roll(image, image.shape[1] // 10, axis=1)


def turned(image: Image) -> Image:
    height_px, width_px = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width_px / 2, height_px / 2), 6, 1)
    return np.asarray(cv2.warpAffine(image, turn, (width_px, height_px)), dtype=np.uint8)


def dark(image: Image) -> Image:
    return image // 32


CHANGES = [
    (blurred, CameraState.BLURRED),
    (covered, CameraState.COVERED),
    (shifted, CameraState.MOVED),
    (turned, CameraState.MOVED),
    (dark, CameraState.BLACK),
]


def watch_change(
    images: Sequence[Image], fps: float, change: Callable[[Image], Image], first: int, last: int
) -> tuple[StateWatch, list[CameraState]]:
    watch = StateWatch()
    states = [watch.see(i / fps, change(image) if first <= i < last else image) for i, image in enumerate(images)]
    return watch, states


@pytest.mark.parametrize(("change", "name"), CHANGES)
def test_a_change_is_named_and_its_end_too(change: Callable[[Image], Image], name: CameraState) -> None:
    watch, states = watch_change(noisy(240), FPS, change, 80, 150)
    assert set(states[:80]) == {CameraState.OK}
    noticed = next(i for i, state in enumerate(states) if state is not CameraState.OK)
    assert (noticed - 80) / FPS <= NOTICED_S
    assert set(states[noticed:150]) == {name}
    again = next(i for i in range(150, 240) if states[i] is CameraState.OK)
    assert (again - 150) / FPS <= NOTICED_S
    assert set(states[again:]) == {CameraState.OK}
    assert [span.state for span in watch.spans] == [CameraState.OK, name, CameraState.OK]
    assert all(one.to_s == other.from_s for one, other in pairwise(watch.spans))


def test_a_camera_that_was_never_sharp_or_never_uncovered_is_named_too() -> None:
    soft = StateWatch()
    assert [soft.see(i / FPS, blurred(blurred(image))) for i, image in enumerate(noisy(50))][-1] is CameraState.BLURRED
    wall = StateWatch()
    draw = np.random.default_rng(1)
    flat = [
        np.full((300, 400, 3), 90, dtype=np.uint8) + draw.integers(0, 5, (300, 400, 3), np.uint8) for _ in range(50)
    ]
    assert [wall.see(i / FPS, image) for i, image in enumerate(flat)][-1] is CameraState.COVERED


def test_a_larger_picture_of_the_same_view_is_no_move() -> None:
    watch = StateWatch()
    frames = noisy(40) + noisy(60, 2, 800, 800)
    assert {watch.see(i / FPS, image) for i, image in enumerate(frames)} == {CameraState.OK}


def test_a_camera_that_sinks_slowly_has_moved_in_the_end() -> None:
    """By a pixel a second: from look to look it stands still."""
    watch = StateWatch()
    frames = noisy(500)
    sunk_px = [max(0, round(i / FPS) - 8) for i in range(len(frames))]
    states = [
        watch.see(i / FPS, np.roll(image, down, axis=0))
        for i, (image, down) in enumerate(zip(frames, sunk_px, strict=True))
    ]
    noticed = states.index(CameraState.MOVED)
    assert 28 < sunk_px[noticed] <= 28 + NOTICED_S, "0.04 of the width of the view at 480 by 270"
    assert set(states[noticed:]) == {CameraState.MOVED}


def test_a_lorry_that_hides_most_of_the_view_for_a_while_is_no_move() -> None:
    watch = StateWatch()
    draw = np.random.default_rng(3)
    lorry = draw.integers(40, 200, (380, 330, 3), dtype=np.uint8)

    def with_lorry(image: Image, at: int) -> Image:
        seen = image.copy()
        left = max(0, at)
        part = lorry[:, left - at : left - at + 400 - left]
        seen[10:390, left : left + part.shape[1]] = part
        return seen

    frames = [
        with_lorry(image, -330 + 12 * (i - 30)) if 0 <= i - 30 < 60 else image for i, image in enumerate(noisy(150))
    ]
    assert {watch.see(i / FPS, image) for i, image in enumerate(frames)} == {CameraState.OK}


def test_a_frozen_picture_is_named_and_a_quiet_street_at_night_is_not() -> None:
    draw = np.random.default_rng(4)
    street = draw.integers(20, 60, (300, 400, 3), dtype=np.uint8)
    quiet = [street + (draw.random(street.shape) < 0.1).astype(np.uint8) for _ in range(50)]
    night, frozen = StateWatch(), StateWatch()
    assert {night.see(i / FPS, image) for i, image in enumerate(quiet)} == {CameraState.OK}
    states = [frozen.see(i / FPS, quiet[min(i, 19)]) for i in range(50)]
    assert set(states[:20]) == {CameraState.OK}
    assert states[-1] is CameraState.FROZEN
    assert [span.state for span in frozen.spans] == [CameraState.OK, CameraState.FROZEN]
    assert frozen.spans[-1].from_s == pytest.approx(20 / FPS)


def test_a_frozen_picture_whose_colours_a_codec_redraws_is_frozen_all_the_same() -> None:
    draw = np.random.default_rng(5)
    street = draw.integers(40, 200, (300, 400, 3), dtype=np.uint8)
    watch = StateWatch()
    states = []
    for i in range(40):
        redder = (draw.random((300, 400)) < 0.1).astype(np.uint8)
        states.append(watch.see(i / FPS, street + np.stack([0 * redder, -redder, redder], axis=2).astype(np.uint8)))
    assert states[-1] is CameraState.FROZEN


def test_footage_from_a_hand_never_moves_away() -> None:
    watch = StateWatch(fixed=False)
    frames = [np.roll(image, 3 * i, axis=1) for i, image in enumerate(noisy(80))]
    assert {watch.see(i / FPS, image) for i, image in enumerate(frames)} == {CameraState.OK}


def _clip(name: str) -> tuple[list[Frame], float]:
    path = CLIPS / f"{name}.mp4"
    if not path.exists():
        pytest.skip("needs the shared footage")
    source = FileSource(path)
    first, last = STANDING[name]
    return [frame for frame in source.frames() if first <= frame.index < last], source.fps


@pytest.mark.footage
@pytest.mark.slow
@pytest.mark.parametrize("name", STANDING)
def test_no_false_alarm_on_real_traffic(name: str) -> None:
    frames, fps = _clip(name)
    watch = StateWatch()
    assert {watch.see(i / fps, frame.image) for i, frame in enumerate(frames)} == {CameraState.OK}


@pytest.mark.footage
@pytest.mark.slow
@pytest.mark.parametrize(("change", "name"), CHANGES)
def test_real_footage_made_bad_is_named(change: Callable[[Image], Image], name: CameraState, tmp_path: Path) -> None:
    """Written as a video and read again, so that the codec has its say."""
    frames, fps = _clip("bangkok_arterial")
    step = 2
    images = [frame.image for frame in frames][: 14 * round(fps) : step]
    begins = round(8 * fps / step)
    write_video(
        tmp_path / "bad.mp4", [change(i) if n >= begins else i for n, i in enumerate(images)], round(fps / step)
    )
    watch = StateWatch()
    states = [
        (frame.time_s, watch.see(frame.time_s, frame.image)) for frame in FileSource(tmp_path / "bad.mp4").frames()
    ]
    changed_s = states[begins][0]
    noticed_s = next(time_s for time_s, state in states if state is not CameraState.OK)
    assert 0 < noticed_s - changed_s <= NOTICED_S
    assert states[-1][1] is name
