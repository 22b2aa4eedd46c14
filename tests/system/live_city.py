"""A service with a city whose clock and reports a test drives, and what a browser needs to look at its page."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.signals import Lamp, SignalState, state_to_document
from rehearsal.server import ServerProcess, free_port
from scenarios.load import load_scenario

SEEN_QUEUE = {"ghantaghar_s": (7, 31.5), "ghantaghar_r": (4, 12.0)}
BLIND_APPROACH = "cod"

DIST = Path(__file__).parents[2] / "dashboard" / "dist" / "index.html"
PAGE_MARKS = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not DIST.is_file(), reason="the page is not built: cd dashboard && npm ci && npm run build"),
]


def expect(locator: Any) -> Any:
    """Playwright's expectations, with time for a busy machine and for the five seconds after which figures are old."""
    from playwright.sync_api import expect as expectation

    expectation.set_options(timeout=20_000)
    return expectation(locator)


def until(page: Any, expression: str, *arguments: Any) -> None:
    """Waits for an expression to hold in the page. (Playwright's own way evaluates text there, which the page's CSP
    forbids.)"""
    deadline = time.monotonic() + 20
    while not page.evaluate(expression, *arguments):
        assert time.monotonic() < deadline, expression
        time.sleep(0.05)


class LiveCity:
    """A service of its own on a driven clock; a thread moves the clock and speaks for Tatmill's controller and camera.

    Tatmill's camera sees every approach but one. Without a policy its mode is actuated, its cause no policy.
    `begin_at` is where the clock is moved to before the driving begins.
    """

    def __init__(self, folder: Path, *, policy: bool = False, begin_at: float | None = None) -> None:
        self.data = folder / "data"
        self.layout = load_scenario("kanpur").sites["tatmill"].layout
        self.server = ServerProcess(
            port=free_port(),
            log_file=folder / "serve.log",
            arguments=[
                "--scenario",
                "kanpur",
                "--data",
                str(self.data),
                *([] if policy else ["--policy", "none"]),
            ],
        )
        self._begin_at = begin_at
        self.url = self.server.url
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._boot = 0
        self.status_changes: dict[str, Any] = {}
        """What Tatmill's reports say instead of what they would."""

    def start(self) -> None:
        self.server.start()
        if self._begin_at is not None:
            moved = httpx.post(f"{self.url}/v1/twin/clock", json={"time_at": self._begin_at}, timeout=10.0)
            moved.raise_for_status()
            self._begin_at = None
        self.drive()

    def drive(self) -> None:
        """Moves the clock on, from where it stands, until `stop_driving`; boxes that spoke before have started anew."""
        self._boot += 1
        self._stop.clear()
        self._thread = threading.Thread(target=self._drive, args=(self.server.clock_at(),), daemon=True)
        self._thread.start()

    def stop_driving(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        try:
            self.stop_driving()
        finally:
            self.server.stop()

    def _drive(self, time_at: float) -> None:
        try:
            with httpx.Client(base_url=self.url, timeout=10.0) as client:
                for tick in range(100_000):
                    if self._stop.wait(0.5):
                        return
                    time_at += 1.0
                    for path, body in (
                        ("/v1/twin/clock", {"time_at": time_at}),
                        ("/v1/junctions/tatmill/status", self._status(time_at, tick)),
                        ("/v1/junctions/tatmill/counts", self._counts(time_at, tick).to_document()),
                    ):
                        client.post(path, json=body).raise_for_status()
        except BaseException as error:
            self._error = error

    def _status(self, time_at: float, tick: int) -> dict[str, Any]:
        green = self.layout.stage_groups[0]
        now_ds = 10 * (1000 + tick)
        signals = SignalState(
            now_ds=now_ds,
            lamps=tuple(Lamp.GREEN if g in green else Lamp.RED for g in range(len(self.layout.groups))),
            since_ds=(now_ds - 50,) * len(self.layout.groups),
            green_end_ds=(now_ds - 90,) * len(self.layout.groups),
            stage=0,
            stage_since_ds=now_ds - 50,
            in_transition=False,
        )
        return {
            "schema": "chauraha.status/1",
            "boot_id": f"boot-{self._boot}",
            "at": time_at,
            "seq_seen": 0,
            "rung": 0,
            "mode": "actuated",
            "cause": "no_policy",
            "faults": [],
            "manual": False,
            "reasons": [],
            "signals": state_to_document(self.layout, signals),
            **self.status_changes,
        }

    def _counts(self, time_at: float, tick: int) -> CountRecord:
        groups = []
        for lane_group in self.layout.lane_groups:
            veh, metres = SEEN_QUEUE.get(lane_group.id, (2, 9.0))
            groups.append(
                LaneGroupCount(
                    lane_group_id=lane_group.id,
                    seen=lane_group.approach_id != BLIND_APPROACH,
                    present={"car": veh},
                    queue_veh=veh,
                    queue_pcu=float(veh),
                    queue_m=metres,
                )
            )
        return CountRecord(
            camera_id="tatmill-cam",
            boot_id=f"boot-{self._boot}",
            n=tick,
            junction_id="tatmill",
            begin_at=time_at - 1.0,
            end_at=time_at,
            state=CameraState.OK,
            lane_groups=tuple(groups),
            origin="simulated",
        )
