"""Day, dusk and rain: what light and weather do to a picture that was drawn in full light."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from junction.errors import MissingPackageError

Image = NDArray[np.uint8]
"""(height, width, 3), blue first as OpenCV has it."""


class Light(StrEnum):
    DAY = "day"
    DUSK = "dusk"
    RAIN = "rain"


def opencv() -> Any:
    """cv2. Raises MissingPackageError."""
    try:
        return import_module("cv2")
    except ModuleNotFoundError:
        raise MissingPackageError("cv2", extra="detect") from None


def in_light(image: Image, light: Light, rng: np.random.Generator, strength: float | None = None) -> Image:
    """The picture as it would be taken then, with the sensor's noise. `strength`, 0 to 1, is how bright it is of what
    that light can be; None draws it, so that it varies a little from call to call."""
    cv2 = opencv()
    bright = rng.uniform() if strength is None else strength
    if light is Light.DAY:
        shown, noise = cv2.convertScaleAbs(image, alpha=0.85 + 0.25 * bright), 7
    elif light is Light.DUSK:
        shown, noise = image * ((0.3 + 0.2 * bright) * np.array([1.15, 0.95, 0.85], np.float32)), 16
    else:
        grey = image.mean(axis=2, keepdims=True, dtype=np.float32)
        shown = (0.55 * image + 0.45 * grey) * (0.6 + 0.2 * bright) + 18.0
        shown, noise = cv2.GaussianBlur(shown, (0, 0), 0.9) + _streaks(shown.shape[:2], rng)[:, :, None], 10
    grain = rng.integers(-noise, noise + 1, shown.shape, np.int8).astype(np.int16)
    seen: Image = cv2.add(shown, grain, dtype=cv2.CV_8U)
    return seen


def _streaks(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Rain: short bright lines, nearly upright."""
    cv2 = opencv()
    rain = np.zeros(shape, np.float32)
    for x, y in rng.integers(0, (shape[1], shape[0]), (shape[0] * shape[1] // 900, 2)):
        length_px = int(rng.integers(6, 16))
        cv2.line(rain, (int(x), int(y)), (int(x) + length_px // 5, int(y) + length_px), 26.0, 1)
    return rain
