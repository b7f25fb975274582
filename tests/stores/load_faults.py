"""Store-days that come late, twice, split and out of order, and loads that are killed: what must not matter.

Run: ``python tests/stores/load_faults.py --store-days 1000 --kills 200`` (``make faults-ingest``).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.flows import find_mapping, load_data
from regulars.testing import SilentProgress

HEADER = (
    "card_id,store_id,lane_id,sold_on,transaction_id,line_number,product_id,quantity_milli,amount_cents,version"
)
CARDS_HEADER = "card_id,household_id,from_on,until_on,version"
SEED = 20_261_125


def write_store_days(folder: Path, count: int) -> list[Path]:
    """One file a store and day, in order; with every tenth come corrections and cards, in files of their own.

    Cards are replaced, go from one household to another, are shared, and lent by cashiers.
    """
    draw = random.Random(SEED)
    stores = 20 if count >= 400 else 4
    files = []
    for number in range(count):
        day, store = divmod(number, stores)
        sold_on = f"2026-{1 + day // 28 % 12:02d}-{1 + day % 28:02d}"
        lines = [
            f"{draw.choice(['', f'c{draw.randrange(90)}'])},s{store},{1 + n % 2},{sold_on},{n},{line},"
            f"p{draw.randrange(50)},1000,{draw.randrange(50, 900)},0"
            for n in range(1, 9)
            for line in range(1, 1 + draw.randrange(2, 6))
        ]
        files.append(_write(folder / f"lines-{number:05d}-0.csv", lines))
        if number % 10 == 9:
            corrected = [line[:-1] + "1" for line in lines if f",{sold_on},3," in line][:-1]
            files.append(_write(folder / f"lines-{number:05d}-1.csv", corrected))
            held = [_holding(card, number, draw) for card in sorted({draw.randrange(90) for _ in range(9)})]
            files.append(_write(folder / f"cards-{number:05d}-2.csv", held, CARDS_HEADER))
    return files


def _holding(card: int, version: int, draw: random.Random) -> str:
    """What one file says of a card; a fifth of the cards are nobody's."""
    household = draw.choice(["", *(f"h{card % 40 + n}" for n in range(4))])
    until_on = draw.choice(["", f"2026-{draw.randint(6, 12):02d}-01"])
    return f"c{card},{household},2026-0{draw.randint(1, 5)}-{draw.randint(1, 28):02d},{until_on},{version // 20}"


def delivered(files: Sequence[Path], folder: Path) -> list[Path]:
    """The same rows as they might come: each file one to three times, some in two parts, all in any order."""
    draw = random.Random(SEED + 1)
    out = []
    for file in files:
        for copy in range(draw.randint(1, 3)):
            head, *lines = file.read_text(encoding="utf-8").splitlines()
            draw.shuffle(lines)
            cut = draw.randint(0, len(lines)) if draw.random() < 0.3 else 0
            pieces = [piece for piece in (lines[:cut], lines[cut:]) if piece]
            out += [_write(folder / f"{file.stem}-{copy}-{n}.csv", piece, head) for n, piece in enumerate(pieces)]
    draw.shuffle(out)
    return out


def load(root: Path, files: Sequence[Path]) -> int:
    """Load files with one command.

    Returns:
        How many rows went in.
    """
    reports = load_data(
        files,
        mapping=find_mapping("plain"),
        warehouse=FolderWarehouse.create(root, buckets=8),
        reader=DuckDBReader(threads=1),
        sensitive_rules=(),
        progress=SilentProgress(),
    )
    assert all(report.rows_quarantined == 0 for report in reports)
    return sum(report.rows_in for report in reports)


def state_of(root: Path) -> str:
    """A digest of the manifest and of every file it names, read from disk without help of the code under test.

    Raises:
        AssertionError: A file is missing or is not what the manifest says.
    """
    text = (root / "manifest.json").read_bytes()
    for dataset in json.loads(text)["datasets"].values():
        for record in dataset["files"]:
            digest = hashlib.sha256((root / record["path"]).read_bytes()).hexdigest()
            assert digest == record["sha256"], f"{record['path']} is not what the manifest says"
    return hashlib.sha256(text).hexdigest()


def shuffled_is_in_order(folder: Path, count: int) -> dict[str, int]:
    """Deliver store-days anyhow, with commands of any size, and compare with once and in order.

    Returns:
        Files and rows of both ways.
    """
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    files = write_store_days(folder / "in", count)
    others = delivered(files, folder / "out")
    once = load(folder / "once", files)
    draw, rows, start = random.Random(SEED + 2), 0, 0
    while start < len(others):
        size = draw.choice((1, 3, 60, 300)) if count >= 400 else draw.choice((1, 2, 9))
        rows += load(folder / "anyhow", others[start : start + size])
        start += size
    assert state_of(folder / "once") == state_of(folder / "anyhow")
    return {"files": len(files), "files_delivered": len(others), "rows": once, "rows_delivered": rows}


def killed_loads(folder: Path, kills: int) -> dict[str, int]:
    """Kill processes while they load one file after the other; what they leave is a state between two files.

    Returns:
        How many kills left the state before the file being loaded, and how many the one after it.
    """
    (folder / "files").mkdir()
    files = write_store_days(folder / "files", 22 if kills >= 100 else 10)
    states = _in_child(lambda: [_state_after(folder / "plan", file) for file in files])
    states = [_empty_state(folder / "empty"), *states]
    draw, done, round_number, left = random.Random(SEED + 3), 0, 0, {"before": 0, "after": 0}
    root = folder / "w0"
    FolderWarehouse.create(root, buckets=8)
    for _ in range(kills):
        told = _killed(root, files[done:], draw)
        state = state_of(root)
        expected = states[done + told : done + told + 2]
        assert state in expected, "a killed load left half a state"
        left["before" if state == expected[0] else "after"] += 1
        done += told + expected.index(state)
        if done == len(files):
            round_number, done = round_number + 1, 0
            root = folder / f"w{round_number}"
            FolderWarehouse.create(root, buckets=8)
    _in_child(lambda: [_state_after(root, file) for file in files[done:]])
    assert state_of(root) == states[-1], "after a kill the rest does not load to the same state"
    return {"kills": kills, **left}


def _killed(root: Path, files: Sequence[Path], draw: random.Random) -> int:
    """Load files in a process that is killed at some moment of some file.

    Returns:
        How many files it said were loaded.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        for file in files:
            load(root, [file])
            os.write(writing, b".")
        os.write(writing, b"e")
        signal.pause()
    os.close(writing)
    wanted, told, began = draw.randrange(3), b"", time.monotonic()
    while len(told) < wanted and b"e" not in told:
        told += os.read(reading, 1)
    pace = (time.monotonic() - began) / max(len(told), 1)
    if draw.random() < 0.5:
        _wait_for_publishing(root, 10 * pace + 1)
    else:
        time.sleep(draw.random() * (pace if told else 0.3))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reading, 100):
        told += more
    os.close(reading)
    return told.count(b".")


def _wait_for_publishing(root: Path, seconds: float) -> None:
    """Return while new files are moved in or the manifest is being swapped, or after so long."""
    before = (root / "manifest.json").stat().st_ino
    moved_in = {path.name for path in (root / "data").glob("*")}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        swapping = any(root.glob(".manifest.json.*")) or (root / "manifest.json").stat().st_ino != before
        if swapping or {path.name for path in (root / "data").glob("*")} != moved_in:
            return
        time.sleep(0.000_2)


def _in_child(work: object) -> list[str]:
    """Results of work done in a process of its own, so that this one can go on forking."""
    assert callable(work)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writing, "w") as stream:
            json.dump(work(), stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        found: list[str] = json.load(stream)
    os.waitpid(child, 0)
    return found


def _state_after(root: Path, file: Path) -> str:
    load(root, [file])
    return state_of(root)


def _empty_state(root: Path) -> str:
    FolderWarehouse.create(root, buckets=8)
    return state_of(root)


def _write(path: Path, lines: Sequence[str], head: str = HEADER) -> Path:
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    return path


def main() -> None:
    """Both, at full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store-days", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(killed_loads(Path(folder), given.kills)), flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(shuffled_is_in_order(Path(folder), given.store_days)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
