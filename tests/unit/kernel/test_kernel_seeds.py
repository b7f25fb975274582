"""Draws and buckets depend on names alone."""

from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import bucket_of, derived_seed, digest_of, unit_interval


def test_parts_do_not_run_into_each_other() -> None:
    assert digest_of("ab", "c") != digest_of("a", "bc")
    assert derived_seed("x", 1) != derived_seed("x", 11)


def test_draws_are_uniform() -> None:
    draws = [unit_interval("holdout", 1, household) for household in range(20_000)]
    assert all(0 <= draw < 1 for draw in draws)
    assert 1_850 <= sum(draw < 0.1 for draw in draws) <= 2_150
    assert 0.49 < sum(draws) / len(draws) < 0.51


@given(st.text(), st.integers(1, 1024))
def test_a_bucket_is_one_of_those_there_are(household: str, buckets: int) -> None:
    assert 0 <= bucket_of(household, buckets) < buckets


def test_buckets_never_move() -> None:
    """Data on disk lies by these numbers; a change here needs a migration."""
    assert [bucket_of(household, 16) for household in ("1", "900", "2500", "")] == [7, 2, 2, 0]
