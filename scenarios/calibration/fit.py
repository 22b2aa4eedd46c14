"""The demand nearest to the prior that meets the counts.

Minimises over route flows x (vehicles): sum over counts of KL(c | A x) + trust * KL(x | prior), where
KL(a | b) = a ln(a / b) - a + b: Poisson counts with an entropy prior (Van Zuylen & Willumsen 1980, with error in the
counts as in Willumsen 1984). Convex in x; solved in ln(x / prior) by L-BFGS-B. The noise of the counts grows with the
share `1 / trust` only: contradictory counts share their error, a route that nobody counted keeps its prior.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

TRUST = 0.3
FARTHEST = 6.0
"""Bound on |ln(x / prior)|: a route's flow changes by a factor of at most e^6 (about 400)."""
ROUNDS = 400

Floats = NDArray[np.float64]


def fit_flows(passes: Any, counted_veh: Floats, prior_veh: Floats, trust: float = TRUST) -> Floats:
    """Vehicles by route, shape (routes,). `passes` is sparse, shape (places, routes); `prior_veh` is above 0.

    The prior is first scaled as a whole to the counted total, so that the counts give the level.
    """
    from scipy.optimize import minimize

    expected = float((passes @ prior_veh).sum())
    prior = prior_veh * (float(counted_veh.sum()) / expected) if expected > 0 and counted_veh.sum() > 0 else prior_veh
    tiny = 1e-9

    def cost(shift: Floats) -> tuple[float, Floats]:
        flow = prior * np.exp(shift)
        model = passes @ flow + tiny
        value = float((model - counted_veh * np.log(model)).sum() + trust * (flow * (shift - 1)).sum())
        slope = flow * (passes.T @ (1 - counted_veh / model) + trust * shift)
        return value, slope

    found = minimize(
        cost,
        np.zeros(len(prior)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-FARTHEST, FARTHEST)] * len(prior),
        options={"maxiter": ROUNDS},
    )
    return np.asarray(prior * np.exp(found.x), dtype=np.float64)
