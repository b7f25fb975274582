"""A disk that fills up while loading: told in one sentence, and nothing is changed, wherever it happens."""

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.flows import find_mapping, load_data
from regulars.ingest import parse_sensitive_rules, shipped_sensitive_text
from regulars.kernel import StoreError
from regulars.testing import SilentProgress

ROWS = 20_000
HEADER = "household_id,store_id,sold_on,transaction_id,line_number,product_id,quantity_milli,amount_cents\n"


def load(root: Path, file: Path) -> None:
    load_data(
        [file],
        mapping=find_mapping("plain"),
        warehouse=FolderWarehouse(root),
        reader=DuckDBReader(threads=1),
        sensitive_rules=parse_sensitive_rules(shipped_sensitive_text(), "sensitive.toml"),
        progress=SilentProgress(),
    )


def outcome(root: Path, file: Path) -> StoreError | None:
    try:
        load(root, file)
    except StoreError as error:
        return error
    return None


def test_a_full_disk_at_any_point_is_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    disk, file = tmp_path / "disk", tmp_path / "lines.csv"
    disk.mkdir()
    words = (sha256(str(n).encode()).hexdigest() for n in range(ROWS))
    lines = (f"h{word[:2]},s,2017-01-02,{word},1,{word[9:20]},1000,100\n" for word in words)
    file.write_text(HEADER + "".join(lines))
    told = set()
    for kilobytes in (64, 900, 2000, 2600, 3200, 3800, 9000):
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)]
        if subprocess.run(mount, check=False).returncode:
            pytest.skip("needs root, to mount a small disk")
        try:
            root = disk / "w"
            FolderWarehouse.create(root, buckets=3)
            before = (root / "manifest.json").read_bytes()
            error = outcome(root, file)
            if error is None:
                assert sum(file.rows for file in FolderWarehouse(root).files("lines")) == ROWS
                told.add("loaded")
            else:
                assert error.hint
                assert (root / "manifest.json").read_bytes() == before
                told.add("reader" if "the disk is full" in str(error) else "writer")
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)
    assert told == {"reader", "writer", "loaded"}
