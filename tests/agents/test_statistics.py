import math

import pytest

from agents.statistics import mean_interval, paired_ratio


def test_mean_interval_by_hand() -> None:
    # mean 20, sample sd 10, n 3: half width = 4.302653 x 10 / sqrt(3)
    interval = mean_interval([10.0, 20.0, 30.0])
    assert interval.mean == pytest.approx(20.0)
    assert interval.lo == pytest.approx(20.0 - 24.8414, abs=1e-3)
    assert interval.hi == pytest.approx(20.0 + 24.8414, abs=1e-3)


def test_one_seed_gives_a_mean_but_no_interval() -> None:
    interval = mean_interval([12.5])
    assert (interval.mean, interval.lo, interval.hi) == (12.5, None, None)
    ratio = paired_ratio([8.0], [10.0])
    assert (ratio.mean, ratio.lo, ratio.hi) == (0.8, None, None)


def test_equal_values_have_an_interval_of_no_width() -> None:
    interval = mean_interval([5.0] * 5)
    assert interval.lo == interval.hi == 5.0


def test_paired_ratio_by_hand() -> None:
    # ratio 24/30 = 0.8; residuals 9-8, 7-8, 8-8 = 1, -1, 0: sd 1; half = 4.302653 x 1 / (sqrt(3) x 10)
    interval = paired_ratio([9.0, 7.0, 8.0], [10.0, 10.0, 10.0])
    assert interval.mean == pytest.approx(0.8)
    assert interval.lo is not None
    assert interval.hi is not None
    assert interval.hi - interval.mean == pytest.approx(4.302653 / (math.sqrt(3) * 10), rel=1e-5)
    assert interval.mean - interval.lo == pytest.approx(interval.hi - interval.mean)


def test_pairing_cancels_what_a_seed_does_to_both() -> None:
    interval = paired_ratio([5.0, 50.0, 500.0], [10.0, 100.0, 1000.0])
    assert interval.lo == pytest.approx(0.5)
    assert interval.hi == pytest.approx(0.5)


@pytest.mark.parametrize(("ours", "theirs"), [([], []), ([1.0], [1.0, 2.0]), ([1.0, 2.0], [0.0, 0.0])])
def test_what_does_not_pair_is_refused(ours: list[float], theirs: list[float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        paired_ratio(ours, theirs)
