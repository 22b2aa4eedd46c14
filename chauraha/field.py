"""`chauraha field`: the reference field controller of one junction, as a process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def field(
    *,
    junction: Annotated[str, typer.Option(help="The junction's id.")],
    server: Annotated[str, typer.Option(help="The timing service's URL.")] = "http://127.0.0.1:8000",
    data: Annotated[
        Path | None, typer.Option(help="Folder for the kept site and keys; default: var/field/JUNCTION.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with this box's key for the service; else CHAURAHA_KEY holds it.")
    ] = None,
    ntcip: Annotated[
        Path | None,
        typer.Option(help="TOML file of an NTCIP 1202 unit to drive (docs/field-controller.md); default: no lamps."),
    ] = None,
) -> None:
    """Run one field controller: polls the service, keeps its own plans, drives a unit or (pretended) signal heads."""
    import asyncio
    import logging
    import re
    from collections.abc import Callable
    from functools import partial

    import httpx

    from controller.access.key_file import read_key
    from controller.field.heads import FakeSignalHeads, SignalBox, SignalHeads
    from controller.field.process import run_field
    from junction.errors import InputError
    from junction.layout import JunctionLayout

    try:
        url = httpx.URL(server)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise InputError("--server", expected="an http or https URL", got=server)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:#-]*", junction):
        raise InputError("--junction", expected="a junction's id", got=junction)
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {junction} %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    make_heads: Callable[[JunctionLayout], SignalHeads | SignalBox] = FakeSignalHeads
    if ntcip is not None:
        from controller.field.ntcip.box import NtcipBox
        from controller.field.ntcip.settings import load_ntcip_settings

        make_heads = partial(NtcipBox, settings=load_ntcip_settings(ntcip))
    folder = data or Path("var/field") / junction
    asyncio.run(run_field(junction, server, folder, key=read_key(key_file), make_heads=make_heads))
