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
        self.flashing = False
        self.dark = False
        """No lamp burns, whatever is shown: the mains are gone."""

    def show(self, lamps: Mapping[str, Lamp]) -> None:
        """Lamps by group id; every group of the layout must be there."""
        self.flashing = False
        if self.dark:
            self._street.flash(self._layout.id)
        else:
            self._street.show(self._layout.id, [lamps[group.id] for group in self._layout.groups])

    def flash(self) -> None:
        self.flashing = True
        self._street.flash(self._layout.id)

    def cut_mains(self, *, cut: bool) -> None:
        """Without mains no lamp burns. When they return the relays have fallen back: all red."""
        if self.dark and not cut:
            self._street.show(self._layout.id, [Lamp.RED] * len(self._layout.groups))
        self.dark = cut

    def feedback(self) -> Mapping[str, Lamp | None]:
        """Lamps by group id as SUMO has them; None for all while they flash or are dark."""
        if self.flashing or self.dark:
            return {group.id: None for group in self._layout.groups}
        lamps = self._street.lamps(self._layout.id)
        return {group.id: Lamp(lamp) for group, lamp in zip(self._layout.groups, lamps, strict=True)}
