"""Files of the warehouse that are missing or damaged: what is said of them, and that they are made anew."""

import errno
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import AS_OF, SETTINGS, engine, lines, stocked

from regulars.adapters import FolderWarehouse
from regulars.contracts import read_step
from regulars.flows import (
    explain_forecast,
    first_unreadable,
    judged_closed,
    run_forecast,
    snapshot,
    unreadable_file,
)
from regulars.flows._rows import read_rows
from regulars.flows._unreadable import readable
from regulars.kernel import StoreError
from regulars.predict import predict_step

EXPLAINED = ("forecast", "household_needs", "product_classes", "household_chances")


def run(warehouse):
    return run_forecast(warehouse, engine(), as_of_on=AS_OF, method_name="gamma-poisson", **SETTINGS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a shop's forecast lies."""
    folder = tmp_path_factory.mktemp("whole") / "warehouse"
    run(stocked(folder, lines(), buckets=1))
    return folder


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 9 : len(content) // 3] = b"\x5a" * (len(content) // 3 - len(content) // 9)
    path.write_bytes(content)


def test_what_a_forecast_is_explained_from_is_told(folder, tmp_path):
    warehouse = FolderWarehouse(shutil.copytree(folder, tmp_path / "data" / "w"))
    for name in EXPLAINED:
        path = warehouse.files(snapshot(AS_OF, name))[0].path
        whole = path.read_bytes()
        for harm, told in ((Path.unlink, "missing"), (cut, "damaged"), (flip, "damaged")):
            harm(path)
            with pytest.raises(StoreError) as caught:
                explain_forecast(warehouse, "h1", most=3)
            assert caught.value.message == f"{path} is {told}"
            assert caught.value.hint == f"make it anew with `regulars forecast run --as-of {AS_OF}`"
            path.write_bytes(whole)


def test_whatever_a_forecast_consists_of_is_made_anew(folder, tmp_path):
    warehouse = FolderWarehouse(shutil.copytree(folder, tmp_path / "w"))
    whole = {
        file.path: file.path.read_bytes()
        for dataset in warehouse.datasets()
        if dataset.startswith(("snapshots/", "models/gamma-poisson"))
        for file in warehouse.files(dataset)
    }
    assert len(whole) > 12
    for number, path in enumerate(whole):
        (Path.unlink, cut, flip)[number % 3](path)
    run(warehouse)
    assert {path: path.read_bytes() for path in whole if path.exists()} == whole


def test_a_judgement_is_kept_anew(folder, tmp_path):
    warehouse = FolderWarehouse(shutil.copytree(folder, tmp_path / "w"))
    judge = {"as_of_on": AS_OF, "method_name": "gamma-poisson", **SETTINGS}
    judged_closed(warehouse, engine(), **judge)
    file = warehouse.files(snapshot(AS_OF, "judged_bins"))[0].path
    whole = file.read_bytes()
    cut(file)
    with pytest.raises(StoreError) as caught:
        read_rows(warehouse.files(snapshot(AS_OF, "judged_bins")), "judged_bins")
    assert caught.value.hint == f"make it anew with `regulars forecast evaluate --as-of {AS_OF}`"
    judged_closed(warehouse, engine(), **judge)
    assert file.read_bytes() == whole


@pytest.mark.parametrize("harm", [Path.unlink, cut])
def test_the_engine_names_the_file_and_neither_step_nor_statement(folder, tmp_path, harm):
    path = tmp_path / "lines.parquet"
    shutil.copy(next((folder / "data" / "lines").rglob("*.parquet")), path)
    sources = {"open_lines": [path]}
    harm(path)
    with pytest.raises(StoreError) as caught:
        engine().query(predict_step("visit_days"), sources, {"as_of_on": AS_OF})
    assert caught.value.message == str(unreadable_file(path).message)
    assert "copy of the workspace" in caught.value.hint


def test_a_wrong_statement_is_not_blamed_on_a_file(tmp_path):
    pq.write_table(pa.table({"other": [1]}), tmp_path / "whole.parquet")
    assert first_unreadable([tmp_path / "whole.parquet"]) is None
    step = read_step("regulars.predict", "visit_days.sql")
    with pytest.raises(ValueError, match="statement:"):
        engine().query(step, {"open_lines": [tmp_path / "whole.parquet"]}, {"as_of_on": AS_OF})


def test_what_the_system_refuses_is_no_damage(tmp_path):
    with pytest.raises(StoreError, match="cannot be read") as caught, readable(tmp_path):
        raise OSError(errno.EMFILE, "Too many open files")
    assert "doctor" in caught.value.hint


@pytest.mark.parametrize(
    ("dataset", "command"),
    [
        ("snapshots/2017-11-27/forecast-7-days", "forecast run --as-of 2017-11-27 --days 7"),
        ("snapshots/2017-11-27/forecast-by-decayed-count", "forecast evaluate --as-of 2017-11-27"),
        ("snapshots/2017-11-27/forecast-7-days-by-gamma-poisson", "forecast evaluate --as-of 2017-11-27"),
        ("snapshots/2017-11-27/household_value/bucket=00", "forecast run --as-of 2017-11-27"),
        ("snapshots/2017-11-27/category_gaps", "profiles build --as-of 2017-11-27"),
        ("models/need-days/2017-11-27", "forecast run --as-of 2017-11-27"),
        ("models/coupons/2017-11-27", "forecast coupons --as-of 2017-11-27"),
    ],
)
def test_the_hint_names_the_command_that_makes_a_dataset(dataset, command):
    assert f"`regulars {command}`" in unreadable_file(Path("/data/w/warehouse/data") / dataset / "1f.parquet").hint


def test_what_was_loaded_or_planned_is_put_back():
    for dataset in ("lines/bucket=00/period=2017-11", "plans/2017-11-27-1f0c/plan"):
        assert "copy of the workspace" in unreadable_file(Path("w/warehouse/data") / dataset / "1f.parquet").hint
