"""What the routes of key figures answer."""

from __future__ import annotations

from controller.answers import AT, Answer, example_of

_FIGURES = {
    "delay_s_pcu": 48.2,
    "los": "C",
    "throughput_pcu_h": 2410.0,
    "mean_queue_pcu": 32.1,
    "longest_queue_pcu": 61.5,
    "departed_pcu": 2391.4,
    "cycle_failure_share": 0.08,
    "recorded_s": 3600.0,
    "seen_share": 0.99,
    "simulated_share": 0.0,
    "mode_share": {"ai": 0.97, "fixed": 0.03},
}


class KpiFigures(Answer):
    """Of some time. Unknown is null. `delay_s_pcu` is the stopped delay by queue integration, a lower estimate of
    control delay; `cycle_failure_share` of the lane groups' greens left part of the queue they began with; the other
    shares are of the time recorded, `simulated_share` of the time seen."""

    model_config = example_of(**_FIGURES)

    delay_s_pcu: float | None
    los: str | None
    throughput_pcu_h: float | None
    mean_queue_pcu: float | None
    longest_queue_pcu: float | None
    departed_pcu: float | None
    cycle_failure_share: float | None
    recorded_s: float
    seen_share: float | None
    simulated_share: float | None
    mode_share: dict[str, float]


class KpiPeriod(Answer):
    begin_at: int
    end_at: int
    figures: dict[str, KpiFigures]


class KpiAnswer(Answer):
    """Each period's figures by junction id, thana, corridor, or "city"."""

    model_config = example_of(
        level="city",
        every="hour",
        at=AT,
        periods=[
            {"begin_at": int(AT) // 3600 * 3600, "end_at": int(AT) // 3600 * 3600 + 3600, "figures": {"city": _FIGURES}}
        ],
    )

    level: str
    every: str
    at: float
    periods: list[KpiPeriod]


class DelayChange(Answer):
    """Ratio of the delays, less 1; `lo` and `hi` bound it with 95 % confidence, null for one quarter of an hour."""

    ratio: float | None
    lo: float | None
    hi: float | None
    quarters: int


class ComparedFigures(Answer):
    now: KpiFigures
    then: KpiFigures
    delay_change: DelayChange | None


class CompareAnswer(Answer):
    """By junction id, thana, corridor, or "city"."""

    model_config = example_of(
        level="city",
        at=AT,
        begin_at=int(AT) // 900 * 900,
        end_at=int(AT) // 900 * 900 + 3600,
        against_at=int(AT) // 900 * 900 - 604_800,
        figures={
            "city": {
                "now": _FIGURES,
                "then": {**_FIGURES, "delay_s_pcu": 61.0},
                "delay_change": {"ratio": -0.21, "lo": -0.27, "hi": -0.14, "quarters": 4},
            }
        },
    )

    level: str
    at: float
    begin_at: int
    end_at: int
    against_at: int
    figures: dict[str, ComparedFigures]


class Hotspot(KpiFigures):
    model_config = example_of(junction_id="tatmill", thana="Babupurwa", excess_delay_pcu_h=11.2, **_FIGURES)

    junction_id: str
    thana: str
    excess_delay_pcu_h: float


class HotspotsAnswer(Answer):
    """The worst first. `unknown` are the junctions whose delay in that time nobody saw."""

    model_config = example_of(
        at=AT,
        begin_at=int(AT) // 900 * 900,
        end_at=int(AT) // 900 * 900 + 3600,
        acceptable_s_pcu=65.0,
        junctions=[{"junction_id": "tatmill", "thana": "Babupurwa", "excess_delay_pcu_h": 11.2, **_FIGURES}],
        unknown=["parade"],
    )

    at: float
    begin_at: int
    end_at: int
    acceptable_s_pcu: float
    junctions: list[Hotspot]
    unknown: list[str]
