"""Putting a warehouse in order: the form a load leaves, damage told, leftovers gone."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.flows import NewFile, Publication, compact_data, find_mapping, load_data
from regulars.kernel import StoreError
from regulars.testing import ShopSize, SilentProgress, write_shop


def loaded(tmp_path: Path) -> FolderWarehouse:
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=3)
    files = write_shop(tmp_path / "shop", ShopSize(households=8, days=60), seed=1)
    load_data(
        files,
        mapping=find_mapping("plain"),
        warehouse=warehouse,
        reader=DuckDBReader(threads=1),
        sensitive_rules=(),
        progress=SilentProgress(),
    )
    return warehouse


def put_in_order(warehouse: FolderWarehouse):  # type: ignore[no-untyped-def]
    return compact_data(warehouse, DuckDBReader(threads=1), progress=SilentProgress())


def test_what_a_load_leaves_is_in_order(tmp_path: Path) -> None:
    warehouse = loaded(tmp_path)
    manifest = (tmp_path / "w" / "manifest.json").read_bytes()
    report = put_in_order(warehouse)
    assert (report.files_rewritten, report.files_before) == (0, report.files_after)
    assert report.files_checked >= report.files_before > 3
    assert (tmp_path / "w" / "manifest.json").read_bytes() == manifest


def test_small_files_become_those_a_load_would_have_left(tmp_path: Path) -> None:
    warehouse = loaded(tmp_path)
    whole = [(file.bucket, file.period, file.rows, file.sha256) for file in warehouse.files("lines")]
    with warehouse.scratch() as folder:
        pieces = []
        for number, file in enumerate(warehouse.files("lines")):
            rows = pq.read_table(file.path, partitioning=None)
            for part, piece in enumerate((rows.slice(0, 5), rows.slice(5))):
                pq.write_table(piece, folder / f"{number}-{part}.parquet")
                pieces.append(NewFile(folder / f"{number}-{part}.parquet", file.bucket, file.period))
        warehouse.publish(Publication({"lines": pieces}))
    stray = tmp_path / "w" / "data" / "lines" / "stray.parquet"
    stray.write_bytes(b"left by a killed writer")
    report = put_in_order(warehouse)
    rest = sum(len(warehouse.files(kind)) for kind in ("products", "deals"))
    assert (report.files_before, report.files_after) == (len(pieces) + rest, len(whole) + rest)
    assert report.files_rewritten == len(whole)
    assert [(file.bucket, file.period, file.rows, file.sha256) for file in warehouse.files("lines")] == whole
    assert not stray.exists()
    assert put_in_order(warehouse).leftovers_removed == 0


def test_a_damaged_file_is_told_and_nothing_is_changed(tmp_path: Path) -> None:
    warehouse = loaded(tmp_path)
    file = warehouse.files("lines")[1]
    content = bytearray(file.path.read_bytes())
    content[len(content) // 2] ^= 1
    file.path.write_bytes(content)
    manifest = (tmp_path / "w" / "manifest.json").read_bytes()
    with pytest.raises(StoreError, match="is missing or damaged"):
        put_in_order(warehouse)
    file.path.unlink()
    with pytest.raises(StoreError, match="is missing or damaged"):
        put_in_order(warehouse)
    assert (tmp_path / "w" / "manifest.json").read_bytes() == manifest
