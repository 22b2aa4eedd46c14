"""Keep-alive HTTP/1.1 connections that send prepared requests and time the answers.

A general client costs more per request than the service does; here a request is one write and an answer one parse
(httptools, the parser that uvicorn itself uses), so that the server stays what is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import cast

import httptools

OnAnswer = Callable[[int, bytes], None]
"""Called with the status code and the body; status 0 for a connection that broke before it answered."""


def request_bytes(method: str, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """One request as it goes over the wire."""
    every = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": len(body), **(headers or {})}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection(asyncio.Protocol):
    """One connection, one request at a time. `ask` while an answer is due raises RuntimeError."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._on_answer: OnAnswer | None = None
        self._begin_answer()

    @classmethod
    async def open(cls, host: str, port: int) -> Connection:
        """Connects. Raises OSError."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    @property
    def alive(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def busy(self) -> bool:
        return self._on_answer is not None

    def ask(self, request: bytes, on_answer: OnAnswer) -> None:
        """Sends a request; `on_answer` is called when its answer is complete."""
        if self._on_answer is not None:
            raise RuntimeError("the last answer has not come yet")
        if self._transport is None or self._transport.is_closing():
            on_answer(0, b"")
            return
        self._on_answer = on_answer
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._answer(0, b"")

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        status, body = self._parser.get_status_code(), self._body
        self._begin_answer()
        self._answer(status, body)

    def _begin_answer(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""

    def _answer(self, status: int, body: bytes) -> None:
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is not None:
            on_answer(status, body)


async def closed_loop(connections: list[Connection], requests: list[bytes], seconds: float) -> tuple[float, int]:
    """Asks as fast as answers come, on every connection: answers with status 200 a second, and all others."""
    counts = {True: 0, False: 0}
    end_s = time.perf_counter() + seconds
    running = len(connections)
    finished = asyncio.Event()

    def drive(connection: Connection, number: int) -> None:
        def on_answer(status: int, _: bytes) -> None:
            nonlocal number, running
            counts[status == 200] += 1
            if time.perf_counter() < end_s and status:
                number += len(connections)
                connection.ask(requests[number % len(requests)], on_answer)
            else:
                running -= 1
                if running == 0:
                    finished.set()

        connection.ask(requests[number % len(requests)], on_answer)

    begun_s = time.perf_counter()
    for number, connection in enumerate(connections):
        drive(connection, number)
    await finished.wait()
    return counts[True] / (time.perf_counter() - begun_s), counts[False]
