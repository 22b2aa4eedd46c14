"""Which episodes a learner gets: their length, where in the day they lie and how heavy their demand is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from envs.city import Episode
from junction.errors import InputError
from scenarios.model import StreetFiles

_OPTIONS = ("begin_s", "warmup_s", "length_s", "scale")


@dataclass(frozen=True, kw_only=True)
class EpisodePlan:
    """Episodes are drawn from here, each with its own begin and demand.

    `length_s` is the time with decisions, after `warmup_s` on fixed plans that fills the street. `begin_window_s` is
    the span (SUMO seconds) that an episode's begin is drawn from; None: wherever the whole episode fits into the
    street's time. `scale` is the range that the demand's factor is drawn from, evenly.
    """

    length_s: float = 1800.0
    warmup_s: float = 120.0
    begin_window_s: tuple[float, float] | None = None
    scale: tuple[float, float] = (1.0, 1.0)

    def __post_init__(self) -> None:
        for name in ("length_s", "warmup_s"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= (1 if name == "length_s" else 0)):
                raise InputError(f"episodes.{name}", expected="seconds, 0 or more (length: 1 or more)", got=value)
        if not 0 < self.scale[0] <= self.scale[1]:
            raise InputError("episodes.scale", expected="0 < low <= high", got=self.scale)
        if self.begin_window_s is not None and not self.begin_window_s[0] <= self.begin_window_s[1]:
            raise InputError("episodes.begin_window_s", expected="first <= last", got=self.begin_window_s)

    def fixed(self, options: Mapping[str, Any]) -> EpisodePlan:
        """This plan with some figures pinned: `begin_s`, `warmup_s`, `length_s` and `scale` as numbers."""
        for name, value in options.items():
            if name not in _OPTIONS or isinstance(value, bool) or not isinstance(value, int | float):
                raise InputError(f"options.{name}", expected=f"a number for one of {_OPTIONS}", got=value)
        changed: dict[str, Any] = {n: float(options[n]) for n in ("warmup_s", "length_s") if n in options}
        if "begin_s" in options:
            changed["begin_window_s"] = (float(options["begin_s"]),) * 2
        if "scale" in options:
            changed["scale"] = (float(options["scale"]),) * 2
        return replace(self, **changed)

    def draw(self, files: StreetFiles, rng: np.random.Generator) -> Episode:
        """The next episode, on whole seconds. A street shorter than the plan is run whole."""
        whole_s = self.warmup_s + self.length_s
        first_s, last_s = self.begin_window_s or (files.begin_s, max(files.begin_s, files.end_s - whole_s))
        begin_s = float(round(rng.uniform(first_s, last_s)))
        return Episode(
            begin_s=begin_s,
            end_s=min(begin_s + whole_s, max(files.end_s, begin_s + self.warmup_s + 1)),
            warmup_s=self.warmup_s,
            scale=float(rng.uniform(*self.scale)),
        )
