"""The control document: polled by every field controller every second, so nothing stands in its way.

The decide loop has signed and encoded the document already; a request only looks it up, after the gate
has looked its key up. A POST carries the controller's report and is answered the same. The application hands these
requests over before its middleware and its routing (`controller/app.py`), and a service that has just been started
answers them before it has loaded anything else (`controller/serving.py`): so nothing here imports FastAPI.
"""

from __future__ import annotations

import logging

from pydantic import ValidationError
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from controller.access.gate import CONTROL_REQUIRED, DEVICE_RATE, DRIVEN_DEVICE_RATE, Gate
from controller.headers import HEADERS
from controller.metrics import POLL
from controller.problems import (
    BUG,
    BodyTooLargeError,
    input_problem,
    problem_response,
    too_large_problem,
    validation_problem,
)
from controller.schemas import StatusBody
from controller.service import Service
from controller.settings import AccessKind, ClockKind
from junction.errors import InputError

PREFIX = "/v1/junctions/"
SUFFIX = "/control"
METHODS = ("GET", "POST")
HEADERS_200 = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)

_log = logging.getLogger(__name__)


class ControlEndpoint:
    """GET or POST `/v1/junctions/{id}/control`, as a bare ASGI application. It raises nothing."""

    def __init__(self, service: Service, gate: Gate) -> None:
        self.service = service
        self.gate = gate
        self.limit_bytes = service.settings.body_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        junction_id = scope["path"][len(PREFIX) : -len(SUFFIX)]
        try:
            problem = await self._take(junction_id, scope, receive)
        except Exception:  # a bug here must cost one poll, not the connection
            _log.exception("a poll of %r failed", junction_id)
            problem = problem_response(500, BUG)
        if problem is not None:
            self.service.metrics.requests.labels(POLL, str(problem.status_code)).inc()
            for name, value in HEADERS.items():
                problem.headers.setdefault(name, value)
            await problem(scope, receive, send)
            return
        body = self.service.states[junction_id].control
        headers = [*HEADERS_200, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self.service.metrics.polled.inc()

    async def _take(self, junction_id: str, scope: Scope, receive: Receive) -> Response | None:
        """Lets the request in and takes its report; what is wrong with it, or None."""
        principal = self.gate.admit(scope, CONTROL_REQUIRED[scope["method"]], junction_id)
        if isinstance(principal, Response):
            return principal
        if junction_id not in self.service.states:
            return problem_response(404, f"no junction {junction_id!r} in this city")
        return await self._read(junction_id, receive) if scope["method"] == "POST" else None

    async def _read(self, junction_id: str, receive: Receive) -> Response | None:
        try:
            body = await read_body(receive, self.limit_bytes)
        except BodyTooLargeError:
            return too_large_problem(self.limit_bytes)
        return take_report(self.service, junction_id, body)


def poll_endpoint(service: Service) -> ControlEndpoint:
    """The endpoint of a service, with the gate before it."""
    settings = service.settings
    gate = Gate(
        lambda: service.register,
        is_open=settings.access is AccessKind.OPEN,
        body_limit_bytes=settings.body_limit_bytes,
        device_rate=DEVICE_RATE if settings.clock is ClockKind.SYSTEM else DRIVEN_DEVICE_RATE,
    )
    return ControlEndpoint(service, gate)


def is_poll(scope: Scope) -> bool:
    """Whether a request is one for the endpoint."""
    path = scope.get("path", "")
    return path.endswith(SUFFIX) and path.startswith(PREFIX) and scope["type"] == "http" and scope["method"] in METHODS


async def read_body(receive: Receive, limit_bytes: int) -> bytes:
    """The request's body. Raises BodyTooLargeError as soon as it is longer than that."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False) and len(body) <= limit_bytes:
        message = await receive()
        body += message.get("body", b"")
    if len(body) > limit_bytes:
        raise BodyTooLargeError
    return body


def take_report(service: Service, junction_id: str, body: bytes) -> Response | None:
    """Takes a report's body; a problem document when it is none."""
    try:
        service.take_report(junction_id, StatusBody.model_validate_json(body))
    except ValidationError as wrong:
        return validation_problem(wrong.errors())
    except InputError as wrong:
        return input_problem(wrong)
    return None


def control_route(endpoint: ControlEndpoint) -> Route:
    """The same endpoint in the table of routes, where other methods are answered 405."""
    return Route(PREFIX + "{junction_id}" + SUFFIX, endpoint, methods=METHODS)
