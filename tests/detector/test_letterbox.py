"""Pictures as networks take them: scaled into a square, as planes or colours from 0 to 1."""

from __future__ import annotations

import cv2
import numpy as np

from detector.letterbox import Letterbox

SIZES = [(480, 848), (480, 848), (600, 800), (848, 480), (640, 640), (480, 848)]


def test_planes_and_colours_are_the_whole_square_whatever_came_before() -> None:
    letterbox = Letterbox(640, 640)
    planes = np.full((3, 640, 640), np.nan, dtype=np.float32)
    colours = np.full((640, 640, 3), np.nan, dtype=np.float32)
    random = np.random.default_rng(7)
    for size in SIZES:
        letterbox.fit(random.integers(0, 255, (*size, 3)).astype(np.uint8))
        letterbox.draw_planes(planes)
        letterbox.draw_colours(colours)
        expected = np.asarray(cv2.dnn.blobFromImage(letterbox.buffer, 1 / 255, swapRB=True))[0]
        assert np.allclose(planes, expected, rtol=0, atol=1e-6)
        assert np.allclose(colours.transpose(2, 0, 1), expected, rtol=0, atol=1e-6)
