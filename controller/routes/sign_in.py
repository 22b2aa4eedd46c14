"""Signing in and out, and who one is."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from controller.access.bodies import DoneAnswer, LoginBody, MeAnswer, PasswordBody
from controller.access.gate import COOKIE, LOOPBACK, address_of, session_token
from controller.access.roles import Principal
from controller.access.secrets import hash_password, new_token, nobodys_hash, password_holds
from controller.routes import Caller, TheService, json_response
from controller.service import Service
from junction.errors import InputError

SESSION_S = 12 * 3600
"""A long shift. After it one signs in again."""

router = APIRouter(prefix="/v1", tags=["people"])


@router.post("/login", responses={200: {"model": MeAnswer}, 401: {}, 403: {}})
async def post_login(request: Request, service: TheService, body: LoginBody) -> Response:
    """Signs a person in: sets the session's cookie, which no script can read and no other site can send."""
    address = address_of(request.scope)
    if request.url.scheme != "https" and address not in LOOPBACK:
        raise HTTPException(403, "passwords are taken over HTTPS only: put a TLS proxy before the service")
    if not service.logins.allows(body.name, address):
        raise HTTPException(429, "too many tries; wait a minute", headers={"Retry-After": "60"})
    if not await _password_holds(service, body.name, body.password):
        await service.register.records.note(body.name, "login.refused", body.name, {"address": address})
        raise HTTPException(401, "no such name and password", headers={"WWW-Authenticate": 'Bearer realm="chauraha"'})
    token = new_token()
    await service.register.records.add_session(token, body.name, time.time() + SESSION_S, address)
    await service.register.reload()
    principal = service.register.session(token)
    if principal is None:  # removed while the password was checked
        raise HTTPException(401, "no such name and password")
    answer = json_response(_me(service, principal))
    answer.set_cookie(
        COOKIE,
        token,
        max_age=SESSION_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout", responses={200: {"model": DoneAnswer}})
async def post_logout(request: Request, service: TheService, caller: Caller) -> Response:
    """Ends this session."""
    token = session_token(request.scope)
    if token is not None and caller.by == "session":
        await service.register.records.remove_session(token, caller.name)
        await service.register.reload()
    answer = json_response({"done": True})
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.get("/me", responses={200: {"model": MeAnswer}})
async def get_me(service: TheService, caller: Caller) -> Response:
    """Who the service takes the caller for, and whether it is open."""
    return json_response(_me(service, caller))


@router.post("/me/password", responses={200: {"model": DoneAnswer}})
async def post_password(service: TheService, caller: Caller, body: PasswordBody) -> Response:
    """Changes one's own password, and signs out everywhere."""
    if caller.by != "session":
        raise InputError("caller", expected="a person who is signed in", got=caller.name)
    if not service.logins.allows(caller.name, "signed in"):
        raise HTTPException(429, "too many tries; wait a minute", headers={"Retry-After": "60"})
    if not await _password_holds(service, caller.name, body.old):
        raise InputError("old", expected="the password until now", got="another")
    async with service.hashing:
        password_hash = await asyncio.to_thread(hash_password, body.new)
    await service.register.records.change_user(caller.name, caller.name, password_hash=password_hash)
    await service.register.reload()
    return json_response({"done": True})


async def _password_holds(service: Service, name: str, password: str) -> bool:
    """Hashes in a thread, one at a time: a hash takes 64 MiB and tens of milliseconds that polls must not wait for."""
    user = service.register.user(name)
    async with service.hashing:
        nobodys = await asyncio.to_thread(nobodys_hash)
        holds = await asyncio.to_thread(password_holds, user.password_hash if user else nobodys, password)
    return holds and user is not None


def _me(service: Service, principal: Principal) -> dict[str, object]:
    return {
        "name": principal.name,
        "by": principal.by,
        "role": principal.role.word if principal.role is not None else None,
        "device": principal.device,
        "junction_id": principal.junction_id,
        "access": service.settings.access,
        "banner": "open_access" if principal.is_open else None,
    }
