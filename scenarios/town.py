"""The town that the source files describe: junctions in metres, each with its arms in clockwise order.

An arm towards a junction that is built is an inner arm; every other arm ends at the model's edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from junction.errors import ScenarioError
from scenarios.geometry import Point, Projection, bearing_deg, step
from scenarios.source import JunctionRow, Road, Source

_COMPASS = (
    ("N", "उत्तर"),
    ("NE", "उत्तर-पूर्व"),
    ("E", "पूर्व"),
    ("SE", "दक्षिण-पूर्व"),
    ("S", "दक्षिण"),
    ("SW", "दक्षिण-पश्चिम"),
    ("W", "पश्चिम"),
    ("NW", "उत्तर-पश्चिम"),
)
LEAST_ANGLE_DEG = 12.0
"""Arms closer together than this cannot be told apart on the ground or drawn in a network."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One road at one junction. `id` is the neighbour's or the edge road's id; `inner` when the neighbour is built.

    `end` is where the road meets the neighbour or the model's edge.
    """

    junction_id: str
    id: str
    road: Road
    inner: bool
    bearing_deg: float
    length_m: float
    end: Point

    @property
    def end_node(self) -> str:
        """SUMO node id at the far end."""
        return self.id if self.inner else f"{self.junction_id}.{self.id}"

    @property
    def name_en(self) -> str:
        return f"{self.road.road_en} {_compass(self.bearing_deg)[0]}"

    @property
    def name_hi(self) -> str:
        return f"{self.road.road_hi} ({_compass(self.bearing_deg)[1]})"


@dataclass(frozen=True, kw_only=True)
class Town:
    """`points` and `arms` are by junction id; arms are clockwise from north."""

    projection: Projection
    rows: tuple[JunctionRow, ...]
    points: Mapping[str, Point]
    arms: Mapping[str, tuple[Arm, ...]]


def lay_out(source: Source) -> Town:
    """The town of `source`. Raises ScenarioError when a junction has other arms than junctions.csv says."""
    rows = source.in_scope
    projection = Projection(
        lat=round(sum(r.lat for r in rows) / len(rows), 4), lon=round(sum(r.lon for r in rows) / len(rows), 4)
    )
    points = {row.id: projection.to_xy(row.lat, row.lon) for row in source.junctions.values()}
    built = {row.id for row in rows}
    arms = {row.id: _arms_of(row, source, points, built) for row in rows}
    return Town(projection=projection, rows=rows, points={j: points[j] for j in sorted(built)}, arms=arms)


def _arms_of(row: JunctionRow, source: Source, points: Mapping[str, Point], built: set[str]) -> tuple[Arm, ...]:
    here = points[row.id]
    arms = []
    for link in source.links:
        if row.id not in (link.from_junction, link.to_junction):
            continue
        other = link.to_junction if link.from_junction == row.id else link.from_junction
        bearing = bearing_deg(here, points[other])
        inner = other in built
        length_m = link.length_m if inner else min(link.length_m, source.standards.road.edge_length_m)
        end = points[other] if inner else step(here, bearing, length_m)
        arms.append(
            Arm(
                junction_id=row.id,
                id=other,
                road=link,
                inner=inner,
                bearing_deg=round(bearing, 1),
                length_m=length_m,
                end=end,
            )
        )
    for stub in source.stubs:
        if stub.junction == row.id:
            arms.append(
                Arm(
                    junction_id=row.id,
                    id=stub.id,
                    road=stub,
                    inner=False,
                    bearing_deg=stub.bearing_deg,
                    length_m=stub.length_m,
                    end=step(here, stub.bearing_deg, stub.length_m),
                )
            )
    arms.sort(key=lambda arm: arm.bearing_deg)
    if len(arms) != row.arms:
        raise ScenarioError(
            f"{source.folder.name}/junctions.csv {row.id}.arms",
            expected=f"{row.arms} arms in links.csv and stubs.csv",
            got=[arm.id for arm in arms],
            hint="add its roads to stubs.csv or correct `arms`",
        )
    for a, b in pairwise([*arms, arms[0]]):
        if (b.bearing_deg - a.bearing_deg) % 360 < LEAST_ANGLE_DEG:
            raise ScenarioError(
                f"{source.folder.name}/stubs.csv {row.id}",
                expected=f"arms at least {LEAST_ANGLE_DEG:.0f} degrees apart",
                got={arm.id: arm.bearing_deg for arm in (a, b)},
            )
    return tuple(arms)


def _compass(bearing: float) -> tuple[str, str]:
    return _COMPASS[round(bearing / 45) % 8]
