"""The page's map: roads as GeoJSON in latitude and longitude."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scenarios.geometry import Point
from scenarios.source import Road
from scenarios.town import Town

DIGITS = 6


def map_document(town: Town) -> dict[str, Any]:
    """A FeatureCollection, a LineString a road; `class` is the road class, `edge` true where it leaves the model,
    `level_crossings` the places of those on it."""
    features = []
    for row in town.rows:
        for arm in town.arms[row.id]:
            if not arm.inner or arm.junction_id < arm.id:
                crossings = [_lon_lat(town, cut.point) for cut in arm.cuts if cut.is_crossing]
                features.append(_feature(town, arm.road, arm.path, edge=not arm.inner, crossings=crossings))
    features += [_feature(town, s.row, (s.point, s.end), edge=True, crossings=[]) for s in town.side_streets]
    return {"type": "FeatureCollection", "features": features}


def map_text(town: Town) -> str:
    return json.dumps(map_document(town), ensure_ascii=False, separators=(",", ":")) + "\n"


def _feature(
    town: Town, road: Road, path: Sequence[Point], *, edge: bool, crossings: list[list[float]]
) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {
            "name": road.road_en,
            "name_hi": road.road_hi,
            "class": road.road_class,
            "lanes_per_dir": road.lanes_per_dir,
            "edge": edge,
            "level_crossings": crossings,
        },
        "geometry": {"type": "LineString", "coordinates": [_lon_lat(town, point) for point in path]},
    }


def _lon_lat(town: Town, point: Point) -> list[float]:
    lat, lon = town.projection.to_lat_lon(point)
    return [round(lon, DIGITS), round(lat, DIGITS)]
