"""Green waves of the city's corridors by program, worked out once each: they change only with the sites."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from junction.coordination import Band, Bands, CorridorSignal, Green
from scenarios.green_waves import GreenWaves, green_waves, programs_of
from scenarios.model import Scenario
from scenarios.source import PlanStandard, read_plan_standard

RIVAL = "webster"
"""The timetable whose plans are coordinated: what is shown where nobody asks for a program."""


class GreenWaveBook:
    """What `GET /v1/green-waves/{corridor_id}` answers."""

    def __init__(self, scenario: Scenario) -> None:
        self._sites = scenario.sites
        self._corridors = scenario.corridors
        self._folder = scenario.folder
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def programs(self, corridor_id: str) -> tuple[str, ...]:
        """What the corridor can be asked about; empty for one that is not there, or too short to have a wave."""
        row = self._corridors.get(corridor_id, ())
        return programs_of(self._sites, row) if len(row) > 1 else ()

    def program_at(self, corridor_id: str, time_at: float, table: str | None = None) -> str | None:
        """The program that the calendar (or the timetable of that name) calls for at all of the row's junctions."""
        called = set()
        for junction_id in self._corridors[corridor_id]:
            site = self._sites[junction_id]
            if table is not None and table not in site.rival_tables:
                return None
            called.add(site.plan_at(time_at, table).id.removeprefix(f"{junction_id}."))
        return called.pop() if len(called) == 1 else None

    async def document(self, corridor_id: str, program: str) -> dict[str, Any] | None:
        """One of `programs`; None where the scenario has no standard to say how fast platoons drive.

        Raises ScenarioError for a corridor whose neighbours have no road between them.
        """
        key = (corridor_id, program)
        if key not in self._known:
            standard = await asyncio.to_thread(read_plan_standard, self._folder)
            if standard is None:
                return None
            row = self._corridors[corridor_id]
            found = await asyncio.to_thread(green_waves, self._sites, row, program, standard)
            self._known[key] = _document(found, standard)
        return self._known[key]


def _document(waves: GreenWaves, standard: PlanStandard) -> dict[str, Any]:
    return {
        "progression_share": standard.progression_share,
        "progression_basis": standard.progression_basis,
        "least_band_s": standard.least_band_s,
        "signals": [
            {
                "junction_id": signal.id,
                "at_m": at_m,
                "cycle_s": signal.cycle_s,
                "offset_s": offset_s,
                "outbound_at_s": signal.outbound_at_s,
                "inbound_at_s": signal.inbound_at_s,
                "outbound": _greens(signal, signal.outbound, offset_s),
                "inbound": _greens(signal, signal.inbound, offset_s),
            }
            for signal, at_m, offset_s in zip(waves.signals, waves.at_m, waves.offsets_s, strict=True)
        ],
        "end_to_end": None if waves.end_to_end is None else _bands(waves.end_to_end),
        "sections": [
            {
                "from_junction": waves.signals[section.signals.start].id,
                "to_junction": waves.signals[section.signals.stop - 1].id,
                **_bands(section.bands),
            }
            for section in waves.sections
        ],
    }


def _greens(signal: CorridorSignal, greens: tuple[Green, ...], offset_s: float) -> list[dict[str, float]]:
    """As they stand after midnight; stages that follow each other with the same lamps green are one green."""
    spans: list[list[float]] = []
    for green in greens:
        if spans and math.isclose(sum(spans[-1]), green.from_s, abs_tol=0.05):
            spans[-1][1] += green.length_s
        else:
            spans.append([green.from_s, green.length_s])
    if len(spans) > 1 and math.isclose(sum(spans[-1]), spans[0][0] + signal.cycle_s, abs_tol=0.05):
        spans[-1][1] += spans.pop(0)[1]
    return [
        {"from_s": round((from_s + offset_s) % signal.cycle_s, 1), "length_s": round(length_s, 1)}
        for from_s, length_s in spans
    ]


def _bands(found: Bands) -> dict[str, dict[str, float]]:
    def document(band: Band) -> dict[str, float]:
        return {"from_s": band.from_s, "width_s": band.width_s, "share": round(band.share, 4)}

    return {"outbound": document(found.outbound), "inbound": document(found.inbound)}
