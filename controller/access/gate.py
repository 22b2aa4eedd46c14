"""The gate: who asks, whether they may, how often, and how much they may send. Everything passes it before routing."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.access.rates import Rate
from controller.access.register import Register
from controller.access.required import REQUIRED, Required, RequiredTable
from controller.access.roles import Principal, Role
from controller.problems import problem_response, too_large_problem

COOKIE = "chauraha_session"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SAFE_METHODS = frozenset({"GET", "HEAD"})
DEVICE_RATE, PERSON_RATE, ANYONE_RATE = 20, 100, 200
"""Requests a second: of one device's key, one user, one address that is not signed in (the page's files included)."""
DRIVEN_DEVICE_RATE = 10_000
"""Where the service's clock is driven, a box polls as often as simulated seconds pass."""
PERSON_LIMIT_BYTES, ANYONE_LIMIT_BYTES = 65_536, 4_096
"""Bodies; a device's limit is the service's setting."""
OPEN = Principal(name="open access", by="open", role=Role.ADMIN)
_PRINCIPAL = "chauraha.principal"
_SCHEME = b"bearer "


def principal_of(scope: Scope) -> Principal | None:
    """Whom the gate let in with this request; None on a public route."""
    principal: Principal | None = scope.get(_PRINCIPAL)
    return principal


def session_token(scope: Scope) -> str | None:
    """The session cookie's value."""
    cookies = _header(scope, b"cookie")
    return cookie_parser(cookies.decode("latin-1")).get(COOKIE) if cookies is not None else None


def address_of(scope: Scope) -> str:
    """The address that the request came from."""
    client = scope.get("client")
    return str(client[0]) if client is not None else ""


class Gate:
    """Judges requests. `is_open`: a caller from loopback who brings no credentials may do everything."""

    def __init__(
        self,
        register: Callable[[], Register],
        *,
        is_open: bool,
        body_limit_bytes: int,
        device_rate: int = DEVICE_RATE,
    ) -> None:
        self._register = register
        self._is_open = is_open
        self._device_limit_bytes = body_limit_bytes
        self._table = RequiredTable()
        self._rates = {"device": Rate(device_rate), "person": Rate(PERSON_RATE), "anyone": Rate(ANYONE_RATE)}

    def admit(self, scope: Scope, required: Required, junction_id: str | None) -> Principal | Response | None:
        """The principal that may ask this (None: anyone on a public route), or the problem document that says no."""
        principal = None if required.public else self._who(scope)
        if isinstance(principal, Response):
            return principal
        if not self._may_ask_now(principal, scope):
            return _too_many()
        if principal is None:
            return None if required.public else _unknown("sign in at /v1/login, or send a device's key as Bearer")
        if not required.permits(principal, junction_id):
            return problem_response(403, f"{_described(principal)} may not; this is for {required.words}")
        if principal.by != "key" and scope["method"] not in SAFE_METHODS and not _same_origin(scope, principal):
            return problem_response(403, "a request from another site: Origin is not this service's own address")
        return principal

    def admits_device(self, authorization: bytes, required: Required, junction_id: str) -> bool:
        """Whether this header is a device's that may ask this now, which counts as asked. If not, `admit` says why."""
        device = self._device(authorization)
        if device is None or not required.permits(device, junction_id):
            return False
        return self._rates["device"].allows(device.name)

    def body_limit_bytes(self, required: Required, principal: Principal | None) -> int:
        """The longest body that this principal may send there."""
        if principal is None:
            limit = ANYONE_LIMIT_BYTES
        else:
            limit = PERSON_LIMIT_BYTES if principal.by == "session" else self._device_limit_bytes
        return max(limit, required.body_limit_bytes or 0)

    def find(self, scope: Scope) -> tuple[Required, str | None] | Response:
        """What the request's route requires and the junction in its path; 404 or 405 where there is none."""
        found = self._table.find(scope["method"], scope["path"])
        if found is None:
            return problem_response(404, "there is nothing here")
        if found.required is None:
            return problem_response(405, f"not with {scope['method']}", headers={"Allow": ", ".join(found.methods)})
        return found.required, found.parts.get("junction_id")

    def _who(self, scope: Scope) -> Principal | Response | None:
        key = _header(scope, b"authorization")
        if key is not None:
            device = self._device(key)
            if device is None and not self._rates["anyone"].allows(address_of(scope)):
                return _too_many()
            return device or _unknown("no device has this key, or it has been revoked")
        token = session_token(scope)
        person = self._register().session(token) if token is not None else None
        if person is None and self._is_open and _from_loopback(scope):
            return OPEN
        return person

    def _device(self, authorization: bytes) -> Principal | None:
        is_key = authorization[: len(_SCHEME)].lower() == _SCHEME
        return self._register().device(authorization[len(_SCHEME) :].strip()) if is_key else None

    def _may_ask_now(self, principal: Principal | None, scope: Scope) -> bool:
        if principal is None:
            return self._rates["anyone"].allows(address_of(scope))
        if principal.is_open:
            return True
        return self._rates["device" if principal.device is not None else "person"].allows(principal.name)


class GateMiddleware:
    """ASGI middleware: asks the gate, and lets no longer body through than its sender may send."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # there are none
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found = self._gate.find(scope)
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        required, junction_id = found
        principal = self._gate.admit(scope, required, junction_id)
        if isinstance(principal, Response):
            await principal(scope, receive, send)
            return
        scope[_PRINCIPAL] = principal
        if scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        limit_bytes = self._gate.body_limit_bytes(required, principal)
        length = (_header(scope, b"content-length") or b"0").decode("latin-1")
        if not length.isdigit() or int(length) > limit_bytes:
            await too_large_problem(limit_bytes, length)(scope, receive, send)
            return
        await self._app(scope, _limited(receive, limit_bytes), send)


def _limited(receive: Receive, limit_bytes: int) -> Receive:
    read_bytes = 0

    async def limited() -> Message:
        nonlocal read_bytes
        message = await receive()
        read_bytes += len(message.get("body", b""))
        if read_bytes > limit_bytes:
            raise HTTPException(413, f"the body is longer than {limit_bytes} bytes")
        return message

    return limited


def _header(scope: Scope, name: bytes) -> bytes | None:
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


def _from_loopback(scope: Scope) -> bool:
    """By address and by name: a page of another site whose name was made to point at loopback has that name."""
    host = (_header(scope, b"host") or b"").decode("latin-1")
    return address_of(scope) in LOOPBACK and urlsplit(f"//{host}").hostname in LOOPBACK


def _same_origin(scope: Scope, principal: Principal) -> bool:
    """A browser names the page's origin with every write. One from elsewhere has another; open access needs none."""
    origin = _header(scope, b"origin")
    if origin is None:
        return principal.is_open
    return urlsplit(origin.decode("latin-1")).netloc == (_header(scope, b"host") or b"").decode("latin-1")


def _described(principal: Principal) -> str:
    if principal.device is not None:
        return f"the key of {principal.junction_id or 'the city'}'s {principal.device}"
    return f"{principal.name} ({principal.role.word if principal.role is not None else 'no role'})"


def _too_many() -> Response:
    return problem_response(429, "too many requests", headers={"Retry-After": "1"})


def _unknown(detail: str) -> Response:
    return problem_response(401, detail, headers={"WWW-Authenticate": 'Bearer realm="chauraha"'})


CONTROL_REQUIRED = {
    method: REQUIRED[f"{'GET' if method == 'HEAD' else method} /v1/junctions/{{junction_id}}/control"]
    for method in ("GET", "HEAD", "POST")
}
"""What the control document's route requires, by method."""
