"""Rivals that go by what cameras see, by name, each with the settings that may be tuned (`agents.settings`)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial

from agents.lane_counts import Counted
from agents.lookahead import LookaheadPolicy
from agents.max_pressure import MaxPressurePolicy
from agents.settings import check_settings, split_settings
from agents.sotl import SotlPolicy
from junction.policy import Policy

RIVALS: Mapping[str, Callable[..., Policy]] = {
    "max-pressure": partial(MaxPressurePolicy, counted=Counted.PCU),
    "max-pressure-queue": partial(MaxPressurePolicy, counted=Counted.QUEUE_VEH),
    "max-pressure-vehicles": partial(MaxPressurePolicy, counted=Counted.VEHICLES),
    "max-wave": partial(MaxPressurePolicy, counted=Counted.VEHICLES, by_flow=False),
    "sotl": SotlPolicy,
    "lookahead": LookaheadPolicy,
}


def settings_of(bare: str) -> list[str]:
    """Names of the numbers that this rival can be given."""
    parameters = inspect.signature(RIVALS[bare]).parameters.values()
    return [p.name for p in parameters if type(p.default) is float]


def make_rival(name: str) -> Policy:
    """The rival of that name with its settings. Raises InputError for a setting that it does not have."""
    bare, settings = split_settings(name)
    check_settings(bare, settings, settings_of(bare))
    return RIVALS[bare](name=name, **settings)
