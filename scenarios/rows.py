"""What every row and table of a scenario's source files shares."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Basis = Literal["sourced", "approx", "memory", "assumed", "calibrated"]
"""What a figure rests on: read in a named source, worked out from one, known of the place, or chosen."""


class SourceRow(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
