"""What cuts a road into pieces between junctions: side streets (traffic enters and leaves there), level crossings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from junction.errors import ScenarioError
from scenarios.bends import along
from scenarios.geometry import Point, bearing_deg, length_m, step
from scenarios.source import LevelCrossingRow, SideStreetRow, Source

LEAST_SIDE_STREET_M = 200.0
"""A side street ends no nearer to a junction than this: beyond its cameras' range and its right-turn lane."""
LEAST_CROSSING_M = 40.0
"""A level crossing lies no nearer to a junction than this: room for a bus and its follower between the two."""
LEAST_PIECE_M = 30.0


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One cut, `at_m` from the arm's junction. `id` is its SUMO node's and, for a level crossing, its signal's.

    `street` is None for a level crossing; `to_left` is whether the side street lies to the left of traffic towards
    the junction.
    """

    id: str
    at_m: float
    point: Point
    street: SideStreetRow | None
    to_left: bool

    @property
    def is_crossing(self) -> bool:
        return self.street is None


@dataclass(frozen=True, kw_only=True)
class SideStreet:
    """A side street as drawn, from its node in the link (`point`) to its end, with its two SUMO edges."""

    row: SideStreetRow
    point: Point
    end: Point

    @property
    def end_node(self) -> str:
        return f"{self.row.id}.end"

    @property
    def enter_edge(self) -> str:
        return f"{self.end_node}--{self.row.id}"

    @property
    def exit_edge(self) -> str:
        return f"{self.row.id}--{self.end_node}"


def side_street(row: SideStreetRow, path: tuple[Point, ...], road_m: float) -> SideStreet:
    """The street at a right angle to its link, whose `path` runs from `from_junction` and is `road_m` long as given."""
    point = place(path, row.at_m, road_m)
    ahead = bearing_deg(point, place(path, row.at_m + 1.0, road_m))
    return SideStreet(row=row, point=point, end=step(point, ahead + (-90 if row.side == "left" else 90), row.length_m))


def place(path: tuple[Point, ...], at_m: float, road_m: float) -> Point:
    """The point of a drawn road that lies `at_m` along the road of the given length."""
    return along(path, at_m * length_m(path) / road_m)


def cuts_of(
    source: Source, junction_id: str, arm_id: str, path: tuple[Point, ...], road_m: float, *, inner: bool
) -> tuple[Cut, ...]:
    """The cuts of one arm, nearest first; `path` runs away from the junction.

    Raises ScenarioError for one too near to a junction or to another.
    """
    cuts = [
        *_side_streets(source, junction_id, arm_id, path, road_m, inner=inner),
        *_crossings(source, junction_id, arm_id, path, road_m, inner=inner),
    ]
    cuts.sort(key=lambda cut: cut.at_m)
    reached_m = 0.0
    for cut in cuts:
        least_m = LEAST_CROSSING_M if cut.is_crossing else LEAST_SIDE_STREET_M
        far_m = road_m - (least_m if inner else LEAST_PIECE_M)
        if cut.at_m < max(least_m, reached_m + LEAST_PIECE_M) or cut.at_m > far_m:
            raise ScenarioError(
                f"{source.folder.name} {cut.id}.at_m",
                expected=f"{least_m:.0f} m from a junction and {LEAST_PIECE_M:.0f} m from a cut of {road_m:.0f} m",
                got=cut.at_m,
            )
        reached_m = cut.at_m
    return tuple(cuts)


def _side_streets(
    source: Source, junction_id: str, arm_id: str, path: tuple[Point, ...], road_m: float, *, inner: bool
) -> Iterator[Cut]:
    for row in source.side_streets if inner else ():
        outward = (row.from_junction, row.to_junction) == (junction_id, arm_id)
        if outward or (row.to_junction, row.from_junction) == (junction_id, arm_id):
            at_m = row.at_m if outward else road_m - row.at_m
            left_of_outward = (row.side == "left") == outward
            yield Cut(id=row.id, at_m=at_m, point=place(path, at_m, road_m), street=row, to_left=not left_of_outward)


def _crossings(
    source: Source, junction_id: str, arm_id: str, path: tuple[Point, ...], road_m: float, *, inner: bool
) -> Iterator[Cut]:
    for row in source.level_crossings:
        if (row.junction, row.arm) == (junction_id, arm_id):
            at_m = row.at_m
        elif inner and (row.arm, row.junction) == (junction_id, arm_id):
            at_m = road_m - row.at_m
        else:
            continue
        yield Cut(id=row.id, at_m=at_m, point=place(path, at_m, road_m), street=None, to_left=False)


def crossing_rows(source: Source, ids: tuple[str, ...]) -> tuple[LevelCrossingRow, ...]:
    """The rows of the level crossings that are built, in the order of the table."""
    return tuple(row for row in source.level_crossings if row.id in ids)
