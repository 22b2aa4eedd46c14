"""A simulated NTCIP 1202 unit: pysnmp's own command responder before a small signal controller with a clock of its own.

It obeys holds, force-offs, omits and calls as the standard words them, times its own minima, yellows and red
clearances, and goes to its own plan when no control object was SET for `unitBackupTime`. Nothing of it is shared with
the bridge but the standard's numbers, which are written out here again.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto.api import v2c
from pysnmp.smi.error import NoSuchInstanceError, NotWritableError
from pysnmp.smi.instrum import AbstractMibInstrumController

from junction.layout import JunctionLayout

ASC = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1)
OMIT, HOLD, FORCE_OFF, VEH_CALL, PED_CALL = ((*ASC, 1, 5, 1, column, 1) for column in (2, 4, 5, 6, 7))
BACKUP_TIME, CONTROL_STATUS, FLASH_STATUS = ((*ASC, 3, entry, 0) for entry in (3, 5, 6))
PATTERN = (*ASC, 4, 14, 0)
CONTROLS = (OMIT, HOLD, FORCE_OFF, VEH_CALL, PED_CALL, PATTERN)
SYSTEM_CONTROL, BACKUP_MODE, TIMEBASE = 2, 4, 6
RED_REVERT_S = 2.0
"""`unitRedRevert`: red shown at least before the same phase is green again, were it called back in its amber."""


class SimulatedUnit:
    """One phase for each group of the layout, in layout order, from phase 1 (at most 8).

    `own_plan` are the phases of each stage that it runs by itself, 10 s each. `stubborn`: takes every SET and does
    nothing of it. `samples` are (its time, lamps by group in layout order), one for every tenth of a second.
    """

    def __init__(self, layout: JunctionLayout, own_plan: Sequence[Sequence[str]]) -> None:
        self.phases = {group.id: number for number, group in enumerate(layout.groups, start=1)}
        self.own_plan = [frozenset(self.phases[g] for g in stage) for stage in own_plan]
        self.min_green_s = {self.phases[g.id]: g.min_green_s for g in layout.groups}
        self.yellow_s = {self.phases[g.id]: g.amber_s for g in layout.groups}
        self.red_clear_s = {
            self.phases[g.id]: max(s for (losing, _), s in layout.intergreen_s.items() if losing == g.id) - g.amber_s
            for g in layout.groups
        }
        self.rivals: dict[int, set[int]] = {phase: set() for phase in self.phases.values()}
        for a, b in layout.conflicts:
            self.rivals[self.phases[a]].add(self.phases[b])
            self.rivals[self.phases[b]].add(self.phases[a])
        self.values: dict[tuple[int, ...], int] = {**dict.fromkeys(CONTROLS, 0), BACKUP_TIME: 0}
        self.lamps = dict.fromkeys(self.phases.values(), "r")
        self.since_s = dict.fromkeys(self.phases.values(), float("-inf"))
        self.sets: list[tuple[float, dict[tuple[int, ...], int]]] = []
        self.samples: list[tuple[float, str]] = []
        self.now_s = 0.0
        self.set_s = float("-inf")
        self.in_backup = False
        self.stubborn = False
        self.stage = 0

    @property
    def control_status(self) -> int:
        if self.in_backup:
            return BACKUP_MODE
        return SYSTEM_CONTROL if self.values[PATTERN] else TIMEBASE

    def step(self, seconds: float) -> None:
        self.now_s += seconds
        backup_s = self.values[BACKUP_TIME]
        if self.values[PATTERN] and backup_s and self.now_s - self.set_s > backup_s and not self.in_backup:
            self.in_backup = True
            self.values.update(dict.fromkeys(CONTROLS, 0))
        self._time_out()
        if self.control_status == SYSTEM_CONTROL and not self.stubborn:
            self._serve({p for p in self.lamps if self._bit(VEH_CALL, p) and not self._bit(OMIT, p)})
            ending = {p for p in self.lamps if self._bit(FORCE_OFF, p) and not self._bit(HOLD, p)}
        else:
            wanted = self.own_plan[self.stage]
            if all(self.lamps[p] == "G" and self.now_s - self.since_s[p] >= 10 for p in wanted):
                self.stage = (self.stage + 1) % len(self.own_plan)
                wanted = self.own_plan[self.stage]
            self._serve(set(wanted))
            ending = set(self.lamps) - wanted
        for phase in ending:
            if self.lamps[phase] == "G" and self.now_s - self.since_s[phase] >= self.min_green_s[phase]:
                self._show(phase, "y")
        self.samples.append((self.now_s, "".join(self.lamps.values())))

    def written(self, values: Mapping[tuple[int, ...], int]) -> None:
        self.sets.append((self.now_s, dict(values)))
        self.values.update(values)
        if any(name in CONTROLS for name in values):
            self.set_s, self.in_backup = self.now_s, False

    def read(self, name: tuple[int, ...]) -> int | None:
        """An object's value; None where there is none."""
        if name[:-2] == (*ASC, 1, 2, 1) and name[-1] in self.lamps:
            phase = name[-1]
            tenths = {4: self.min_green_s, 8: self.yellow_s, 9: self.red_clear_s}
            scale = 1 if name[-2] == 4 else 10
            return round(tenths[name[-2]][phase] * scale) if name[-2] in tenths else None
        if name[:-2] == (*ASC, 1, 4, 1) and name[-1] == 1:
            shown = {2: "r", 3: "y", 4: "G"}.get(name[-2], "")
            return sum(1 << (phase - 1) for phase, lamp in self.lamps.items() if lamp == shown)
        if name == CONTROL_STATUS:
            return self.control_status
        if name == FLASH_STATUS:
            return 3 if self.values[PATTERN] == 255 else 2
        return self.values.get(name)

    def _bit(self, name: tuple[int, ...], phase: int) -> bool:
        return bool(self.values[name] >> (phase - 1) & 1)

    def _time_out(self) -> None:
        for phase, lamp in self.lamps.items():
            if lamp == "y" and self.now_s - self.since_s[phase] >= self.yellow_s[phase] - 1e-9:
                self._show(phase, "r")

    def _serve(self, wanted: set[int]) -> None:
        """Green for the wanted phases, together, once no rival burns or clears."""
        waiting = [
            phase for phase in wanted if self.lamps[phase] == "r" and self.now_s - self.since_s[phase] >= RED_REVERT_S
        ]
        clear = all(
            self.lamps[rival] == "r" and self.now_s - self.since_s[rival] >= self.red_clear_s[rival] - 1e-9
            for phase in waiting
            for rival in self.rivals[phase]
        )
        if clear:
            for phase in waiting:
                self._show(phase, "G")

    def _show(self, phase: int, lamp: str) -> None:
        self.lamps[phase], self.since_s[phase] = lamp, self.now_s


class UnitInstrumentation(AbstractMibInstrumController):
    """What pysnmp's responders ask and tell."""

    def __init__(self, unit: SimulatedUnit) -> None:
        self.unit = unit

    def read_variables(self, *pairs: Any, **options: Any) -> list[Any]:
        answers = []
        for index, (name, _) in enumerate(pairs):
            value = self.unit.read(tuple(name))
            if value is None:
                raise NoSuchInstanceError(name=name, idx=index)
            answers.append((name, v2c.Integer32(value)))
        return answers

    def write_variables(self, *pairs: Any, **options: Any) -> Any:
        values = {tuple(name): int(value) for name, value in pairs}
        for index, name in enumerate(values):
            if name not in {*CONTROLS, BACKUP_TIME}:
                raise NotWritableError(name=name, idx=index)
        self.unit.written(values)
        return pairs


class Agent:
    """The unit on a free UDP port of this machine, its clock `speed` times as fast as the real one."""

    def __init__(self, unit: SimulatedUnit, speed: float = 1.0) -> None:
        self.unit = unit
        self._speed = speed
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    async def __aenter__(self) -> Agent:
        snmp = self._engine = engine.SnmpEngine()
        config.add_transport(
            snmp, udp.DOMAIN_NAME, udp.UdpAsyncioTransport().open_server_mode(("127.0.0.1", self.port))
        )  # fmt: skip
        for name, writes in (("public", ()), ("administrator", (1, 3, 6))):
            config.add_v1_system(snmp, name, name)
            config.add_vacm_user(snmp, 1, name, "noAuthNoPriv", (1, 3, 6), writes)
        served = context.SnmpContext(snmp)
        served.unregister_context_name(v2c.OctetString(""))
        served.register_context_name(v2c.OctetString(""), UnitInstrumentation(self.unit))
        cmdrsp.GetCommandResponder(snmp, served)
        cmdrsp.SetCommandResponder(snmp, served)
        self._clock = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._clock.cancel()
        self._engine.close_dispatcher()

    async def _run(self) -> None:
        begun_s = time.monotonic()
        while True:
            self.unit.step(0.1)
            await asyncio.sleep(max(0.0, begun_s + self.unit.now_s / self._speed - time.monotonic()))
