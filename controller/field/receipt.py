"""Whether a signed document that came may be obeyed: control documents, and the sites, plans and keys behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from controller.schemas import ControlBody, Id, UnixTime
from controller.signing import Verifier, canonical
from junction.site import Site

MAX_AHEAD_S = 30.0
MAX_BYTES = 16_384
MAX_STAMPED_BYTES = 1_048_576


class Refusal(StrEnum):
    """Why a document is not obeyed."""

    MALFORMED = "malformed"
    JUNCTION = "junction"
    SITE_HASH = "site_hash"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    SEQ = "seq"
    FUTURE_STAMP = "future_stamp"
    EXPIRED = "expired"
    UNKNOWN_STAGE = "unknown_stage"
    UNKNOWN_PLAN = "unknown_plan"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """A document that came: obeyed when `refusal` is None."""

    refusal: Refusal | None
    control: ControlBody | None = None

    @property
    def accepted(self) -> bool:
        return self.refusal is None


def examine(
    document: bytes | Mapping[str, Any],
    *,
    site: Site,
    verifier: Verifier,
    seq_seen: int,
    wall_s: float | None,
    plans: frozenset[str],
) -> Receipt:
    """Judges a document: form, signature, junction, site, sequence, stamps, and that it names what exists here.

    `wall_s` None: the time of day is not known, so stamps cannot be judged. `plans` are those that may run here.
    """
    body = document if isinstance(document, bytes) else canonical(document)
    if len(body) > MAX_BYTES:
        return Receipt(refusal=Refusal.MALFORMED)
    try:
        control = ControlBody.model_validate(orjson.loads(body))
    except (orjson.JSONDecodeError, ValidationError):
        return Receipt(refusal=Refusal.MALFORMED)
    if (unsigned := _signature_refusal(body, control.key_id, verifier)) is not None:
        return Receipt(refusal=unsigned)
    refusal = (
        _identity_refusal(control, site, seq_seen)
        or _stamp_refusal(control, wall_s)
        or _content_refusal(control, site, plans)
    )
    return Receipt(refusal=refusal, control=control)


class StampBody(BaseModel):
    """What every signed document carries beside its own fields."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    schema_: str = Field(alias="schema")
    junction_id: Id | None = None
    seq: Annotated[int, Field(strict=True, ge=0, le=2**53)]
    issued_at: UnixTime
    valid_until: UnixTime
    key_id: Id


def examine_stamped(
    body: bytes, *, schema: str, verifier: Verifier, junction_id: str | None, seq_seen: int, wall_s: float | None
) -> Refusal | None:
    """Why a site, plan or key document is not taken; None for a good one.

    One that was made before the last control document obeyed (`seq_seen`) is a replay; `junction_id` None: it is about
    no junction. `wall_s` as for control documents.
    """
    if len(body) > MAX_STAMPED_BYTES:
        return Refusal.MALFORMED
    try:
        stamp = StampBody.model_validate(orjson.loads(body))
    except (orjson.JSONDecodeError, ValidationError):
        return Refusal.MALFORMED
    if stamp.schema_ != schema:
        return Refusal.MALFORMED
    unsigned = _signature_refusal(body, stamp.key_id, verifier)
    if unsigned is not None:
        return unsigned
    if stamp.junction_id != junction_id:
        return Refusal.JUNCTION
    return Refusal.SEQ if stamp.seq < seq_seen else _stamp_refusal(stamp, wall_s)


def _signature_refusal(body: bytes, key_id: str, verifier: Verifier) -> Refusal | None:
    if key_id not in verifier:
        return Refusal.UNKNOWN_KEY
    return None if verifier.holds(body, key_id) else Refusal.SIGNATURE


def _identity_refusal(control: ControlBody, site: Site, seq_seen: int) -> Refusal | None:
    if control.junction_id != site.layout.id:
        return Refusal.JUNCTION
    if control.site_hash != site.hash:
        return Refusal.SITE_HASH
    return Refusal.SEQ if control.seq <= seq_seen else None


def _stamp_refusal(control: ControlBody | StampBody, wall_s: float | None) -> Refusal | None:
    if wall_s is None:
        return None
    if control.issued_at > wall_s + MAX_AHEAD_S:
        return Refusal.FUTURE_STAMP
    return Refusal.EXPIRED if control.valid_until < wall_s else None


def _content_refusal(control: ControlBody, site: Site, plans: frozenset[str]) -> Refusal | None:
    if control.stage.id not in site.layout.stage_index:
        return Refusal.UNKNOWN_STAGE
    return Refusal.UNKNOWN_PLAN if control.plan_id is not None and control.plan_id not in plans else None
