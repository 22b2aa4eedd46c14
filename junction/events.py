"""Indiana high-resolution events: what a controller and its detectors did, to the tenth of a second.

Codes by Sturdevant et al. 2012, "Indiana Traffic Signal Hi Resolution Data Logger Enumerations" (JTRP). A phase is a
signal group: its number is the group's place in the layout, from 1. A detector's number is its place in the junction's
list of channels, from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from junction.layout import JunctionLayout
from junction.signals import Lamp

FAULT_KINDS = ("power", "lamp", "detector", "door", "comms")


class EventCode(IntEnum):
    """Those that we write. From 200 on the codes are a maker's own; their parameters are a mode's place in
    `junction.mode.Mode` and a fault's in `FAULT_KINDS`, from 1."""

    GREEN_BEGIN = 1
    GREEN_END = 7
    YELLOW_BEGIN = 8
    YELLOW_END = 9
    RED_CLEARANCE_BEGIN = 10
    RED_CLEARANCE_END = 11
    CALL_REGISTERED = 43
    CALL_DROPPED = 44
    DETECTOR_OFF = 81
    DETECTOR_ON = 82
    MODE_CHANGE = 201
    FAULT_BEGIN = 202
    FAULT_END = 203


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """At `at_s` (Unix or SUMO seconds); `parameter` is a phase for codes up to 44, a detector above."""

    at_s: float
    code: EventCode
    parameter: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A vehicle over a detector; `call` says that the detector calls its phase while that is not green."""

    detector: int
    phase: int
    on_s: float
    off_s: float
    call: bool


_CHANGES = {
    (Lamp.RED, Lamp.GREEN): (EventCode.GREEN_BEGIN,),
    (Lamp.AMBER, Lamp.GREEN): (EventCode.GREEN_BEGIN,),
    (Lamp.GREEN, Lamp.AMBER): (EventCode.GREEN_END, EventCode.YELLOW_BEGIN),
    (Lamp.GREEN, Lamp.RED): (EventCode.GREEN_END, EventCode.RED_CLEARANCE_BEGIN),
    (Lamp.AMBER, Lamp.RED): (EventCode.YELLOW_END, EventCode.RED_CLEARANCE_BEGIN),
}


def phase_of(layout: JunctionLayout, group_id: str) -> int:
    """A signal group's phase number."""
    return layout.group_index[group_id] + 1


def lamp_events(times_s: Sequence[float], lamps: Sequence[Sequence[str]], all_red_s: float) -> Iterator[Event]:
    """The events of lamps that were sampled at those times, by group in layout order; nothing for the first sample.

    A red clearance ends after `all_red_s`.
    """
    for at_s, before, after in zip(times_s[1:], lamps, lamps[1:], strict=False):
        for group, (old, new) in enumerate(zip(before, after, strict=True)):
            for code in _CHANGES.get((Lamp(old), Lamp(new)), ()):
                yield Event(at_s=at_s, code=code, parameter=group + 1)
                if code is EventCode.RED_CLEARANCE_BEGIN:
                    yield Event(at_s=at_s + all_red_s, code=EventCode.RED_CLEARANCE_END, parameter=group + 1)


def detector_events(passages: Sequence[Passage], lamps: Iterable[Event]) -> Iterator[Event]:
    """On and off of every passage; and a phase's call from the first vehicle that comes to it out of green to its next
    green."""
    for passage in passages:
        yield Event(at_s=passage.on_s, code=EventCode.DETECTOR_ON, parameter=passage.detector)
        yield Event(at_s=passage.off_s, code=EventCode.DETECTOR_OFF, parameter=passage.detector)
    calls = [(one.on_s, 1, one.phase, None) for one in passages if one.call]
    changes = [
        (event.at_s, 0, event.parameter, event.code)
        for event in lamps
        if event.code in (EventCode.GREEN_BEGIN, EventCode.GREEN_END)
    ]
    green: set[int] = set()
    called: set[int] = set()
    for at_s, _, phase, code in sorted([*calls, *changes], key=lambda one: one[:3]):
        if code is None and phase not in green and phase not in called:
            called.add(phase)
            yield Event(at_s=at_s, code=EventCode.CALL_REGISTERED, parameter=phase)
        elif code is EventCode.GREEN_BEGIN:
            green.add(phase)
            if phase in called:
                called.remove(phase)
                yield Event(at_s=at_s, code=EventCode.CALL_DROPPED, parameter=phase)
        elif code is EventCode.GREEN_END:
            green.discard(phase)
