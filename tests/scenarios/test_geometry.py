from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.geometry import Projection, bearing_deg, first_crossing_m, step

KANPUR = Projection(lat=26.46, lon=80.33)


def test_a_degree_of_latitude_is_111_km() -> None:
    assert KANPUR.to_xy(27.46, 80.33) == pytest.approx((0.0, 111_195), abs=5)


@given(lat=st.floats(26.3, 26.6), lon=st.floats(80.1, 80.5))
def test_projection_returns(lat: float, lon: float) -> None:
    assert KANPUR.to_lat_lon(KANPUR.to_xy(lat, lon)) == pytest.approx((lat, lon), abs=1e-9)


@given(bearing=st.floats(0, 359.9), length=st.floats(1, 1000))
def test_a_step_goes_where_its_bearing_points(bearing: float, length: float) -> None:
    there = step((5.0, -3.0), bearing, length)
    assert math.dist((5.0, -3.0), there) == pytest.approx(length)
    assert (bearing_deg((5.0, -3.0), there) - bearing + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


def test_crossing_is_measured_along_both_paths() -> None:
    assert first_crossing_m([(0, 0), (10, 0)], [(3, -4), (3, 4)]) == pytest.approx((3, 4))
    assert first_crossing_m([(0, 0), (2, 0)], [(3, -4), (3, 4)]) is None
