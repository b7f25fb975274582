from pathlib import Path

import pytest

import regulars.profiles
from regulars.contracts import TABLES
from regulars.profiles import BUCKET_STEPS, profile_step

NAMES = sorted(file.stem for file in Path(regulars.profiles.__file__).parent.glob("*.sql"))


@pytest.mark.parametrize("name", NAMES)
def test_a_step_writes_the_table_it_is_named_after_and_reads_known_tables(name):
    step = profile_step(name)
    assert step.table == name
    assert set(step.reads) <= set(TABLES)


def test_only_the_choke_point_and_the_spend_read_lines():
    """Everything else stands behind `open_lines`, where closed tiers stop."""
    assert {name for name in NAMES if "lines" in profile_step(name).reads} == {
        "open_lines",
        "history_start",
        "household_value",
        "lines_span",
    }


def test_bucket_steps_read_nothing_that_comes_after_them():
    seen = {"lines", "product_classes", "decay_weights"}
    for name in BUCKET_STEPS:
        assert set(profile_step(name).reads) <= seen
        seen.add(name)
