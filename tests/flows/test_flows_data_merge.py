"""What loading writes: a full disk is told in our words, and a class of goods stands once."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest

from regulars.contracts import SensitiveRule
from regulars.flows._data import _class_tiers
from regulars.flows._data_batch import compose_staged
from regulars.flows._data_merge import disk_named, write_table
from regulars.flows._data_parts import write_part
from regulars.flows._data_ports import StagedFile
from regulars.ingest import shipped_mapping
from regulars.kernel import StoreError


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 96 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", disk], check=False)
    if done.returncode:
        pytest.skip("needs root, to mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_table_that_finds_no_room(full_disk: Path) -> None:
    rows = pa.table({"x": [n * 7_919**3 % 999_999_937 for n in range(100_000)]})
    with pytest.raises(StoreError, match=r"t\.parquet could not be written: No space left on device") as caught:
        write_table(rows, full_disk / "t.parquet")
    assert caught.value.hint == "nothing of this file was loaded: make room on the disk, then load it again"


def test_names_that_find_no_room(full_disk: Path) -> None:
    columns = {name: ["X"] * 1000 for name in ("product_id", "department_id", "category_id", "brand_kind", "name")}
    columns["need_id"] = [sha256(bytes([n % 250, n // 250])).hexdigest()[:30] for n in range(1000)]
    path = full_disk / "part.arrow"
    write_part(pa.table(columns), path)
    with suppress(OSError), (full_disk / "rest").open("wb", buffering=0) as rest:
        while True:
            rest.write(b"x" * 4096)
    staged = StagedFile(Path("p"), shipped_mapping("complete_journey").files[1], 1000, 0, {"": [path]})
    with pytest.raises(StoreError, match="No space left on device"):
        compose_staged(staged)


def test_other_faults_of_a_disk_are_told_too() -> None:
    with pytest.raises(StoreError, match="p could not be written: Read-only file system"), disk_named(Path("p")):
        raise OSError(errno.EROFS, "x")
    with pytest.raises(ValueError, match="not the disk"), disk_named(Path("p")):
        raise ValueError("not the disk")


def test_a_class_without_a_category_stands_once() -> None:
    rows = [("GROCERY", None, None), ("GROCERY", "", None), ("GROCERY", "", ""), ("PET", "DOG", "")]
    names = ("department_id", "category_id", "need_id")
    classes = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
    tiers = _class_tiers(classes, [SensitiveRule("pet", department="PET")]).to_pylist()
    assert [tuple(row.values()) for row in tiers] == [("GROCERY", None, None, ""), ("PET", "DOG", None, "pet")]
