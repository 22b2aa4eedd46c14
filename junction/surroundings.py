"""What lies around a junction on its arms: the next signals, and railway level crossings. None of it moves a lamp by
itself, so it is no part of the layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from junction.errors import InputError
from junction.layout import JunctionLayout


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A road from a neighbouring junction: the arm that it comes in on, and its length from signal to signal."""

    approach_id: str
    junction_id: str
    length_m: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelCrossing:
    """Where the railway crosses an arm, `at_m` from the junction."""

    id: str
    name_en: str
    name_hi: str
    approach_id: str
    at_m: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """A junction's links and level crossings; either may be unknown, and then empty."""

    links: tuple[Link, ...] = ()
    crossings: tuple[LevelCrossing, ...] = ()

    def check(self, layout: JunctionLayout) -> None:
        """Raises InputError for an arm that the junction does not have, or a length of 0 m or less."""
        arms = sorted(approach.id for approach in layout.approaches)
        lengths_m = [(link.approach_id, link.length_m) for link in self.links]
        for approach_id, length_m in lengths_m + [(crossing.approach_id, crossing.at_m) for crossing in self.crossings]:
            where = f"site {layout.id}.arm {approach_id}"
            if approach_id not in arms:
                raise InputError(where, expected=f"one of {arms}", got=approach_id)
            if not 0 < length_m < float("inf"):
                raise InputError(where, expected="more than 0 m", got=length_m)

    def link_from(self, junction_id: str) -> Link | None:
        """The shortest road from that junction; None where none is known."""
        roads = [link for link in self.links if link.junction_id == junction_id]
        return min(roads, key=lambda link: (link.length_m, link.approach_id), default=None)

    def to_document(self) -> dict[str, Any]:
        """JSON-ready; without what is empty."""
        return {name: rows for name, rows in asdict(self).items() if rows}


def surroundings_from_document(document: Mapping[str, Any]) -> Surroundings:
    """What a site's document says of them."""
    return Surroundings(
        links=tuple(Link(**row) for row in document.get("links", ())),
        crossings=tuple(LevelCrossing(**row) for row in document.get("crossings", ())),
    )
