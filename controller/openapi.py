"""The OpenAPI document: what FastAPI knows of the routes, who may ask, every error answer, and the control route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from controller.access.gate import COOKIE
from controller.access.required import REQUIRED, Required
from controller.answers import Answer, Problem
from controller.problems import MEDIA_TYPE
from controller.schemas import Body, ControlBody, StatusBody

CONTROL_PATH = "/v1/junctions/{junction_id}/control"
REF = "#/components/schemas/"
DESCRIPTION = """\
Timing API of Chauraha, version 1 (`/v1`). Fields may be added within a version; nothing is taken away or changes its
meaning. Documents name their own schema (`chauraha.control/1`). Times `…_at` are Unix seconds, lengths `…_s` seconds.

People sign in at `POST /v1/login` and are known by a cookie; their writes must come with this service's own `Origin`.
Cameras and controllers send `Authorization: Bearer` with a key that is good for one junction. `x-required` of each
operation says who may ask. How a controller uses it: docs/timing-api.md.
"""
TAGS = [
    {"name": "control", "description": "What a field controller asks every second, and what it keeps."},
    {"name": "counts", "description": "What cameras send."},
    {"name": "cameras", "description": "Which cameras report; a still, and the camera file of what is drawn on it."},
    {"name": "junctions", "description": "One junction: reports, observation, overrides, history."},
    {"name": "city", "description": "The city as a whole, now."},
    {"name": "alarms", "description": "What is wrong, who saw to it, what was done."},
    {"name": "figures", "description": "Key figures over time."},
    {"name": "policies", "description": "The policies that can run, and which one does."},
    {"name": "rehearsals", "description": "Recorded simulations, to be replayed."},
    {"name": "people", "description": "Signing in and out."},
    {"name": "administration", "description": "Users, device keys, the audit."},
    {"name": "service", "description": "The service itself."},
]
SECURITY_SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by POST /v1/login."},
    "device": {"type": "http", "scheme": "bearer", "description": "The key of a camera or controller."},
}
SAID = {
    "400": "The body is not JSON.",
    "401": "No credentials, or none that are known.",
    "403": "Known, but not allowed.",
    "404": "There is no such thing.",
    "413": "The body is too long.",
    "422": "A field is not what was expected.",
    "429": "Too many requests.",
    "503": "The store or the decide loop does not work now; nothing was kept.",
}


def describe(app: FastAPI) -> None:
    """Makes `app.openapi()` answer with the whole document, worked out once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    own = models_json_schema(
        [(Problem, "serialization"), (ControlBody, "serialization"), (StatusBody, "validation")],
        ref_template=REF + "{model}",
    )[1]["$defs"]
    schemas.update({name: schema for name, schema in own.items() if name not in schemas})
    for model in (*_below(Body), *_below(Answer)):
        extra = model.model_config.get("json_schema_extra")
        if model.__name__ in schemas and isinstance(extra, dict) and "examples" in extra:
            schemas[model.__name__]["examples"] = extra["examples"]  # FastAPI left their nulls out
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    document["paths"][CONTROL_PATH] = _control_operations()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(operation, REQUIRED[f"{method.upper()} {path}"], path)
    return document


def _below(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _below(model)


def _complete(operation: dict[str, Any], required: Required, path: str) -> None:
    """Adds to an operation who may ask and every error answer."""
    operation["x-required"] = required.words
    operation["security"] = []
    if required.role is not None:
        operation["security"].append({"session": []})
    if required.devices:
        operation["security"].append({"device": []})
    codes = {"429", "503"}
    if not required.public:
        codes |= {"401", "403"}
    if "{" in path:
        codes |= {"404", "422"}
    if operation.get("parameters"):
        codes.add("422")
    if "requestBody" in operation:
        codes |= {"400", "413", "422"}
    answers = operation["responses"]
    for code in codes | {code for code in answers if code in SAID}:
        answers[code] = {
            "description": SAID[code],
            "content": {MEDIA_TYPE: {"schema": {"$ref": REF + "Problem"}}},
        }


def _control_operations() -> dict[str, Any]:
    """The control route stands outside FastAPI's routing."""
    answer = {
        "200": {
            "description": "The control document, signed.",
            "content": {"application/json": {"schema": {"$ref": REF + "ControlBody"}}},
        }
    }
    junction = {
        "name": "junction_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "maxLength": 80, "title": "Junction Id"},
    }
    common = {"tags": ["control"], "parameters": [junction]}
    return {
        "get": {
            **common,
            "summary": "Get Control",
            "operationId": "get_control",
            "description": "The control document now. Made every second for every junction, so an answer is a look-up.",
            "responses": dict(answer),
        },
        "post": {
            **common,
            "summary": "Report And Get Control",
            "operationId": "post_control",
            "description": "Sends the controller's report and brings the control document: the poll of every second.",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": REF + "StatusBody"}}},
            },
            "responses": dict(answer),
        },
    }
