"""Pictures as a decoder leaves them show what they would in blue, green and red."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from detector.decoded import Decoded, has_planes
from detector.frame import Image, grey_of
from detector.letterbox import Letterbox

av = pytest.importorskip("av", reason="install 'chauraha[detect]'")

BT_709, BT_601 = 1, 6


def street(width_px: int, height_px: int) -> Image:
    """Light and dark in muted colours."""
    draw = np.random.default_rng(3)
    coarse = np.clip(draw.integers(20, 235, (6, 8, 1)) + draw.integers(-25, 25, (6, 8, 3)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC), np.uint8)


def decoded(image: Image, layout: str, standard: int) -> Any:
    """PyAV's frame of the picture in a video's layout."""
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame = frame.reformat(format=layout, dst_colorspace={BT_709: "ITU709", BT_601: "ITU601"}[standard])
    frame.colorspace = standard
    return frame


@pytest.mark.parametrize("layout", ["yuv420p", "yuvj420p"])
@pytest.mark.parametrize("standard", [BT_709, BT_601])
@pytest.mark.parametrize("size_px", [(848, 478), (800, 600), (101, 75), (640, 640), (480, 850)])
def test_a_decoded_picture_is_seen_as_its_image_is(layout: str, standard: int, size_px: tuple[int, int]) -> None:
    image = street(*size_px)
    frame = decoded(image, layout, standard)
    assert has_planes(frame)
    picture = Decoded(frame)
    assert picture.shape == image.shape
    assert np.abs(picture.image.astype(int) - image).mean() < 3
    grey = cv2.cvtColor(picture.image, cv2.COLOR_BGR2GRAY).astype(int)
    assert np.abs(grey_of(picture) - grey).mean() < 3
    assert np.array_equal(picture.grey(3, 5), grey_of(picture)[::3, ::5])
    theirs, ours = Letterbox(640, 640), Letterbox(640, 640)
    for _ in range(2):  # the second time into what the first one left
        assert ours.fit(picture) == theirs.fit(picture.image)
        apart = np.abs(ours.buffer.astype(int) - theirs.buffer)
        assert apart.mean() < 1
        assert apart.max() < 10


def test_one_letterbox_for_pictures_of_all_kinds() -> None:
    letterbox = Letterbox(320, 320)
    for size_px, layout in [((848, 478), "yuv420p"), ((400, 300), "yuvj420p"), ((848, 478), "yuv420p")]:
        picture = Decoded(decoded(street(*size_px), layout, BT_709))
        fresh = Letterbox(320, 320)
        assert letterbox.fit(picture) == fresh.fit(picture)
        assert np.array_equal(letterbox.buffer, fresh.buffer)
        letterbox.fit(picture.image)


def test_a_layout_of_another_kind_is_not_taken_for_one() -> None:
    assert not has_planes(decoded(street(64, 64), "yuv422p", BT_601))
    assert not has_planes(decoded(street(64, 64), "nv12", BT_601))
