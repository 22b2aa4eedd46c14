"""An engineer asks for a still of a camera, draws its lanes by mouse and by keyboard, and keeps the camera file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_city import PAGE_MARKS, LiveCity, expect
from looks import look_at

from detector.camera_file import load_camera
from detector.line import Direction

pytestmark = PAGE_MARKS

ADDRESS = "#/engineer?part=cameras&junction=tatmill"
STILL = "/v1/junctions/tatmill/cameras/tatmill-cam/still"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCity]:
    live = LiveCity(tmp_path_factory.mktemp("lanes"))
    live.start()
    yield live
    live.close()


def click_at(page: Any, across: float, down: float) -> None:
    board = page.get_by_test_id("board")
    box = board.bounding_box()
    board.click(position={"x": across * box["width"], "y": down * box["height"]})


def test_lanes_are_drawn_on_a_still_and_become_a_camera_file(city: LiveCity, page: Any, tmp_path: Path) -> None:
    page.goto(f"{city.url}/{ADDRESS}")
    page.get_by_role("button", name="English").click()
    cameras = page.get_by_test_id("cameras")
    expect(cameras).to_contain_text("tatmill-cam")
    expect(page.get_by_test_id("board")).to_have_count(0)
    picture = page.screenshot(type="jpeg")
    cameras.get_by_role("button", name="Ask for a still").click()
    page.keyboard.type("the camera was turned")
    page.keyboard.press("Enter")
    expect(cameras).to_contain_text("it comes with the next counts")
    httpx.put(f"{city.url}{STILL}", content=picture, timeout=10).raise_for_status()
    board = page.get_by_test_id("board")
    expect(board).to_be_visible()
    lanes = page.get_by_test_id("lane-drawing")

    lanes.get_by_role("combobox", name="Lane group").select_option("ghantaghar_s")
    for corner in ((0.2, 0.2), (0.6, 0.2), (0.7, 0.7), (0.1, 0.7)):
        click_at(page, *corner)
    lanes.get_by_role("button", name="Close the area").click()
    shapes = page.get_by_test_id("shapes").locator("tbody tr")
    expect(shapes).to_have_count(1)
    shapes.first.get_by_role("spinbutton").fill("2")

    lanes.get_by_role("button", name="Stop line").press("Enter")
    lanes.get_by_role("combobox", name="Lane group").select_option("ghantaghar_s")
    board.focus()  # from here on by keyboard: the cross stands in the middle
    for key, times in (("Shift+ArrowLeft", 8), ("Shift+ArrowDown", 4), (" ", 1), ("Shift+ArrowRight", 13), (" ", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    expect(shapes).to_have_count(2)
    board.get_by_role("button", name="Corner 2").focus()
    page.keyboard.press("ArrowDown")

    lanes.get_by_role("button", name="Privacy mask").press("Enter")
    board.focus()
    for key in (" ", "Shift+ArrowRight", " ", "Shift+ArrowDown", " ", "Shift+ArrowLeft", " ", "Backspace", "Enter"):
        page.keyboard.press(key)
    expect(shapes).to_have_count(3)

    lanes.get_by_role("button", name="Check it").click()
    made = page.get_by_test_id("camera-file")
    expect(made).to_contain_text("Junction: in order")
    expect(made).to_contain_text("1 of 8 lane groups are drawn. This camera will never see:")
    page.get_by_role("button", name="हिन्दी").press("Enter")
    expect(made).to_contain_text("रेखाएँ: 1; लेन-समूह: 1; निजता के पर्दे: 1।")
    expect(made).to_contain_text("8 में से 1 लेन-समूह बने हैं। यह कैमरा इन्हें कभी नहीं देखेगा:")
    assert "lane groups" not in made.locator("ul").inner_text()
    assert look_at(page, "lane-drawing") == []
    page.get_by_role("button", name="English").press("Enter")
    with page.expect_download() as download:
        lanes.get_by_role("button", name="Download").click()
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)
    camera = load_camera(kept)
    (zone,) = camera.zones
    assert (camera.id, camera.junction_id) == ("tatmill-cam", "tatmill")
    assert (zone.lane_group_id, zone.lanes, len(zone.polygon.corners)) == ("ghantaghar_s", 2, 4)
    assert zone.polygon.corners[0] == pytest.approx((0.2, 0.2), abs=0.01)
    assert zone.stop is not None
    assert (zone.stop.line, zone.stop.direction) == ("stop-ghantaghar_s", Direction.A)  # it lies above the walker's way
    (stop,) = camera.lines
    assert stop.start == pytest.approx((0.1, 0.7))
    assert stop.end == pytest.approx((0.75, 0.71))
    assert [len(mask.corners) for mask in camera.privacy_masks] == [3]

    expect(shapes).to_have_count(3)
    shapes.last.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The drawing has changed since")).to_be_visible()
    expect(lanes.get_by_role("button", name="Download")).to_be_disabled()
    acts = httpx.get(f"{city.url}/v1/audit?action=still", timeout=10).json()["acts"]
    assert [act["action"] for act in acts] == ["still show", "still ask"]
    assert page.complaints == []


def test_a_picture_from_this_computer_never_leaves_the_browser(city: LiveCity, page: Any, tmp_path: Path) -> None:
    picture = tmp_path / "arm.png"
    page.goto(f"{city.url}/{ADDRESS}")
    expect(page.get_by_test_id("cameras")).to_contain_text("tatmill-cam")
    page.screenshot(path=picture)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_label("चित्र खोलें").set_input_files(picture)
    expect(page.get_by_test_id("board")).to_be_visible()
    click_at(page, 0.3, 0.3)
    expect(page.get_by_role("button", name="कोना वापस लें")).to_be_enabled()
    page.get_by_role("button", name="चित्र हटाएँ").click()
    expect(page.get_by_test_id("board")).to_have_count(0)
    assert set(sent) <= {"GET"}
    page.get_by_label("चित्र खोलें").set_input_files(Path(__file__))
    expect(page.get_by_role("alert")).to_contain_text("ऐसा चित्र नहीं है")
    assert page.complaints == []
