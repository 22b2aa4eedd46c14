"""The objects of NTCIP 1202 v02 (Actuated Signal Controller) that the bridge reads and sets, by the standard's names.

Phases are told in groups of eight: bit 0 of group 1 is phase 1, bit 7 of group 2 is phase 16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

ASC = "1.3.6.1.4.1.1206.4.2.1"
"""Node `asc` under iso.org.dod.internet.private.enterprises.nema.transportation.devices."""

PHASE_MINIMUM_GREEN = f"{ASC}.1.2.1.4"
"""`phaseMinimumGreen` of `phaseTable`, whole seconds; the phase's number is the index."""
PHASE_YELLOW_CHANGE = f"{ASC}.1.2.1.8"
"""`phaseYellowChange`, tenths of a second."""
PHASE_RED_CLEAR = f"{ASC}.1.2.1.9"
"""`phaseRedClear`, tenths of a second."""

PHASE_STATUS_REDS = f"{ASC}.1.4.1.2"
"""`phaseStatusGroupReds`; the group's number is the index, as in all that follow."""
PHASE_STATUS_YELLOWS = f"{ASC}.1.4.1.3"
PHASE_STATUS_GREENS = f"{ASC}.1.4.1.4"
PHASE_STATUS_PED_CLEARS = f"{ASC}.1.4.1.6"
PHASE_STATUS_WALKS = f"{ASC}.1.4.1.7"

PHASE_CONTROL_PHASE_OMIT = f"{ASC}.1.5.1.2"
"""`phaseControlGroupPhaseOmit`: these phases are not to be served."""
PHASE_CONTROL_HOLD = f"{ASC}.1.5.1.4"
"""`phaseControlGroupHold`: these phases stay green."""
PHASE_CONTROL_FORCE_OFF = f"{ASC}.1.5.1.5"
"""`phaseControlGroupForceOff`: these phases end, once their minimum green is over."""
PHASE_CONTROL_VEH_CALL = f"{ASC}.1.5.1.6"
"""`phaseControlGroupVehCall`: there is demand for these phases."""
PHASE_CONTROL_PED_CALL = f"{ASC}.1.5.1.7"
"""`phaseControlGroupPedCall`: someone waits to cross in these phases."""
PHASE_CONTROLS = (
    PHASE_CONTROL_PHASE_OMIT,
    PHASE_CONTROL_HOLD,
    PHASE_CONTROL_FORCE_OFF,
    PHASE_CONTROL_VEH_CALL,
    PHASE_CONTROL_PED_CALL,
)

UNIT_BACKUP_TIME = f"{ASC}.3.3.0"
"""`unitBackupTime`, seconds: without a SET of a control object for so long the unit goes to its backup; 0 is never."""
UNIT_CONTROL_STATUS = f"{ASC}.3.5.0"
UNIT_FLASH_STATUS = f"{ASC}.3.6.0"
SYSTEM_PATTERN_CONTROL = f"{ASC}.4.14.0"
"""`systemPatternControl`: 0 standby, 1 to 253 a pattern, 254 free, 255 automatic flash."""

FREE, AUTOMATIC_FLASH = 254, 255
PHASES_A_GROUP = 8


class UnitControlStatus(IntEnum):
    """Who controls the unit (`unitControlStatus`)."""

    OTHER = 1
    SYSTEM_CONTROL = 2
    SYSTEM_STANDBY = 3
    BACKUP_MODE = 4
    MANUAL = 5
    TIMEBASE = 6
    INTERCONNECT = 7
    INTERCONNECT_BACKUP = 8


class UnitFlashStatus(IntEnum):
    """Whether and why the unit flashes (`unitFlashStatus`)."""

    OTHER = 1
    NOT_FLASH = 2
    AUTOMATIC = 3
    LOCAL_MANUAL = 4
    FAULT_MONITOR = 5
    MMU = 6
    STARTUP = 7
    PREEMPT = 8


def groups_of(phases: Iterable[int]) -> tuple[int, ...]:
    """The numbers of the groups that these phases are told in."""
    return tuple(sorted({(phase - 1) // PHASES_A_GROUP + 1 for phase in phases}))


def masks(column: str, phases: Iterable[int], groups: Iterable[int]) -> dict[str, int]:
    """Values of a group object's column, one for each group, with the bits of these phases set."""
    wanted = set(phases)
    return {
        f"{column}.{group}": sum(
            1 << bit for bit in range(PHASES_A_GROUP) if (group - 1) * PHASES_A_GROUP + bit + 1 in wanted
        )
        for group in groups
    }


def is_set(values: Mapping[str, int], column: str, phase: int) -> bool:
    """Whether this phase's bit is set among values that were read."""
    group, bit = divmod(phase - 1, PHASES_A_GROUP)
    return bool(values[f"{column}.{group + 1}"] >> bit & 1)
