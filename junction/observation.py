"""What a policy may know of a junction: what its camera saw, how old that is, and the lamps.

The same type comes from a real camera's counts and from the simulated street, by the same function
(`observe`), so a policy sees in service exactly what it saw in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from junction.counts import LaneGroupCount
from junction.layout import JunctionLayout
from junction.signals import SignalState
from junction.vehicle import CLASS_INDEX, VEHICLE_CLASSES

MAX_AGE_S = 20.0
"""A reading older than this is unknown: a platoon has passed since."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneGroupReading:
    """One lane group as last seen. `present_veh` is by class in `VEHICLE_CLASSES` order.

    `age_s` is None when it was never seen. A reading that is too old, or never was, is not `known`: its figures
    are then the last ones (or zeros) and must not be read as an empty road.
    """

    lane_group_id: str
    age_s: float | None
    present_veh: tuple[float, ...] = (0.0,) * len(VEHICLE_CLASSES)
    queue_veh: float = 0.0
    queue_pcu: float = 0.0
    queue_m: float = 0.0

    @property
    def known(self) -> bool:
        return self.age_s is not None and self.age_s <= MAX_AGE_S


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One junction at one moment; `readings` in the layout's lane-group order. `time_s` is Unix seconds."""

    junction_id: str
    time_s: float
    readings: tuple[LaneGroupReading, ...]
    signals: SignalState

    @property
    def known_share(self) -> float:
        """Share of lane groups whose reading is known, 0 to 1."""
        return sum(r.known for r in self.readings) / len(self.readings) if self.readings else 0.0


def observe(
    layout: JunctionLayout,
    seen: Mapping[str, tuple[float, LaneGroupCount]],
    signals: SignalState,
    time_s: float,
) -> Observation:
    """The observation from the last good count of each lane group.

    `seen` maps lane-group id to (when it was seen, Unix seconds; the count). Lane groups without an entry are
    unknown with no age.
    """
    readings = []
    for lane_group in layout.lane_groups:
        entry = seen.get(lane_group.id)
        if entry is None:
            readings.append(LaneGroupReading(lane_group_id=lane_group.id, age_s=None))
            continue
        at_s, count = entry
        present = [0.0] * len(VEHICLE_CLASSES)
        for name, number in count.present.items():
            present[CLASS_INDEX[name]] += number
        readings.append(
            LaneGroupReading(
                lane_group_id=lane_group.id,
                age_s=max(0.0, time_s - at_s),
                present_veh=tuple(present),
                queue_veh=float(count.queue_veh),
                queue_pcu=float(count.queue_pcu),
                queue_m=float(count.queue_m),
            )
        )
    return Observation(junction_id=layout.id, time_s=time_s, readings=tuple(readings), signals=signals)
