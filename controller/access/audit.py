"""The audit: append-only rows, each with a hash over itself and the row before.

A row that is changed, removed, put in between or put elsewhere breaks the chain from there on; rows cut off the end no
longer reach the head. Whoever can write the database can also write a whole new chain: note `SEQ:HASH` of the head
elsewhere from time to time, and have `chauraha admin audit verify --known SEQ:HASH` look for it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from controller.tables import AUDIT, AUDIT_HEAD

FIRST_HASH = "0" * 64
HEAD = "audit"
BATCH = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What happened: `actor` did `action` to `subject`; `detail` is small and JSON. No secrets."""

    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The chain as found: `rows` that hold, the head, and the first thing that is wrong (None: nothing)."""

    rows: int
    head_hash: str
    fault: str | None

    @property
    def holds(self) -> bool:
        return self.fault is None


def chain_hash(before_hash: str, seq: int, at: float, act: Act, detail: str) -> str:
    """SHA-256 over the row's fields and the hash of the row before, as a JSON list."""
    fields = [before_hash, seq, at, act.actor, act.action, act.subject, detail]
    return hashlib.sha256(orjson.dumps(fields)).hexdigest()


async def open_chain(engine: AsyncEngine) -> None:
    """Makes the head of an audit that has none yet."""
    async with engine.connect() as connection:
        if (await connection.execute(select(AUDIT_HEAD.c.seq))).first() is not None:
            return
    try:
        async with engine.begin() as connection:
            await connection.execute(insert(AUDIT_HEAD).values(name=HEAD, seq=0, hash=FIRST_HASH))
    except IntegrityError:  # another process made it in between
        return


async def append(connection: AsyncConnection, act: Act) -> None:
    """Adds a row within the caller's transaction: the act and its audit are on disk together, or neither is.

    Let this be the transaction's first statement: it queues writers at the head, so that no two take the same place.
    """
    taken = update(AUDIT_HEAD).values(seq=AUDIT_HEAD.c.seq + 1).returning(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash)
    seq, before_hash = (await connection.execute(taken)).one()
    at = round(time.time(), 3)
    detail = orjson.dumps(dict(act.detail), option=orjson.OPT_SORT_KEYS).decode()
    row_hash = chain_hash(before_hash, seq, at, act, detail)
    await connection.execute(
        insert(AUDIT).values(
            seq=seq,
            at=at,
            actor=act.actor,
            action=act.action,
            subject=act.subject,
            detail=detail,
            before_hash=before_hash,
            hash=row_hash,
        )
    )
    await connection.execute(update(AUDIT_HEAD).values(hash=row_hash))


async def verify(engine: AsyncEngine, known: tuple[int, str] | None = None) -> Verdict:
    """Walks the whole chain. `known` is a row's number and hash, noted earlier and elsewhere."""
    rows, before_hash, known_hash = 0, FIRST_HASH, None
    async with engine.connect() as connection:
        head = (await connection.execute(select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash))).first()
        while True:
            query = select(AUDIT).where(AUDIT.c.seq > rows).order_by(AUDIT.c.seq).limit(BATCH)
            found = (await connection.execute(query)).all()
            for row in found:
                act = Act(actor=row.actor, action=row.action, subject=row.subject, detail={})
                fault = _row_fault(
                    row, rows + 1, before_hash, chain_hash(before_hash, row.seq, row.at, act, row.detail)
                )
                if fault is not None:
                    return Verdict(rows=rows, head_hash=before_hash, fault=fault)
                rows, before_hash = row.seq, row.hash
                if known is not None and rows == known[0]:
                    known_hash = before_hash
            if len(found) < BATCH:
                break
    fault = None
    if (head.seq, head.hash) != (rows, before_hash) if head is not None else rows > 0:
        fault = f"the head names row {head.seq if head is not None else 0}, the last row is {rows}"
    elif known is not None and known_hash != known[1]:
        fault = f"row {known[0]} is not the one that was noted"
    return Verdict(rows=rows, head_hash=before_hash, fault=fault)


def _row_fault(row: Any, seq: int, before_hash: str, row_hash: str) -> str | None:
    if row.seq != seq:
        return f"row {seq} is missing"
    if row.before_hash != before_hash:
        return f"row {seq} does not follow the row before it"
    return None if row.hash == row_hash else f"row {seq} was changed"
