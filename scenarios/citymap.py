"""The page's map: roads as GeoJSON in latitude and longitude."""

from __future__ import annotations

import json
from typing import Any

from scenarios.town import Arm, Town

DIGITS = 6


def map_document(town: Town) -> dict[str, Any]:
    """A FeatureCollection, a LineString a road; `class` is the road class, `edge` true where it leaves the model."""
    features = []
    for row in town.rows:
        for arm in town.arms[row.id]:
            if not arm.inner or arm.junction_id < arm.id:
                features.append(_feature(town, arm))
    return {"type": "FeatureCollection", "features": features}


def map_text(town: Town) -> str:
    return json.dumps(map_document(town), ensure_ascii=False, indent=1) + "\n"


def _feature(town: Town, arm: Arm) -> dict[str, Any]:
    ends = [town.projection.to_lat_lon(point) for point in (town.points[arm.junction_id], arm.end)]
    return {
        "type": "Feature",
        "properties": {
            "name": arm.road.road_en,
            "name_hi": arm.road.road_hi,
            "class": arm.road.road_class,
            "lanes_per_dir": arm.road.lanes_per_dir,
            "edge": not arm.inner,
        },
        "geometry": {
            "type": "LineString",
            "coordinates": [[round(lon, DIGITS), round(lat, DIGITS)] for lat, lon in ends],
        },
    }
