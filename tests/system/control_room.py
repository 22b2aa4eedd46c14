"""An operator at the page, who opens and closes a green corridor; the street is simulated in the same event loop."""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import Any, Self

from conftest import BROWSER_FLAGS


class ControlRoom:
    """Chromium on the service's page, in English."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.complaints: list[str] = []

    async def __aenter__(self) -> Self:
        from playwright.async_api import async_playwright

        self._driver = await async_playwright().start()
        chromium = shutil.which("chromium")
        self._browser = await self._driver.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
        self._page: Any = await self._browser.new_page()
        self._page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await self._page.add_init_script("localStorage.setItem('chauraha.lang', 'en')")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._browser.close()
        await self._driver.stop()

    async def open_corridor(self, junction_id: str, to: str, reason: str) -> None:
        """From the junction to the one of that name, the vehicle there in three minutes at 50 km/h: what is offered."""
        await self._page.goto(f"{self._url}/#/junction/{junction_id}")
        card = self._page.get_by_test_id("corridor")
        await card.get_by_role("combobox", name="As far as").select_option(label=to)
        await card.get_by_label("Reason").fill(reason)
        async with self._page.expect_response("**/v1/corridors") as answer:
            await card.get_by_role("button", name="Open the corridor").click()
        assert (await answer.value).status == 200

    async def sees_countdown(self, words: str) -> None:
        """Until the card says that of the corridor that leads through its junction; the street waits meanwhile."""
        from playwright.async_api import expect

        await expect(self._page.get_by_test_id("corridor-left")).to_contain_text(words, timeout=20_000)

    async def close_corridor(self, junction_id: str) -> None:
        """By the button of the last junction's card."""
        await self._page.goto(f"{self._url}/#/junction/{junction_id}")
        card = self._page.get_by_test_id("corridor")
        await card.get_by_role("button", name="Close the corridor").click()
        async with self._page.expect_response("**/v1/corridors/*") as answer:
            await self._page.keyboard.press("Enter")
        assert (await answer.value).status == 200

    async def audit(self) -> list[str]:
        """The rows about corridors, the last first, as the view shows them."""
        await self._page.goto(f"{self._url}/#/audit?action=corridor")
        rows = self._page.locator("tr[data-act]")
        await rows.nth(1).wait_for(timeout=20_000)
        return [str(text) for text in await rows.all_inner_texts()]
