import pyarrow as pa
import pytest

from regulars.predict import paired_differences


def hits(*rows):
    names = ("household_id", "level", "targets", "hits_10", "hits_20", "gain_10")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def test_a_household_counts_once_whatever_days_it_was_judged_on():
    """a: 0.5 better on two days, b: equal on one; the mean of 0.5 and 0, and its error between two households."""
    first = hits(("a", "need", 2, 1, 2, 1.0), ("b", "need", 4, 1, 1, 0.0), ("c", "need", 0, 0, 0, 0.0))
    second = hits(("b", "need", 4, 1, 1, 0.0), ("a", "need", 2, 0, 1, 0.0), ("c", "need", 0, 0, 0, 0.0))
    later_first, later_second = hits(("a", "need", 2, 1, 2, 1.0)), hits(("a", "need", 2, 0, 1, 0.0))
    found = {
        one.measure: one for one in paired_differences("need", [(first, second), (later_first, later_second)])
    }
    assert found["recall_at_20"].households == 2
    assert found["recall_at_20"].difference == pytest.approx(0.25)
    assert found["recall_at_20"].standard_error == pytest.approx(0.25)


def test_one_household_has_no_error():
    one = hits(("a", "need", 2, 1, 2, 1.0))
    assert paired_differences("need", [(one, one)])[0].standard_error is None


def test_no_household_has_no_difference():
    none = hits(("a", "need", 0, 0, 0, 0.0))
    assert paired_differences("need", [(none, none)])[0].households == 0
