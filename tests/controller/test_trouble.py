"""A failure is logged once, and its end once."""

from __future__ import annotations

import logging

import pytest

from controller.trouble import Trouble

LOG = logging.getLogger("chauraha.test")


def test_once_at_its_beginning_and_once_at_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    trouble = Trouble(LOG, "the store cannot be written")
    trouble.over()
    for _ in range(50):
        trouble.failed(OSError("disk full"))
    assert trouble.is_on
    trouble.over()
    trouble.over()
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.ERROR, "the store cannot be written: disk full"),
        (logging.INFO, "the store cannot be written: over after 0 s"),
    ]
    assert trouble.failures == 50
    assert not trouble.is_on


def test_another_kind_of_failure_is_news_and_a_bug_shows_where_it_is(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble(LOG, "a tick failed", traced=True)
    trouble.failed(OSError("disk full"))
    trouble.failed(ValueError("a bug"))
    assert [r.getMessage() for r in caplog.records] == ["a tick failed: disk full", "a tick failed: a bug"]
    assert all(r.exc_info for r in caplog.records)
