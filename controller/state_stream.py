"""The city's state as server-sent events: the whole of it once, then what changed, made once for all who watch.

`state` is the document of `GET /v1/state`, `change` what is different since the event before. A viewer is told nothing
that it can work out: ages grow as the clock does. Events are also kept compressed, each by itself, so that the gzip
stream of any viewer is a header and the same blocks that all others get.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from controller.alarms.alarm import Alarm
from controller.junction_state import STATUS_FRESH_S, JunctionState
from controller.live import STATE_SCHEMA, control_facts, origin_of, traffic_facts
from controller.pace import Pace
from controller.trouble import Trouble

CHANGE_SCHEMA = "chauraha.state-change/1"
KEPT = 15
"""Events that a viewer may have missed; one that missed more gets the whole state again."""
AGE_SLACK_S = 1.5
"""An age is told again when it is further than this from what the viewer makes of the last one."""
SINCE_SLACK_DS = round(AGE_SLACK_S * 10)
REPORT_SLACK_S = 3.0
"""`reported_age_s` goes up and down with every poll: it is told again when it is that far from the last one."""
LOOK_AGAIN_S = 4.0
"""So often figures of the traffic are worked out where no camera reported: they fade with time."""
AGED = frozenset({"stage", "reported_age_s", "approaches", "camera"})
"""The facts with an age in them; any other holds as long as it is told as it was."""
REST_SHARE = 0.25
"""Of the interval: so long nothing is made between two events, however long one took."""
WAKE_TOGETHER = 8
"""Viewers that are sent an event in one turn of the event loop."""
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
LEVEL = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Event:
    number: int
    plain: bytes
    packed: bytes


class StateStream:
    """Makes events while somebody watches. `states` and `alarms` give the city as it is now."""

    def __init__(
        self,
        states: Callable[[], Mapping[str, JunctionState]],
        alarms: Callable[[], Sequence[Alarm]],
        now_s: Callable[[], float],
        interval_s: float,
    ) -> None:
        self._states, self._alarms, self._now_s, self._interval_s = states, alarms, now_s, interval_s
        self._run = secrets.token_hex(4)
        self._number = 0
        self._events: deque[_Event] = deque(maxlen=KEPT)
        self._whole: _Event | None = None
        self._told: dict[str, _Told] = {}
        self._told_alarms: list[dict[str, Any]] = []
        self._viewers = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._hurry = asyncio.Event()
        self._maker: asyncio.Task[None] | None = None
        self._closed = False
        self._trouble = Trouble(_log, "the stream of the city's state stands still", traced=True)

    async def events(self, last_id: str | None, *, packed: bool, goes_on: Callable[[], bool]) -> AsyncIterator[bytes]:
        """What one viewer is sent, as long as `goes_on`. `last_id` is the last event that it had before a break."""
        told = self._number_of(last_id)
        self._viewers += 1
        try:
            if packed:
                yield GZIP_HEADER
            while goes_on() and not self._closed:
                for event in self._news(told):
                    yield event.packed if packed else event.plain
                    told = event.number
                await self._next()
        finally:
            self._viewers -= 1

    async def close(self) -> None:
        """Ends every viewer's stream."""
        self._closed = True
        if self._maker is not None:
            self._maker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._maker
        await self._wake()

    def _number_of(self, event_id: str | None) -> int | None:
        """None for an id of another run, or of none."""
        run, _, number = (event_id or "").partition("-")
        return int(number) if run == self._run and number.isascii() and number.isdigit() else None

    def _news(self, told: int | None) -> list[_Event]:
        """What comes after the event `told`; from the whole state on, where that is unknown or long ago."""
        oldest = self._events[0].number if self._events else self._number + 1
        if told is not None and oldest - 1 <= told <= self._number:
            return [event for event in self._events if event.number > told]
        if self._whole is None or self._whole.number < oldest - 1:
            self._whole = None
            self._hurry.set()
            return []
        return [self._whole, *(event for event in self._events if event.number > self._whole.number)]

    async def _next(self) -> None:
        if self._maker is None or self._maker.done():
            self._maker = asyncio.create_task(self._make_while_watched(), name="state stream")
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        await waiter

    async def _make_while_watched(self) -> None:
        while self._viewers > 0:
            begun_s = time.monotonic()
            try:
                await self._make()
                self._trouble.over()
            except Exception as error:  # viewers see by its age that their state is old
                self._trouble.failed(error)
                self._begin_anew()
            await self._wake()
            spent_s = time.monotonic() - begun_s
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self._hurry.wait(), max(self._interval_s - spent_s, REST_SHARE * self._interval_s)
                )

    def _begin_anew(self) -> None:
        """What was half told is told nobody: a number is left out, so that everyone gets the whole state."""
        self._events.clear()
        self._whole = None
        self._number += 1

    async def _make(self) -> None:
        """The next event, and the whole state with it where somebody needs that."""
        self._hurry.clear()
        now_s, whole_wanted = self._now_s(), self._whole is None
        pace = Pace()
        changed, whole = {}, {}
        states = self._states()
        for key, state in states.items():
            told = self._told.setdefault(key, _Told())
            facts = told.look(state, now_s, everything=whole_wanted)
            news = told.news(facts, now_s)
            if news:
                changed[key] = orjson.Fragment(orjson.dumps(news))
            if whole_wanted:
                whole[key] = orjson.Fragment(orjson.dumps(facts))
            await pace.breathe()
        alarms = [alarm.to_document() for alarm in self._alarms()]
        city = {"at": round(now_s, 3), "origin": origin_of(states)}
        change = {"schema": CHANGE_SCHEMA, **city, "junctions": changed}
        if alarms != self._told_alarms:
            change["alarms"] = self._told_alarms = alarms
        self._number += 1
        self._events.append(await self._event("change", change))
        if whole_wanted:
            self._whole = await self._event(
                "state", {"schema": STATE_SCHEMA, **city, "alarms": alarms, "junctions": whole}
            )

    async def _event(self, name: str, document: Mapping[str, Any]) -> _Event:
        head = f"id: {self._run}-{self._number}\r\nevent: {name}\r\ndata: ".encode()
        plain = head + orjson.dumps(document) + b"\r\n\r\n"
        return _Event(number=self._number, plain=plain, packed=await asyncio.to_thread(_pack, plain))

    async def _wake(self) -> None:
        """A few viewers at a time: polls go in between."""
        waiting, self._waiting = self._waiting, []
        for number, waiter in enumerate(waiting, 1):
            if not waiter.done():
                waiter.set_result(None)
            if number % WAKE_TOGETHER == 0:
                await asyncio.sleep(0)


class _Told:
    """What those who watch know of one junction, fact by fact, and since when."""

    def __init__(self) -> None:
        self._facts: dict[str, tuple[Any, float]] = {}
        self._signs: tuple[Any, ...] | None = None
        self._counts_taken = -1
        self._looked_s = float("-inf")

    def look(self, state: JunctionState, now_s: float, *, everything: bool) -> dict[str, Any]:
        """The facts that may be new."""
        signs, before = _signs(state, now_s), self._signs
        self._signs = signs
        facts = {} if signs is not None and signs == before and not everything else control_facts(state, now_s)
        rested_s = now_s - self._looked_s
        if everything or state.counts_taken != self._counts_taken or not 0 <= rested_s < LOOK_AGAIN_S:
            self._counts_taken, self._looked_s = state.counts_taken, now_s
            facts |= traffic_facts(state, now_s)
        return facts

    def news(self, facts: Mapping[str, Any], now_s: float) -> dict[str, Any]:
        """Those of the facts that are not what a viewer takes them to be; from now on it knows them."""
        news = {}
        for name, value in facts.items():
            known = self._facts.get(name)
            if known is not None and name not in AGED:
                holds = bool(known[0] == value)
            else:
                holds = known is not None and _holds(name, known[0], value, now_s - known[1])
            if not holds:
                news[name] = value
                self._facts[name] = (value, now_s)
        return news


def _signs(state: JunctionState, now_s: float) -> tuple[Any, ...] | None:
    """What `control_facts` are made of: while it stays the same they hold, as far as a viewer is told. None while
    something counts down."""
    report = state.report
    if state.override is not None or state.passages or state.crossings.spoken_of:
        return None
    if report is None:
        return (state.shown,)
    age_s = now_s - report.received_s
    silent = age_s // REPORT_SLACK_S
    if not 0 <= age_s <= STATUS_FRESH_S:
        return (state.shown, silent)
    body, signals = report.body, report.signals
    return (
        state.shown,
        silent,
        (body.rung, body.mode, body.cause, body.manual, body.faults, body.reasons),
        (signals.lamps, signals.stage, signals.stage_since_ds // SINCE_SLACK_DS, signals.stage_since_ds < now_s * 10),
    )


def _holds(name: str, told: Any, now: Any, passed_s: float) -> bool:
    """Whether a viewer that was told that, so long ago, is right enough about what is so now."""
    if isinstance(told, dict) and isinstance(now, dict):
        return told.keys() == now.keys() and all(_holds(key, told[key], now[key], passed_s) for key in now)
    if told is None or now is None or name not in ("age_s", "elapsed_s", "reported_age_s"):
        return bool(told == now)
    if name == "reported_age_s":
        return bool(abs(now - told) <= REPORT_SLACK_S)
    if name == "elapsed_s" and (told == 0 or now == 0):
        return bool(told == now)
    return bool(abs(now - told - passed_s) <= AGE_SLACK_S)


def _pack(plain: bytes) -> bytes:
    """A deflate block that refers to nothing before it and ends on a whole byte."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)
