"""What a city calls its police stations and its days: Kanpur's file is whole, and a wrong one is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from junction.errors import ScenarioError
from scenarios.load import load_scenario
from scenarios.names import NAMES_FILE, CityNames, read_names


def test_every_thana_of_kanpur_has_a_hindi_name() -> None:
    scenario = load_scenario("kanpur")
    thanas = {site.layout.thana for site in scenario.sites.values()}
    assert {one.id for one in scenario.names.thana} == thanas
    assert all(re.fullmatch(r"[\u0900-\u097f ]+", one.name_hi) for one in scenario.names.thana)


def test_no_date_of_kanpur_has_two_names() -> None:
    dates = [on for day in load_scenario("kanpur").names.day for on in day.dates]
    assert len(set(dates)) == len(dates)


def test_a_city_needs_no_names(tmp_path: Path) -> None:
    assert read_names(tmp_path) == CityNames()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("thana =", "TOML"),
        ('[[thana]]\nid = "A"\nname_hi = "अ"\nbasis = "guessed"', "thana.0.basis"),
        ('[[day]]\nid = "holi"\nname_en = "Holi"\nname_hi = "होली"\nbasis = "memory"\ndates = []', "day.0.dates"),
        (2 * '[[thana]]\nid = "A"\nname_hi = "अ"\nbasis = "memory"\n', "every id once"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / NAMES_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(words)):
        read_names(tmp_path)
