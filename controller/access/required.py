"""What every route requires, in one place. A route that is not in this table does not exist for anyone.

The gate looks a request up here before any routing; `tests/controller/test_access_table.py` walks the application's
routes and fails for one that has no line here, and for a line without a route.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.routing import compile_path

from controller.access.roles import DeviceKind, Principal, Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Required:
    """The least role of a person (None: no person may) and the kinds of devices that may ask, for their own junction.

    `body_limit_bytes` raises the body limit for this route above its principal's.
    """

    role: Role | None = None
    devices: frozenset[DeviceKind] = frozenset()
    public: bool = False
    body_limit_bytes: int | None = None

    def permits(self, principal: Principal, junction_id: str | None) -> bool:
        """Whether this principal may ask, about that junction (None: about the city)."""
        if self.public or principal.is_open:
            return True
        if principal.device is not None:
            return principal.device in self.devices and junction_id in (None, principal.junction_id)
        return self.role is not None and principal.role is not None and principal.role >= self.role

    @property
    def words(self) -> str:
        """For people: "operator or above, or the junction's controller"."""
        if self.public:
            return "anyone"
        people = [] if self.role is None else [f"{self.role.word} or above" if self.role < Role.ADMIN else "admin"]
        return ", or ".join([*people, *(_device_words(kind) for kind in sorted(self.devices))])


def _device_words(kind: DeviceKind) -> str:
    return f"a {kind}" if kind is DeviceKind.MONITOR else f"the junction's {kind}"


def _people(role: Role, *devices: DeviceKind, body_limit_bytes: int | None = None) -> Required:
    return Required(role=role, devices=frozenset(devices), body_limit_bytes=body_limit_bytes)


def _devices(*devices: DeviceKind, body_limit_bytes: int | None = None) -> Required:
    return Required(devices=frozenset(devices), body_limit_bytes=body_limit_bytes)


MAX_STILL_BYTES = 2**20
PUBLIC = Required(public=True)
CAMERA, CONTROLLER, MONITOR, GATE = DeviceKind

REQUIRED: Mapping[str, Required] = {
    "GET /healthz": PUBLIC,
    "GET /metrics": _people(Role.VIEWER, MONITOR),
    "GET /openapi.json": _people(Role.VIEWER, CAMERA, CONTROLLER),
    "GET /v1/city": _people(Role.VIEWER),
    "GET /v1/state": _people(Role.VIEWER),
    "GET /v1/stream": _people(Role.VIEWER),
    "GET /v1/public": PUBLIC,
    "GET /v1/keys": _people(Role.VIEWER, CONTROLLER),
    "GET /v1/plans/{plan_id}": _people(Role.VIEWER, CONTROLLER),
    "GET /v1/policies": _people(Role.VIEWER),
    "GET /v1/policies/{policy_id}/curve": _people(Role.VIEWER),
    "GET /v1/runs": _people(Role.VIEWER),
    "GET /v1/runs/{run_id}": _people(Role.VIEWER),
    "POST /v1/policies/rollback": _people(Role.ENGINEER),
    "POST /v1/policies/{policy_id}/promote": _people(Role.ENGINEER),
    "GET /v1/policies/{policy_id}/shadow": _people(Role.VIEWER),
    "POST /v1/policies/{policy_id}/shadow": _people(Role.ENGINEER),
    "DELETE /v1/policies/{policy_id}/shadow": _people(Role.ENGINEER),
    "POST /v1/twin/clock": _people(Role.ADMIN),
    "GET /v1/junctions/{junction_id}/control": _people(Role.VIEWER, CONTROLLER),
    "POST /v1/junctions/{junction_id}/control": _devices(CONTROLLER),
    "GET /v1/junctions/{junction_id}/site": _people(Role.VIEWER, CONTROLLER),
    "GET /v1/junctions/{junction_id}/status": _people(Role.VIEWER),
    "POST /v1/junctions/{junction_id}/status": _devices(CONTROLLER),
    "GET /v1/junctions/{junction_id}/decision": _people(Role.VIEWER),
    "GET /v1/junctions/{junction_id}/observation": _people(Role.ENGINEER),
    "GET /v1/junctions/{junction_id}/counts": _people(Role.VIEWER),
    "POST /v1/junctions/{junction_id}/counts": _devices(CAMERA),
    "GET /v1/junctions/{junction_id}/cameras": _people(Role.VIEWER),
    "POST /v1/junctions/{junction_id}/cameras/{camera_id}/still": _people(Role.ENGINEER),
    "PUT /v1/junctions/{junction_id}/cameras/{camera_id}/still": _devices(CAMERA, body_limit_bytes=MAX_STILL_BYTES),
    "GET /v1/junctions/{junction_id}/cameras/{camera_id}/still": _people(Role.ENGINEER),
    "POST /v1/junctions/{junction_id}/camera-file": _people(Role.ENGINEER),
    "POST /v1/junctions/{junction_id}/events": _devices(CONTROLLER),
    "GET /v1/junctions/{junction_id}/events": _people(Role.VIEWER),
    "POST /v1/junctions/{junction_id}/override": _people(Role.OPERATOR),
    "GET /v1/junctions/{junction_id}/crossings": _people(Role.VIEWER, GATE),
    "POST /v1/junctions/{junction_id}/crossings/{crossing_id}": _people(Role.OPERATOR, GATE),
    "GET /v1/corridors": _people(Role.VIEWER),
    "POST /v1/corridors": _people(Role.OPERATOR),
    "DELETE /v1/corridors/{corridor_id}": _people(Role.OPERATOR),
    "GET /v1/junctions/{junction_id}/history": _people(Role.VIEWER),
    "GET /v1/alarms": _people(Role.VIEWER),
    "POST /v1/alarms/{alarm_id}/acknowledge": _people(Role.OPERATOR),
    "POST /v1/alarms/{alarm_id}/actions": _people(Role.OPERATOR),
    "GET /v1/kpi": _people(Role.VIEWER),
    "GET /v1/kpi/compare": _people(Role.VIEWER),
    "GET /v1/hotspots": _people(Role.VIEWER),
    "GET /v1/green-waves/{corridor_id}": _people(Role.VIEWER),
    "GET /v1/rehearsals": _people(Role.VIEWER),
    "GET /v1/rehearsals/{rehearsal_id}": _people(Role.VIEWER),
    "GET /v1/rehearsals/{rehearsal_id}/chunks/{chunk}": _people(Role.VIEWER),
    "POST /v1/login": PUBLIC,
    "POST /v1/logout": _people(Role.VIEWER),
    "GET /v1/me": _people(Role.VIEWER, CAMERA, CONTROLLER),
    "POST /v1/me/password": _people(Role.VIEWER),
    "GET /v1/users": _people(Role.ADMIN),
    "POST /v1/users": _people(Role.ADMIN),
    "PATCH /v1/users/{name}": _people(Role.ADMIN),
    "DELETE /v1/users/{name}": _people(Role.ADMIN),
    "GET /v1/device-keys": _people(Role.ADMIN),
    "POST /v1/device-keys": _people(Role.ADMIN),
    "POST /v1/device-keys/{key_id}/rotate": _people(Role.ADMIN),
    "DELETE /v1/device-keys/{key_id}": _people(Role.ADMIN),
    "GET /v1/audit": _people(Role.ADMIN),
    "GET /v1/audit/chain": _people(Role.ADMIN),
    "GET /{page:path}": PUBLIC,
}
"""By method and path. The page's own files hold nothing of the city; what they show they ask the routes above for, and
without signing in that is only whether signals work."""


@dataclass(frozen=True, slots=True)
class _Line:
    pattern: re.Pattern[str]
    methods: dict[str, Required]


def _compiled(table: Mapping[str, Required]) -> list[_Line]:
    by_path: dict[str, dict[str, Required]] = {}
    for line, required in table.items():
        method, _, path = line.partition(" ")
        by_path.setdefault(path, {})[method] = required
    return [_Line(compile_path(path)[0], methods) for path, methods in by_path.items()]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A path of the table: what the method requires (None where it has no such method) and the path's parts."""

    required: Required | None
    methods: tuple[str, ...]
    parts: Mapping[str, Any]


class RequiredTable:
    """Finds a request's line."""

    def __init__(self, table: Mapping[str, Required] = REQUIRED) -> None:
        self._lines = _compiled(table)

    def find(self, method: str, path: str) -> Found | None:
        """The first line whose path fits; HEAD is asked for as GET. None: nothing here has such a path."""
        asked = "GET" if method == "HEAD" else method
        for line in self._lines:
            match = line.pattern.match(path)
            if match is not None:
                return Found(required=line.methods.get(asked), methods=tuple(line.methods), parts=match.groupdict())
        return None
