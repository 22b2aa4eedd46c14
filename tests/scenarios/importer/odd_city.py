"""A small OpenStreetMap city of odd shapes, made for tests; no place on earth.

Left-hand traffic, from west to east along High Street, 200 m a junction: a signalled crossroads with a pedestrian
crossing (`w`), an unsignalled side street (`u`), a dual carriageway crossing whose two signalled nodes are to be
joined (`j1`, `j2`), a roundabout (`r1` to `r4`), then a signalled T-junction with a one-way street and a bus lane
(`t`).
"""

from __future__ import annotations

NODES: dict[str, tuple[float, float]] = {
    "west": (-250, 0), "w": (0, 0), "wn": (0, 200), "ws": (0, -200), "wx": (0, 25),
    "u": (200, 0), "us": (200, -150),
    "j1": (400, 0), "j2": (416, 0), "j1n": (400, 200), "j1s": (400, -200), "j2n": (416, 200), "j2s": (416, -200),
    "r1": (585, 0), "r2": (600, -15), "r3": (615, 0), "r4": (600, 15), "rn": (600, 200),
    "t": (800, 0), "tn": (800, 200), "east": (1050, 0),
}  # fmt: skip
SIGNALS = {"w", "j1", "j2", "t"}
_HIGH = {"highway": "primary", "lanes": "4", "name": "High Street"}
_BUS = {"busway:left": "lane", "bus:lanes:forward": "designated|yes"}
_ONE_WAY = {"highway": "secondary", "lanes": "2", "oneway": "yes"}
WAYS: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("west", "w", "u", "j1", "j2", "r1"), {**_HIGH, "sidewalk": "both"}),
    (("r3", "t"), _HIGH),
    (("t", "east"), {**_HIGH, **_BUS}),
    (("wn", "wx", "w", "ws"), {"highway": "secondary", "lanes": "2", "sidewalk": "both", "name": "West Road"}),
    (("u", "us"), {"highway": "residential", "name": "Side Street"}),
    (("j1n", "j1", "j1s"), {**_ONE_WAY, "name": "Park Avenue"}),
    (("j2s", "j2", "j2n"), {**_ONE_WAY, "name": "Park Avenue"}),
    (("r1", "r4", "r3", "r2", "r1"), {"highway": "primary", "junction": "roundabout", "oneway": "yes", "lanes": "1"}),
    (("rn", "r4"), {"highway": "tertiary", "name": "North Lane"}),
    (("tn", "t"), {**_ONE_WAY, "name": "One Way"}),
)


def odd_city(signals: set[str] | None = None) -> str:
    """The .osm text, with the given nodes signalled (default: all four)."""
    lit = SIGNALS if signals is None else signals
    number = {name: index for index, name in enumerate(NODES, start=1)}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    for name, (x_m, y_m) in NODES.items():
        at = f'id="{number[name]}" lat="{50 + y_m / 111_195:.7f}" lon="{x_m / 71_475:.7f}" version="1"'
        tags = {"highway": "traffic_signals"} if name in lit else {}
        if name == "wx" and lit:
            tags = {"highway": "crossing", "crossing": "traffic_signals"}
        lines.append(f"<node {at}>" + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()) + "</node>")
    for index, (nodes, tags) in enumerate(WAYS, start=1):
        lines.append(f'<way id="{index}" version="1">')
        lines += [f'<nd ref="{number[name]}"/>' for name in nodes]
        lines += [f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()]
        lines.append("</way>")
    return "\n".join([*lines, "</osm>", ""])
