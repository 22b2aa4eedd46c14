"""How well a modelled flow meets a counted one: the GEH statistic (Transport for London; WebTAG unit M3.1)."""

from __future__ import annotations

import math
from collections.abc import Iterable

GOOD_GEH = 5.0
"""A flow below this counts as met; 85 % of links is the field's bar."""


def geh(modelled_veh_h: float, counted_veh_h: float) -> float:
    """sqrt(2 (m - c)^2 / (m + c)) for hourly flows; 0 where both are 0."""
    if modelled_veh_h + counted_veh_h == 0:
        return 0.0
    return math.sqrt(2 * (modelled_veh_h - counted_veh_h) ** 2 / (modelled_veh_h + counted_veh_h))


def good_share(values: Iterable[float]) -> float | None:
    """The share of values below `GOOD_GEH`; None where there are none."""
    found = list(values)
    return sum(value < GOOD_GEH for value in found) / len(found) if found else None
