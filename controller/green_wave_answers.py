"""What the route of green waves answers."""

from __future__ import annotations

from controller.answers import Answer, example_of

_BANDS = {
    "outbound": {"from_s": 23.0, "width_s": 21.9, "share": 0.1685},
    "inbound": {"from_s": 71.5, "width_s": 21.9, "share": 0.1685},
}


class GreenAnswer(Answer):
    """`from_s` after midnight, modulo the cycle."""

    from_s: float
    length_s: float


class WaveSignalAnswer(Answer):
    """A junction of the corridor: metres from the first one, travel times from each direction's first signal, and the
    greens of each direction's through traffic."""

    junction_id: str
    at_m: float
    cycle_s: float
    offset_s: float
    outbound_at_s: float
    inbound_at_s: float
    outbound: list[GreenAnswer]
    inbound: list[GreenAnswer]


class BandAnswer(Answer):
    """The longest span of departures that meets no red. `from_s`: when its first vehicle is, or would have been, at the
    corridor's first signal of that direction, after midnight, modulo the cycle. `share`: of all departures."""

    from_s: float
    width_s: float
    share: float


class BandsAnswer(Answer):
    outbound: BandAnswer
    inbound: BandAnswer


class SectionAnswer(BandsAnswer):
    """Signals in a row with a green wave of their own."""

    from_junction: str
    to_junction: str


class GreenWavesAnswer(Answer):
    """A corridor under one program (a plan's id after the junction's). Outbound is the corridor's own order.

    `calendar_program` is what the calendar calls for now, null where that differs by junction. `end_to_end` is null
    where the cycles do not fit each other. Sections have a band of `least_band_s` both ways in every cycle.
    """

    model_config = example_of(
        corridor_id="mall_road",
        program="webster.morning",
        programs=["today", "webster.morning"],
        calendar_program="today",
        progression_share=0.8,
        progression_basis="assumed",
        least_band_s=8.0,
        signals=[
            {
                "junction_id": "bada_chauraha",
                "at_m": 0.0,
                "cycle_s": 130.0,
                "offset_s": 18.0,
                "outbound_at_s": 0.0,
                "inbound_at_s": 61.4,
                "outbound": [{"from_s": 23.0, "length_s": 32.0}],
                "inbound": [{"from_s": 23.0, "length_s": 32.0}],
            }
        ],
        end_to_end=_BANDS,
        sections=[{"from_junction": "bada_chauraha", "to_junction": "meghdoot", **_BANDS}],
    )

    corridor_id: str
    program: str
    programs: list[str]
    calendar_program: str | None
    progression_share: float
    progression_basis: str
    least_band_s: float
    signals: list[WaveSignalAnswer]
    end_to_end: BandsAnswer | None
    sections: list[SectionAnswer]
