"""Means with confidence intervals over seeds, and the ratio of two controllers run on the same seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """An estimate with its 95 % confidence interval; `lo` and `hi` are None when one seed cannot give one."""

    mean: float
    lo: float | None
    hi: float | None


def mean_interval(values: Sequence[float]) -> Interval:
    """Student's t interval of the mean. Raises ValueError for no values."""
    if not values:
        raise ValueError("expected at least one value, got none")
    sample = np.asarray(values, dtype=np.float64)
    mean = float(sample.mean())
    if len(sample) < 2:
        return Interval(mean=mean, lo=None, hi=None)
    half = _t(len(sample)) * float(sample.std(ddof=1)) / math.sqrt(len(sample))
    return Interval(mean=mean, lo=mean - half, hi=mean + half)


def paired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """Ratio of means over paired seeds, `sum(ours) / sum(theirs)`, with its linearised (delta method) t interval.

    The variance is that of the residuals `ours - ratio x theirs`, so what a seed does to both cancels (the ratio
    estimator of W. G. Cochran, Sampling Techniques, 3rd ed., section 6.3). Raises ValueError when the seeds do not
    pair or `theirs` has no positive mean.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if len(a) != len(b) or len(a) == 0:
        raise ValueError(f"expected as many values on both sides, got {len(a)} and {len(b)}")
    if b.mean() <= 0:
        raise ValueError(f"expected a positive mean to compare with, got {b.mean()}")
    ratio = float(a.mean() / b.mean())
    if len(a) < 2:
        return Interval(mean=ratio, lo=None, hi=None)
    residual_sd = float((a - ratio * b).std(ddof=1))
    half = _t(len(a)) * residual_sd / (math.sqrt(len(a)) * float(b.mean()))
    return Interval(mean=ratio, lo=ratio - half, hi=ratio + half)


def _t(n: int) -> float:
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2, df=n - 1))
