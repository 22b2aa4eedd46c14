"""The page: static files from `dashboard/dist`, under a policy that lets the browser ask nobody else for anything."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
"""Inline styles only because MapLibre and ECharts set them; no script, font, image or request from elsewhere."""
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
HINT = "The page is not built here. Build it with: make page\nThe API is at /v1/city and /v1/state.\n"


class Page(StaticFiles):
    """Static files with the page's security headers; hashed assets may be kept, the rest is asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """`/public` is the same page, which shows there what needs no signing in. Its addresses are relative."""
        if scope["path"].endswith("/public/"):
            return RedirectResponse("../public", headers=HEADERS)
        return await super().get_response("index.html" if path == "public" else path, scope)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(HEADERS)
        hashed = "assets" in Path(full_path).parts
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response


def default_folder() -> Path:
    """`dashboard/dist` beside the packages."""
    return Path(__file__).parent.parent / "dashboard" / "dist"


async def no_page(_: object) -> Response:
    """What `/` says when the page was not built."""
    return PlainTextResponse(HINT, headers=HEADERS)
