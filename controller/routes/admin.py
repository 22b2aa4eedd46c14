"""Users, device keys and the audit: for admins. What is made here is shown once and not kept."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from controller.access.audit import verify
from controller.access.bodies import (
    AuditAnswer,
    ChainAnswer,
    DoneAnswer,
    KeyMadeAnswer,
    KeysAnswer,
    NewKeyBody,
    NewUserBody,
    RotateBody,
    UserChangeBody,
    UserMadeAnswer,
    UsersAnswer,
)
from controller.access.roles import ROLES
from controller.access.secrets import hash_password, new_password
from controller.routes import Caller, TheService, json_response
from junction.errors import InputError

MAX_ACTS = 200

router = APIRouter(prefix="/v1", tags=["administration"])

UserId = Annotated[str, Path(max_length=40)]
KeyId = Annotated[str, Path(max_length=20)]
Word = Annotated[str, Query(max_length=80)]


@router.get("/users", responses={200: {"model": UsersAnswer}})
async def get_users(service: TheService) -> Response:
    """Every user with its role."""
    users = await service.register.records.users()
    return json_response({"users": [{"name": u.name, "role": u.role.word, "made_at": u.made_at} for u in users]})


@router.post("/users", responses={200: {"model": UserMadeAnswer}})
async def post_user(service: TheService, caller: Caller, body: NewUserBody) -> Response:
    """Makes a user."""
    password = body.password or new_password()
    async with service.hashing:
        password_hash = await asyncio.to_thread(hash_password, password)
    await service.register.records.add_user(body.name, ROLES[body.role], password_hash, caller.name)
    await service.register.reload()
    made = None if body.password else password
    return json_response({"name": body.name, "role": body.role, "password": made})


@router.patch("/users/{name}", responses={200: {"model": UserMadeAnswer}})
async def patch_user(service: TheService, caller: Caller, name: UserId, body: UserChangeBody) -> Response:
    """Changes a user's role, makes a new password, or both; signs the user out. One admin is always left."""
    password = new_password() if body.new_password else None
    password_hash = None
    if password is not None:
        async with service.hashing:
            password_hash = await asyncio.to_thread(hash_password, password)
    role = ROLES[body.role] if body.role is not None else None
    await service.register.records.change_user(name, caller.name, role=role, password_hash=password_hash)
    await service.register.reload()
    user = service.register.user(name)
    if user is None:
        raise InputError("name", expected="a user who is still there", got=name)
    return json_response({"name": name, "role": user.role.word, "password": password})


@router.delete("/users/{name}", responses={200: {"model": DoneAnswer}})
async def delete_user(service: TheService, caller: Caller, name: UserId) -> Response:
    """Removes a user and signs it out. One admin is always left."""
    await service.register.records.remove_user(name, caller.name)
    await service.register.reload()
    return json_response({"done": True})


@router.get("/device-keys", responses={200: {"model": KeysAnswer}})
async def get_device_keys(service: TheService) -> Response:
    """Every key ever made, with whether it is in use. The keys themselves are not kept."""
    now_s = time.time()
    return json_response(
        {
            "keys": [
                {
                    "id": key.id,
                    "kind": key.kind,
                    "junction_id": key.junction_id,
                    "name": key.name,
                    "made_at": key.made_at,
                    "ends_at": key.ends_at,
                    "in_use": key.good_at(now_s),
                }
                for key in await service.register.records.keys()
            ]
        }
    )


@router.post("/device-keys", responses={200: {"model": KeyMadeAnswer}})
async def post_device_key(service: TheService, caller: Caller, body: NewKeyBody) -> Response:
    """Makes a key for a camera or a controller of one junction, or for a monitor of none."""
    if body.junction_id is not None and body.junction_id not in service.states:
        raise InputError("junction_id", expected="a junction of this city", got=body.junction_id)
    key_id, key = await service.register.records.add_key(body.kind, body.junction_id or "", body.name, caller.name)
    await service.register.reload()
    return json_response({"id": key_id, "key": key})


@router.post("/device-keys/{key_id}/rotate", responses={200: {"model": KeyMadeAnswer}})
async def post_device_key_rotation(service: TheService, caller: Caller, key_id: KeyId, body: RotateBody) -> Response:
    """Makes a key in place of another, which stays good for the overlap."""
    new_id, key = await service.register.records.rotate_key(key_id, body.overlap_s, caller.name)
    await service.register.reload()
    return json_response({"id": new_id, "key": key})


@router.delete("/device-keys/{key_id}", responses={200: {"model": DoneAnswer}})
async def delete_device_key(service: TheService, caller: Caller, key_id: KeyId) -> Response:
    """Revokes a key: from this answer on it opens nothing."""
    await service.register.records.revoke_key(key_id, caller.name)
    await service.register.reload()
    return json_response({"done": True})


@router.get("/audit", responses={200: {"model": AuditAnswer}})
async def get_audit(
    service: TheService,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    actor: Word = "",
    action: Word = "",
    subject: Word = "",
) -> Response:
    """The last acts, newest first, with the hash that chains each to the one before; only those that hold the words."""
    rows = await service.register.records.acts(before, MAX_ACTS, actor=actor, action=action, subject=subject)
    fields = ("seq", "at", "actor", "action", "subject", "hash")
    acts = [{**{name: row[name] for name in fields}, "detail": orjson.Fragment(row["detail"])} for row in rows]
    return json_response({"acts": acts})


@router.get("/audit/chain", responses={200: {"model": ChainAnswer}})
async def get_audit_chain(service: TheService) -> Response:
    """Walks the whole audit and says whether each row follows from the one before.

    Note `rows` and `head_hash` elsewhere: `chauraha admin audit verify --known ROWS:HASH` tells whether that row is
    still the same.
    """
    verdict = await verify(service.store.engine)
    return json_response(
        {"holds": verdict.holds, "rows": verdict.rows, "head_hash": verdict.head_hash, "fault": verdict.fault}
    )
