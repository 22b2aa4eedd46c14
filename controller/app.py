"""The HTTP application of the timing service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from controller.access.gate import GateMiddleware
from controller.headers import StrictHeaders
from controller.metrics import CountAnswers
from controller.openapi import describe
from controller.pages import Page, default_folder, no_page
from controller.policy_runtime import LoadedPolicy
from controller.polls import ControlEndpoint, control_route, is_poll, poll_endpoint
from controller.problem_handlers import add_problem_handlers
from controller.routes import (
    admin,
    alarms,
    cameras,
    city,
    corridors,
    crossings,
    green_waves,
    junctions,
    kpi,
    policies,
    rehearsals,
    runs,
    sign_in,
)
from controller.service import Service
from controller.settings import Settings
from scenarios.model import Scenario


class _Application(FastAPI):
    """A poll, which asks the gate itself, passes no middleware and no routing: FastAPI's own part of a request costs
    more than all that a poll is."""

    control: ControlEndpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_poll(scope):
            await self.control(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, scenario: Scenario, policy: LoadedPolicy | None = None) -> FastAPI:
    """The application of a service of its own. `policy` overrides the one that the settings name."""
    return app_of(poll_endpoint(Service(settings, scenario, policy)))


def app_of(control: ControlEndpoint) -> FastAPI:
    """The application around that endpoint; the service starts and stops with the application's lifespan."""
    service, gate, settings = control.service, control.gate, control.service.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    app = _Application(
        title="Chauraha timing service", version=_version(), lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.service = service
    app.control = control
    # The last one added comes first.
    app.add_middleware(GateMiddleware, gate=gate)
    app.add_middleware(StrictHeaders)
    app.add_middleware(CountAnswers, metrics=service.metrics)
    add_problem_handlers(app)
    app.router.routes.append(control_route(control))
    app.include_router(city.router)
    app.include_router(junctions.router)
    app.include_router(cameras.router)
    app.include_router(alarms.router)
    app.include_router(corridors.router)
    app.include_router(crossings.router)
    app.include_router(kpi.router)
    app.include_router(green_waves.router)
    app.include_router(policies.router)
    app.include_router(runs.router)
    app.include_router(rehearsals.router)
    app.include_router(sign_in.router)
    app.include_router(admin.router)
    describe(app)
    folder = settings.page or default_folder()
    if (folder / "index.html").is_file():
        # Only the page is compressed: answers are small, and the stream must not be held back.
        app.mount("/", GZipMiddleware(Page(directory=folder, html=True), minimum_size=1024), name="page")
    else:
        app.router.routes.append(Route("/", no_page))
    return app


def _version() -> str:
    try:
        return version("chauraha")
    except PackageNotFoundError:
        return "0"
