"""The control document: polled by every field controller every second, so nothing stands in its way.

A plain ASGI endpoint: the document was signed and encoded by the decide loop, a request only looks it up. A POST
carries the controller's report and is answered the same.
"""

from __future__ import annotations

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from controller.problems import input_problem, problem_response, validation_problem
from controller.schemas import StatusBody
from controller.service import Service
from junction.errors import InputError

PATH = "/v1/junctions/{junction_id}/control"
HEADERS = {"Cache-Control": "no-store"}


class ControlEndpoint:
    """GET or POST `/v1/junctions/{id}/control`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        service: Service = scope["app"].state.service
        junction_id = scope["path_params"]["junction_id"]
        state = service.states.get(junction_id)
        if state is None:
            return problem_response(404, f"no junction {junction_id!r} in this city")
        if scope["method"] == "POST":
            refused = read_report(service, junction_id, await Request(scope, receive).body())
            if refused is not None:
                return refused
        return Response(state.control, media_type="application/json", headers=HEADERS)


def read_report(service: Service, junction_id: str, body: bytes) -> Response | None:
    """Takes a report's body; a problem document when it is none."""
    try:
        document = orjson.loads(body)
        StatusBody.model_validate(document)
        service.take_report(junction_id, document)
    except orjson.JSONDecodeError as wrong:
        return problem_response(400, f"the body is not JSON: {wrong}")
    except ValidationError as wrong:
        return validation_problem(wrong.errors())
    except InputError as wrong:
        return input_problem(wrong)
    return None


def control_route() -> Route:
    return Route(PATH, ControlEndpoint(), methods=["GET", "POST"])
