"""A traffic signal controller behind NTCIP 1202, as a field controller's box.

What is asked becomes holds, force-offs, omits and calls of phases. The unit itself times ambers, red clearances and
its own minima, and every SET winds up its backup timer: when our word stops, because we let go, lost the network or
died, `unitBackupTime` runs out and the unit goes to its backup, its own plans.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from controller.field.ntcip import objects
from controller.field.ntcip.session import SnmpSession
from controller.field.ntcip.settings import NtcipSettings
from junction.errors import InputError, ServiceError
from junction.layout import GroupKind, JunctionLayout
from junction.signals import Lamp

ROUND_S = 0.2
"""Between two readings of the lamps: what the conflict monitor tolerates."""
SET_AGAIN_S = 1.0
"""A wish that has not changed is set again so often, which keeps the backup timer wound up."""
STALE_S = 1.0
"""Lamps read longer ago are not known."""

_log = logging.getLogger(__name__)


class _Word(StrEnum):
    """What the unit is told: nothing, which phases to serve, or to flash."""

    RELEASED = "released"
    ASKED = "asked"
    FLASH = "flash"


class NtcipBox:
    """`SignalBox` over SNMP. `run` does the talking; the other calls only say what it is to be about.

    Raises InputError when the settings' phases are not the junction's groups.
    """

    def __init__(
        self,
        layout: JunctionLayout,
        settings: NtcipSettings,
        *,
        session: SnmpSession | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        settings.check_groups(layout)
        self._layout = layout
        self._settings = settings
        self._session = session or SnmpSession(settings)
        self._clock = clock
        self._phase_groups = objects.groups_of(settings.phases.values())
        self._word = _Word.RELEASED
        self._wanted: frozenset[str] = frozenset()
        self._lamps: Mapping[str, Lamp | None] = dict.fromkeys(settings.phases)
        self._read_s = float("-inf")
        self._last_set: tuple[float, Mapping[str, int]] = (float("-inf"), {})
        self._let_go = True
        self._trouble = "not reached yet"
        self._fit = False
        self.control_status: objects.UnitControlStatus | None = None

    def ask(self, groups: frozenset[str]) -> None:
        self._word, self._wanted = _Word.ASKED, groups

    def release(self) -> None:
        self._word = _Word.RELEASED

    def flash(self) -> None:
        self._word = _Word.FLASH

    def feedback(self) -> Mapping[str, Lamp | None]:
        """Lamps by group; None for all while the unit flashes, has not answered for a second or is not fit."""
        if not self._fit or self._clock() - self._read_s > STALE_S:
            return dict.fromkeys(self._settings.phases)
        return self._lamps

    def faults(self) -> Sequence[Mapping[str, str]]:
        return [{"kind": "comms", "detail": f"NTCIP: {self._trouble}"[:200]}] if self._trouble else []

    async def run(self, stop: asyncio.Event) -> None:
        """Talks to the unit until `stop` is set, then lets go of it and closes the session."""
        try:
            while not stop.is_set():
                begun_s = self._clock()
                await self._round()
                await asyncio.sleep(max(0.0, ROUND_S - (self._clock() - begun_s)))
            self.release()
            await self._round()
        finally:
            self._session.close()

    async def _round(self) -> None:
        try:
            if not self._fit:
                await self._commission()
            await self._read()
            await self._say()
            trouble = ""
        except (ServiceError, InputError) as wrong:
            trouble = str(wrong)
        if trouble != self._trouble:
            _log.log(logging.WARNING if trouble else logging.INFO, "NTCIP unit: %s", trouble or "answers")
            self._trouble = trouble

    async def _commission(self) -> None:
        """Sets the backup time and checks that the unit's own times are as safe as the site's.

        Raises InputError naming the phase that is not: such a unit is never controlled.
        """
        layout, phases = self._layout, self._settings.phases
        names = [
            f"{column}.{phases[group.id]}"
            for group in layout.groups
            for column in (objects.PHASE_MINIMUM_GREEN, objects.PHASE_YELLOW_CHANGE, objects.PHASE_RED_CLEAR)
        ]
        times = await self._session.get(names)
        for group in layout.groups:
            phase = phases[group.id]
            yellow_s = times[f"{objects.PHASE_YELLOW_CHANGE}.{phase}"] / 10
            clear_s = yellow_s + times[f"{objects.PHASE_RED_CLEAR}.{phase}"] / 10
            longest_s = max((s for (losing, _), s in layout.intergreen_s.items() if losing == group.id), default=0.0)
            for what, got_s, least_s in (
                ("phaseMinimumGreen", float(times[f"{objects.PHASE_MINIMUM_GREEN}.{phase}"]), group.min_green_s),
                ("phaseYellowChange", yellow_s, group.amber_s),
                ("phaseYellowChange + phaseRedClear", clear_s, longest_s),
            ):
                if got_s < least_s - 1e-9:
                    raise InputError(
                        f"{what}.{phase} ({group.id})",
                        expected=f"at least the site's {least_s:g} s", got=got_s, hint="set it in the unit",
                    )  # fmt: skip
        await self._session.set({objects.UNIT_BACKUP_TIME: self._settings.backup_time_s})
        self._fit = True

    async def _read(self) -> None:
        columns = (objects.PHASE_STATUS_GREENS, objects.PHASE_STATUS_YELLOWS, objects.PHASE_STATUS_REDS,
                   objects.PHASE_STATUS_WALKS, objects.PHASE_STATUS_PED_CLEARS)  # fmt: skip
        names = [f"{column}.{group}" for column in columns for group in self._phase_groups]
        values = await self._session.get(
            [*names, objects.UNIT_CONTROL_STATUS, objects.UNIT_FLASH_STATUS, objects.UNIT_BACKUP_TIME]
        )
        # A unit that was restarted, or set by someone else, must not be trusted to let go of our last word.
        self._fit = values[objects.UNIT_BACKUP_TIME] == self._settings.backup_time_s
        self._read_s = self._clock()
        status = values[objects.UNIT_CONTROL_STATUS]
        self.control_status = next((s for s in objects.UnitControlStatus if s == status), None)
        flashing = values[objects.UNIT_FLASH_STATUS] != objects.UnitFlashStatus.NOT_FLASH
        self._lamps = {
            group.id: None if flashing else _lamp(values, self._settings.phases[group.id], group.kind)
            for group in self._layout.groups
        }

    async def _say(self) -> None:
        """Sets what is wanted when it is new or a second old. Once let go of, the unit hears nothing more."""
        if not self._fit:
            raise ServiceError(f"unitBackupTime is not {self._settings.backup_time_s} s any more")
        if self._word is _Word.RELEASED:
            if not self._let_go:
                # Nothing is held any more, for no guard watches from here on; the silence that follows does the rest.
                await self._session.set(self._controls())
                self._let_go = True
                self._last_set = (float("-inf"), {})
            return
        pattern = objects.AUTOMATIC_FLASH if self._word is _Word.FLASH else objects.FREE
        wanted = {**self._controls(), objects.SYSTEM_PATTERN_CONTROL: pattern}
        set_s, values = self._last_set
        if wanted != values or self._clock() - set_s >= SET_AGAIN_S:
            self._let_go = False
            await self._session.set(wanted)
            self._last_set = (self._clock(), wanted)

    def _controls(self) -> dict[str, int]:
        """Values of the phase control objects for what is wanted; all 0 when released or flashing."""
        phases, every = self._settings.phases, set(self._settings.phases.values())
        if self._word is not _Word.ASKED:
            return {
                name: 0 for column in objects.PHASE_CONTROLS for name in objects.masks(column, (), self._phase_groups)
            }
        wanted = {phases[group] for group in self._wanted}
        green = {phases[group] for group, lamp in self._lamps.items() if lamp is Lamp.GREEN}
        crossings = {phases[g.id] for g in self._layout.groups if g.kind is GroupKind.PEDESTRIAN}
        told = {
            objects.PHASE_CONTROL_PHASE_OMIT: every - wanted,
            objects.PHASE_CONTROL_HOLD: wanted,
            objects.PHASE_CONTROL_FORCE_OFF: green - wanted,
            objects.PHASE_CONTROL_VEH_CALL: wanted,
            objects.PHASE_CONTROL_PED_CALL: wanted & crossings,
        }
        return {k: v for column, on in told.items() for k, v in objects.masks(column, on, self._phase_groups).items()}


def _lamp(values: Mapping[str, int], phase: int, kind: GroupKind) -> Lamp | None:
    """What a phase shows; a crossing's walk and clearance stand for green and amber. None when it shows nothing."""
    if kind is GroupKind.PEDESTRIAN:
        green, amber = objects.PHASE_STATUS_WALKS, objects.PHASE_STATUS_PED_CLEARS
    else:
        green, amber = objects.PHASE_STATUS_GREENS, objects.PHASE_STATUS_YELLOWS
    for column, lamp in ((green, Lamp.GREEN), (amber, Lamp.AMBER), (objects.PHASE_STATUS_REDS, Lamp.RED)):
        if objects.is_set(values, column, phase):
            return lamp
    return None
