"""The views over time and for engineers, in a real browser, on a service whose past the test wrote."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_city import PAGE_MARKS, LiveCity, expect
from looks import look_at
from training_run import write_run

import agents
from bench.replay_recording import write_replay
from controller.database import DATABASE_FILE, bring_up_to_date, make_engine
from controller.kpi_records import KpiRecords
from junction.kpi import KpiSums
from junction.mode import Mode
from scenarios.load import load_scenario
from scenarios.model import Scenario

pytestmark = PAGE_MARKS

VIEWS = [
    "",
    "junction/tatmill",
    "alarms",
    "compare?thana=Kotwali",
    "report",
    "engineer",
    "engineer?part=learning",
    "engineer?part=waves",
    "engineer?part=cameras&junction=tatmill",
    "rehearsal",
    "audit",
]
DAY_S, QUARTER_S = 86_400, 900
PCU = 100.0
"""Through a junction in each quarter of an hour of the written past."""
UNSEEN = "parade"
LOOKS_OLD = re.compile(r"\bold\b")


def delay_before_s(scenario: Scenario, junction_id: str) -> float:
    """20 s/PCU at the city's first junction, 2 s more at each one after it."""
    return 20.0 + 2.0 * list(scenario.sites).index(junction_id)


def sums_of(delay_s: float) -> KpiSums:
    """A minute of a quarter's figures, measured, half of it seen."""
    return KpiSums(
        duration_s=60,
        seen_s=30,
        queue_pcu_s=delay_s * PCU,
        departed_pcu=PCU,
        longest_queue_pcu=delay_s / 2,
        mode_s={Mode.AI: 60.0},
    )


async def write_past(folder: Path, scenario: Scenario, now_at: int) -> None:
    """An hour of each of the last fourteen days at every junction but one: a quarter less delay in the last week; and
    one of the Thursday before Christmas, with half of that delay."""
    folder.mkdir(parents=True)
    engine = make_engine(f"sqlite:///{folder / DATABASE_FILE}")
    await bring_up_to_date(engine)
    minutes = {
        (key, now_at - day * DAY_S - 3600 + quarter * QUARTER_S): sums_of(delay_before_s(scenario, key) * share)
        for day, share in (*((day, 0.75 if day < 7 else 1.0) for day in range(14)), (18, 0.5))
        for quarter in range(4)
        for key in scenario.sites
        if key != UNSEEN
    }
    await KpiRecords(engine).add_minutes(minutes)
    await engine.dispose()


def add_policies(data: Path) -> None:
    """Beside the city's own policy: one that can run, and one whose card is another's."""
    general = Path(agents.__file__).parent / "general" / "policy.onnx"
    card = json.loads(general.with_suffix(".json").read_text(encoding="utf-8"))
    folder = data / "policies"
    folder.mkdir()
    for policy_id, sha256 in (("general", card["onnx_sha256"]), ("broken", "0" * 64)):
        shutil.copy(general, folder / f"{policy_id}.onnx")
        (folder / f"{policy_id}.json").write_text(json.dumps({**card, "onnx_sha256": sha256}), encoding="utf-8")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCity]:
    folder = tmp_path_factory.mktemp("views")
    scenario = load_scenario("kanpur")
    begin_at = int(scenario.day_start_at) + 18 * 3600
    asyncio.run(write_past(folder / "data", scenario, begin_at))
    add_policies(folder / "data")
    write_run(folder / "data" / "runs" / "june", updates=30, ended=False)
    write_replay(folder / "data" / "rehearsals" / "made", scenario, vehicles=300, seconds=90)
    live = LiveCity(folder, policy=True, begin_at=begin_at)
    live.start()
    for reason in ("procession", "all clear"):
        release = {"kind": "release", "reason": reason}
        httpx.post(f"{live.url}/v1/junctions/tatmill/override", json=release).raise_for_status()
    yield live
    live.close()


def worst_of(scenario: Scenario, thana: str) -> str:
    """The thana's junction with the longest delay, in Hindi: the last of them in the city's order."""
    ours = [key for key, site in scenario.sites.items() if site.layout.thana == thana and key != UNSEEN]
    return scenario.sites[ours[-1]].layout.name_hi


@pytest.mark.parametrize("width", [1366, 390])
def test_a_thana_officer_finds_the_worst_junction_of_the_week_in_three_clicks(
    city: LiveCity, page: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(city.url)
    page.get_by_role("link", name="तुलना").click()  # one
    thana = page.get_by_role("combobox", name="थाना")
    thana.click()  # two: the list opens
    thana.select_option("Kakadeo")  # three
    worst = page.get_by_test_id("worst")
    expect(worst).to_contain_text("थाना काकादेव, पिछले 7 दिन")
    expect(worst.locator("b")).to_have_text(worst_of(load_scenario("kanpur"), "Kakadeo"))
    expect(worst).to_contain_text("मापा हुआ · 50% समय देखा गया")
    expect(page.get_by_test_id("answer-age").first).to_contain_text("18:0")
    assert page.complaints == []
    page.goto(f"{city.url}/#/")
    page.get_by_role("link", name="तुलना").click()
    expect(worst).to_contain_text("काकादेव")  # kept in this browser: one click the next time


def test_this_week_against_the_last_by_junction_thana_and_corridor(city: LiveCity, page: Any) -> None:
    scenario = load_scenario("kanpur")
    page.goto(f"{city.url}/#/compare")
    page.get_by_role("button", name="English").click()
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(44)
    worst = [key for key in scenario.sites if key != UNSEEN][-1]
    first = rows.first
    expect(first).to_have_attribute("data-row", worst)
    before_s = delay_before_s(scenario, worst)
    expect(first.locator("td").nth(1)).to_contain_text(f"{0.75 * before_s:.1f}")
    expect(first.locator("td").nth(2)).to_have_text(f"{before_s:.1f}")
    expect(first.locator("td").nth(3)).to_contain_text("-25%")
    expect(first.locator("td").nth(3)).to_contain_text("-25% to -25%")
    expect(rows.last).to_have_attribute("data-row", UNSEEN)
    expect(rows.last).to_contain_text("Unknown")
    expect(page.get_by_test_id("course").locator("svg")).to_be_visible()
    expect(page.get_by_test_id("row-detail")).to_contain_text(re.compile(r"AI \d"))
    page.get_by_role("button", name="Thanas").click()
    expect(rows).to_have_count(len({site.layout.thana for site in scenario.sites.values()}))
    page.get_by_role("button", name="Corridors").click()
    expect(rows).to_have_count(len(scenario.corridors))
    expect(page.locator('tr[data-row="gt_road"]')).to_contain_text("IIT")
    assert page.complaints == []


def test_what_nobody_saw_is_said_and_two_days_can_be_compared(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/compare?period=own&days=1")
    expect(page.get_by_test_id("compare")).to_contain_text("दो दिन चुनें")
    page.get_by_label("कब से").fill("2025-06-01")
    page.get_by_label("किस दिन से तुलना").fill("2025-05-25")
    expect(page.get_by_test_id("compare")).to_contain_text("किसी कैमरे ने कुछ नहीं देखा")
    page.get_by_label("कब से").fill("2026-01-04")
    page.get_by_label("किस दिन से तुलना").fill("2025-12-27")
    expect(page.locator("tr[data-row]").first.locator("td").nth(3)).to_contain_text("-25%")


def test_a_festival_is_compared_with_an_ordinary_day_by_its_name(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/compare?by=city")
    page.get_by_role("button", name="त्योहार").click()
    choice = page.get_by_role("combobox", name="कौन सा त्योहार")
    expect(choice).to_have_value("2025-12-25")  # the last one that has been
    expect(page.get_by_test_id("worst")).to_contain_text("क्रिसमस, गुरु, 25 दिस॰ 2025")
    expect(page.get_by_test_id("compare")).to_contain_text("तुलना गुरु, 18 दिस॰ 2025 से। त्योहार की तिथि का आधार: स्मृति से।")
    expect(page.locator("tr[data-row]").first.locator("td").nth(3)).to_contain_text("+100%")
    choice.select_option("2025-10-20")
    expect(page.get_by_test_id("compare")).to_contain_text("दीपावली, सोम, 20")
    expect(page.get_by_test_id("compare")).to_contain_text("किसी कैमरे ने कुछ नहीं देखा")
    assert page.complaints == []


def test_the_table_is_downloaded_as_it_is_shown(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/compare?thana=Kakadeo")
    expect(page.locator("tr[data-row]").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.startswith("chauraha-junction-Kakadeo-")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    shown = page.locator("tr[data-row]").evaluate_all("(rows) => rows.map((row) => row.dataset.row)")
    assert [row["id"] for row in rows] == shown
    assert {row["basis"] for row in rows} == {"measured"}
    assert float(rows[0]["change"]) == -0.25
    assert float(rows[0]["seen_share"]) == 0.5


def test_figures_that_cannot_be_renewed_look_old(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/compare")
    age = page.get_by_test_id("answer-age")
    expect(age).to_be_visible()
    expect(age).not_to_contain_text("नए आँकड़े नहीं आए")
    city.stop_driving()
    try:
        expect(age).to_contain_text("नए आँकड़े नहीं आए")
        expect(page.locator(".table table")).to_have_class(LOOKS_OLD)
    finally:
        city.drive()
    expect(age).not_to_contain_text("नए आँकड़े नहीं आए")
    page.route("**/v1/kpi/compare*", lambda route: route.abort())
    page.get_by_role("button", name="आज").click()
    expect(page.get_by_role("alert")).to_contain_text("टाइमिंग सेवा से उत्तर नहीं मिल रहा")


def test_what_a_service_whose_clock_stands_repeats_grows_older(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/")
    age = page.get_by_test_id("tile-queue").locator(".provenance")
    expect(age).to_have_text(re.compile(r"· [0-2] से॰ पहले"))
    city.stop_driving()
    try:
        expect(age).to_have_text(re.compile(r"· ([6-9]|\d\d) से॰ पहले"))
        expect(page.get_by_test_id("tile-queue").locator(".value")).to_have_class(LOOKS_OLD)
    finally:
        city.drive()
    expect(age).to_have_text(re.compile(r"· [0-2] से॰ पहले"))


def test_what_engineers_see_of_a_service_whose_clock_stands_looks_old(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/engineer")
    cards = page.locator(".cards")
    expect(cards).to_be_visible()
    expect(cards).not_to_have_class(LOOKS_OLD)
    city.stop_driving()
    try:
        expect(cards).to_have_class(LOOKS_OLD)
        page.get_by_role("button", name="सीखना").click()
        expect(page.get_by_test_id("run-state")).to_have_class(LOOKS_OLD)
        page.get_by_role("button", name="हरी लहरें").click()
        expect(page.get_by_text("कैलेंडर के अनुसार अभी")).to_have_class(LOOKS_OLD)
    finally:
        city.drive()


def test_a_day_is_printed_without_what_is_pressed(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/compare")
    page.get_by_role("link", name="दैनिक रिपोर्ट").click()
    report = page.get_by_test_id("report")
    expect(report.locator("tr[data-row]")).to_have_count(10 + 25)  # the worst junctions, and every thana
    expect(report).to_contain_text("तुलना: सोम, 29 दिस॰")
    page.emulate_media(media="print")
    for pressed in ("navigation", "button"):
        expect(page.get_by_role(pressed)).to_have_count(0)
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.emulate_media(media="screen")
    page.get_by_label("दिन", exact=True).fill("2026-01-04")
    expect(report).to_contain_text("तुलना: रवि, 28 दिस॰")


def test_the_audit_is_searched_and_says_whether_it_is_whole(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/audit")
    chain = page.get_by_test_id("chain")
    expect(chain).to_contain_text("कड़ी सही है")
    rows = page.locator("tr[data-act]")
    expect(rows.first).to_contain_text("टाटमिल चौराहा")
    expect(rows.first).to_contain_text("all clear")
    page.get_by_label("क्या किया").fill("OVERR")
    page.get_by_label("किस पर").fill("tatm")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    page.get_by_label("किस पर").fill("nobody")
    page.get_by_role("button", name="खोजें").click()
    expect(page.get_by_test_id("audit")).to_contain_text("इन शब्दों वाला कोई काम नहीं मिला")

    def be_changed(actor: str) -> None:
        with closing(sqlite3.connect(city.data / DATABASE_FILE)) as database, database:
            database.execute("UPDATE audit SET actor = ? WHERE seq = 1", [actor])

    be_changed("somebody else")
    try:
        page.get_by_role("button", name="फिर जाँचें").click()
        expect(chain.get_by_role("alert")).to_contain_text("पंक्ति 0 के बाद कड़ी टूटी है")
        expect(chain).to_contain_text("row 1 was changed")
    finally:
        be_changed("open access")
    page.get_by_role("button", name="फिर जाँचें").click()
    expect(chain).to_contain_text("कड़ी सही है")


def test_an_engineer_tries_promotes_and_rolls_back_a_policy(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/engineer")
    page.get_by_role("button", name="English").click()
    general, started = page.locator('[data-policy="general"]'), page.locator('[data-policy="started"]')
    expect(started).to_contain_text("Live")
    expect(started.locator("tr.own")).to_contain_text("policy")
    expect(started).to_contain_text("simulated: kanpur")
    broken = page.locator('[data-policy="broken"]')
    expect(broken).to_contain_text("Cannot run")
    expect(broken.get_by_role("button")).to_have_count(0)

    def do(card: Any, label: str) -> None:
        card.get_by_role("button", name=label).click()
        page.keyboard.type("less delay in the rehearsal")  # the line for the reason has the focus
        page.keyboard.press("Enter")

    general.get_by_role("button", name="Try in the shadow").click()
    page.keyboard.type("ab")
    expect(general.get_by_role("button", name="Confirm")).to_be_disabled()
    page.keyboard.press("Escape")
    do(general, "Try in the shadow")
    shadow = page.get_by_test_id("shadow")
    expect(shadow.locator('[data-figure="decisions"]')).to_have_text(re.compile("[1-9]"))
    expect(shadow.locator('[data-figure="agreement"]')).to_contain_text("%")
    expect(shadow.locator("tbody tr")).to_contain_text("Tatmill Chauraha")
    do(general, "Promote")
    expect(general).to_contain_text("Live")
    expect(shadow).to_have_count(0)
    do(general, "Roll back")
    expect(started).to_contain_text("Live")
    page.goto(f"{city.url}/#/audit?action=policy")
    expect(page.locator("tr[data-act]")).to_have_count(3)
    expect(page.locator("tr[data-act]").first).to_contain_text("less delay in the rehearsal")
    assert page.complaints == []


def test_a_run_that_is_still_written_shows_how_it_learns(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/engineer")
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Learning").click()
    learning = page.get_by_test_id("learning")
    expect(learning.get_by_test_id("run-state")).to_contain_text("Runs, or has just ended")
    expect(learning.get_by_test_id("run-state")).to_contain_text("kanpur, sumo, seed 7 · 3,000 decisions")
    expect(learning.get_by_test_id("evaluations").locator("tbody tr")).to_have_text(re.compile("3,000.*61.5.*64.0"))
    for chart in ("curve-delay", "curve-reward"):
        expect(learning.get_by_test_id(chart).locator("svg")).to_be_visible()
    learning.get_by_role("combobox").select_option("policy:broken")
    expect(learning).to_contain_text("There is no curve")
    assert page.complaints == []


def test_green_waves_are_drawn_and_told_in_figures(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/engineer")
    page.get_by_role("button", name="हरी लहरें").click()
    waves = page.get_by_test_id("waves")
    expect(waves.get_by_role("combobox", name="योजनाएँ")).to_have_value("webster.evening")  # the clock is at six
    expect(waves).to_contain_text("80% पर चलते हैं (माना हुआ)")
    waves.get_by_role("combobox", name="गलियारा").select_option("mall_road")
    told = httpx.get(f"{city.url}/v1/green-waves/mall_road").json()
    expect(waves.get_by_test_id("greens").locator("tbody tr")).to_have_count(len(told["signals"]))
    expect(waves.get_by_test_id("bands").locator("tbody tr")).to_have_count(len(told["sections"]) + 1)
    first = told["sections"][0]["outbound"]
    expect(waves.get_by_test_id("bands").locator("td").first).to_have_text(
        f"{first['width_s']:.1f} से॰ · चक्र का {100 * first['share']:.0f}%"
    )
    # Bars and stripes: of a common cycle, three of each and what is cut at the edges.
    drawn = waves.get_by_test_id("time-space").locator("svg path")
    expect(drawn.nth(3 * (2 * len(told["signals"]) + 2 * len(told["sections"])))).to_be_attached()
    waves.get_by_role("combobox", name="योजनाएँ").select_option("today")
    expect(waves).to_contain_text("चौराहों के चक्र अलग-अलग हैं")
    assert page.complaints == []


WATCH_FOCUS = """() => {
  window.reached = new Set();
  window.hidden = [];
  document.addEventListener('focusin', ({ target }) => {
    window.reached.add(target);
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    if (outlineStyle === 'none' || parseFloat(outlineWidth) < 1) window.hidden.push(target.outerHTML.slice(0, 100));
  });
}"""
FOCUSABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }))"""
MISSED = f"() => ({FOCUSABLE})().filter((one) => !window.reached.has(one)).map((one) => one.outerHTML.slice(0, 100))"


@pytest.mark.parametrize("view", VIEWS)
def test_the_keyboard_alone_reaches_everything(city: LiveCity, page: Any, view: str) -> None:
    """Tab by tab: each link, button and field has the focus once, and shows it."""
    page.goto(f"{city.url}/#/{view}")
    expect(page.locator("main h1")).to_be_attached()
    expect(page.locator(".spinner")).to_have_count(0, timeout=60_000)  # a week by the hour, on a busy machine
    page.evaluate(WATCH_FOCUS)
    page.locator(".skip").focus()
    wanted = len(page.evaluate_handle(FOCUSABLE).get_properties())
    assert wanted > 8
    for _ in range(2):  # a list that is ranked anew meanwhile may take a row out of the way
        for _ in range(wanted):
            page.keyboard.press("Tab")
        if not page.evaluate(MISSED):
            break
    assert page.evaluate(MISSED) == []
    assert page.evaluate("window.hidden") == []


def test_who_may_not_is_offered_nothing(city: LiveCity, page: Any) -> None:
    """The service decides; the page does not offer what it would refuse."""
    viewer = {"name": "asha", "by": "session", "role": "viewer", "banner": None}
    page.route("**/v1/me", lambda route: route.fulfill(json=viewer))
    page.goto(f"{city.url}/#/engineer")
    expect(page.locator('[data-policy="general"]')).to_be_visible()
    expect(page.locator("[data-policy]").get_by_role("button")).to_have_count(0)
    expect(page.get_by_test_id("engineer")).to_contain_text("केवल अभियंता")
    expect(page.get_by_role("link", name="लेखा-जाँच")).to_have_count(0)
    page.goto(f"{city.url}/#/audit")
    expect(page.locator("main")).to_contain_text("इसके लिए प्रशासक की भूमिका चाहिए")


def test_a_junction_is_taken_over_counted_down_and_given_back(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/junction/tatmill")
    page.get_by_role("button", name="English").click()
    card = page.get_by_test_id("take-over")
    expect(page.get_by_test_id("decision")).to_contain_text("Stage A")  # the only one allowed so soon, or the best
    card.get_by_role("combobox", name="Stage").select_option("B")
    expect(card.get_by_role("button", name="Take over")).to_be_disabled()
    card.get_by_label("Reason").fill("VIP movement")
    card.get_by_role("combobox", name="How long").select_option("60")
    page.keyboard.press("Tab")
    card.get_by_role("button", name="Take over").click()
    expect(card).to_contain_text("Sent to stage B")
    expect(card).to_contain_text("VIP movement")
    left = page.get_by_test_id("override-left")
    expect(left).to_have_text(re.compile(r"^5\d s left$"))
    expect(left).not_to_have_text(left.inner_text())
    expect(page.get_by_test_id("why")).to_contain_text("Manual")
    card.get_by_role("button", name="Give back").click()
    page.keyboard.type("it has passed")
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="Take over")).to_be_visible()
    expect(page.get_by_test_id("history")).to_contain_text("The control room has taken it over.")
    page.get_by_role("button", name="Run a plan").click()
    card.get_by_label("Reason").fill("a procession")
    page.route("**/override", lambda route: route.abort())
    card.get_by_role("button", name="Take over").click()
    expect(card.get_by_role("alert")).to_have_text("The timing service does not answer")


def test_what_the_service_refuses_is_told_in_hindi_with_its_own_words_beside(city: LiveCity, page: Any) -> None:
    nowhere = {"kind": "plan", "plan_id": "nowhere", "reason": "a procession", "ttl_s": 60}
    refused = httpx.post(f"{city.url}/v1/junctions/rawatpur/override", json=nowhere, timeout=10)
    page.route("**/override", lambda route: route.fulfill(status=refused.status_code, json=refused.json()))
    page.goto(f"{city.url}/#/junction/rawatpur")
    card = page.get_by_test_id("take-over")
    card.get_by_role("button", name="योजना चलाएँ").click()
    card.get_by_label("कारण").fill("जुलूस निकल रहा है")
    card.get_by_role("button", name="नियंत्रण लें").click()
    told = card.get_by_role("alert")
    expect(told).to_contain_text("सेवा ने यह नहीं माना: यह योजना यहाँ नहीं है")
    assert "expected" not in told.inner_text()
    told.locator("summary").click()
    expect(told.locator("[lang=en]")).to_contain_text("plan_id: expected one of")
    assert "expected" in told.inner_text()


def test_a_green_corridor_is_opened_from_a_junction_and_closed(city: LiveCity, page: Any) -> None:
    page.goto(f"{city.url}/#/junction/rawatpur")
    page.get_by_role("button", name="English").click()
    card = page.get_by_test_id("corridor")
    card.get_by_role("combobox", name="As far as").select_option(label="Gol Chauraha (2)")
    card.get_by_label("Reason").fill("ambulance to Hallet")
    card.get_by_role("button", name="Open the corridor").click()
    expect(page.get_by_test_id("corridor-left")).to_contain_text(re.compile(r"green in \d"))
    expect(page.get_by_test_id("corridor-left")).to_contain_text(re.compile(r"vehicle in 2 min \d"))
    expect(card).to_contain_text("ambulance to Hallet")
    card.get_by_role("button", name="Close the corridor").click()
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="Open the corridor")).to_be_visible()
    page.goto(f"{city.url}/#/audit?action=corridor")
    expect(page.locator("tr[data-act]")).to_have_count(2)


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_keeps_people_out_in_either_language_and_colours(city: LiveCity, page: Any, view: str) -> None:
    """axe finds nothing serious, and nothing is wider than the screen. What was seen is kept as pictures."""
    page.goto(f"{city.url}/#/{view}")
    expect(page.locator("main h1")).to_be_attached()
    expect(page.locator(".spinner")).to_have_count(0)
    assert look_at(page, re.sub("[^a-z]+", "-", view) or "city") == []
    assert [url for url in page.asked if not url.startswith(f"{city.url}/")] == []
    assert page.complaints == []
