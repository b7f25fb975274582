"""The folder warehouse: what is published is seen whole, and a crash leaves the old state or the new one."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.adapters import FolderWarehouse
from regulars.flows import NewFile, Publication
from regulars.kernel import ContractError, StoreError


def write(path: Path, values: list[int]) -> Path:
    pq.write_table(pa.table({"value": values}), path)
    return path


def publish(warehouse: FolderWarehouse, name: str, values: list[int], bucket: int | None = None) -> None:
    with warehouse.scratch() as folder:
        file = NewFile(write(folder / "new.parquet", values), bucket=bucket)
        warehouse.publish(Publication({name: [*(f for f in warehouse.files(name) if f.bucket != bucket), file]}))


def values_of(warehouse: FolderWarehouse, name: str) -> list[int]:
    return [v for file in warehouse.files(name) for v in pq.read_table(file.path)["value"].to_pylist()]


def test_a_published_dataset_is_read_back_by_another_reader(tmp_path: Path) -> None:
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=4)
    publish(warehouse, "lines", [1, 2], bucket=3)
    publish(warehouse, "lines", [3], bucket=0)
    reader = FolderWarehouse(tmp_path / "w")
    assert reader.buckets == 4
    assert [(f.bucket, f.rows) for f in reader.files("lines")] == [(0, 1), (3, 2)]
    assert values_of(reader, "lines") == [3, 1, 2]
    assert [f.rows for f in reader.files("lines", bucket=3)] == [2]
    assert not reader.has("products")
    assert reader.files("products") == []


def test_a_reader_keeps_the_state_it_opened_over_one_publication(tmp_path: Path) -> None:
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=1)
    publish(warehouse, "lines", [1])
    reader = FolderWarehouse(tmp_path / "w")
    publish(warehouse, "lines", [2])
    assert values_of(reader, "lines") == [1]
    assert values_of(FolderWarehouse(tmp_path / "w"), "lines") == [2]
    publish(warehouse, "lines", [3])
    files = list((tmp_path / "w" / "data").rglob("*.parquet"))
    assert len(files) == 2, "the state before the last one is swept away"


def test_scratch_folders_nest_and_leftovers_of_a_killed_run_go(tmp_path: Path) -> None:
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=1)
    leftover = tmp_path / "w" / "scratch" / "killed"
    leftover.mkdir(parents=True)
    with warehouse.scratch() as outer:
        assert not leftover.exists()
        with warehouse.scratch() as inner:
            assert inner != outer
            assert outer.is_dir()
        assert outer.is_dir()
        assert not inner.exists()
    assert not outer.exists()


def test_the_same_content_gives_the_same_manifest_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        warehouse = FolderWarehouse.create(tmp_path / name, buckets=2)
        for bucket in (1, 0) if name == "a" else (0, 1):
            publish(warehouse, "lines", [bucket], bucket=bucket)
    assert (tmp_path / "a/manifest.json").read_bytes() == (tmp_path / "b/manifest.json").read_bytes()


def test_create_keeps_a_warehouse_that_is_there(tmp_path: Path) -> None:
    publish(FolderWarehouse.create(tmp_path / "w", buckets=2), "lines", [7])
    assert values_of(FolderWarehouse.create(tmp_path / "w", buckets=9), "lines") == [7]
    assert FolderWarehouse(tmp_path / "w").buckets == 2


def test_properties_belong_to_a_dataset_and_go_when_it_is_replaced(tmp_path: Path) -> None:
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=2)
    publish(warehouse, "lines", [1])
    warehouse.publish(Publication({}, {"lines": {"digest": "abc"}}))
    assert FolderWarehouse(tmp_path / "w").properties("lines") == {"digest": "abc"}
    publish(warehouse, "lines", [2])
    assert warehouse.properties("lines") == {}
    with pytest.raises(ContractError, match="'nothing', which does not exist"):
        warehouse.publish(Publication({}, {"nothing": {}}))


def test_no_warehouse_and_a_broken_manifest_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no warehouse") as missing:
        FolderWarehouse(tmp_path)
    assert "regulars init" in missing.value.hint
    (tmp_path / "manifest.json").write_text("{broken")
    with pytest.raises(StoreError, match="cannot be read"):
        FolderWarehouse(tmp_path)


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """A real limit on file size stands for the full disk: the kernel refuses the write half way."""
    script = textwrap.dedent("""
        import resource, signal, sys
        from pathlib import Path
        from regulars.adapters import FolderWarehouse
        from regulars.flows import NewFile, Publication
        from regulars.kernel import StoreError
        import pyarrow as pa, pyarrow.parquet as pq
        warehouse = FolderWarehouse(Path(sys.argv[1]))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with warehouse.scratch() as folder:
            new = folder / "n.parquet"
            pq.write_table(pa.table({"value": [9]}), new)
            resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
            try:
                warehouse.publish(Publication({"lines": [NewFile(new)]}))
            except StoreError as error:
                print("refused:", error.message)
    """)
    warehouse = FolderWarehouse.create(tmp_path / "w", buckets=1)
    publish(warehouse, "lines", [1])
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "w"], capture_output=True, text=True, check=True
    )
    assert "refused: the warehouse" in done.stdout
    assert "File too large" in done.stdout
    assert values_of(FolderWarehouse(tmp_path / "w"), "lines") == [1]


WRITERS = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    from regulars.adapters import FolderWarehouse
    from regulars.flows import NewFile, Publication
    import pyarrow as pa, pyarrow.parquet as pq

    def publish_for_ever():
        warehouse = FolderWarehouse(Path(sys.argv[1]))
        number = int(warehouse.properties("lines")["n"])
        while True:
            number += 1
            with warehouse.scratch() as folder:
                files = []
                for bucket in range(4):
                    path = folder / f"{bucket}.parquet"
                    pq.write_table(pa.table({"value": [number]}), path)
                    files.append(NewFile(path, bucket=bucket))
                warehouse.publish(Publication({"lines": files, "copy": files[:0]}, {"lines": {"n": str(number)}}))
            print(number, flush=True)

    for line in sys.stdin:
        if line == "start\\n":
            child = os.fork()
            if child == 0:
                print(os.getpid(), flush=True)
                publish_for_ever()
        else:
            os.waitpid(child, 0)
            print("buried", flush=True)
""")
"""Starts a process at each line "start", from one that has loaded the program, and buries it at "bury"."""


def test_a_killed_writer_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    root = tmp_path / "w"
    publish(FolderWarehouse.create(root, buckets=4), "lines", [0, 0, 0, 0])
    FolderWarehouse(root).publish(Publication({}, {"lines": {"n": "0"}}))
    seen = set()
    command = [sys.executable, "-c", WRITERS, root]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as writers:
        assert writers.stdin is not None
        assert writers.stdout is not None
        for turn in range(12):
            writers.stdin.write("start\n")
            pid = int(writers.stdout.readline())
            # one publication at least, however busy the machine
            assert int(writers.stdout.readline()) > max(seen, default=0)
            time.sleep(0.01 * turn)
            os.kill(pid, signal.SIGKILL)
            writers.stdin.write("bury\n")
            while writers.stdout.readline() != "buried\n":
                pass
            reader = FolderWarehouse(root)
            values = values_of(reader, "lines")
            assert len(values) == 4
            assert {str(v) for v in values} == {reader.properties("lines")["n"]}
            seen.add(values[0])
        writers.stdin.close()
    assert len(seen) == 12, "every kill must fall at a state of its own"


def test_a_change_by_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    stale = FolderWarehouse.create(tmp_path / "w", buckets=1)
    publish(FolderWarehouse(tmp_path / "w"), "lines", [1])
    with pytest.raises(StoreError, match="changed by another command"):
        publish(stale, "products", [2])
    reader = FolderWarehouse(tmp_path / "w")
    assert values_of(reader, "lines") == [1]
    assert not reader.has("products")
