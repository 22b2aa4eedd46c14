"""`names.toml`: a city's police stations in Hindi, and its days that have a name. A city need not have the file.

Nothing is timed or simulated by it: the control room's page shows thanas by it, and compares a festival with an
ordinary day by the festival's name. Days on which the fixed plans differ stand in `calendar.toml`.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError

from junction.errors import ScenarioError
from scenarios.rows import Basis, SourceRow

NAMES_FILE = "names.toml"


class ThanaName(SourceRow):
    """`id` is the police station's name in `junctions.csv`."""

    id: str
    name_hi: str = Field(min_length=1)
    basis: Basis


class NamedDay(SourceRow):
    """A festival or holiday, on each of its dates from local midnight to midnight."""

    id: str
    name_en: str = Field(min_length=1)
    name_hi: str = Field(min_length=1)
    basis: Basis
    dates: tuple[date, ...] = Field(min_length=1)


class CityNames(SourceRow):
    """The file."""

    thana: tuple[ThanaName, ...] = ()
    day: tuple[NamedDay, ...] = ()


def read_names(folder: Path) -> CityNames:
    """The file in `folder`; nothing where there is none.

    Raises ScenarioError for what is no such file, and for a police station or a day that stands in it twice.
    """
    path = folder / NAMES_FILE
    try:
        names = CityNames.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return CityNames()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise ScenarioError(str(path), expected="TOML", got=str(wrong)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(f"{path}: {where}", expected=first["msg"], got=first["input"]) from None
    for kind, ids in (("thana", [one.id for one in names.thana]), ("day", [one.id for one in names.day])):
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ScenarioError(f"{path}: {kind}", expected="every id once", got=twice)
    return names
