"""What anyone may know of the city: which signals work, and how long one waits there. No camera, control or cause."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import orjson

from controller.junction_state import JunctionState
from controller.live import applied_mode
from junction.kpi import level_of_service, queue_delay_s_pcu
from junction.mode import Cause, Mode
from scenarios.model import Scenario

PUBLIC_SCHEMA = "chauraha.public/1"
GOOD_FOR_S = 5.0
"""So long one answer is given to everyone, here and in caches on the way."""


class PublicState(StrEnum):
    """A signal, as someone who drives up to it would see it."""

    WORKING = "working"
    BY_POLICE = "by_police"
    FLASHING = "flashing"
    OUT_OF_ORDER = "out_of_order"
    UNKNOWN = "unknown"


_OF_MODE = {
    Mode.MANUAL: PublicState.BY_POLICE,
    Mode.FLASH: PublicState.OUT_OF_ORDER,
    Mode.DARK: PublicState.OUT_OF_ORDER,
}


class PublicFace:
    """The same bytes for everyone until they are `GOOD_FOR_S` old."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._made: tuple[float, bytes] = (float("-inf"), b"")

    def bytes_at(self, states: Mapping[str, JunctionState], now_s: float) -> bytes:
        """`chauraha.public/1`, encoded."""
        if not 0 <= now_s - self._made[0] < GOOD_FOR_S:
            self._made = (now_s, self._encode(states, now_s))
        return self._made[1]

    def _encode(self, states: Mapping[str, JunctionState], now_s: float) -> bytes:
        simulated = any(state.origin == "simulated" for state in states.values())
        return orjson.dumps(
            {
                "schema": PUBLIC_SCHEMA,
                "at": round(now_s, 3),
                "origin": "simulated" if simulated else "measured",
                "name_en": self._scenario.name_en,
                "name_hi": self._scenario.name_hi,
                "junctions": [_junction(state, now_s) for state in states.values()],
            }
        )


def _junction(state: JunctionState, now_s: float) -> dict[str, object]:
    layout = state.site.layout
    return {
        "id": layout.id,
        "name_en": layout.name_en,
        "name_hi": layout.name_hi,
        "lat": layout.lat,
        "lon": layout.lon,
        "state": str(public_state(state, now_s)),
        "los": level_of_service(queue_delay_s_pcu(state.recent_intervals(now_s))),
    }


def public_state(state: JunctionState, now_s: float) -> PublicState:
    """Unknown where the box has not reported for a while: a plan may run there, or nothing."""
    mode, cause, rung = applied_mode(state, now_s)
    if rung is None:
        return PublicState.UNKNOWN
    if mode is Mode.FLASH and cause is Cause.NIGHT_FLASH:
        return PublicState.FLASHING
    return _OF_MODE.get(mode, PublicState.WORKING)
