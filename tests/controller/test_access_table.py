"""Every route has a line in the table of what it requires, and every line has a route."""

from __future__ import annotations

from pathlib import Path

import pytest
from controller_parts import make_scenario
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from controller.access.required import PUBLIC, REQUIRED, Required, RequiredTable
from controller.access.roles import DeviceKind, Principal, Role
from controller.app import create_app
from controller.settings import Settings

IMPLIED = {"HEAD"}
PAGE = "GET /{page:path}"


def lines_of(app: FastAPI) -> set[str]:
    """`METHOD path` of every route: FastAPI's, the raw control route, the stream, the page's mount or its stand-in."""
    lines = set()
    for route in iter_route_contexts(app.router.routes):
        if route.path in ("", "/"):
            lines.add(PAGE)
            continue
        assert route.methods, f"{route.path}: a mount or a route of all methods needs lines of its own"
        lines |= {f"{method} {route.path}" for method in route.methods - IMPLIED}
    return lines


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("app")
    return create_app(Settings(data=folder), make_scenario(folder))


def test_every_route_is_declared_and_every_line_has_a_route(app: FastAPI) -> None:
    routes = lines_of(app)
    assert routes - set(REQUIRED) == set(), "a route without a line in controller/access/required.py"
    assert set(REQUIRED) - routes == set(), "a line in controller/access/required.py without a route"


def test_a_new_route_without_a_line_is_found(app: FastAPI, tmp_path: Path) -> None:
    other = create_app(Settings(data=tmp_path), make_scenario(tmp_path))
    other.add_api_route("/v1/secret", lambda: None, methods=["DELETE"])
    assert lines_of(other) - set(REQUIRED) == {"DELETE /v1/secret"}


def test_little_is_public() -> None:
    public = {line for line, required in REQUIRED.items() if required.public}
    assert public == {"GET /healthz", "GET /v1/public", "POST /v1/login", PAGE}


def test_nothing_that_writes_is_for_viewers_but_what_is_their_own() -> None:
    own = {"POST /v1/logout", "POST /v1/me/password"}
    for line, required in REQUIRED.items():
        if not line.startswith("GET ") and not required.public and line not in own:
            assert required.role is None or required.role >= Role.OPERATOR, line


def test_first_fitting_line_is_the_routers_own(app: FastAPI) -> None:
    """A line that an earlier one hides would be judged by the wrong requirement."""
    table = RequiredTable()
    for line, required in REQUIRED.items():
        method, _, path = line.partition(" ")
        found = table.find(method, path.replace("{", "").replace("}", "").replace(":path", ""))
        assert found is not None
        assert found.required is required, line


def test_methods_and_paths_outside_the_table() -> None:
    table = RequiredTable({"GET /v1/a/{junction_id}": PUBLIC, "POST /v1/a/{junction_id}": PUBLIC})
    assert table.find("GET", "/v1/b") is None
    found = table.find("DELETE", "/v1/a/J1")
    assert found is not None
    assert found.required is None
    assert found.methods == ("GET", "POST")
    head = table.find("HEAD", "/v1/a/J1")
    assert head is not None
    assert head.required is PUBLIC
    assert head.parts == {"junction_id": "J1"}


@pytest.mark.parametrize("least", Role)
@pytest.mark.parametrize("role", Role)
def test_roles_are_ordered(least: Role, role: Role) -> None:
    person = Principal(name="x", by="session", role=role)
    assert Required(role=least).permits(person, "J1") is (role >= least)


@pytest.mark.parametrize("kind", [DeviceKind.CAMERA, DeviceKind.CONTROLLER])
def test_a_device_only_for_its_own_junction_and_kind(kind: DeviceKind) -> None:
    box = Principal(name="x", by="key", device=kind, junction_id="J1")
    for allowed in DeviceKind:
        required = Required(role=Role.VIEWER, devices=frozenset({allowed}))
        assert required.permits(box, "J1") is (kind is allowed)
        assert not required.permits(box, "J2")
    assert not Required(role=Role.VIEWER).permits(box, "J1")


def test_a_person_is_no_device() -> None:
    devices = Required(devices=frozenset(DeviceKind))
    assert not devices.permits(Principal(name="x", by="session", role=Role.ADMIN), "J1")
    assert devices.permits(Principal(name="x", by="open", role=Role.ADMIN), "J1")
