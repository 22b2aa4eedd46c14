"""`chauraha admin`: users, device keys, the audit, the signing keys and the tables of a service, running or not.

A running service takes up what is changed here within a second.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from junction.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from controller.access.records import AccessRecords
    from controller.access.roles import Role

T = TypeVar("T")
Data = Annotated[Path, typer.Option(help="The service's data folder.")]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="CHAURAHA_DATABASE", help="The service's database, where it is not in its folder: postgresql://…"
    ),
]
FOLDER = Path("var/serve")
DAY_S = 86_400.0

app = typer.Typer(
    no_args_is_help=True, help="Users, device keys, the audit, the signing keys and the tables of a service."
)
user = typer.Typer(no_args_is_help=True, help="People: viewer, operator, engineer or admin.")
key = typer.Typer(no_args_is_help=True, help="Keys of cameras and controllers, each for one junction.")
audit = typer.Typer(no_args_is_help=True, help="The chained record of who did what.")
signing = typer.Typer(no_args_is_help=True, help="The keys that the service signs its documents with.")
tables = typer.Typer(no_args_is_help=True, help="The database's tables, and the version that they are of.")
for name, group in (("user", user), ("key", key), ("audit", audit), ("signing", signing), ("database", tables)):
    app.add_typer(group, name=name)


@user.command("list")
def list_users(data: Data = FOLDER, database: Database = None) -> None:
    """Print every user with its role."""
    for one in _with(data, database, lambda records: records.users()):
        typer.echo(f"{one.name:20} {one.role.word:10} since {_day(one.made_at)}")


@user.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="Small letters, digits, dot, dash and underscore.")],
    role: Annotated[str, typer.Option(help="viewer, operator, engineer or admin.")],
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the password instead of making one.")] = False,
    data: Data = FOLDER,
    database: Database = None,
) -> None:
    """Make a user and print its password, once."""
    from pydantic import TypeAdapter, ValidationError

    from controller.access.bodies import UserName

    try:
        TypeAdapter(UserName).validate_python(name)
    except ValidationError as wrong:
        raise InputError("NAME", expected=wrong.errors()[0]["msg"], got=name) from None
    password, password_hash = _new_password(ask)
    _with(data, database, lambda records: records.add_user(name, _role(role), password_hash, _actor()))
    _show_password(password)


@user.command("role")
def change_role(
    name: str,
    role: Annotated[str, typer.Argument(help="viewer, operator, engineer or admin.")],
    data: Data = FOLDER,
    database: Database = None,
) -> None:
    """Give a user another role and sign it out."""
    _with(data, database, lambda records: records.change_user(name, _actor(), role=_role(role)))


@user.command("password")
def change_password(
    name: str,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the password instead of making one.")] = False,
    data: Data = FOLDER,
    database: Database = None,
) -> None:
    """Give a user another password, print it once, and sign the user out."""
    password, password_hash = _new_password(ask)
    _with(data, database, lambda records: records.change_user(name, _actor(), password_hash=password_hash))
    _show_password(password)


@user.command("remove")
def remove_user(name: str, data: Data = FOLDER, database: Database = None) -> None:
    """Remove a user. One admin is always left."""
    _with(data, database, lambda records: records.remove_user(name, _actor()))


@key.command("list")
def list_keys(data: Data = FOLDER, database: Database = None) -> None:
    """Print every key ever made; the keys themselves are not kept."""
    import time

    for one in _with(data, database, lambda records: records.keys()):
        state = "in use" if one.good_at(time.time()) else "ended"
        ends = f", ends {_day(one.ends_at)}" if one.ends_at is not None else ""
        typer.echo(f"{one.id}  {one.kind:10} {one.junction_id:24} {one.name:20} {state}{ends}")


@key.command("add")
def add_key(
    kind: Annotated[str, typer.Option(help="camera, controller, gate (level crossing), or monitor (reads /metrics).")],
    name: Annotated[str, typer.Option(help="Which box it is in.")],
    junction: Annotated[str, typer.Option(help="The junction's id; none for a monitor.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the key to this file, for --key-file.")] = None,
    data: Data = FOLDER,
    database: Database = None,
) -> None:
    """Make a box's key and print it, once."""
    from controller.access.roles import DeviceKind

    if kind not in set(DeviceKind):
        raise InputError("--kind", expected="camera, controller, gate or monitor", got=kind)
    made = _with(data, database, lambda records: records.add_key(DeviceKind(kind), junction, name, _actor()))
    _show_key(*made, out)


@key.command("rotate")
def rotate_key(
    key_id: str,
    overlap: Annotated[float, typer.Option(min=0, help="Seconds that the old key stays good.")] = DAY_S,
    out: Annotated[Path | None, typer.Option(help="Write the key to this file, for --key-file.")] = None,
    data: Data = FOLDER,
    database: Database = None,
) -> None:
    """Make a key in place of another and print it, once."""
    _show_key(*_with(data, database, lambda records: records.rotate_key(key_id, overlap, _actor())), out)


@key.command("revoke")
def revoke_key(key_id: str, data: Data = FOLDER, database: Database = None) -> None:
    """End a key now."""
    _with(data, database, lambda records: records.revoke_key(key_id, _actor()))


@audit.command("verify")
def verify_audit(
    known: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="A row noted before: is it still the same?")
    ] = None,
    data: Data = FOLDER,
    database: Database = None,
) -> None:
    """Walk the audit's chain. Exit status 1 when it was tampered with. Note what it prints, elsewhere."""
    from controller.access.audit import verify

    noted = None
    if known is not None:
        seq, _, row_hash = known.partition(":")
        if not seq.isdigit() or len(row_hash) != 64:
            raise InputError("--known", expected="SEQ:HASH as this command printed it", got=known)
        noted = (int(seq), row_hash)
    verdict = _with(data, database, lambda records: verify(records.engine, noted))
    typer.echo(f"{verdict.rows}:{verdict.head_hash}")
    if not verdict.holds:
        typer.echo(f"the audit does not hold: {verdict.fault}", err=True)
        raise typer.Exit(1)


@signing.command("list")
def list_signing(data: Data = FOLDER) -> None:
    """Print the signing keys, oldest first."""
    from controller.key_ring import KeyRing

    ring = KeyRing(_folder(data))
    for one in ring.keys:
        state = "signs" if one is ring.signing else f"from {_day(one.from_at)}" if one.from_at else "first"
        typer.echo(f"{one.signer.key_id}  {state}")


@signing.command("rotate")
def rotate_signing(
    overlap: Annotated[
        float, typer.Option(min=0, help="Seconds before the new key signs (boxes ask every 600).")
    ] = DAY_S,
    data: Data = FOLDER,
    database: Database = None,
) -> None:
    """Make the next signing key: published at once, signing after the overlap."""
    from controller.key_ring import KeyRing

    made = KeyRing(_folder(data)).rotate(overlap)
    key_id = made.signer.key_id
    detail = {"from_at": made.from_at}
    _with(data, database, lambda records: records.note(_actor(), "signing.rotate", key_id, detail))
    typer.echo(f"{key_id} signs from {_day(made.from_at)}")


@signing.command("forget")
def forget_signing(key_id: str, data: Data = FOLDER, database: Database = None) -> None:
    """Remove a key that signs no more: boxes that know no other must be given the new one by hand."""
    from controller.key_ring import KeyRing

    KeyRing(_folder(data)).forget(key_id)
    _with(data, database, lambda records: records.note(_actor(), "signing.forget", key_id, {}))


@tables.command("current")
def show_step(data: Data = FOLDER, database: Database = None) -> None:
    """Print which step the tables are at, and the newest one."""
    from controller.database import revision_of
    from controller.migrations import NEWEST

    step = _in_transaction(data, database, revision_of)
    typer.echo(f"{step or 'none'} (newest: {NEWEST})")


@tables.command("upgrade")
def upgrade_tables(data: Data = FOLDER, database: Database = None) -> None:
    """Bring the tables up to date, as a start of the service does."""
    _with(data, database, _nothing)
    show_step(data, database)


@tables.command("downgrade")
def downgrade_tables(
    step: Annotated[str, typer.Argument(help="The step to go back to, before starting that older version.")],
    data: Data = FOLDER,
    database: Database = None,
) -> None:
    """Take the tables back to an earlier version's. Stop the service first; back the database up first."""
    from controller.migrations.run import downgrade

    _in_transaction(data, database, lambda connection: downgrade(connection, step))
    show_step(data, database)


async def _nothing(_: AccessRecords) -> None:
    """What is to be done once the tables are up to date."""


def _in_transaction(data: Path, database: str | None, act: Callable[[Connection], T]) -> T:
    from controller.database import in_transaction

    async def run() -> T:
        async with _engine(data, database) as engine:
            return await in_transaction(engine, act)

    return asyncio.run(run())


def _with(data: Path, database: str | None, act: Callable[[AccessRecords], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _records(data, database) as records:
            return await act(records)

    return asyncio.run(run())


@asynccontextmanager
async def _records(data: Path, database: str | None) -> AsyncIterator[AccessRecords]:
    """The records of the database, brought up to date."""
    from controller.access.records import AccessRecords
    from controller.database import bring_up_to_date

    async with _engine(data, database) as engine:
        await bring_up_to_date(engine)
        yield AccessRecords(engine)


@asynccontextmanager
async def _engine(data: Path, database: str | None) -> AsyncIterator[AsyncEngine]:
    """The folder's database, or the one at that URL."""
    from sqlalchemy.exc import SQLAlchemyError

    from controller.database import database_url, make_engine, shown_url

    place = database_url(_folder(data), database)
    engine = make_engine(place)
    try:
        yield engine
    except SQLAlchemyError as wrong:
        raise InputError(
            "database", expected="the service's database", got=shown_url(place), hint=str(wrong)[:200]
        ) from None
    finally:
        await engine.dispose()


def _folder(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise InputError("--data", expected="a folder that can be written", got=str(data), hint=str(wrong)) from None
    return data


def _role(word: str) -> Role:
    from controller.access.roles import ROLES

    if word not in ROLES:
        raise InputError("role", expected=f"one of {', '.join(ROLES)}", got=word)
    return ROLES[word]


def _new_password(ask: bool) -> tuple[str | None, str]:
    """The password to show (None where it was asked for) and its hash."""
    from controller.access.secrets import MAX_PASSWORD, MIN_PASSWORD, hash_password, new_password

    if not ask:
        made = new_password()
        return made, hash_password(made)
    typed: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    if not MIN_PASSWORD <= len(typed) <= MAX_PASSWORD:
        raise InputError("password", expected=f"{MIN_PASSWORD} to {MAX_PASSWORD} signs", got=f"{len(typed)} signs")
    return None, hash_password(typed)


def _show_password(password: str | None) -> None:
    if password is not None:
        typer.echo(f"password: {password}\nWrite it down; it is not shown again.")


def _show_key(key_id: str, made: str, out: Path | None) -> None:
    if out is None:
        typer.echo(f"{key_id}\n{made}")
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(made + "\n")
    typer.echo(f"{key_id}: the key is in {out}")


def _actor() -> str:
    import getpass

    return f"command line ({getpass.getuser()})"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
