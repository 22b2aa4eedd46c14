"""Runs the service as a process: socket, event loop, graceful end."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from controller.access.gate import LOOPBACK
from controller.access.register import FIRST_ADMIN
from controller.app import create_app
from controller.log_lines import set_up_logging
from controller.service import Service
from controller.settings import AccessKind, Settings
from junction.errors import InputError
from scenarios.model import Scenario

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
    app = create_app(settings, scenario)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )
    _log.info("%s: %d junctions at http://%s:%d", scenario.name, len(scenario.sites), host, port)
    with bound, asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(app, _Server(config, app.state.service), bound))


class _Server(uvicorn.Server):
    """uvicorn raises the signal once more after serving, which would end the process before the store is closed, and
    waits for streams that never end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._service.stream.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def _serve(app: FastAPI, server: uvicorn.Server, bound: socket.socket) -> None:
    """The service is started here rather than by uvicorn's lifespan, so that a bad folder is one line of error."""
    service: Service = app.state.service
    await service.start()
    # What was loaded stays: a collection that walks it all again would hold every poll up. What comes after is freed by
    # its reference count nearly always, so the walks for what is not may be rare.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        if service.settings.access is AccessKind.CLOSED:
            _tell(await service.register.make_first_admin())
        await server.serve(sockets=[bound])
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
