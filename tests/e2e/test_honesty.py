"""What must not matter does not: goods of closed tiers, and everything that happened on or after the day."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
from synthetic_chain import DAY, planned, printed, run_here, run_regulars

CLOSED_CATEGORY = "ANALGESICS"


def products_of(products: Path, category: str) -> set[str]:
    """Products of a category."""
    rows = csv.DictReader(products.read_text().splitlines())
    return {row["product_id"] for row in rows if row["category_id"] == category}


def rewritten(source: Path, target: Path, change: Callable[[dict[str, str]], dict[str, str] | None]) -> int:
    """Copy a CSV with some rows changed or left out; how many were."""
    changed = 0
    with source.open(newline="") as read, target.open("w", newline="") as write:
        rows = csv.DictReader(read)
        writer = csv.DictWriter(write, rows.fieldnames or (), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            after = change(dict(row))
            changed += after != row
            if after is not None:
                writer.writerow(after)
    return changed


def reloaded(root: Path, files: list[Path], keys: Path) -> Path:
    """A fresh workspace from files, with the keys of another so that codes can be compared."""
    run_here("init", root)
    (root / "keys.toml").write_bytes(keys.read_bytes())
    for file in files:
        run_here("data", "load", file, "--kind", file.stem, "--workspace", root)
    return root


def test_closed_goods_replaced_by_unknown_ones_leave_every_list_byte_identical(
    finished: Path, shop_files: list[Path], tmp_path: Path
) -> None:
    products, lines, deals = shop_files
    closed = products_of(products, CLOSED_CATEGORY)

    def unknown(row: dict[str, str]) -> dict[str, str]:
        return {**row, "product_id": "never-heard-of"} if row["product_id"] in closed else row

    changed = rewritten(lines, tmp_path / "lines.csv", unknown)
    assert changed > 50, "the shop must sell closed goods for this to prove anything"
    root = reloaded(tmp_path / "w", [products, tmp_path / "lines.csv", deals], finished / "keys.toml")
    run_regulars("cycle", "run", "--as-of", DAY, "--apply", "--workspace", root)
    assert planned(root) == planned(finished)
    lists = {name: content for name, content in printed(root).items() if name.startswith("lists/")}
    assert lists == {name: content for name, content in printed(finished).items() if name.startswith("lists/")}


def test_open_goods_replaced_by_unknown_ones_do_change_the_plan(
    finished: Path, shop_files: list[Path], tmp_path: Path
) -> None:
    """The control: the same replacement on goods that are not closed must be seen."""
    products, lines, deals = shop_files
    open_goods = products_of(products, "BREAD")

    def unknown(row: dict[str, str]) -> dict[str, str]:
        return {**row, "product_id": "never-heard-of"} if row["product_id"] in open_goods else row

    rewritten(lines, tmp_path / "lines.csv", unknown)
    root = reloaded(tmp_path / "w", [products, tmp_path / "lines.csv", deals], finished / "keys.toml")
    run_regulars("plan", "build", "--as-of", DAY, "--workspace", root)
    assert planned(root) != planned(finished)


def test_later_lines_change_nothing(finished: Path, shop_files: list[Path], tmp_path: Path) -> None:
    products, lines, deals = shop_files
    removed = rewritten(
        lines, tmp_path / "lines.csv", lambda row: row if date.fromisoformat(row["sold_on"]) < DAY else None
    )
    assert removed > 100, "there must be later lines for this to prove anything"
    root = reloaded(tmp_path / "w", [products, tmp_path / "lines.csv", deals], finished / "keys.toml")
    for day, name in ((DAY, "before.parquet"), (DAY, "again.parquet")):
        run_regulars("forecast", "run", "--as-of", day, "--out", tmp_path / name, "--workspace", root)
    run_here("data", "load", lines, "--kind", "lines", "--workspace", root)
    run_regulars("forecast", "run", "--as-of", DAY, "--out", tmp_path / "after.parquet", "--workspace", root)
    assert (tmp_path / "after.parquet").read_bytes() == (tmp_path / "before.parquet").read_bytes()
    assert set(pq.read_table(tmp_path / "after.parquet")["level"].to_pylist()) == {"need", "product"}
    run_regulars("plan", "build", "--as-of", DAY, "--workspace", root)
    assert planned(root) == planned(finished)
