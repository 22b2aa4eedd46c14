"""One fault of `bench.faults`, short: the database is locked and the city goes on."""

from __future__ import annotations

import pytest


@pytest.mark.slow
def test_a_locked_database_loses_nothing_and_stops_no_poll() -> None:
    from bench.faults import try_fault

    found = try_fault("database locked", "kanpur", seconds=6.0, settle_s=10.0)
    assert (found.lost, found.unsafe, found.old_obeyed, found.seq_falls) == (0, 0, 0, 0)
    assert found.polls > 200
    assert found.polls_unanswered <= found.polls / 20
    assert found.counts_refused > 0
