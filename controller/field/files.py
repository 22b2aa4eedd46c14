"""What a field controller keeps on disk to start without a server: site, keys and the last sequence number.

Every file carries a checksum of its content, is written beside and put in place whole, and is on the disk before the
next step is taken: a power cut leaves the old one or the new one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from controller.field.client import public_keys
from controller.signing import ALGORITHM
from junction.errors import InputError
from junction.site import Site, site_from_document, site_to_document

SITE_FILE = "site.json"
NEXT_SITE_FILE = "site.next.json"
"""A new version, checked, that waits for its moment."""
OLD_SITE_FILE = "site.old.json"
"""The version before, until the new one has been commanded by the server."""
KEYS_FILE = "keys.json"
SEQ_FILE = "seq.json"


class FieldFiles:
    """One controller's folder. Every file is written whole or not at all.

    Raises InputError for a folder that cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise InputError(
                "data", expected="a folder that can be written", got=str(folder), hint=str(wrong)
            ) from None

    def load_site(self) -> Site | None:
        """The kept site, else the one before it; None where there is none. Raises InputError when all are damaged."""
        try:
            document = self._read(SITE_FILE)
        except InputError:
            if not (self.folder / OLD_SITE_FILE).exists():
                raise
            document = None
        document = document or self._read(OLD_SITE_FILE)
        return None if document is None else site_from_document(document)

    def save_site(self, site: Site) -> None:
        self._write(SITE_FILE, site_to_document(site))

    def save_next_site(self, site: Site) -> None:
        """Keeps a new version beside the one that runs."""
        self._write(NEXT_SITE_FILE, site_to_document(site))

    def switch_site(self) -> None:
        """The next version becomes the site; the one that ran is kept until `drop_old_site`."""
        if (self.folder / SITE_FILE).exists():
            (self.folder / SITE_FILE).replace(self.folder / OLD_SITE_FILE)
        (self.folder / NEXT_SITE_FILE).replace(self.folder / SITE_FILE)
        self._sync_folder()

    def drop_old_site(self) -> None:
        """The site that runs has proved itself."""
        (self.folder / OLD_SITE_FILE).unlink(missing_ok=True)

    def load_keys(self) -> dict[str, bytes] | None:
        """The server keys that were trusted first; None where there are none. Raises InputError for damaged ones."""
        document = self._read(KEYS_FILE)
        return None if document is None else public_keys(document)

    def save_keys(self, keys: Mapping[str, bytes]) -> None:
        entries = [
            {"key_id": key_id, "algorithm": ALGORITHM, "public_key": base64.b64encode(raw).decode()}
            for key_id, raw in keys.items()
        ]
        self._write(KEYS_FILE, {"keys": entries})

    def load_seq(self) -> int:
        """The last sequence number obeyed; 0 where none is known. Raises InputError for a damaged file."""
        document = self._read(SEQ_FILE)
        seq = 0 if document is None else document.get("seq_seen")
        if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
            raise InputError(f"{SEQ_FILE}.seq_seen", expected="a whole number", got=seq)
        return seq

    def save_seq(self, seq_seen: int) -> None:
        self._write(SEQ_FILE, {"seq_seen": seq_seen})

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.folder / name
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as wrong:
            raise InputError(str(path), expected="JSON", got=str(wrong), hint="delete it to fetch it again") from None
        document = kept.get("document") if isinstance(kept, dict) else None
        if not isinstance(document, dict) or kept.get("sha256") != _sha256(document):
            raise InputError(
                str(path), expected="a document with its checksum", got="a damaged file",
                hint="delete it to fetch it again",
            )  # fmt: skip
        return document

    def _write(self, name: str, document: Mapping[str, Any]) -> None:
        beside = self.folder / f"{name}.new"
        with beside.open("w", encoding="utf-8") as file:
            json.dump({"sha256": _sha256(document), "document": document}, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / name)
        self._sync_folder()

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sha256(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
