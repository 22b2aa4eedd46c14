"""What a card carries of a run's curve."""

from __future__ import annotations

from pathlib import Path

from agents.run_folder import CARD_ROWS, RunFolder


def test_a_card_gets_numbers_and_no_more_rows_than_it_may(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.rows(folder.curve_file) == []
    for update in range(10 * CARD_ROWS + 1):
        folder.append(
            folder.curve_file, {"steps": 100 * update, "reward": "nan" if update == 0 else -0.5, "rival": "webster"}
        )
    rows = folder.rows(folder.curve_file)
    assert rows[0] == {"steps": 0.0, "reward": None, "rival": "webster"}
    assert rows[-1] == {"steps": 1000.0 * CARD_ROWS, "reward": -0.5, "rival": "webster"}
    assert 0.9 * CARD_ROWS <= len(rows) <= CARD_ROWS + 1
    steps = [row["steps"] for row in rows]
    assert steps == sorted(set(steps))
