"""Every error answer of the service: an RFC 9457 problem document naming the field, what was expected and what came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from junction.errors import InputError

MEDIA_TYPE = "application/problem+json"
MAX_SHOWN_ERRORS = 20
BUG = "an error of the service; it is in the service's log"


def problem_response(
    status: int, detail: str, errors: Iterable[dict[str, str]] = (), headers: dict[str, str] | None = None
) -> Response:
    """A problem document; `errors` are objects with `field`, `expected` and `got`."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": list(errors),
    }
    return Response(orjson.dumps(document), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def input_problem(error: InputError) -> Response:
    """422 for an input that is not what was expected."""
    return problem_response(422, str(error), [_field_error(error.field, error.expected, error.got)])


def validation_problem(errors: Sequence[Any]) -> Response:
    """422 for pydantic's error list; 400 when the body is no JSON at all."""
    if any(error["type"] == "json_invalid" or isinstance(error.get("input"), bytes) for error in errors):
        detail = "the body is not JSON, or not sent with Content-Type: application/json"
        return problem_response(400, detail, [_field_error("body", "JSON", errors[0].get("input"))])
    shown = [
        _field_error(_dotted(error["loc"]), error["msg"], None if error["type"] == "missing" else error.get("input"))
        for error in errors[:MAX_SHOWN_ERRORS]
    ]
    first = shown[0]
    detail = f"{first['field']}: expected {first['expected']}, got {first['got']}"
    return problem_response(422, detail, shown)


class BodyTooLargeError(Exception):
    """A body that is longer than the service reads."""


def too_large_problem(limit_bytes: int, got: object = "more") -> Response:
    """413 for a body over the limit."""
    detail = f"the body is longer than {limit_bytes} bytes"
    return problem_response(413, detail, [_field_error("body", f"at most {limit_bytes} bytes", got)])


def _field_error(field: str, expected: str, got: object) -> dict[str, str]:
    shown = repr(got)
    return {"field": field, "expected": expected, "got": shown if len(shown) <= 120 else shown[:117] + "..."}


def _dotted(location: Sequence[object]) -> str:
    parts = [str(part) for part in location]
    return ".".join(parts[1:] if parts[:1] in (["body"], ["query"], ["path"]) and len(parts) > 1 else parts) or "body"
