"""The town that the source files describe: junctions in metres, each with its arms in clockwise order.

An arm towards a junction that is built is an inner arm; every other arm ends at the model's edge. Side streets and
level crossings cut an arm into pieces. Traffic enters and leaves at gates: the edge roads and side streets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from junction.errors import ScenarioError
from scenarios.bends import draw_links
from scenarios.cuts import Cut, SideStreet, cuts_of, side_street
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
class Gate:
    """Where traffic enters and leaves: a road with a SUMO node at its `end_node`, and the SUMO edges in and out."""

    end_node: str
    end: Point
    road: Road
    enter_edge: str
    exit_edge: str


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One road at one junction. `id` is the neighbour's or the edge road's id; `inner` when the neighbour is built.

    `path` runs from the junction to where the road meets the neighbour or the model's edge; `cuts` lie on it, nearest
    first. Its drawn length and `length_m` may differ; distances (`at_m`) are parts of `length_m`.
    """

    junction_id: str
    id: str
    road: Road
    inner: bool
    bearing_deg: float
    length_m: float
    path: tuple[Point, ...]
    cuts: tuple[Cut, ...] = ()

    @property
    def end(self) -> Point:
        return self.path[-1]

    @property
    def clear_m(self) -> float:
        """How far back the road runs before the first level crossing, at which another signal holds the queue."""
        return min([self.length_m, *(cut.at_m for cut in self.cuts if cut.is_crossing)])

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
    side_streets: tuple[SideStreet, ...]

    @property
    def gates(self) -> tuple[Gate, ...]:
        """Edge roads in the order of junctions and arms, then side streets."""
        edge_roads = [arm for row in self.rows for arm in self.arms[row.id] if not arm.inner]
        return tuple(
            Gate(
                end_node=arm.end_node,
                end=arm.end,
                road=arm.road,
                enter_edge=pieces_towards(arm)[0],
                exit_edge=pieces_away(arm)[-1],
            )
            for arm in edge_roads
        ) + tuple(
            Gate(end_node=s.end_node, end=s.end, road=s.row, enter_edge=s.enter_edge, exit_edge=s.exit_edge)
            for s in self.side_streets
        )

    @property
    def level_crossings(self) -> tuple[str, ...]:
        """Ids of the level crossings on roads that are built: their SUMO nodes and signals."""
        return tuple(
            sorted({cut.id for arms in self.arms.values() for arm in arms for cut in arm.cuts if cut.is_crossing})
        )


def pieces_towards(arm: Arm) -> list[str]:
    """SUMO edges of the arm towards its junction, in driving order, without a right-turn lane's own edge."""
    return _pieces(f"{arm.end_node}--{arm.junction_id}", len(arm.cuts))


def pieces_away(arm: Arm) -> list[str]:
    """SUMO edges of the arm away from its junction, in driving order."""
    return _pieces(f"{arm.junction_id}--{arm.end_node}", len(arm.cuts))


def _pieces(road: str, cuts: int) -> list[str]:
    return [road, *(f"{road}.{number}" for number in range(1, cuts + 1))]


def lay_out(source: Source) -> Town:
    """The town of `source`. Raises ScenarioError when a junction has other arms than junctions.csv says."""
    rows = source.in_scope
    projection = Projection(
        lat=round(sum(r.lat for r in rows) / len(rows), 4), lon=round(sum(r.lon for r in rows) / len(rows), 4)
    )
    points = {row.id: projection.to_xy(row.lat, row.lon) for row in source.junctions.values()}
    built = {row.id for row in rows}
    paths = draw_links(
        [link for link in source.links if set(link.ends) <= built],
        points,
        [
            (points[stub.junction], step(points[stub.junction], stub.bearing_deg, stub.length_m))
            for stub in source.stubs
            if stub.junction in built
        ],
    )
    lengths_m = {link.ends: link.length_m for link in source.links}
    return Town(
        projection=projection,
        rows=rows,
        points={j: points[j] for j in sorted(built)},
        arms={row.id: _arms_of(row, source, points, paths) for row in rows},
        side_streets=tuple(
            side_street(street, paths[street.ends], lengths_m[street.ends])
            for street in source.side_streets
            if street.ends in paths
        ),
    )


def _arms_of(
    row: JunctionRow, source: Source, points: Mapping[str, Point], paths: Mapping[tuple[str, str], tuple[Point, ...]]
) -> tuple[Arm, ...]:
    here = points[row.id]
    arms = []
    for link in source.links:
        if row.id not in link.ends:
            continue
        outward = row.id == link.from_junction
        other = link.to_junction if outward else link.from_junction
        bearing = bearing_deg(here, points[other])
        inner = link.ends in paths
        length = link.length_m if inner else min(link.length_m, source.standards.road.edge_length_m)
        path = paths[link.ends] if inner else (here, step(here, bearing, length))
        path = path if outward or not inner else path[::-1]
        arms.append(
            Arm(
                junction_id=row.id,
                id=other,
                road=link,
                inner=inner,
                bearing_deg=round(bearing, 1),
                length_m=length,
                path=path,
                cuts=cuts_of(source, row.id, other, path, length, inner=inner),
            )
        )
    for stub in source.stubs:
        if stub.junction == row.id:
            path = (here, step(here, stub.bearing_deg, stub.length_m))
            arms.append(
                Arm(
                    junction_id=row.id,
                    id=stub.id,
                    road=stub,
                    inner=False,
                    bearing_deg=stub.bearing_deg,
                    length_m=stub.length_m,
                    path=path,
                    cuts=cuts_of(source, row.id, stub.id, path, stub.length_m, inner=False),
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
