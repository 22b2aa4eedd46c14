"""The page in a real browser against a real service whose clock the test drives: words, figures, silence, requests."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.signals import Lamp, SignalState, state_to_document
from rehearsal.server import ServerProcess, free_port
from scenarios.load import load_scenario

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e '.[dev]'")

DIST = Path(__file__).parents[2] / "dashboard" / "dist" / "index.html"
CHROMIUM = shutil.which("chromium")
BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
SEEN_QUEUE = {"ghantaghar_s": (7, 31.5), "ghantaghar_r": (4, 12.0)}
BLIND_APPROACH = "cod"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not DIST.is_file(), reason="the page is not built: cd dashboard && npm ci && npm run build"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]


class LiveCity:
    """A service of its own on a driven clock; a thread moves the clock and speaks for Tatmill's controller and camera.

    Tatmill's camera sees every approach but one, the policy is left out: its mode is actuated, its cause no policy.
    """

    def __init__(self, folder: Path) -> None:
        self.layout = load_scenario("kanpur").sites["tatmill"].layout
        self.server = ServerProcess(
            port=free_port(),
            log_file=folder / "serve.log",
            arguments=["--scenario", "kanpur", "--data", str(folder / "data"), "--policy", "none"],
        )
        self.url = self.server.url
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._boot = 0

    def start(self) -> None:
        self.server.start()
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCity]:
    live = LiveCity(tmp_path_factory.mktemp("page"))
    live.start()
    yield live
    live.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a fresh profile at 1366x768 that remembers what it asked for and what it complained of."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme="light")
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.asked, opened.complaints = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.on("console", lambda line: opened.complaints.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()


def expect(locator: Any) -> Any:
    """Playwright's expectations, with time for a busy machine and for the five seconds after which figures are old."""
    playwright.expect.set_options(timeout=20_000)
    return playwright.expect(locator)


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
    assert page.url.endswith("#/junction/tatmill")
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
    assert not any(cell.isdigit() for cell in "".join(blind.locator("td").all_inner_texts()))
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
    page.wait_for_timeout(1500)
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
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("html").get_attribute("data-theme") == scheme
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
        assert page.locator("[data-lamp='G'], [data-lamp='r'], [data-lamp='y']").count() == 0
        assert "old" in (page.locator('tr[data-approach="ghantaghar"] td').nth(1).get_attribute("class") or "")
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
