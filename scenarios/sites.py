"""Junction layouts and sites: what the timing service and a field controller know of a junction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from junction.layout import Approach, JunctionLayout, LaneGroup, Movement, SignalGroup
from junction.plan import Plan, PlanOrigin, TimeOfDayTable
from junction.site import Site, site_to_document
from junction.surroundings import LevelCrossing, Link, Surroundings
from scenarios.lanes import lane_uses
from scenarios.load import SITES_SCHEMA
from scenarios.pedestrians import (
    pedestrian_conflicts,
    pedestrian_group,
    pedestrian_intergreens_s,
    with_pedestrian_stage,
)
from scenarios.plan_calendar import PlanCalendar
from scenarios.signals import JunctionLinks
from scenarios.source import JunctionRow, Source, Standards
from scenarios.stages import MAX_STAGES, stages
from scenarios.town import Arm

CAMERA_RANGE_M = 120.0


def layout_of(row: JunctionRow, arms: tuple[Arm, ...], links: JunctionLinks, standards: Standards) -> JunctionLayout:
    """The junction's layout: lane groups and signal groups share ids (`<arm>_s`, `<arm>_r` or `<arm>_a`)."""
    timing, road = standards.timing, standards.road
    lane_groups, groups, movements = [], [], []
    for arm in arms:
        for use in lane_uses(arm, arms):
            group_id = f"{arm.id}_{use.suffix}"
            width_m = use.lanes * road.lane_width_m
            lane_groups.append(
                LaneGroup(
                    id=group_id,
                    approach_id=arm.id,
                    width_m=width_m,
                    storage_m=min(CAMERA_RANGE_M, arm.clear_m),
                    saturation_flow_pcu_h=round(standards.saturation_flow.pcu_h(width_m), 1),
                )
            )
            groups.append(
                SignalGroup(
                    id=group_id,
                    min_green_s=timing.min_green_right_s if use.suffix == "r" else timing.min_green_s,
                    max_green_s=timing.max_green_s,
                    max_red_s=timing.max_red_s,
                    amber_s=timing.amber_s,
                )
            )
            movements += [
                Movement(
                    id=f"{arm.id}-{way.arm.id}",
                    from_approach=arm.id,
                    to_approach=way.arm.id,
                    turn=way.turn,
                    lane_group_id=group_id,
                    group_id=group_id,
                )
                for way in use.exits
            ]
    conflicts, intergreens_s = links.conflicts(), links.intergreens_s(timing)
    phases = stages(arms, conflicts, {g.id: g.saturation_flow_pcu_h for g in lane_groups})
    if row.pedestrian_stage:
        pedestrians = pedestrian_group(arms, standards)
        conflicts |= pedestrian_conflicts(g.id for g in groups)
        intergreens_s |= pedestrian_intergreens_s(links, pedestrians, timing)
        phases = with_pedestrian_stage(phases, len(arms), MAX_STAGES)
        groups.append(pedestrians)
    return JunctionLayout(
        id=row.id,
        name_en=row.name_en,
        name_hi=row.name_hi,
        lat=row.lat,
        lon=row.lon,
        thana=row.thana,
        approaches=tuple(
            Approach(
                id=arm.id,
                name_en=arm.name_en,
                name_hi=arm.name_hi,
                bearing_deg=arm.bearing_deg,
                speed_kmh=arm.road.speed_kmh,
                width_m=sum(use.lanes for use in lane_uses(arm, arms)) * road.lane_width_m,
            )
            for arm in arms
        ),
        lane_groups=tuple(lane_groups),
        movements=tuple(movements),
        groups=tuple(groups),
        stages=phases,
        conflicts=conflicts,
        intergreen_s=dict(sorted(intergreens_s.items())),
        all_red_s=timing.all_red_s,
        basis=f"place {row.coord_basis}; lanes, speeds, demand assumed",
    )


def surroundings_of(source: Source, junction_id: str, arms: tuple[Arm, ...]) -> Surroundings:
    """The roads from the neighbours that are built, and the level crossings that the table has on this junction's arms.

    One that lies on a road between two junctions concerns the one that the table names: the nearer.
    """
    ids = {arm.id for arm in arms}
    return Surroundings(
        links=tuple(Link(approach_id=arm.id, junction_id=arm.id, length_m=arm.length_m) for arm in arms if arm.inner),
        crossings=tuple(
            LevelCrossing(id=row.id, name_en=row.name_en, name_hi=row.name_hi, approach_id=row.arm, at_m=row.at_m)
            for row in source.level_crossings
            if row.junction == junction_id and row.arm in ids
        ),
    )


def site_of(
    layout: JunctionLayout,
    plans: Mapping[str, Plan],
    webster: TimeOfDayTable,
    calendar: PlanCalendar,
    timezone: str,
    surroundings: Surroundings,
) -> Site:
    """A site that runs its plans by the calendar; Webster's timetable is there to be compared with, or chosen.

    Raises InputError for a calendar that leaves an instant with no plan or two, or names a plan that is not there.
    """
    return Site(
        layout=layout,
        plans=plans,
        table=calendar.table(layout.id),
        special_days=calendar.special_days(layout.id),
        flash_hours=calendar.flash_hours(layout.id),
        isolated_plan_id=f"{layout.id}.today",
        timezone=timezone,
        rival_tables={PlanOrigin.WEBSTER.value: webster},
        surroundings=surroundings,
    )


def sites_document(source: Source, sites: Mapping[str, Site]) -> dict[str, Any]:
    return {
        "schema": SITES_SCHEMA,
        "source_digest": source.digest,
        "sites": [site_to_document(site) for site in sites.values()],
    }


def sites_text(source: Source, sites: Mapping[str, Site]) -> str:
    """`sites.json`: the same bytes for the same sites."""
    return json.dumps(sites_document(source, sites), ensure_ascii=False, indent=1) + "\n"
