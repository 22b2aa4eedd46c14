"""What a field controller did, as high-resolution events: watched at every tick, handed on in batches."""

from __future__ import annotations

from typing import Any

from controller.field.controller import FieldController
from controller.schemas import EVENTS_SCHEMA, MAX_EVENTS
from junction.events import FAULT_KINDS, Event, EventCode, lamp_events
from junction.layout import JunctionLayout
from junction.mode import Mode, Rung

MODES = tuple(Mode)


class EventLog:
    """One controller's. Only changes are events: what was so at the first tick, and while the heads flash, is none."""

    def __init__(self, layout: JunctionLayout, boot_id: str) -> None:
        self._layout = layout
        self._boot_id = boot_id
        self._n = 0
        self._lamps: tuple[str, ...] | None = None
        self._lamps_at_s = 0.0
        self._mode: Mode | None = None
        self._faults: frozenset[str] = frozenset()
        self._events: list[Event] = []
        self.lost = 0
        """Events dropped since the start, the oldest first, because nobody took them."""

    def watch(self, controller: FieldController, wall_s: float) -> None:
        """Notes what changed since the last tick. `wall_s` is Unix seconds."""
        lamps = None if controller.rung is Rung.FLASH else tuple(map(str, controller.signals.lamps))
        if lamps != self._lamps:
            if lamps is not None and self._lamps is not None:
                samples, times = (self._lamps, lamps), (self._lamps_at_s, wall_s)
                self._note(*lamp_events(times, samples, self._layout.all_red_s))
            self._lamps, self._lamps_at_s = lamps, wall_s
        if controller.mode is not self._mode:
            if self._mode is not None:
                self._note(Event(at_s=wall_s, code=EventCode.MODE_CHANGE, parameter=MODES.index(controller.mode) + 1))
            self._mode = controller.mode
        faults = controller.fault_kinds
        if faults != self._faults:
            for code, kinds in (
                (EventCode.FAULT_BEGIN, faults - self._faults),
                (EventCode.FAULT_END, self._faults - faults),
            ):
                for kind in sorted(kinds, key=FAULT_KINDS.index):
                    self._note(Event(at_s=wall_s, code=code, parameter=FAULT_KINDS.index(kind) + 1))
            self._faults = faults

    def take(self) -> dict[str, Any] | None:
        """The next batch (`chauraha.events/1`) of what was noted; None where there is nothing."""
        taken, self._events = self._events[:MAX_EVENTS], self._events[MAX_EVENTS:]
        if not taken:
            return None
        self._n += 1
        events = [
            {"at": round(event.at_s, 1), "code": int(event.code), "parameter": event.parameter} for event in taken
        ]
        return {"schema": EVENTS_SCHEMA, "boot_id": self._boot_id, "n": self._n, "events": events}

    def _note(self, *events: Event) -> None:
        self._events += events
        over = len(self._events) - 10 * MAX_EVENTS
        if over > 0:
            del self._events[:over]
            self.lost += over
