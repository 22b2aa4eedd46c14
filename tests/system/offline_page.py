"""Run by test_network_cut.py in a network namespace of its own: a service, a browser, and every view of the page.

Prints one JSON object: whether anything outside could be reached, and by view what was seen and asked for.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from conftest import BROWSER_FLAGS
from live_city import LiveCity, expect
from playwright.sync_api import sync_playwright

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
"""linux/sockios.h, linux/if.h."""
OUTSIDE = ("192.0.2.1", 443)
"""TEST-NET-1 (RFC 5737): nobody's address."""
VIEWS = {
    "": ("कानपुर", "tile-delay"),
    "junction/tatmill": ("टाटमिल चौराहा", "why"),
    "alarms": ("चेतावनियाँ", "alarms"),
    "compare": ("तुलना", "compare"),
    "report": ("कानपुर: यातायात सिग्नल, दैनिक रिपोर्ट", "report"),
    "engineer": ("अभियंता", "engineer"),
    "engineer?part=learning": ("अभियंता", "learning"),
    "engineer?part=waves": ("अभियंता", "waves"),
    "engineer?part=cameras": ("अभियंता", "lane-drawing"),
    "rehearsal": ("पूर्वाभ्यास", "rehearsal"),
}
"""By address, the title and what else shows that it is there. The audit shows nothing of its own that is loaded; it is
left out to save time."""


def raise_loopback() -> None:
    """A new namespace's loopback is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def reach_outside() -> str:
    try:
        socket.create_connection(OUTSIDE, timeout=2).close()
    except OSError as error:
        return str(error)
    return "reached"


def look(url: str) -> dict[str, Any]:
    seen: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(30_000)
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}"))
        page.on(
            "response", lambda answer: wrong.append(f"{answer.url}: {answer.status}") if answer.status >= 400 else None
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(url)
        for view, (title, test_id) in VIEWS.items():
            page.goto(f"{url}/#/{view}")
            page.locator("main h1", has_text=title).wait_for(state="attached")
            page.get_by_test_id(test_id).first.wait_for()
            expect(page.locator(".spinner")).to_have_count(0)
            seen.append(view)
        fonts = page.evaluate(
            "[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)"
        )
        browser.close()
    # A stream that ends with the page is no failure.
    wrong = [line for line in wrong if "/v1/stream" not in line]
    return {"seen": seen, "asked": asked, "wrong": wrong, "fonts": fonts}


def main() -> None:
    raise_loopback()
    outside = reach_outside()
    city = LiveCity(Path(sys.argv[1]))
    city.start()
    try:
        print(json.dumps({"outside": outside, "url": city.url, **look(city.url)}))
    finally:
        city.close()


if __name__ == "__main__":
    main()
