"""The OpenAPI document: complete, with examples that are true; and what schemathesis makes of the service behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from controller_parts import make_scenario, serving
from fastapi import FastAPI
from jsonschema_rs import validator_for
from recordings import record
from training_run import write_run

from controller.access.required import REQUIRED
from controller.app import create_app
from controller.openapi import SAID, TAGS
from controller.problems import MEDIA_TYPE
from controller.settings import Settings

RUN = "june"
NO_WAVES = "/v1/green-waves/{corridor_id}"
"""The hand-made city's junctions have no roads between them; test_green_waves.py judges the answer's shape."""
NOT_DESCRIBED = {"GET /openapi.json", "GET /{page:path}"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("app")
    app: FastAPI = create_app(Settings(data=folder), make_scenario(folder))
    return app.openapi()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_described(document: dict[str, Any]) -> None:
    assert set(operations(document)) == set(REQUIRED) - NOT_DESCRIBED
    tags = {tag["name"] for tag in TAGS}
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(ids)) == len(ids)
    for line, operation in operations(document).items():
        assert operation["description"].strip(), line
        assert operation["summary"].strip(), line
        assert set(operation["tags"]) <= tags, line
        assert operation["tags"], line


def test_who_may_ask_is_said(document: dict[str, Any]) -> None:
    assert set(document["components"]["securitySchemes"]) == {"session", "device"}
    for line, operation in operations(document).items():
        required = REQUIRED[line]
        assert operation["x-required"] == required.words
        schemes = {name for entry in operation["security"] for name in entry}
        assert ("session" in schemes) is (required.role is not None), line
        assert ("device" in schemes) is bool(required.devices), line


def test_every_error_is_a_problem_and_every_answer_has_a_shape(document: dict[str, Any]) -> None:
    for line, operation in operations(document).items():
        for code, answer in operation["responses"].items():
            if code == "304":
                continue
            kinds = answer["content"]
            if code in SAID:
                assert kinds[MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}, line
                continue
            (shape,) = kinds.values()
            assert shape["schema"], line
        assert "200" in operation["responses"], line


def test_schemas_carry_examples_that_they_hold_for(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for line, operation in operations(document).items():
        bodies = [operation["responses"]["200"]["content"]]
        if "requestBody" in operation:
            bodies.append(operation["requestBody"]["content"])
        for kinds in bodies:
            for shape in kinds.values():
                if "$ref" in shape["schema"]:
                    name = shape["schema"]["$ref"].rsplit("/", 1)[-1]
                    assert schemas[name].get("examples"), (line, name)
    for name, schema in schemas.items():
        judge = validator_for({**schema, "components": document["components"]})
        for example in schema.get("examples", ()):
            assert judge.is_valid(example), (name, [error.message for error in judge.iter_errors(example)])


async def test_real_answers_have_the_shape_that_is_told(tmp_path: Path, document: dict[str, Any]) -> None:
    write_run(tmp_path / "data" / "runs" / RUN)
    record(tmp_path / "data" / "rehearsals" / "one")
    async with serving(tmp_path) as rig:
        await rig.live(3)
        hold = {"kind": "hold", "ttl_s": 60, "reason": "a test"}
        assert (await rig.http.post("/v1/junctions/J1/override", json=hold)).status_code == 200
        for line, operation in operations(document).items():
            method, _, path = line.partition(" ")
            if method != "GET" or path in ("/v1/stream", "/metrics", NO_WAVES) or path.endswith(("/{chunk}", "/still")):
                continue
            real = (
                path.replace("{junction_id}", "J1")
                .replace("{plan_id}", "J1:J1.today")
                .replace("{policy_id}", "started")
                .replace("{run_id}", RUN)
                .replace("{rehearsal_id}", "one")
            )
            answer = await rig.http.get(real)
            (shape,) = operation["responses"]["200"]["content"].values()
            judge = validator_for({**shape["schema"], "components": document["components"]})
            errors = [error.message for error in judge.iter_errors(answer.json())]
            assert not errors, (line, errors)
