"""Pages on the service's stream, hundreds in one process: every event of each is read, numbered and dated.

All viewers are sent the same compressed blocks (`controller/state_stream.py`), so a block is unpacked once, for the
first who gets it; of the others it is known by its bytes.
"""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from dataclasses import dataclass, field
from typing import cast

import numpy as np

REQUEST = b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n"
KNOWN_BLOCKS = 64
_EVENT = re.compile(rb'id: \w+-(\d+)\r\nevent: (state|change)\r\ndata: \{"schema":"[^"]+","at":([0-9.]+),')


@dataclass(kw_only=True)
class Watched:
    """What all viewers together have got while it was counted."""

    events: int = 0
    missed: int = 0
    read_bytes: int = 0
    ages_s: list[float] = field(default_factory=list)

    def age_s(self, percentile: float) -> float:
        """Of the events as they came; 0 where none came."""
        return float(np.percentile(self.ages_s, percentile)) if self.ages_s else 0.0


class Viewers:
    """They watch until `stop`; what they get counts from `count` on."""

    def __init__(self) -> None:
        self._watched = Watched()
        self._counting = False
        self._transports: list[asyncio.Transport] = []
        self._blocks: dict[bytes, tuple[int, float]] = {}

    def join(self, transport: asyncio.Transport) -> None:
        self._transports.append(transport)

    def count(self) -> None:
        self._counting = True

    def stop(self) -> Watched:
        """Everyone leaves."""
        self._counting = False
        for transport in self._transports:
            transport.abort()
        return self._watched

    def take(self, block: bytes, last: int | None) -> int:
        """One event's block; the event's number. `last` is the number that this viewer had before."""
        known = self._blocks.get(block)
        if known is None:
            if len(self._blocks) >= KNOWN_BLOCKS:
                self._blocks.clear()
            known = self._blocks[block] = _read(block)
        number, at = known
        if self._counting:
            self._watched.events += 1
            self._watched.missed += 0 if last is None else abs(number - last - 1)
            self._watched.read_bytes += len(block)
            self._watched.ages_s.append(time.time() - at)
        return number


def _read(block: bytes) -> tuple[int, float]:
    """The event's number and the moment that it tells of, from a deflate block that stands by itself."""
    text = zlib.decompressobj(-zlib.MAX_WBITS).decompress(block)
    found = _EVENT.match(text)
    if found is None:
        raise ValueError(f"no event of the stream: {text[:120]!r}")
    return int(found[1]), float(found[3])


class _Viewer(asyncio.Protocol):
    """One page: takes the chunked answer apart."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers = viewers
        self._unread = b""
        self._headed = False
        self._last: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        own = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._viewers.join(own)
        own.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        unread = self._unread + data
        if not self._headed:
            head, end, unread = unread.partition(b"\r\n\r\n")
            if not end:
                self._unread = head
                return
            if not head.startswith(b"HTTP/1.1 200"):
                raise ValueError(f"no stream: {head[:120]!r}")
            self._headed = True
        while (at := unread.find(b"\r\n")) >= 0:
            end_at = at + 2 + int(unread[:at], 16)
            if len(unread) < end_at + 2:
                break
            block, unread = unread[at + 2 : end_at], unread[end_at + 2 :]
            if not block.startswith(b"\x1f\x8b"):  # the gzip stream's own header
                self._last = self._viewers.take(block, self._last)
        self._unread = unread


async def watch(host: str, port: int, number: int) -> Viewers:
    """So many viewers, connected."""
    viewers = Viewers()
    for _ in range(number):
        await asyncio.get_running_loop().create_connection(lambda: _Viewer(viewers), host, port)
    return viewers
