"""Runs the service as a process: socket, event loop, graceful end.

Controllers go before everyone else: polls are answered as soon as the first documents are signed, and FastAPI with all
other routes is loaded while they are.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from controller.access.gate import LOOPBACK
from controller.access.register import FIRST_ADMIN
from controller.log_lines import set_up_logging
from controller.poll_protocol import PollProtocol
from controller.polls import ControlEndpoint, is_poll, poll_endpoint
from controller.service import Service
from controller.settings import AccessKind, Settings
from junction.errors import InputError
from scenarios.model import Scenario

HEAD_START_S = 1.0
"""So long after a start there is nothing but polls: a controller asks once a second."""
GRACE_S = 2
BACKLOG = 2048
GC_THRESHOLDS = (50_000, 20, 20)

_log = logging.getLogger(__name__)


def run_service(settings: Settings, scenario: Scenario) -> None:
    """Serves until interrupted. Raises InputError for an address that cannot be had or a folder that is in use."""
    set_up_logging(settings.log_format)
    if settings.access is AccessKind.OPEN and settings.host not in LOOPBACK:
        raise InputError(
            "--open",
            expected=f"--host on this machine only: {', '.join(sorted(LOOPBACK))}",
            got=settings.host,
            hint="leave --open out, and make users and keys with chauraha admin",
        )
    bound = _bind(settings.host, settings.port)
    host, port = bound.getsockname()[:2]
    if settings.access is AccessKind.OPEN:
        _log.warning("OPEN ACCESS: whoever calls from this machine may do everything without signing in")
    elif settings.host not in LOOPBACK:
        _log.warning("%s speaks plain HTTP: put a TLS proxy before it; passwords are refused without", settings.host)
    gc.freeze()
    app = PollsFirst(control := poll_endpoint(Service(settings, scenario)))
    config = uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", partial(PollProtocol, control)),  # uvicorn calls it, no more
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )
    _log.info("%s: %d junctions at http://%s:%d", scenario.name, len(scenario.sites), host, port)
    with bound, asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(_Server(config, control.service), app, bound))


class _Server(uvicorn.Server):
    """uvicorn raises the signal once more after serving, which would end the process before the store is closed, and
    waits for streams that never end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service

    def loaded(self, loading: asyncio.Task[ASGIApp]) -> None:
        """Everything is there; without it the process ends, with why."""
        if loading.cancelled() or loading.exception() is not None:
            self.should_exit = True
            return
        # What was loaded stays: a collection that walks it all again would hold every poll up. What comes after is
        # freed by its reference count nearly always, so the walks for what is not may be rare.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.service.stream.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class PollsFirst:
    """ASGI application: polls at once, everything else when it is loaded. `load` before use."""

    def __init__(self, control: ControlEndpoint) -> None:
        self._control = control
        self._rest: asyncio.Task[ASGIApp] | None = None

    def load(self) -> asyncio.Task[ASGIApp]:
        """Begins to load everything else, once every controller has had its turn."""
        self._rest = asyncio.create_task(self._load(), name="routes")
        return self._rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_poll(scope):
            await self._control(scope, receive, send)
            return
        assert self._rest is not None
        app = await asyncio.shield(self._rest)  # one that hangs up must not end it for the others
        await app(scope, receive, send)

    async def _load(self) -> ASGIApp:
        await asyncio.sleep(HEAD_START_S)
        return await asyncio.to_thread(_load_rest, self._control)


def _load_rest(control: ControlEndpoint) -> ASGIApp:
    from controller.app import app_of

    return app_of(control)


async def _serve(server: _Server, app: PollsFirst, bound: socket.socket) -> None:
    """The service is started here rather than by uvicorn's lifespan, so that a bad folder is one line of error."""
    service = server.service
    await service.start()
    try:
        if service.settings.access is AccessKind.CLOSED:
            _tell(await service.register.make_first_admin())
        loading = app.load()
        loading.add_done_callback(server.loaded)
        await server.serve(sockets=[bound])
        await loading
    finally:
        await service.stop()


def _tell(password: str | None) -> None:
    """The first admin's password, on the terminal and nowhere else: it is not logged and not kept."""
    if password is not None:
        print(f"\n  user: {FIRST_ADMIN}\n  password: {password}\n  Write it down; it is not shown again.\n", flush=True)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as wrong:
        raise InputError(
            "host and port", expected="an address of this machine that is free", got=f"{host}:{port}", hint=str(wrong)
        ) from None
    return bound
