"""The replay of a rehearsal in a real browser: it plays, its figures are those of the moment, and what is
missing is said.

The recording is made by formula (`bench.replay_recording`): 0.1 s of delay a second with the AI and 0.2 without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_city import PAGE_MARKS, LiveCity, expect, until

from bench.replay_recording import write_replay
from junction.recording import INDEX_FILE
from scenarios.load import load_scenario

pytestmark = PAGE_MARKS

PAINTED = """(run) => {
  const canvas = document.querySelector(`[data-run="${run}"] > canvas`);
  const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return pixels.reduce((sum, one, at) => (one === 0 ? sum : sum + 1 + (at % 1000) / 1e9), 0);
}"""
"""How many pixels the vehicles take, with a trace of where they are."""
LAMPS = '(run) => document.querySelectorAll(`[data-run="${run}"] > canvas`)[1].toDataURL()'


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCity]:
    folder = tmp_path_factory.mktemp("replay")
    recordings = folder / "data" / "rehearsals"
    scenario = load_scenario("kanpur")
    for name in ("cut", "made"):
        write_replay(recordings / name, scenario, vehicles=400, seconds=90)
    cut_short(recordings / "cut")
    (recordings / "broken").mkdir()
    (recordings / "broken" / INDEX_FILE).write_text("{", encoding="utf-8")
    live = LiveCity(folder)
    live.start()
    yield live
    live.close()


def cut_short(folder: Path) -> None:
    """As it is while the first run's second minute goes on."""
    file = folder / INDEX_FILE
    index = json.loads(file.read_text(encoding="utf-8"))
    index.update(complete=False, report=None, runs={"ai": index["runs"]["ai"][:1]})
    file.write_text(json.dumps(index), encoding="utf-8")


def figures(page: Any, name: str) -> Any:
    return page.locator(f'[data-figure="{name}"] td')


def test_both_runs_play_side_by_side_and_the_figures_are_the_moments(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/rehearsal?id=made")
    stage = page.get_by_test_id("replay")
    expect(stage).to_have_attribute("data-playing", "true")
    clock = page.get_by_test_id("replay-clock")
    expect(clock).to_contain_text(re.compile(r"1:30 में से 0:[1-5]\d"))
    before = [page.evaluate(PAINTED, run) for run in ("ai", "fixed")]
    assert min(before) > 500
    expect(clock).not_to_have_text(clock.inner_text())
    assert all(page.evaluate(PAINTED, run) != one for run, one in zip(("ai", "fixed"), before, strict=True))
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Pause").click()
    expect(stage).to_have_attribute("data-playing", "false")
    time = page.get_by_role("slider", name="Time of the run")
    time.press("Home")
    time.press("PageUp")
    expect(clock).to_have_text("1:00 of 1:30")
    expect(figures(page, "delay")).to_have_text(["6.0", "12.0", "6.0 s less with AI (-50%)"])
    # Junction k has k % 10 queued, of 44; on fixed plans one more each.
    expect(figures(page, "queue")).to_have_text(["186", "230", "44 veh less with AI (-19%)"])
    expect(figures(page, "running").nth(2)).to_have_text("no difference")
    time.press("ArrowLeft")
    expect(figures(page, "delay").first).to_have_text("5.0")
    page.get_by_role("button", name="Jump to: Rawatpur Crossing: no mains, 0:20 to 0:40").press("Enter")
    expect(figures(page, "delay").first).to_have_text("2.0")
    expect(page.get_by_test_id("replay-report")).to_contain_text("Mean delay at the end: 18.0")
    expect(page.get_by_test_id("replay-figures")).to_contain_text("simulated")
    assert [url for url in page.asked if not url.startswith((f"{city.url}/", "data:"))] == []
    assert page.complaints == []


def test_the_maps_go_together_and_a_junction_can_be_shown(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/rehearsal?id=made")
    page.get_by_role("button", name="रोकें").click()
    until(page, f"() => ({PAINTED})('ai') > 0")
    whole = page.evaluate(LAMPS, "ai")
    page.get_by_test_id("replay").locator("tbody th button").first.press("Enter")
    until(page, f"(whole) => ({LAMPS})('ai') !== whole", whole)
    until(page, f"() => ({LAMPS})('ai') === ({LAMPS})('fixed')")  # the same lamps, made so, at the same place
    page.get_by_role("button", name="प्रकार").click()
    expect(page.get_by_role("region", name="संकेत")).to_contain_text("दोपहिया")


def test_a_recording_that_is_cut_short_or_damaged_says_so(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/rehearsal?id=cut")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_test_id("replay")).to_contain_text("AI up to 1:00, fixed plans up to 0:00")
    expect(page.locator('[data-run="fixed"]')).to_contain_text("This run was not recorded")
    expect(page.get_by_test_id("replay-report")).to_contain_text("written when both runs have ended")
    expect(page.get_by_test_id("unreadable")).to_contain_text("broken")
    page.route("**/chunks/fixed-*", lambda route: route.fulfill(body=b"no gzip"))
    page.get_by_role("combobox", name="Recording").select_option("made")
    expect(page.locator('[data-run="fixed"]')).to_contain_text("This minute of the recording cannot be read")
    expect(figures(page, "delay").nth(1)).to_have_text("–")
    page.unroute("**/chunks/fixed-*")
    page.get_by_role("button", name="Try now").click()
    expect(figures(page, "delay").nth(1)).to_have_text(re.compile(r"\d"))


def test_without_recordings_it_tells_how_to_make_one(city: LiveCity, page: Any) -> None:
    page.route("**/v1/rehearsals", lambda route: route.fulfill(json={"rehearsals": []}))
    page.goto(f"{city.url}/#/rehearsal")
    expect(page.get_by_test_id("rehearsal")).to_contain_text("chauraha rehearse --minutes 30 --record")
    page.unroute("**/v1/rehearsals")
    page.route("**/v1/rehearsals", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("टाइमिंग सेवा से उत्तर नहीं मिल रहा")


def test_whoever_wants_no_motion_begins_with_a_still(city: LiveCity, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{city.url}/#/rehearsal?id=made")
    expect(figures(page, "delay").first).to_have_text("0.0")
    expect(page.get_by_test_id("replay")).to_have_attribute("data-playing", "false")
    page.keyboard.press("Space")
    expect(page.get_by_test_id("replay")).to_have_attribute("data-playing", "true")
    context.close()
