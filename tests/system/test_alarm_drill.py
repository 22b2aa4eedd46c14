"""An operator's drill in a real browser: a signal goes dark, is told, seen to, and returns; and what anyone may see."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from live_city import PAGE_MARKS, LiveCity, expect
from looks import look_at

pytestmark = PAGE_MARKS

LOOKS_OLD = re.compile(r"\bold\b")
DARK = {
    "mode": "dark",
    "cause": "power_lost",
    "faults": [{"kind": "power", "detail": "no mains"}],
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCity]:
    live = LiveCity(tmp_path_factory.mktemp("drill"))
    live.start()
    deadline = time.monotonic() + 60
    while not httpx.get(f"{live.url}/v1/state", timeout=10).json()["alarms"]:  # the grace of a start must pass
        assert time.monotonic() < deadline
        time.sleep(0.5)
    yield live
    live.close()


def open_kinds(city: LiveCity) -> tuple[float, set[str]]:
    """The service's time, and the kinds of alarms that are open."""
    state = httpx.get(f"{city.url}/v1/state", timeout=10).json()
    return state["at"], {alarm["kind"] for alarm in state["alarms"]}


def test_a_signal_goes_dark_is_told_seen_to_and_returns(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/alarms")
    expect(page.get_by_test_id("alarms")).to_be_visible()
    dark = page.locator('[data-testid="alarm"][data-kind="signal_dark"]')
    expect(dark).to_have_count(0)

    before_at, _ = open_kinds(city)
    city.status_changes = DARK
    told_at, kinds = before_at, set[str]()
    while "signal_dark" not in kinds:
        # By the service's clock, which this test moves: a slow machine is slow to both.
        assert told_at - before_at < 10
        time.sleep(0.2)
        told_at, kinds = open_kinds(city)
    expect(dark.first).to_contain_text("टाटमिल चौराहा")
    expect(dark.first).to_contain_text("सिग्नल बंद")
    expect(dark.first).to_contain_text("चौराहे पर बिजली नहीं है: कोई बत्ती नहीं जल रही।")
    expect(dark.first).to_contain_text("बिजली नहीं है")
    assert "no mains" not in dark.first.inner_text()
    expect(page.get_by_test_id("alarm-strip")).to_contain_text("सिग्नल बंद · टाटमिल चौराहा")

    dark.first.get_by_role("button", name="देख लिया").press("Enter")
    expect(dark.first).to_contain_text("ने")
    expect(dark.first.get_by_role("button", name="देख लिया")).to_have_count(0)
    dark.first.get_by_role("textbox", name="क्या किया गया").fill("सिपाही भेजा गया")
    page.keyboard.press("Enter")
    expect(dark.first.locator(".actions")).to_contain_text("सिपाही भेजा गया")

    city.status_changes = {}
    past = page.locator('section[aria-labelledby="past-alarms"]').locator(dark)
    expect(past).to_have_count(1)
    expect(past).to_contain_text("सिपाही भेजा गया")
    expect(page.locator('section[aria-labelledby="open-alarms"]').locator(dark)).to_have_count(0)

    rows = httpx.get(f"{city.url}/v1/audit", timeout=10).json()["acts"]
    assert {"alarm acknowledge", "alarm action"} <= {row["action"] for row in rows}
    assert page.complaints == []


def test_many_alarms_are_shown_a_dozen_at_a_time(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/alarms")
    opened = page.locator('section[aria-labelledby="open-alarms"]')
    alarms = opened.get_by_test_id("alarm")
    expect(alarms).to_have_count(12)
    opened.get_by_role("button", name="12 और दिखाएँ").press("Enter")
    expect(alarms).to_have_count(24)
    expect(alarms.nth(12).get_by_role("link")).to_be_focused()
    assert look_at(page, "alarms-open") == []


def test_alarms_of_a_service_that_is_silent_look_old(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/alarms")
    opened = page.locator('section[aria-labelledby="open-alarms"]')
    expect(opened.get_by_test_id("alarm").first).to_be_visible()
    city.stop_driving()
    try:
        expect(opened).to_have_class(LOOKS_OLD)
        expect(page.get_by_test_id("alarm-strip")).to_have_class(LOOKS_OLD)
    finally:
        city.drive()


def test_anyone_sees_which_signals_work_and_asks_for_nothing_else(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/public")
    shown = page.get_by_test_id("public")
    tatmill = shown.locator("tr", has_text="टाटमिल चौराहा")
    expect(tatmill).to_contain_text("चालू")
    expect(shown.locator("tbody tr")).to_have_count(44)
    page.get_by_role("button", name="English").click()
    expect(shown.get_by_role("heading", level=1)).to_have_text("Signals in Kanpur")
    city.status_changes = DARK
    try:
        expect(shown.locator("tbody tr").first).to_contain_text("Tatmill Chauraha")
        expect(shown.locator("tbody tr").first).to_contain_text("Out of order")
    finally:
        city.status_changes = {}
    asked = {url.removeprefix(city.url) for url in page.asked if "/v1/" in url}
    assert asked == {"/v1/public"}
    page.goto(f"{city.url}/public/")
    expect(shown.locator("tbody tr")).to_have_count(44)
    assert page.complaints == []
