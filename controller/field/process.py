"""A field controller as a process: 10 ticks a second, a poll every second, neither waiting for the other."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from controller.access.key_file import key_headers
from controller.field.client import ServiceClient
from controller.field.controller import FieldController, check_site
from controller.field.event_log import EventLog
from controller.field.event_sender import EventSender
from controller.field.event_spool import EventSpool
from controller.field.files import FieldFiles
from controller.field.heads import FakeSignalHeads, SignalBox, SignalHeads
from controller.trouble import Trouble
from junction.errors import InputError, ServiceError
from junction.layout import JunctionLayout
from junction.site import Site

TICK_S = 0.1
POLL_S = 1.0
SAVE_SEQ_S = 10.0
ASK_KEYS_S = 600.0
"""Far below the time for which the next key is announced before it signs."""

ASK_SITE_S = 10.0

_log = logging.getLogger(__name__)


async def run_field(
    junction_id: str,
    server_url: str,
    folder: Path,
    *,
    key: str | None = None,
    make_heads: Callable[[JunctionLayout], SignalHeads | SignalBox] = FakeSignalHeads,
    stop: asyncio.Event | None = None,
) -> None:
    """Runs one controller until `stop` is set (by default on SIGTERM or SIGINT).

    It leaves its heads flashing, or a box to its own plans.

    `key` is this box's own, for the server. The site is fetched once and kept: later starts need no server. When the
    server's documents are made for another version, that is fetched, checked and taken over: its plans at once, another
    layout from all red. The server's public keys are kept too, and asked for again now and then: those that a trusted
    one vouches for take over. Raises InputError for damaged kept files and for a site of another junction.
    """
    stop = stop or _stop_on_signals()
    files = FieldFiles(folder)
    async with httpx.AsyncClient(base_url=server_url, headers=key_headers(key)) as http:
        client = ServiceClient(http, junction_id)
        while (kept := await _site_and_keys(client, files, junction_id, stop)) is not None:
            site, keys = kept
            if not await _run_site(site, keys, make_heads(site.layout), client, files, stop):
                return
            files.switch_site()


async def _run_site(
    site: Site,
    keys: Mapping[str, bytes],
    heads: SignalHeads | SignalBox,
    client: ServiceClient,
    files: FieldFiles,
    stop: asyncio.Event,
) -> bool:
    """Runs one version of the site; True when it gave way, all red, to the next one, False when stopped."""
    controller = FieldController(
        site, heads, uuid.uuid4().hex, public_keys=keys, now_s=time.monotonic(), seq_seen=files.load_seq()
    )
    over = asyncio.Event()
    log, spool = EventLog(site.layout, controller.boot_id), EventSpool(files.folder)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_tick_until(controller, log, stop, over))
            tasks.create_task(EventSender(log, spool, client).run(over))
            tasks.create_task(_poll_until(controller, client, files, over))
            if isinstance(heads, SignalBox):
                tasks.create_task(heads.run(over))
    finally:
        if not (isinstance(heads, SignalBox) or controller.gives_way):
            heads.flash()
        _save_seq(files, controller)
        spool.close()
    return controller.gives_way and not stop.is_set()


async def _site_and_keys(
    client: ServiceClient, files: FieldFiles, junction_id: str, stop: asyncio.Event
) -> tuple[Site, dict[str, bytes]] | None:
    """From disk, else from the server as soon as it answers; None when stopped before."""
    site, keys = files.load_site(), files.load_keys()
    if site is not None and site.layout.id != junction_id:
        raise InputError(str(files.folder), expected=f"the folder of {junction_id}", got=site.layout.id)
    while not stop.is_set():
        try:
            if keys is None:
                keys = await client.fetch_keys()
                files.save_keys(keys)
            if site is None:
                site = await client.fetch_site(keys, seq_seen=files.load_seq(), wall_s=time.time())
                files.save_site(site)
            return site, keys
        except ServiceError as error:
            _log.warning("no site or keys yet, the heads stay off: %s", error)
            await _wait(stop, POLL_S)
    return None


async def _tick_until(controller: FieldController, log: EventLog, stop: asyncio.Event, over: asyncio.Event) -> None:
    """Ticks until stopped or until it gives way, and then sets `over` for the others."""
    shown: tuple[str, ...] = ()
    due_s = time.monotonic()
    while not (stop.is_set() or controller.gives_way):
        controller.tick(time.monotonic(), time.time())
        log.watch(controller, time.time())
        now = (controller.rung.name.lower(), str(controller.mode), str(controller.cause))
        if now != shown:
            _log.info("rung %s, mode %s, cause %s", *now)
            shown = now
        due_s = max(due_s + TICK_S, time.monotonic())
        await asyncio.sleep(due_s - time.monotonic())
    over.set()


async def _poll_until(
    controller: FieldController, client: ServiceClient, files: FieldFiles, stop: asyncio.Event
) -> None:
    # Controllers that start together after a power cut must not poll together for ever.
    await _wait(stop, random.uniform(0, POLL_S))
    saved_s = keys_asked_s = time.monotonic()
    site_asked_s = float("-inf")
    missed = Trouble(_log, "polls are missed", logging.WARNING)
    broken = Trouble(_log, "polling fails", traced=True)
    refused = Trouble(_log, "control documents are refused", logging.WARNING)
    while not stop.is_set():
        begun_s = time.monotonic()
        try:
            receipt = controller.receive(await client.poll(controller.status_document()), time.monotonic())
            missed.over()
            broken.over()
            if receipt.accepted:
                refused.over()
                files.drop_old_site()
            else:
                refused.failed(str(receipt.refusal))
        except ServiceError as error:
            controller.missed_poll()
            missed.failed(error)
        except Exception as error:  # whatever the network brings, the lamps go on
            controller.missed_poll()
            broken.failed(error)
        if time.monotonic() - saved_s >= SAVE_SEQ_S:
            _save_seq(files, controller)
            saved_s = time.monotonic()
        if controller.meets_unknown_key or time.monotonic() - keys_asked_s >= ASK_KEYS_S:
            await _ask_for_keys(controller, client, files)
            keys_asked_s = time.monotonic()
        if controller.site_asked is not None and time.monotonic() - site_asked_s >= ASK_SITE_S:
            await _ask_for_site(controller, client, files)
            site_asked_s = time.monotonic()
        await _wait(stop, POLL_S - (time.monotonic() - begun_s))


async def _ask_for_site(controller: FieldController, client: ServiceClient, files: FieldFiles) -> None:
    """Fetches the version that the server's signed documents are made for, and hands it to the controller."""
    asked, junction_id = controller.site_asked, controller.site.layout.id
    try:
        site = await client.fetch_site(controller.trusted, seq_seen=controller.seq_seen, wall_s=time.time())
        check_site(site, junction_id)
        if site.hash != asked:
            raise InputError("site", expected=f"version {asked}", got=site.hash)
        files.save_next_site(site)
        controller.take_over(site)
        if controller.site is site:
            files.switch_site()
        _log.info("site %s follows %s", site.hash, "at once" if controller.site is site else "once all lamps are red")
    except (ServiceError, InputError, OSError) as error:
        _log.warning("the site stays as it is: %s", error)


async def _ask_for_keys(controller: FieldController, client: ServiceClient, files: FieldFiles) -> None:
    try:
        keys = await client.fetch_keys(controller.trusted, seq_seen=controller.seq_seen, wall_s=time.time())
        if keys != controller.trusted:
            files.save_keys(keys)
            controller.trust(keys)
            _log.info("the server's keys are now %s", ", ".join(keys))
    except (ServiceError, InputError, OSError) as error:
        _log.warning("the server's keys stay as they are: %s", error)


def _save_seq(files: FieldFiles, controller: FieldController) -> None:
    try:
        files.save_seq(controller.seq_seen)
    except OSError as error:
        _log.warning("the last sequence number was not kept: %s", error)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """Sleeps, or less when stopped."""
    try:
        await asyncio.wait_for(stop.wait(), max(0.0, seconds))
    except TimeoutError:
        return


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
