"""From what moves in a picture, pixel by pixel, to vehicles: crumbs dropped, holes closed, neighbours told apart.

Everything is measured by an ordinary car's length in the picture, `car_px`, so that only views of one scale will do:
from above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

CAR_SLENDERNESS = 2.2
"""A car's length over its width, seen from above."""
SPECKS, HOLES = 0.07, 0.2
"""Of a car's length: moving spots no wider than the first are noise, gaps no wider than the second lie in a vehicle."""
LEAST_AREA = 0.06
"""Of a car's area. From straight above a two-wheeler with its rider has 0.15 and a person on foot 0.03."""
TWO_WHEELER_AREA = 0.3
HEAVY_LENGTH = 1.7
"""Of a car's length; and it is no wider than `WIDE`."""
WIDE = 0.75
"""Of a car's length: wider moving spots are several vehicles side by side."""
FULL = 0.7
"""A vehicle fills so much of the rectangle around it; a row of vehicles less."""
CASTS = 0.25
"""Where less of a shadow and what casts it is the latter, it is a shadow alone."""
SPLIT_STEPS = np.arange(0.1, 0.5, 0.05)
"""How far a spot of several vehicles is worn down, in car lengths, until it falls apart."""

Mask = NDArray[np.uint8]
"""(height, width), 1 where something moves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Blob:
    """A moving spot: left, top, width, height and area in pixels, and the length of the turned rectangle around it."""

    left: int
    top: int
    width: int
    height: int
    area: int
    length: float


def blobs_of(moving: Mask, car_px: float) -> list[Blob]:
    """The vehicles of a picture, in no order that means anything."""
    clean = np.asarray(cv2.morphologyEx(moving, cv2.MORPH_OPEN, _disc(SPECKS * car_px)), np.uint8)
    whole = np.asarray(cv2.morphologyEx(clean, cv2.MORPH_CLOSE, _disc(HOLES * car_px)), np.uint8)
    return _parts(whole, clean, car_px, 0, 0)


def lone_shadows(moving: Mask, shadow: Mask, car_px: float) -> Mask:
    """Shadows that nothing near them casts: a dark vehicle on a dark road looks like one."""
    both = cv2.morphologyEx(moving | shadow, cv2.MORPH_OPEN, _disc(SPECKS * car_px))
    number, labels, figures, _ = cv2.connectedComponentsWithStats(np.asarray(both, np.uint8), connectivity=8)
    area = figures[:, cv2.CC_STAT_AREA]
    casting = np.bincount(labels.ravel(), weights=moving.ravel(), minlength=number)
    alone = (casting < CASTS * area) & (area >= least_area(car_px)) & (area <= car_area(car_px))
    alone[0] = False
    return np.asarray(alone[labels], np.uint8)


def car_area(car_px: float) -> float:
    """Pixels of an ordinary car."""
    return car_px**2 / CAR_SLENDERNESS


def least_area(car_px: float) -> float:
    return LEAST_AREA * car_area(car_px)


def _parts(mask: Mask, clean: Mask, car_px: float, left: int, top: int) -> list[Blob]:
    """The spots of a mask whose corner lies at `left`, `top` of the picture; those of several vehicles in pieces.

    `clean` is the mask before its holes were closed, which closes gaps between vehicles too.
    """
    number, labels, figures, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for label in range(1, number):
        x, y, width, height, area = (int(figure) for figure in figures[label])
        if area < least_area(car_px):
            continue
        own = np.asarray(labels[y : y + height, x : x + width] == label, np.uint8)
        _, sides, _ = cv2.minAreaRect(cv2.findNonZero(own))
        pieces = []
        open_own = clean[y : y + height, x : x + width] & own
        if _several(max(sides), min(sides), area, car_px):
            pieces = _fall_apart(own, own, car_px) or _fall_apart(own, open_own, car_px)
        for piece in pieces:
            found += _parts(piece, open_own & piece, car_px, left + x, top + y)
        if not pieces:
            found.append(
                Blob(left=left + x, top=top + y, width=width, height=height, area=area, length=float(max(sides)))
            )
    return found


def _several(length: float, width: float, area: int, car_px: float) -> bool:
    if area < 1.5 * car_area(car_px):
        return False
    return width > WIDE * car_px or area < FULL * length * width


def _fall_apart(own: Mask, core: Mask, car_px: float) -> list[Mask]:
    """What `core` wears down to first, each piece with the pixels of `own` that are nearest to it. A piece smaller than
    a small car is left to its neighbours. Empty if it stays whole."""
    for step in SPLIT_STEPS:
        worn = cv2.erode(np.pad(core, 1), _disc(step * car_px))
        number, labels = cv2.connectedComponents(np.asarray(worn, np.uint8))
        apart = np.array(
            [cv2.distanceTransform(np.asarray(labels != k, np.uint8), cv2.DIST_L2, 3) for k in range(1, number)]
        ).reshape(-1, *worn.shape)[:, 1:-1, 1:-1]
        if len(apart) > 1:
            sizes = np.bincount(apart.argmin(axis=0)[own > 0], minlength=len(apart))
            apart = apart[sizes >= TWO_WHEELER_AREA * car_area(car_px)]
        if len(apart) > 1:
            nearest = apart.argmin(axis=0)
            return [np.asarray((nearest == piece) & (own > 0), np.uint8) for piece in range(len(apart))]
    return []


def _disc(diameter_px: float) -> NDArray[np.uint8]:
    """A disc of about this diameter; an odd number of pixels, so that it has a middle and moves nothing."""
    side = 2 * max(0, math.floor(diameter_px / 2)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
