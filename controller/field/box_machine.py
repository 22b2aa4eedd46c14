"""The stage machine's place is taken by a box that moves its lamps itself: what it shows is watched, what it is asked
has passed the guard."""

from __future__ import annotations

from dataclasses import replace

from controller.field.heads import SignalBox
from junction.guard import Guard, Ruling
from junction.layout import JunctionLayout
from junction.signals import Lamp, SignalState, all_red_state

UNKNOWN_DS = 20
"""Lamps that are not known for longer end our control: the guard must not judge a picture that old."""
PATIENCE_DS = 150
"""How much longer than the longest change a box may take for one: its own minima may be longer than the site's."""
DISTRUST_DS = 600
"""How long a box that did not follow is left alone."""


class BoxMachine:
    """The lamps of one junction as its box shows them, with their ages, on the same clock as `StageMachine`.

    Ages count from when a lamp was first seen. The guard judges that picture, so a box that came late into a stage
    gets its whole minimum, and one that went on to another is judged by where it is.
    """

    def __init__(self, layout: JunctionLayout, box: SignalBox, now_ds: int) -> None:
        self.layout = layout
        self.guard = Guard(layout)
        self._box = box
        self._state = all_red_state(layout, now_ds)
        self._target: int | None = None
        self._moving_since_ds: int | None = None
        self._known_ds = now_ds
        self._distrusted_until_ds = now_ds
        longest_ds = max([*layout.intergreen_ds.values(), *layout.amber_ds])
        self._patience_ds = longest_ds + max(round(g.min_green_s * 10) for g in layout.groups) + PATIENCE_DS

    @property
    def state(self) -> SignalState:
        """The lamps as they were last seen."""
        return self._state

    @property
    def follows(self) -> bool:
        """Whether the box tells its lamps and does what it is asked; False for a while after it did not."""
        return self._state.now_ds >= self._distrusted_until_ds

    def tick(self, now_ds: int, proposed: object) -> Ruling:
        """Look at the lamps, put the proposal before the guard, and ask the box for what it rules."""
        self._observe(now_ds)
        state = self._state
        if not state.in_transition and self.layout.stage_groups[state.stage] != state.green and (
            state.now_ds < self.guard.ready_ds(state)
        ):  # fmt: skip
            return Ruling(stage=state.stage, accepted=False, reasons=("the box's own green has not had its minimum",))
        ruling = self.guard.review_stage(state, proposed)
        self._target = ruling.stage
        self._box.ask(frozenset(self.layout.stages[ruling.stage].group_ids))
        return ruling

    def release(self, now_ds: int) -> None:
        """Let the box run its own plans, and go on watching."""
        self._target = self._moving_since_ds = None
        self._box.release()
        self._observe(now_ds)

    def close(self, now_ds: int) -> bool:
        """Lets go, which is all that a box needs before another machine takes over."""
        self.release(now_ds)
        return True

    def _observe(self, now_ds: int) -> None:
        now_ds = max(now_ds, self._state.now_ds)
        feedback = self._box.feedback()
        shown = [feedback.get(group.id) for group in self.layout.groups]
        if None not in shown:
            self._known_ds = now_ds
            self._see(now_ds, tuple(lamp for lamp in shown if lamp is not None))
        else:
            self._state = replace(self._state, now_ds=now_ds)
        moving = self._target is not None and self._state.in_transition
        self._moving_since_ds = (self._moving_since_ds or now_ds) if moving else None
        late = self._moving_since_ds is not None and now_ds - self._moving_since_ds > self._patience_ds
        if late or now_ds - self._known_ds > UNKNOWN_DS:
            self._distrusted_until_ds = now_ds + DISTRUST_DS

    def _see(self, now_ds: int, lamps: tuple[Lamp, ...]) -> None:
        before = self._state
        since, ended = list(before.since_ds), list(before.green_end_ds)
        for group, lamp in enumerate(lamps):
            if lamp is not before.lamps[group]:
                since[group] = now_ds
                if before.lamps[group] is Lamp.GREEN:
                    ended[group] = now_ds
        green = frozenset(group for group, lamp in enumerate(lamps) if lamp is Lamp.GREEN)
        stages, stage = self.layout.stage_groups, self._target
        if stage is None:
            stage = next((s for s, groups in enumerate(stages) if groups == green), before.stage)
            in_transition = Lamp.AMBER in lamps
        else:
            in_transition = Lamp.AMBER in lamps or stages[stage] != green
        self._state = SignalState(
            now_ds=now_ds,
            lamps=lamps,
            since_ds=tuple(since),
            green_end_ds=tuple(ended),
            stage=stage,
            stage_since_ds=max((since[g] for g in green), default=now_ds),
            in_transition=in_transition,
        )
