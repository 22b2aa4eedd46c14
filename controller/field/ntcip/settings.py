"""Where the box is and which of its phases is which signal group, from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from junction.errors import InputError
from junction.layout import JunctionLayout


class NtcipSettings(BaseModel):
    """One box. `phases` maps every signal group of the junction to a phase of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 161
    read_community: str = "public"
    write_community: str = "administrator"
    backup_time_s: Annotated[int, Field(ge=2, le=60)] = 10
    """Written to the box as `unitBackupTime`: without our word for so long it runs its own plans."""
    phases: dict[str, Annotated[int, Field(ge=1, le=255)]]

    @field_validator("phases")
    @classmethod
    def _phases_differ(cls, phases: dict[str, int]) -> dict[str, int]:
        if len(set(phases.values())) != len(phases):
            raise ValueError("phases that differ, one for each group")
        return phases

    def check_groups(self, layout: JunctionLayout) -> None:
        """Raises InputError unless every group of the junction, and nothing else, has a phase."""
        if set(self.phases) != set(layout.group_index):
            raise InputError("ntcip.phases", expected=f"an entry for each of {sorted(layout.group_index)}",
                             got=sorted(self.phases))  # fmt: skip


def load_ntcip_settings(path: Path) -> NtcipSettings:
    """Raises InputError naming the entry that is wrong."""
    try:
        return NtcipSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise InputError(str(path), expected="a TOML file", got=str(wrong)) from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {where}", expected=first["msg"], got=first["input"]) from None
