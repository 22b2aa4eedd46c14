"""Configurations imported on the fly: one folder in the user's cache for each content and set of rules."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path

from junction.errors import ScenarioError
from scenarios.importer.files import read_sources
from scenarios.importer.importer import import_digest, import_scenario
from scenarios.importer.names import safe_id
from scenarios.importer.rules import ImportRules
from scenarios.load import load_scenario


def cached_import(file: Path, rules: ImportRules | None = None) -> Path:
    """The folder of the scenario that `file` becomes; imported once for each content. Raises ScenarioError."""
    rules = rules or ImportRules()
    name = safe_id(file.name.split(".", 1)[0])
    parent = user_cache_path("chauraha") / "imported" / import_digest(read_sources(file), rules)[:16]
    folder = parent / name
    if not _whole(folder):
        try:
            import_scenario(file, name, parent, rules=rules)
        except OSError as wrong:  # another process moved its own into place meanwhile: that one serves
            if not _whole(folder):
                raise ScenarioError(str(folder), expected="a folder to write", got=str(wrong)) from None
    return folder.resolve()


def _whole(folder: Path) -> bool:
    """Whether this version of the program can read the scenario there."""
    try:
        load_scenario(folder).street()
    except ScenarioError:
        return False
    return True
