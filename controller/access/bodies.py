"""Bodies of the routes about people, keys and the audit."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from controller.access.roles import DeviceKind
from controller.access.secrets import MAX_PASSWORD, MIN_PASSWORD
from controller.schemas import Body, Id, example

MAX_OVERLAP_S = 30 * 86_400.0

RoleWord = Literal["viewer", "operator", "engineer", "admin"]
UserName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9._-]*$", examples=["asha"])]
Password = Annotated[str, Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD, examples=["long enough to keep"])]
Overlap = Annotated[float, Field(strict=True, ge=0, le=MAX_OVERLAP_S, examples=[3600.0])]


class LoginBody(Body):
    """A name and a password. Whatever is wrong with them, the answer is the same."""

    model_config = example(name="asha", password="long enough to keep")

    name: Annotated[str, Field(min_length=1, max_length=40)]
    password: Annotated[str, Field(min_length=1, max_length=MAX_PASSWORD)]


class PasswordBody(Body):
    """One's own password, the old and the new."""

    model_config = example(old="long enough to keep", new="longer still, to keep")

    old: Annotated[str, Field(min_length=1, max_length=MAX_PASSWORD)]
    new: Password


class MeAnswer(Body):
    """Who asks. `may` is the most that a person may do; an open service says so in `banner`."""

    model_config = example(
        name="asha", by="session", role="operator", device=None, junction_id=None, access="closed", banner=None
    )

    name: str
    by: Literal["session", "key", "open"]
    role: RoleWord | None
    device: DeviceKind | None
    junction_id: str | None
    access: Literal["closed", "open"]
    banner: Literal["open_access"] | None


class NewUserBody(Body):
    """Without a password the service makes one and answers with it, once."""

    model_config = example(name="asha", role="operator")

    name: UserName
    role: RoleWord
    password: Password | None = None


class UserChangeBody(Body):
    """What is given is changed; the user is signed out everywhere. `new_password` true makes a new one."""

    model_config = example(role="engineer")

    role: RoleWord | None = None
    new_password: Annotated[bool, Field(strict=True)] = False


class UserAnswer(Body):
    model_config = example(name="asha", role="operator", made_at=1795346297.0)

    name: str
    role: RoleWord
    made_at: float


class UsersAnswer(Body):
    model_config = example(users=[{"name": "asha", "role": "operator", "made_at": 1795346297.0}])

    users: list[UserAnswer]


class UserMadeAnswer(Body):
    """`password` is set where the service made it, and is not kept."""

    model_config = example(name="asha", role="operator", password="5a1f0c-99b2e7-0d41aa-7c3e55")

    name: str
    role: RoleWord
    password: str | None


class NewKeyBody(Body):
    """A key for a camera, a controller or a gate of one junction, or for a monitor of none. `name` says which box it
    is in."""

    model_config = example(kind="controller", junction_id="rawatpur", name="box 7")

    kind: DeviceKind
    junction_id: Id | None = None
    name: Id


class RotateBody(Body):
    """How long the old key stays good, so that the box can be given the new one: a day unless told."""

    model_config = example(overlap_s=3600.0)

    overlap_s: Overlap = 86_400.0


class KeyMadeAnswer(Body):
    """`key` is shown here once and not kept."""

    model_config = example(id="5f0c9a1b2d", key="chk_4ZCyq0…")

    id: str
    key: str


class KeyAnswer(Body):
    model_config = example(
        id="5f0c9a1b2d",
        kind="controller",
        junction_id="rawatpur",
        name="box 7",
        made_at=1795346297.0,
        ends_at=None,
        in_use=True,
    )

    id: str
    kind: DeviceKind
    junction_id: str
    name: str
    made_at: float
    ends_at: float | None
    in_use: bool


class KeysAnswer(Body):
    model_config = example(keys=[])

    keys: list[KeyAnswer]


class ActAnswer(Body):
    """One row of the audit; `detail` depends on the action."""

    seq: int
    at: float
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class AuditAnswer(Body):
    """Newest first. Ask with `before` the last one's `seq` for those below it."""

    model_config = example(
        acts=[
            {
                "seq": 1,
                "at": 1795346297.0,
                "actor": "asha",
                "action": "login",
                "subject": "asha",
                "detail": {"address": "127.0.0.1"},
                "hash": "0" * 64,
            }
        ]
    )

    acts: list[ActAnswer]


class ChainAnswer(Body):
    """Whether the audit's rows follow from each other: how many do, the last one's hash, and the first fault."""

    model_config = example(holds=True, rows=812, head_hash="0" * 64, fault=None)

    holds: bool
    rows: int
    head_hash: str
    fault: str | None


class DoneAnswer(Body):
    model_config = example(done=True)

    done: Literal[True]
