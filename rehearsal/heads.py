"""Signal heads on the simulated street, as a field controller's driver."""

from __future__ import annotations

from collections.abc import Mapping

from envs.sumo import SumoStreet
from junction.layout import JunctionLayout
from junction.signals import Lamp


class StreetHeads:
    """`SignalHeads` of one junction: what is shown goes to SUMO, what SUMO shows is the feedback."""

    def __init__(self, street: SumoStreet, layout: JunctionLayout) -> None:
        self._street = street
        self._layout = layout

    def show(self, lamps: Mapping[str, Lamp]) -> None:
        """Lamps by group id; every group of the layout must be there."""
        self._street.show(self._layout.id, [lamps[group.id] for group in self._layout.groups])

    def shown(self) -> Mapping[str, Lamp]:
        """Lamps by group id as SUMO has them."""
        lamps = self._street.lamps(self._layout.id)
        return {group.id: Lamp(lamp) for group, lamp in zip(self._layout.groups, lamps, strict=True)}
