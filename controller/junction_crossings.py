"""What is known of the level crossings beside one junction, and which of its stages wait for them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from junction.crossing import stages_over
from junction.layout import JunctionLayout
from junction.surroundings import LevelCrossing


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossingWord:
    """The last word on a crossing: since when it is so, until when that counts, when it should open (None: unknown)."""

    junction_id: str
    crossing_id: str
    closed: bool
    since_at: float
    until_at: float
    opens_at: float | None


class JunctionCrossings:
    """One junction's crossings. A tick asks `held_off` only: what it needs is worked out when a word comes."""

    def __init__(self, layout: JunctionLayout, crossings: tuple[LevelCrossing, ...]) -> None:
        self.known = {crossing.id: crossing for crossing in crossings}
        self._over = {crossing.id: stages_over(layout, crossing) for crossing in crossings}
        self._names = {crossing: [layout.stages[s].id for s in sorted(over)] for crossing, over in self._over.items()}
        self._words: dict[str, CrossingWord] = {}
        self._shut_until_at = float("-inf")

    def word(self, crossing_id: str) -> CrossingWord | None:
        """The last one, over or not."""
        return self._words.get(crossing_id)

    @property
    def spoken_of(self) -> bool:
        """Whether a word on any of them ever came."""
        return bool(self._words)

    def take(self, word: CrossingWord) -> None:
        """A word that came; it counts from now on."""
        self._words[word.crossing_id] = word
        shut = [one.until_at for one in self._words.values() if one.closed]
        self._shut_until_at = max(shut, default=float("-inf"))

    def held_off(self, now_s: float) -> frozenset[int]:
        """Stages that lead over a crossing that is shut now."""
        if now_s >= self._shut_until_at:
            return frozenset()
        shut = [self._over[word.crossing_id] for word in self._words.values() if word.closed and now_s < word.until_at]
        return frozenset().union(*shut)

    def documents(self, now_s: float) -> list[dict[str, Any]]:
        """Each crossing with what is known of it now; `closed` null where no word counts."""
        return [self._document(crossing, now_s) for crossing in self.known.values()]

    def _document(self, crossing: LevelCrossing, now_s: float) -> dict[str, Any]:
        word = self._words.get(crossing.id)
        counts = word is not None and now_s < word.until_at
        return {
            **asdict(crossing),
            "closed": word.closed if counts and word is not None else None,
            "since_at": word.since_at if counts and word is not None else None,
            "opens_at": word.opens_at if counts and word is not None else None,
            "left_s": round(word.until_at - now_s, 1) if counts and word is not None else None,
            "held_off": self._names[crossing.id],
        }
