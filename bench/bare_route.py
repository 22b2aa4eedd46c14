"""The least that can answer a poll: a Starlette route that reads the report and returns the same bytes each time.

    python -m bench.bare_route PORT ANSWER_FILE

The measure that the service's own poll is held against (`bench.serve_load`), on the same server with the same settings.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def bare_app(answer: bytes) -> Starlette:
    """POST anything to any path."""

    async def poll(request: Request) -> Response:
        await request.body()
        return Response(answer, media_type="application/json", headers={"cache-control": "no-store"})

    return Starlette(routes=[Route("/{path:path}", poll, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(bare_app(Path(sys.argv[2]).read_bytes()), port=int(sys.argv[1]), log_level="warning", access_log=False)
