"""How a view looks: in both languages, both widths and both themes; what axe says of it; the pictures are kept."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

from live_city import expect, until

PAGE = Path(__file__).parents[2] / "dashboard"
AXE = PAGE / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = PAGE / "screens"
LOOKS = list(product(("हिन्दी", "English"), ("light", "dark"), (1366, 390)))
"""Language, colours, width."""
MAP_PAINT_MS = 500
"""A map is a canvas: it is painted again some time after the page around it."""


def look_at(page: Any, name: str) -> list[tuple[str, str, str]]:
    """What axe finds serious in the view that is shown; asserts that nothing of it is wider than the screen."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for language, scheme, width in LOOKS:
        page.set_viewport_size({"width": width, "height": 844 if width == 390 else 768})
        page.get_by_role("button", name=language).press("Enter")
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        look = f"{name}-{language}-{scheme}-{width}"
        until(page, f"document.documentElement.scrollWidth <= {width}")
        if page.locator("canvas").count():
            page.wait_for_timeout(MAP_PAINT_MS)
        page.screenshot(path=SCREENS / f"{look}.png")
        judged = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert len(judged["passes"]) > 20
        serious = [one for one in judged["violations"] if one["impact"] in ("serious", "critical")]
        found += [(look, one["id"], node["html"][:120]) for one in serious for node in one["nodes"]]
    return found
