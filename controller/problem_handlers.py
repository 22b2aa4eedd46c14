"""Whatever is raised behind a route is answered with a problem document."""

from __future__ import annotations

import logging

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from controller.problems import BUG, input_problem, problem_response, validation_problem
from junction.errors import InputError

_log = logging.getLogger(__name__)


def add_problem_handlers(app: FastAPI) -> None:
    """Makes every error of this application a problem document."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(ValidationError, _on_validation)
    app.add_exception_handler(InputError, _on_input)
    app.add_exception_handler(SQLAlchemyError, _on_store)
    app.add_exception_handler(Exception, _on_bug)


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    return problem_response(error.status_code, error.detail, headers=headers)


async def _on_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | ValidationError)
    return validation_problem(error.errors())


async def _on_input(_: Request, error: Exception) -> Response:
    assert isinstance(error, InputError)
    return input_problem(error)


async def _on_store(request: Request, error: Exception) -> Response:
    request.app.state.service.store.trouble.failed(error)
    return problem_response(503, "the store does not work now; nothing was kept, try again")


async def _on_bug(_: Request, error: Exception) -> Response:
    _log.error("unexpected error", exc_info=error)
    return problem_response(500, BUG)
