"""Controllers that are programs inside SUMO: they need no policy, only the right programs on the street.

    actuated  SUMO's gap-based actuated control (program "actuated" of the scenario's additional file)
    native    the programs that the network came with

They see what SUMO's own detectors see (every vehicle, no camera error) and are not driven by the guard, so their
lamps are audited like every other controller's. https://sumo.dlr.de/docs/Simulation/Traffic_Lights.html
"""

from __future__ import annotations

from typing import Literal

Programs = Literal["guarded", "actuated", "native"]

SUMO_PROGRAMS: dict[str, Programs] = {"actuated": "actuated", "native": "native"}
"""Controller name to what `envs.sumo.SumoStreet` is asked to run; every policy runs "guarded"."""
