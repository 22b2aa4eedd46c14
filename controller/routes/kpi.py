"""Key figures over time: by junction, thana, corridor or for the city; two times compared; the worst junctions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.responses import Response

from controller.kpi_answers import CompareAnswer, HotspotsAnswer, KpiAnswer
from controller.periods import QUARTER_S, Every, Period, split_into_periods
from controller.routes import FromTime, TheService, ToTime, json_response
from controller.service import Service
from junction.errors import InputError
from junction.kpi import LOS_UPPER_S_PCU, KpiSums, level_of_service

ACCEPTABLE_LOS = "C"
"""What a junction may be before its delay counts as excess: the level that signals are designed for (Indo-HCM 2017)."""
RESAMPLES = 2_000
CONFIDENCE = 0.95

DAY_S, WEEK_S = 86_400.0, 604_800.0
MAX_COMPARED_S = 35 * 86_400
"""Five weeks: a month, whichever day it begins on."""

Waited = NDArray[np.float64]

Time = Annotated[float | None, Query(ge=0, le=1e11, allow_inf_nan=False)]

router = APIRouter(prefix="/v1", tags=["figures"])


class Level(StrEnum):
    """What the figures are of."""

    JUNCTION = "junction"
    THANA = "thana"
    CORRIDOR = "corridor"
    CITY = "city"


@router.get("/kpi", responses={200: {"model": KpiAnswer}})
async def get_kpi(
    service: TheService,
    begin: FromTime = None,
    end: ToTime = None,
    level: Level = Level.CITY,
    every: Every = Every.WHOLE,
) -> Response:
    """Figures of every junction, thana, corridor or of the city, for each period of that time (by default the last 24
    hours), unknown ones null."""
    periods = split_into_periods(*_asked(service, begin, end), every, _timezone(service))
    return json_response(
        {
            "level": level,
            "every": every,
            "at": service.clock.now_s(),
            "periods": [
                {
                    "begin_at": period.begin_at,
                    "end_at": period.end_at,
                    "figures": await _figures(service, level, period),
                }
                for period in periods
            ],
        }
    )


@router.get("/kpi/compare", responses={200: {"model": CompareAnswer}})
async def get_comparison(
    service: TheService,
    begin: FromTime = None,
    end: ToTime = None,
    against: Time = None,
    level: Level = Level.CITY,
) -> Response:
    """Figures of that time and of as long a one from `against` on (by default a week before), and the change of the
    delay between them."""
    begin_at, end_at = _asked(service, begin, end)
    now = split_into_periods(begin_at, end_at, Every.WHOLE, _timezone(service))[0]
    if now.end_at - now.begin_at > MAX_COMPARED_S:
        raise InputError("to", expected=f"at most {MAX_COMPARED_S} s after from ({begin_at:g})", got=end_at)
    shift_s = round((begin_at - (begin_at - WEEK_S if against is None else against)) / QUARTER_S) * QUARTER_S
    then = Period(now.begin_at - shift_s, now.end_at - shift_s)
    groups = _groups(service, level)
    figures_now, figures_then = await _figures(service, level, now), await _figures(service, level, then)
    new, old = [await service.kpi.waited(period.begin_at, period.end_at) for period in (now, then)]
    changes = await asyncio.to_thread(delay_changes, groups, new, old)
    return json_response(
        {
            "level": level,
            "at": service.clock.now_s(),
            "begin_at": now.begin_at,
            "end_at": now.end_at,
            "against_at": then.begin_at,
            "figures": {
                name: {"now": figures_now[name], "then": figures_then[name], "delay_change": changes[name]}
                for name in groups
            },
        }
    )


@router.get("/hotspots", responses={200: {"model": HotspotsAnswer}})
async def get_hotspots(
    service: TheService,
    begin: FromTime = None,
    end: ToTime = None,
    thana: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """Junctions by the PCU hours that were waited there beyond level of service C, the worst first."""
    thanas = {state.site.layout.thana for state in service.states.values()}
    if thana is not None and thana not in thanas:
        raise InputError("thana", expected=f"one of {sorted(thanas)}", got=thana)
    period = split_into_periods(*_asked(service, begin, end), Every.WHOLE, _timezone(service))[0]
    found = await service.kpi.sums(period.begin_at, period.end_at)
    acceptable_s = LOS_UPPER_S_PCU[ACCEPTABLE_LOS]
    ranked = [
        {
            "junction_id": key,
            "thana": state.site.layout.thana,
            "excess_delay_pcu_h": round(excess, 3),
            **figures(found[key]),
        }
        for key, state in service.states.items()
        if key in found
        and (thana is None or state.site.layout.thana == thana)
        and (excess := found[key].excess_delay_pcu_h(acceptable_s)) is not None
    ]
    ranked.sort(key=lambda one: (-one["excess_delay_pcu_h"], -one["delay_s_pcu"]))
    unknown = [
        key
        for key, state in service.states.items()
        if (thana is None or state.site.layout.thana == thana) and key not in {one["junction_id"] for one in ranked}
    ]
    return json_response(
        {
            "at": service.clock.now_s(),
            "begin_at": period.begin_at,
            "end_at": period.end_at,
            "acceptable_s_pcu": acceptable_s,
            "junctions": ranked,
            "unknown": unknown,
        }
    )


def figures(sums: KpiSums) -> dict[str, Any]:
    """What is shown of some time. Unknown is null; shares are of the time that the record covers."""
    recorded_s = sums.duration_s
    return {
        "delay_s_pcu": _rounded(sums.delay_s_pcu),
        "los": level_of_service(sums.delay_s_pcu),
        "throughput_pcu_h": _rounded(sums.throughput_pcu_h),
        "mean_queue_pcu": _rounded(sums.mean_queue_pcu),
        "longest_queue_pcu": _rounded(sums.longest_queue_pcu),
        "departed_pcu": round(sums.departed_pcu, 2) if sums.seen_s > 0 else None,
        "cycle_failure_share": _rounded(sums.cycle_failure_share),
        "recorded_s": round(recorded_s, 1),
        "seen_share": round(min(1.0, sums.seen_s / recorded_s), 4) if recorded_s > 0 else None,
        "simulated_share": round(sums.simulated_s / sums.seen_s, 4) if sums.seen_s > 0 else None,
        "mode_share": {str(mode): round(spent / recorded_s, 4) for mode, spent in sorted(sums.mode_s.items()) if spent},
    }


def delay_changes(
    groups: Mapping[str, tuple[str, ...]], new: Mapping[str, Waited], old: Mapping[str, Waited]
) -> dict[str, dict[str, Any] | None]:
    """How much longer a PCU waited than before, by group of junctions: ratio - 1 with its 95 % interval; None without a
    quarter that was seen both times.

    Quarters of the same time of day are pairs, and pairs are drawn again and again (bootstrap, 2,000 times,
    percentiles; Efron 1979): whole quarters, because vehicles within one are not independent. The same quarters are
    drawn for every group, from those that any group saw both times.
    """
    tables = {name: _pairs(ids, new, old) for name, ids in groups.items()}
    known = {name: table for name, table in tables.items() if table is not None}
    if not known:
        return dict.fromkeys(groups)
    seen = np.any([table[:, 1] > 0 for table in known.values()], axis=0)
    number = int(seen.sum())
    drawn = np.random.default_rng(1).integers(number, size=(RESAMPLES, number)) + number * np.arange(RESAMPLES)[:, None]
    times_drawn = np.bincount(drawn.ravel(), minlength=RESAMPLES * number).reshape(RESAMPLES, number).astype(float)
    return {name: _change(known[name][seen], times_drawn) if name in known else None for name in groups}


def _pairs(ids: Iterable[str], new: Mapping[str, Waited], old: Mapping[str, Waited]) -> Waited | None:
    """(quarters, 4): PCU seconds waited and PCU gone now and then, summed over the junctions that were seen in that
    quarter both times: a camera that was out once would else change what is compared."""
    tables = []
    for key in ids:
        if key in new and key in old:
            table = np.hstack([new[key], old[key]])
            table[(table[:, 1] <= 0) | (table[:, 3] <= 0)] = 0.0
            tables.append(table)
    total: Waited = np.sum(tables, axis=0)
    return total if tables and total[:, 2].sum() > 0 else None


def _change(table: Waited, times_drawn: Waited) -> dict[str, Any]:
    quarters = int((table[:, 1] > 0).sum())
    low = high = None
    if quarters > 1:
        low, high = np.quantile(_ratios(times_drawn @ table), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]).tolist()
    return {
        "ratio": _rounded(float(_ratios(table.sum(axis=0, keepdims=True))[0])),
        "lo": _rounded(low),
        "hi": _rounded(high),
        "quarters": quarters,
    }


def _ratios(rows: Waited) -> Waited:
    """Delay now over delay then, less 1, of the rows that have both."""
    rows = rows[(rows[:, 1] > 0) & (rows[:, 2] > 0)]
    ratios: Waited = (rows[:, 0] / rows[:, 1]) / (rows[:, 2] / rows[:, 3]) - 1
    return ratios


def _asked(service: Service, begin: float | None, end: float | None) -> tuple[float, float]:
    """The time asked about; without its ends, up to now and a day long."""
    end_at = service.clock.now_s() if end is None else end
    return (max(0.0, end_at - DAY_S) if begin is None else begin), end_at


async def _figures(service: Service, level: Level, period: Period) -> dict[str, Any]:
    found = await service.kpi.sums(period.begin_at, period.end_at)
    return {name: figures(_total(found, ids)) for name, ids in _groups(service, level).items()}


def _groups(service: Service, level: Level) -> Mapping[str, tuple[str, ...]]:
    """The junctions of each row of an answer."""
    states = service.states
    if level is Level.JUNCTION:
        return {key: (key,) for key in states}
    if level is Level.CORRIDOR:
        return {name: tuple(key for key in ids if key in states) for name, ids in service.scenario.corridors.items()}
    if level is Level.CITY:
        return {"city": tuple(states)}
    return _grouped(states, lambda key: states[key].site.layout.thana)


def _grouped(keys: Iterable[str], name_of: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for key in keys:
        groups[name_of(key)] = (*groups.get(name_of(key), ()), key)
    return dict(sorted(groups.items()))


def _total(found: Mapping[str, KpiSums], ids: Iterable[str]) -> KpiSums:
    return _sum(found[key] for key in ids if key in found)


def _sum(parts: Iterable[KpiSums]) -> KpiSums:
    return sum(parts, KpiSums())


def _timezone(service: Service) -> str:
    """The city's: all of its junctions are in one."""
    return next((state.site.timezone for state in service.states.values()), "UTC")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
