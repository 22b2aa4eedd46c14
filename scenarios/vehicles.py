"""The vehicle mix in SUMO's terms: one vType a class and the distribution that flows draw from."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from scenarios.days import Rain
from scenarios.mixes import MIX
from scenarios.model import EVALUATION
from scenarios.source import VehicleRow

SPEED_SPREAD = 0.1
"""SUMO's own standard deviation of the share of the speed limit that a driver takes."""
_DRY = Rain(speed_factor=1.0, headway_factor=1.0, acceleration_factor=1.0)


def vtype_lines(
    vehicles: Sequence[VehicleRow], fidelity: str, step_length_s: float, rain: Rain | None = None
) -> list[str]:
    """The additional file of types; a type's id is its `VehicleClass`. Lateral parameters are for evaluation only.

    A headway shorter than the simulation's step makes SUMO's vehicles collide, so it is raised to the step, and what
    rain does to it comes on top of that.
    """
    weather = rain or _DRY
    lines = [f'<vTypeDistribution id="{MIX}">']
    for row in vehicles:
        values: dict[str, object] = {
            "id": row.id,
            "vClass": row.vehicle_class,
            "length": row.length_m,
            "width": row.width_m,
            "minGap": row.min_gap_m,
            "accel": round(row.accel * weather.acceleration_factor, 3),
            "decel": round(row.decel * weather.acceleration_factor, 3),
            "emergencyDecel": row.emergency_decel,
            "maxSpeed": round(row.max_speed_mps * weather.speed_factor, 3),
            "tau": round(max(row.tau_s, step_length_s) * weather.headway_factor, 3),
            "sigma": row.sigma,
            "lcAssertive": row.assertive,
            "lcSpeedGain": row.speed_gain,
            "probability": row.mix_share,
        }
        if fidelity == EVALUATION:
            values |= {
                "minGapLat": row.min_gap_lat_m,
                "maxSpeedLat": row.max_speed_lat,
                "lcPushy": row.pushy,
                "sigma": row.sublane_sigma,
                "lcSublane": row.sublane,
                "lcSpeedGain": row.sublane_speed_gain,
                "latAlignment": row.lat_alignment,
            }
        if rain is not None:
            values["speedFactor"] = f"normc({rain.speed_factor:g},{SPEED_SPREAD:g},0.2,2)"
        if row.emission_class:
            values["emissionClass"] = row.emission_class
        lines.append(f"<vType {' '.join(f'{key}={quoteattr(str(value))}' for key, value in values.items())}/>")
    return ["<additional>", *lines, "</vTypeDistribution>", "</additional>", ""]
