"""Which policy was chosen when, on disk with its audit row: what a service begins with after a restart."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.access.audit import Act, append
from controller.tables import POLICY_CHOICE


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """A policy by id, and the network that the id stood for."""

    policy_id: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """`live` are the promoted ones that no rollback took back, the newest last; none: what the service was started
    with. `shadow` is the candidate beside it."""

    live: tuple[Chosen, ...] = ()
    shadow: Chosen | None = None


class PolicyChoices:
    """Rows are only ever added: kind "promote", "rollback", "shadow" or "end_shadow"."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, kind: str, chosen: Chosen, actor: str, reason: str) -> None:
        """Durable with its audit row when this returns. Raises SQLAlchemyError when it could not be written."""
        act = Act(
            actor=actor,
            action=f"policy {kind}",
            subject=chosen.policy_id,
            detail={"sha256": chosen.sha256, "reason": reason},
        )
        row = {"at": time.time(), "kind": kind, "policy_id": chosen.policy_id, "sha256": chosen.sha256}
        async with self._engine.begin() as connection:
            await append(connection, act)
            await connection.execute(insert(POLICY_CHOICE).values(row))

    async def now(self) -> Choices:
        """What every row together comes to."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(POLICY_CHOICE).order_by(POLICY_CHOICE.c.id))).mappings().all()
        live: list[Chosen] = []
        shadow: Chosen | None = None
        for row in rows:
            chosen = Chosen(policy_id=row["policy_id"], sha256=row["sha256"])
            if row["kind"] == "promote":
                live.append(chosen)
            elif row["kind"] == "rollback":
                live = live[:-1]
            else:
                shadow = chosen if row["kind"] == "shadow" else None
        return Choices(live=tuple(live), shadow=shadow)
