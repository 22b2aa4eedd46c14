"""Roles of people and kinds of devices, and the principal that a request comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Role(IntEnum):
    """People, by what they may do; each may do all that the one before it may."""

    VIEWER = 1
    """Sees the city."""
    OPERATOR = 2
    """Holds and releases junctions, calls green corridors."""
    ENGINEER = 3
    """Changes policies, plans and tables."""
    ADMIN = 4
    """Makes users and device keys, reads the audit."""

    @property
    def word(self) -> str:
        return self.name.lower()


class DeviceKind(StrEnum):
    """Boxes on the street, whose keys are good for one junction only, and what watches the service itself."""

    CAMERA = "camera"
    CONTROLLER = "controller"
    MONITOR = "monitor"
    """Reads `/metrics`, of no junction."""
    GATE = "gate"
    """Says whether the level crossings beside its junction are shut."""


ROLES = {role.word: role for role in Role}


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who asks. A person has a `role`; a device has a `device` kind and its `junction_id`
    (a monitor has none).

    `by` says how it is known: "session" (a cookie), "key" (a bearer token) or "open" (a caller from loopback of a
    service that was started with open access, who may do everything that people and devices may).
    """

    name: str
    by: str
    role: Role | None = None
    device: DeviceKind | None = None
    junction_id: str | None = None

    @property
    def is_open(self) -> bool:
        return self.by == "open"
