"""What a person sees while cameras are counted: a line a camera on a terminal, a line a change of state elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table

from detector.fleet import state_now

if TYPE_CHECKING:
    from detector.counting import Interval
    from detector.session import CountingSession, Watched

EVERY_S = 0.5


class CountStatus:
    """A context that shows a session's cameras. `seen` is the session's `on_interval`."""

    def __init__(self, console: Console, waiting: Callable[[], int]) -> None:
        self._console = console
        self._waiting = waiting
        self._session: CountingSession | None = None
        self._began_s = time.monotonic()
        self._said: dict[str, str] = {}
        self._live = (
            Live(get_renderable=self.table, console=console, refresh_per_second=1 / EVERY_S, transient=True)
            if console.is_terminal
            else None
        )

    def watch(self, session: CountingSession) -> None:
        self._session = session

    def __enter__(self) -> CountStatus:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def seen(self, watched: Watched, interval: Interval) -> None:
        """Say a camera's new state, where there is no terminal that shows it all the time."""
        name, state = watched.post.camera.id, str(interval.state)
        if self._live is None and self._said.get(name, "ok") != state:
            self._console.print(f"{name}: {state} since {interval.begin_s:.0f} s{_why(watched)}", highlight=False)
        self._said[name] = state

    def table(self) -> Table:
        """A line a camera: state and why, frames so far and a second, vehicles over its lines; and what waits."""
        table = Table("camera", "state", "frames", "a second", "vehicles", box=None)
        passed_s = max(1e-9, time.monotonic() - self._began_s)
        for one in self._session.watched if self._session is not None else ():
            frames = one.member.counting.frames
            vehicles = sum(
                number for directions in one.totals.lines.values() for c in directions.values() for number in c.values()
            )
            state = state_now(one.member)
            colour = "green" if state == "ok" else "red"
            table.add_row(
                one.post.camera.id, f"[{colour}]{state}[/]{_why(one)}", str(frames), f"{frames / passed_s:.1f}",
                str(vehicles),
            )  # fmt: skip
        waiting = self._waiting()
        if waiting:
            table.caption = f"{waiting} records wait to be taken"
        return table


def _why(watched: Watched) -> str:
    return f" ({watched.member.failure})" if watched.member.failure else ""
