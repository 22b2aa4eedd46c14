"""What a rehearsal breaks, and when: `server-down@600-900`, `camera-lost:rawatpur@300`, `signal-dark:mall@300-420`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from junction.errors import InputError


class FaultKind(StrEnum):
    SERVER_DOWN = "server-down"
    CAMERA_LOST = "camera-lost"
    SIGNAL_DARK = "signal-dark"


_FORM = re.compile(r"(?P<kind>[a-z-]+)(?::(?P<target>[\w.-]+))?@(?P<from>\d+)(?:-(?P<to>\d+))?")
_EXPECTED = "KIND[:JUNCTION]@FROM[-TO] in seconds of the run, such as server-down@600-900 or camera-lost:rawatpur@300"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Active from `from_s` until `to_s`, seconds of the run; None: to its end."""

    text: str
    kind: FaultKind
    target: str | None
    from_s: float
    to_s: float | None

    def active(self, run_s: float) -> bool:
        return self.from_s <= run_s and (self.to_s is None or run_s < self.to_s)


def parse_fault(text: str, junction_ids: Collection[str]) -> Fault:
    """Raises InputError for a form, kind, junction or time that makes no sense."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise InputError("fault", expected=_EXPECTED, got=text)
    kinds = [str(kind) for kind in FaultKind]
    if match["kind"] not in kinds:
        raise InputError("fault", expected=f"one of {kinds} before the @", got=text)
    kind, target = FaultKind(match["kind"]), match["target"]
    if kind is not FaultKind.SERVER_DOWN and target not in junction_ids:
        raise InputError("fault", expected=f"{kind}:JUNCTION with one of {sorted(junction_ids)}", got=text)
    if kind is FaultKind.SERVER_DOWN and target is not None:
        raise InputError("fault", expected="server-down@FROM-TO with no junction", got=text)
    from_s, to_s = float(match["from"]), float(match["to"]) if match["to"] else None
    if to_s is not None and to_s <= from_s:
        raise InputError("fault", expected="an end after its begin", got=text)
    return Fault(text=text, kind=kind, target=target, from_s=from_s, to_s=to_s)
