"""How fast the page is in Chromium on this machine: `python -m bench.page_speed`.

Three figures: bytes of the first load as they cross the wire, compressed; the time from asking for the page to the
first live map (roads drawn, junctions marked, figures of the service), on loopback, six times; and frames a second of
the replay, counted by `requestAnimationFrame` while both runs move: each frame draws both.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.replay_recording import write_replay
from junction.errors import MissingPackageError, ServiceError
from rehearsal.server import ServerProcess, free_port
from scenarios.load import load_scenario

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
"""Chromium without a graphics card: what a control room's oldest machine has."""
COUNT_FRAMES = """async (seconds) => {
  const gaps = [];
  let before = performance.now();
  const end = before + 1000 * seconds;
  await new Promise((done) => requestAnimationFrame(function next(now) {
    gaps.push(now - before);
    before = now;
    now < end ? requestAnimationFrame(next) : done();
  }));
  return gaps.slice(1);
}"""
LIVE_MAP = ('[data-drawn="true"]', "[data-marker]", '[data-testid="tile-delay"] .provenance')
WATCH_LIVE_MAP = f"""(() => {{
  const parts = {json.dumps(LIVE_MAP)};
  const watch = new MutationObserver(() => {{
    if (!parts.every((part) => document.querySelector(part))) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame((now) => (window.liveMapMs = now)));
  }});
  watch.observe(document, {{ subtree: true, childList: true, attributes: true }});
}})()"""
"""Takes the time in the page: of the frame after the one that shows all of it. Asking from here would add to it."""
LOOKS = {"whole_city": None, "district": -3, "junction": 0}
"""How often the replay's maps are zoomed out from a junction, below 0, before frames are counted; None: not moved."""


def measure(scenario_name: str, vehicles: int, seconds: float) -> dict[str, Any]:
    """Raises MissingPackageError without playwright, ServiceError without chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise MissingPackageError("playwright", extra="dev") from None
    chromium = shutil.which("chromium")
    if chromium is None:
        raise ServiceError("expected chromium, got none; on Debian: apt-get install chromium")
    scenario = load_scenario(scenario_name)
    with tempfile.TemporaryDirectory(prefix="chauraha-page-") as scratch:
        folder = Path(scratch)
        write_replay(folder / "data" / "rehearsals" / "made", scenario, vehicles=vehicles, seconds=180)
        arguments = ["--scenario", scenario_name, "--data", str(folder / "data"), "--policy", "none"]
        server = ServerProcess(port=free_port(), log_file=folder / "serve.log", arguments=arguments)
        with server, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=list(FLAGS))
            try:
                loads = [_first_load(browser, server.url) for _ in range(6)]
                frames = {look: _frames(browser, server.url, zooms, seconds) for look, zooms in LOOKS.items()}
            finally:
                browser.close()
    return {
        "junctions": len(scenario.sites),
        "vehicles": vehicles,
        "first_load_bytes": max(load["bytes"] for load in loads),
        "first_live_map_s": [round(load["live_map_s"], 2) for load in loads],
        "frames_per_s": frames,
    }


def _first_load(browser: Any, url: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    got: list[float] = []
    wire.on("Network.loadingFinished", lambda event: got.append(event["encodedDataLength"]))
    page.add_init_script(WATCH_LIVE_MAP)
    page.goto(url, wait_until="commit")
    for part in LIVE_MAP:
        page.locator(part).first.wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    live_map_s = page.evaluate("window.liveMapMs") / 1000
    context.close()
    return {"bytes": sum(got), "live_map_s": live_map_s}


def _frames(browser: Any, url: str, zooms: int | None, seconds: float) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(f"{url}/#/rehearsal")
    page.locator('[data-figure="running"] td').first.wait_for(timeout=60_000)
    if zooms is not None:
        page.get_by_test_id("replay").locator("tbody th button").first.click()
        for _ in range(-zooms):
            page.locator(".zoom button").nth(1).click()
    page.wait_for_timeout(1500)
    gaps = page.evaluate(COUNT_FRAMES, seconds)
    assert page.get_by_test_id("replay").get_attribute("data-playing") == "true", "the replay did not play"
    context.close()
    slowest = sorted(gaps)[int(0.95 * len(gaps))]
    return {"mean": round(1000 / statistics.fmean(gaps), 1), "slowest_20th": round(1000 / slowest, 1)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="kanpur")
    parser.add_argument("--vehicles", type=int, default=5000, help="on the street in each run")
    parser.add_argument("--seconds", type=float, default=8.0, help="of counting, for each look")
    asked = parser.parse_args(arguments)
    Console().print_json(json.dumps(measure(asked.scenario, asked.vehicles, asked.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
