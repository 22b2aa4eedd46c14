"""In every body that the service takes, numbers are numbers and yes or no is yes or no: no text, nor each other."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import controller
from controller.schemas import Body

for _module in pkgutil.iter_modules(controller.__path__, "controller."):
    importlib.import_module(_module.name)


def bodies(base: type[Body]) -> Iterator[type[Body]]:
    for body in base.__subclasses__():
        yield body
        yield from bodies(body)


def lenient_parts(schema: Any) -> Iterator[str]:
    """Types in a pydantic schema that take "1" for 1, or 0 for false."""
    if isinstance(schema, dict):
        if schema.get("type") in ("int", "float", "bool") and not schema.get("strict", False):
            yield str(schema["type"])
        for name, part in schema.items():
            if name not in ("serialization", "metadata", "config"):
                yield from lenient_parts(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from lenient_parts(part)


TAKEN = sorted({body for body in bodies(Body) if not body.__name__.endswith("Answer")}, key=lambda body: body.__name__)


@pytest.mark.parametrize("body", TAKEN)
def test_numbers_in_a_body_are_numbers(body: type[Body]) -> None:
    fields = body.__pydantic_core_schema__
    assert list(lenient_parts(fields)) == []
