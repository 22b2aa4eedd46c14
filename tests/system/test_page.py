"""The page in a real browser against a real service whose clock the test drives: words, figures, silence, requests."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_city import BLIND_APPROACH, PAGE_MARKS, LiveCity, expect, until

from rehearsal.server import free_port

pytestmark = PAGE_MARKS


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCity]:
    live = LiveCity(tmp_path_factory.mktemp("page"))
    live.start()
    yield live
    live.close()


def test_city_is_hindi_first_and_english_by_choice(city: LiveCity, page: Any) -> None:
    page.goto(city.url)
    row = page.locator('[data-junction="tatmill"]')
    expect(row).to_contain_text("टाटमिल चौराहा")
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    expect(page.locator("ol [data-junction]")).to_have_count(44)
    page.get_by_role("button", name="English").click()
    expect(row).to_contain_text("Tatmill Chauraha")
    expect(page.get_by_test_id("tile-control")).to_contain_text("Junctions by control")
    page.reload()
    expect(row).to_contain_text("Tatmill Chauraha")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_every_figure_says_where_it_comes_from_and_how_old_it_is(city: LiveCity, page: Any) -> None:
    page.goto(city.url)
    for tile in ("tile-control", "tile-delay", "tile-queue", "tile-cameras", "tile-levels"):
        expect(page.get_by_test_id(tile)).to_contain_text("अनुकरण ·")
        expect(page.get_by_test_id(tile)).to_contain_text("से॰ पहले")
    # 7 + 4 + 2 + 2 + 2 + 2: the approach that is not seen adds nothing, and is not counted as known.
    expect(page.get_by_test_id("tile-queue").locator("b")).to_have_text("19")
    expect(page.get_by_test_id("tile-queue")).to_contain_text("169 में से 3 मार्गों पर ज्ञात")
    expect(page.get_by_test_id("tile-cameras").locator("b")).to_have_text("1")


def test_junction_shows_mode_cause_lamps_and_queues(city: LiveCity, page: Any) -> None:
    page.goto(city.url)
    page.locator('[data-junction="tatmill"]').focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("टाटमिल चौराहा")
    expect(page).to_have_url(f"{city.url}/#/junction/tatmill")
    expect(page.get_by_test_id("why")).to_contain_text("वाहन-संवेदी")
    expect(page.get_by_test_id("cause")).to_have_text("सेवा में कोई AI नीति नहीं है।")
    seen = page.locator('tr[data-approach="ghantaghar"]')
    expect(seen.locator("td").nth(1)).to_have_text("11")
    expect(seen.locator("td").nth(2)).to_have_text("32")
    expect(seen.locator('[data-lamp="G"]')).to_have_count(2)
    expect(page.locator('tr[data-approach="jhakarkati"] [data-lamp="r"]')).to_have_count(2)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_test_id("why")).to_contain_text("Actuated")
    expect(page.get_by_test_id("cause")).to_have_text("The service has no AI policy loaded.")
    expect(page.get_by_test_id("camera")).to_contain_text("Working")


def test_an_unknown_queue_is_shown_as_unknown_and_never_as_zero(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/junction/tatmill")
    blind = page.locator(f'tr[data-approach="{BLIND_APPROACH}"]')
    expect(blind).to_contain_text("अज्ञात")
    expect(blind).to_contain_text("कभी नहीं दिखा")
    expect(blind.locator("td", has_text=re.compile(r"\d"))).to_have_count(0)
    expect(page.get_by_test_id("diagram")).to_contain_text("कतार अज्ञात")
    page.goto(f"{city.url}/#/junction/parade")
    expect(page.get_by_role("heading", level=1)).to_have_text("परेड चौराहा")
    expect(page.locator("tr[data-approach]").first).to_contain_text("अज्ञात")
    expect(page.locator('[data-testid="diagram"] [data-lamp="none"]').first).to_be_visible()
    expect(page.locator('[data-testid="diagram"] [data-lamp="G"]')).to_have_count(0)


def test_map_is_drawn_and_no_request_leaves_the_origin(city: LiveCity, page: Any) -> None:
    page.goto(city.url)
    expect(page.locator("[data-marker]")).to_have_count(44)
    ground = page.locator(".ground")
    page.evaluate("document.querySelectorAll('.over, .zoom, .legend').forEach((e) => (e.style.visibility = 'hidden'))")
    expect(page.locator('[data-drawn="true"]')).to_be_attached()
    with_roads = ground.screenshot()
    page.evaluate("document.querySelector('.maplibregl-canvas').style.visibility = 'hidden'")
    assert ground.screenshot() != with_roads, "the map's canvas is blank: its worker did not run"
    page.goto(f"{city.url}/#/junction/rawatpur")
    expect(page.get_by_role("heading", level=1)).to_have_text("रावतपुर क्रॉसिंग")
    assert any("/v1/stream" in url for url in page.asked)
    assert any("devanagari" in url for url in page.asked), "the bundled font was not used"
    assert [url for url in page.asked if not url.startswith(f"{city.url}/")] == []
    assert page.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_has_no_sideways_scroll_in_either_colours(city: LiveCity, browser: Any, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    for address in ("#/", "#/junction/tatmill"):
        page.goto(f"{city.url}/{address}")
        expect(page.get_by_test_id("tile-control" if address == "#/" else "why")).to_contain_text("वाहन-संवेदी")
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        until(page, "document.documentElement.scrollWidth <= 390")
    page.goto(f"{city.url}/#/audit")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Audit")).to_be_in_viewport(ratio=1)  # the last of a row that scrolls
    context.close()


def test_old_figures_turn_grey_when_the_service_dies_and_come_back_with_it(tmp_path: Path, page: Any) -> None:
    live = LiveCity(tmp_path)
    live.start()
    try:
        page.goto(f"{live.url}/#/junction/tatmill")
        expect(page.locator('tr[data-approach="ghantaghar"] [data-lamp="G"]')).to_have_count(2)
        expect(page.get_by_test_id("stale-banner")).to_have_count(0)
        live.stop_driving()
        banner = page.get_by_test_id("stale-banner")
        expect(banner).to_contain_text("घड़ी")
        live.server.kill()
        expect(banner).to_contain_text("कोई सूचना नहीं")
        expect(page.get_by_test_id("live")).to_contain_text("लाइव नहीं")
        expect(page.locator("[data-lamp='G'], [data-lamp='r'], [data-lamp='y']")).to_have_count(0)
        expect(page.locator('tr[data-approach="ghantaghar"] td').nth(1)).to_have_class(re.compile(r"\bold\b"))
        live.start()
        expect(banner).to_have_count(0)
        expect(page.locator('tr[data-approach="ghantaghar"] [data-lamp="G"]')).to_have_count(2)
    finally:
        live.close()


def test_signing_in_and_out_of_a_closed_service(tmp_path: Path, page: Any) -> None:
    """A stranger sees a form and nothing of the city; open access says so; a wrong password is told in Hindi."""
    made = subprocess.run(
        [sys.executable, "-m", "chauraha", "admin", "user", "add", "asha", "--role", "viewer", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    password = re.findall(r"password: (\S+)", made.stdout)[0]
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "chauraha", "serve", "--port", url.rsplit(":", 1)[1], "--policy", "none"]
    with (tmp_path / "serve.log").open("wb") as log:
        server = subprocess.Popen([*command, "--data", str(tmp_path)], stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(300):
            try:
                httpx.get(f"{url}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        page.goto(url)
        form = page.get_by_test_id("sign-in")
        expect(form).to_be_visible()
        form.get_by_label("उपयोगकर्ता नाम").fill("asha")
        form.get_by_label("पासवर्ड").fill("wrong")
        form.get_by_role("button").click()
        expect(form.get_by_role("alert")).to_have_text("यह नाम और पासवर्ड मेल नहीं खाते।")
        form.get_by_label("पासवर्ड").fill(password)
        form.get_by_role("button").click()
        expect(page.get_by_test_id("live")).to_contain_text("लाइव")
        expect(page.get_by_test_id("open-banner")).to_have_count(0)
        page.get_by_role("button", name="asha").click()
        expect(form).to_be_visible()
    finally:
        server.terminate()
        server.wait(15)


def test_open_access_is_told(city: LiveCity, page: Any) -> None:
    page.goto(city.url)
    expect(page.get_by_test_id("open-banner")).to_contain_text("खुली पहुँच")
