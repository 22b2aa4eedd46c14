"""A site: everything a field controller keeps for itself, and its document on the wire and on disk.

The hash of the document is the `site_hash` of every control document: a controller refuses commands that were
made for another version of its junction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from junction.calendar import (
    Calendar,
    SpecialDay,
    day_document,
    day_from_document,
    plan_ids,
    table_from_rows,
    table_rows,
)
from junction.errors import InputError
from junction.flash_hours import FlashHours, flash_from_rows, flash_rows
from junction.layout import (
    Approach,
    GroupKind,
    JunctionLayout,
    LaneGroup,
    Movement,
    SignalGroup,
    Stage,
    Turn,
    conflict_pairs,
)
from junction.plan import Plan, TimeOfDayTable, plan_from_document, plan_to_document
from junction.surroundings import Surroundings, surroundings_from_document

SITE_SCHEMA = "chauraha.site/1"
DEFAULT_LEASE_S = 30.0
MAX_LEASE_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Site:
    """A junction's layout with its fixed plans.

    `plans` holds every fixed plan by id ("today", "webster", …), `table` says which runs when in a week and
    `special_days` on dates and festivals that differ from it; `isolated_plan_id`
    names the one to run when the clock cannot be trusted. `backup_time_s` is the lease (at most 120 s).
    `timezone` is the IANA zone in which the tables' hours are meant. `rival_tables` are timetables by name
    ("webster") that nothing runs by itself: they are there to be compared with, or chosen. In `flash_hours` the signals
    flash on days that are not special ones. `surroundings` may be unknown: then no green corridor can be worked out.
    """

    layout: JunctionLayout
    plans: Mapping[str, Plan]
    table: TimeOfDayTable
    isolated_plan_id: str
    backup_time_s: float = DEFAULT_LEASE_S
    timezone: str = "Asia/Kolkata"
    rival_tables: Mapping[str, TimeOfDayTable] = field(default_factory=dict)
    special_days: tuple[SpecialDay, ...] = ()
    flash_hours: tuple[FlashHours, ...] = ()
    surroundings: Surroundings = field(default_factory=Surroundings)

    def __post_init__(self) -> None:
        where = f"site {self.layout.id}"
        rivals = {entry.plan_id for table in self.rival_tables.values() for entry in table.entries}
        wanted = {*self.called_for, *rivals, self.isolated_plan_id}
        if not wanted <= set(self.plans):
            raise InputError(f"{where}.table", expected=f"plans among {sorted(self.plans)}", got=sorted(wanted))
        if not 0 < self.backup_time_s <= MAX_LEASE_S:
            raise InputError(
                f"{where}.backup_time_s", expected=f"more than 0, at most {MAX_LEASE_S}", got=self.backup_time_s
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise InputError(
                f"{where}.timezone", expected="an IANA zone such as Asia/Kolkata", got=self.timezone
            ) from None
        stages = set(self.layout.stage_index)
        for plan in self.plans.values():
            strangers = {s.stage_id for s in plan.stages} - stages
            if strangers or not plan.stages:
                raise InputError(
                    f"{where}.plan {plan.id}.stages", expected=f"stages among {sorted(stages)}", got=sorted(strangers)
                )
        self.surroundings.check(self.layout)
        self.calendar  # noqa: B018 - made now, so that overlapping days are refused here

    def time_of_day_s(self, time_s: float) -> float:
        """Seconds after local midnight of a Unix time."""
        local = datetime.fromtimestamp(time_s, ZoneInfo(self.timezone))
        return local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6

    def plan_at(self, time_s: float, table: str | None = None) -> Plan:
        """The fixed plan that the calendar, or the rival table of that name, names for a Unix time: in flash hours, the
        one that runs where flashing is not possible."""
        on, of_day_s = self._date(time_s), self.time_of_day_s(time_s)
        if table is not None:
            return self.plans[self.rival_tables[table].plan_id_at(of_day_s, on.weekday())]
        return self.plans[self.calendar.plan_id_at(on, of_day_s)]

    def flashes_at(self, time_s: float) -> bool:
        """Whether the calendar has the signals flash at a Unix time."""
        if not (self.flash_hours or any(day.flash_hours for day in self.special_days)):
            return False
        return self.calendar.flashes_at(self._date(time_s), self.time_of_day_s(time_s))

    def _date(self, time_s: float) -> date:
        return datetime.fromtimestamp(time_s, ZoneInfo(self.timezone)).date()

    @cached_property
    def calendar(self) -> Calendar:
        """The table and the flash hours, with the special days."""
        return Calendar(self.table, self.special_days, self.flash_hours)

    @property
    def called_for(self) -> frozenset[str]:
        """The plans that the table or a special day can call for, by id."""
        return frozenset(plan_ids(self.table, self.special_days))

    @cached_property
    def hash(self) -> str:
        """Hex SHA-256 (first 16 digits) of the site's document."""
        plain = _floats(site_to_document(self))
        canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _floats(value: Any) -> Any:
    """Every number as a float: 16 and 16.0 are the same site, whichever JSON writer it went through."""
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def site_to_document(site: Site) -> dict[str, Any]:
    """JSON-ready: the site's fields with `schema`; what is optional (`rival_tables`, `special_days`,
    `flash_hours`, `links`, `crossings`) only where there is any."""
    layout = site.layout
    rivals = {name: table_rows(table) for name, table in sorted(site.rival_tables.items())}
    return {
        "schema": SITE_SCHEMA,
        "layout": {
            "id": layout.id,
            "name_en": layout.name_en,
            "name_hi": layout.name_hi,
            "lat": layout.lat,
            "lon": layout.lon,
            "thana": layout.thana,
            "approaches": [asdict(a) for a in layout.approaches],
            "lane_groups": [asdict(g) for g in layout.lane_groups],
            "movements": [asdict(m) for m in layout.movements],
            "groups": [asdict(g) for g in layout.groups],
            "stages": [{"id": s.id, "name": s.name, "group_ids": list(s.group_ids)} for s in layout.stages],
            "conflicts": [list(pair) for pair in sorted(layout.conflicts)],
            "intergreen_s": [[a, b, s] for (a, b), s in sorted(layout.intergreen_s.items())],
            "all_red_s": layout.all_red_s,
            "basis": layout.basis,
        },
        "plans": [plan_to_document(plan) for _, plan in sorted(site.plans.items())],
        "table": table_rows(site.table),
        **({"rival_tables": rivals} if rivals else {}),
        **({"special_days": [day_document(day) for day in site.special_days]} if site.special_days else {}),
        **({"flash_hours": flash_rows(site.flash_hours)} if site.flash_hours else {}),
        **site.surroundings.to_document(),
        "isolated_plan_id": site.isolated_plan_id,
        "backup_time_s": site.backup_time_s,
        "timezone": site.timezone,
    }


def site_from_document(document: Mapping[str, Any]) -> Site:
    """The site a document describes. Raises InputError for anything missing, of a wrong kind or unsafe."""
    if document.get("schema") != SITE_SCHEMA:
        raise InputError("site.schema", expected=SITE_SCHEMA, got=document.get("schema"))
    try:
        plans = [plan_from_document(p) for p in document["plans"]]
        return Site(
            layout=_layout(document["layout"]),
            plans={plan.id: plan for plan in plans},
            table=table_from_rows(document["table"]),
            rival_tables={name: table_from_rows(rows) for name, rows in document.get("rival_tables", {}).items()},
            special_days=tuple(day_from_document(day) for day in document.get("special_days", ())),
            flash_hours=flash_from_rows(document.get("flash_hours", ())),
            isolated_plan_id=document["isolated_plan_id"],
            backup_time_s=document["backup_time_s"],
            timezone=document["timezone"],
            surroundings=surroundings_from_document(document),
        )
    except KeyError as missing:
        raise InputError(f"site.{missing.args[0]}", expected="a value", got=None) from None
    except (TypeError, ValueError, AttributeError) as wrong:
        raise InputError("site", expected="the fields of " + SITE_SCHEMA, got=str(wrong)) from None


def _layout(raw: Mapping[str, Any]) -> JunctionLayout:
    plain = {key: raw[key] for key in ("id", "name_en", "name_hi", "lat", "lon", "thana", "all_red_s", "basis")}
    return JunctionLayout(
        **plain,
        approaches=tuple(Approach(**a) for a in raw["approaches"]),
        lane_groups=tuple(LaneGroup(**g) for g in raw["lane_groups"]),
        movements=tuple(Movement(**{**m, "turn": Turn(m["turn"])}) for m in raw["movements"]),
        groups=tuple(SignalGroup(**{**g, "kind": GroupKind(g["kind"])}) for g in raw["groups"]),
        stages=tuple(Stage(id=s["id"], name=s["name"], group_ids=tuple(s["group_ids"])) for s in raw["stages"]),
        conflicts=conflict_pairs((a, b) for a, b in raw["conflicts"]),
        intergreen_s={(a, b): s for a, b, s in raw["intergreen_s"]},
    )
