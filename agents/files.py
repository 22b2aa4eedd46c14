"""Files written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from junction.errors import InputError


def write_text(path: Path, text: str) -> None:
    """Writes `text` (UTF-8) beside `path`, then moves it there. Raises InputError when the folder cannot be written."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as wrong:
        raise InputError("file", expected=f"a place to write {path}", got=wrong.strerror or str(wrong)) from None
