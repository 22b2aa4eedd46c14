"""uvicorn's connection, with the one request that a thousand controllers send every second answered as it is parsed.

A poll with its junction's key, a report that can be taken and nothing unusual about it needs no task, no ASGI messages
and no second write. Whatever is not like that goes the way of every other request (`controller.polls.ControlEndpoint`),
which says what is wrong with it: so here nothing is refused, and both ways give the same bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from controller.access.gate import CONTROL_REQUIRED
from controller.polls import HEADERS_200, PREFIX, SUFFIX, ControlEndpoint, take_report

_BEGIN, _END = PREFIX.encode(), SUFFIX.encode()
_REQUIRED = CONTROL_REQUIRED["POST"]
_UNUSUAL = frozenset({b"transfer-encoding", b"expect"})


@lru_cache(maxsize=4)
def _head(default: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """The answer's head up to its length; uvicorn's own headers change once a second."""
    lines = [b"%b: %b\r\n" % header for header in (*default, *HEADERS_200)]
    return b"HTTP/1.1 200 OK\r\n" + b"".join(lines) + b"content-length: "


class PollProtocol(HttpToolsProtocol):
    """One connection. `control` is the endpoint that the application's own polls go to."""

    def __init__(self, control: ControlEndpoint, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._control = control
        self._polled: str | None = None
        """The junction of the poll whose body is on its way; None for any other request."""
        self._report = b""

    def on_headers_complete(self) -> None:
        self._polled, self._report = self._plain_poll(), b""
        if self._polled is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._polled is None:
            super().on_body(body)
        else:
            self._report += body

    def on_message_complete(self) -> None:
        junction_id, self._polled = self._polled, None
        if junction_id is None:
            super().on_message_complete()
        elif self._take(junction_id):
            body = self._control.service.states[junction_id].control
            head = _head(tuple(self.server_state.default_headers))
            self.transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            self._control.service.metrics.polled.inc()
            self.on_response_complete()
        else:
            super().on_headers_complete()
            super().on_body(self._report)
            super().on_message_complete()

    def _plain_poll(self) -> str | None:
        """The junction that is polled, where the request is a plain one and its key may ask this now."""
        url = self.url
        if not (url.endswith(_END) and url.startswith(_BEGIN) and self.parser.get_method() == b"POST"):
            return None
        if self.parser.should_upgrade() or not self.parser.should_keep_alive() or self._is_busy:
            return None
        key, length = b"", b""
        for name, value in self.headers:
            if name == b"authorization":
                key = key or value
            elif name == b"content-length":
                length = value
            elif name in _UNUSUAL:
                return None
        if not length.isdigit() or int(length) > self._control.limit_bytes:
            return None
        # A name with % in it is no junction's id; it is decoded on the ordinary way.
        junction_id = url[len(_BEGIN) : -len(_END)].decode("latin-1")
        known = junction_id in self._control.service.states
        return junction_id if known and self._control.gate.admits_device(key, _REQUIRED, junction_id) else None

    @property
    def _is_busy(self) -> bool:
        """Whether an answer before this one is not complete, or the client does not read."""
        return self.flow.write_paused or (self.cycle is not None and not self.cycle.response_complete)

    def _take(self, junction_id: str) -> bool:
        try:
            return take_report(self._control.service, junction_id, self._report) is None
        except Exception:  # a bug: the ordinary way meets it again, logs it and answers 500
            return False
