"""From timed signals to flashing by the calendar, without surprising anyone who drives."""

from __future__ import annotations

from controller.field.box_machine import BoxMachine
from junction.layout import JunctionLayout
from junction.stage_machine import StageMachine


class NightFlash:
    """Every green ends after its minimum, through amber; then all lamps stay red for the junction's longest intergreen,
    so that whoever entered last has left; then they may flash."""

    def __init__(self, layout: JunctionLayout) -> None:
        self._rest_ds = max([*layout.intergreen_ds.values(), round(layout.all_red_s * 10)])
        self._red_since_ds: int | None = None

    def close(self, machine: StageMachine | BoxMachine, now_ds: int) -> None:
        """Ticks the machine, in place of its `tick`, towards all red."""
        if not machine.close(now_ds):
            self._red_since_ds = None
        elif self._red_since_ds is None:
            self._red_since_ds = now_ds

    def may_begin(self, now_ds: int) -> bool:
        """Whether all lamps have been red for long enough."""
        return self._red_since_ds is not None and now_ds - self._red_since_ds >= self._rest_ds

    def call_off(self) -> None:
        """The signals are timed again."""
        self._red_since_ds = None
