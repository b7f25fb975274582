"""Whose a line is follows from the cards that are known, in whatever order files come."""

import random
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.contracts import LoadReport
from regulars.flows import card_holders, cards_report, compact_data, find_mapping, load_data
from regulars.ingest import Holding, holder
from regulars.testing import SilentProgress

LINES = (
    "household_id,card_id,store_id,lane_id,sold_on,transaction_id,line_number,product_id,quantity_milli,"
    "amount_cents"
)
READER = DuckDBReader(threads=1)
CARDS = "card_id,household_id,from_on,until_on,version"


def write(path: Path, *lines: str, header: str) -> Path:
    path.write_text("\n".join([header, *lines, ""]))
    return path


def lines(path: Path, *cells: str) -> Path:
    """Cells are ``household,card,day``; the numbers of transactions are their places."""
    rows = []
    for number, cell in enumerate(cells, start=1):
        household, card, day = cell.split(",")
        rows.append(f"{household},{card},s1,4,2026-{day},{number},1,p1,1000,100")
    return write(path, *rows, header=LINES)


def load(root: Path, *files: Path) -> list[LoadReport]:
    return load_data(
        files,
        mapping=find_mapping("plain"),
        warehouse=FolderWarehouse.create(root, buckets=3),
        reader=READER,
        sensitive_rules=(),
        progress=SilentProgress(),
    )


def households(root: Path) -> dict[str, str | None]:
    """Transaction → household; every line stands in the bucket of its household."""
    found = {}
    for file in FolderWarehouse(root).files("lines"):
        for row in pq.read_table(file.path, partitioning=None).to_pylist():
            found[row["transaction_id"]] = row["household_id"]
            assert (row["household_id"] is None) == (file.bucket == -1)
    return found


def current(root: Path) -> dict[str, bytes]:
    warehouse = FolderWarehouse(root)
    files = [file.path for name in warehouse.datasets() for file in warehouse.files(name)]
    return {str(path.relative_to(root)): path.read_bytes() for path in (*files, root / "manifest.json")}


CASES = {
    "replaced": (["A,H1,2026-01-01,,0", "B,H1,2026-02-01,,0"], [",A,01-31", ",B,02-01"], ["H1", "H1"]),
    "a card of another day": (
        ["A,H1,2026-01-10,2026-02-01,0"],
        [",A,01-09", ",A,01-10", ",A,02-01"],
        [None, "H1", None],
    ),
    "moved to another household": (
        ["A,H1,2026-01-01,,0", "A,H2,2026-02-01,,0"],
        [",A,01-31", ",A,02-01"],
        ["H1", "H2"],
    ),
    "back when the later one ends": (
        ["A,H1,2026-01-01,,0", "A,H2,2026-02-01,2026-03-01,0"],
        [",A,02-28", ",A,03-01"],
        ["H2", "H1"],
    ),
    "two households merged by a newer version": (
        ["A,H1,2026-01-01,,0", "B,H2,2026-01-01,,0", "B,H1,2026-01-01,,1"],
        [",A,01-05", ",B,01-05"],
        ["H1", "H1"],
    ),
    "a newer version replaces all periods of its card": (
        ["A,H1,2026-01-01,,0", "A,H2,2026-02-01,,0", "A,H3,2026-01-15,,1"],
        [",A,01-14", ",A,02-20"],
        [None, "H3"],
    ),
    "shared from one day on": (
        ["A,H1,2026-01-01,,0", "A,H2,2026-02-01,,0", "A,H3,2026-02-01,,0"],
        [",A,01-31", ",A,02-01"],
        ["H1", None],
    ),
    "lent by the cashier": (["A,,2026-01-01,,0"], [",A,01-05"], [None]),
    "not known": (["A,H1,2026-01-01,,0"], [",Z,01-05", ",,01-05"], [None, None]),
    "a household named by the file is believed": (
        ["A,H1,2026-01-01,,0"],
        ["H9,A,01-05", "H9,,01-05"],
        ["H9", "H9"],
    ),
    "no card known: each its own household": ([], [",A,01-05", "H9,,01-05", ",,01-05"], ["A", "H9", None]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_line_is_of_its_cards_household(case: str, tmp_path: Path) -> None:
    cards, shown, expected = CASES[case]
    till = lines(tmp_path / "lines.csv", *shown)
    one_each = [write(tmp_path / f"cards-{n}.csv", row, header=CARDS) for n, row in enumerate(cards)]
    states = []
    orders = list(permutations([till, *one_each]))
    for number, order in enumerate(orders if len(orders) < 7 else orders[::4]):
        root = tmp_path / f"w{number}"
        for file in order:
            (report,) = load(root, file)
            assert (report.rows_in, report.rows_quarantined) == (report.rows_kept + report.rows_repeated, 0)
        assert list(households(root).values()) == expected or households(root) == {
            str(n): household for n, household in enumerate(expected, start=1)
        }
        (again,) = load(root, till)
        assert (again.rows_kept, again.rows_repeated, again.findings) == (0, len(shown), 0)
        states.append(current(root))
    assert all(state == states[0] for state in states)


def test_only_months_in_which_a_line_moves_are_written_again(tmp_path: Path) -> None:
    root = tmp_path / "w"
    load(root, write(tmp_path / "cards-0.csv", "A,H1,2026-01-01,,0", header=CARDS))
    load(root, lines(tmp_path / "lines.csv", ",A,01-05", ",A,02-05", ",B,02-06", ",,03-07"))
    before = {file.path: file.path.stat().st_ino for file in FolderWarehouse(root).files("lines")}
    load(root, write(tmp_path / "cards-1.csv", "B,H2,2026-01-01,,0", header=CARDS))
    after = {file.path: file.path.stat().st_ino for file in FolderWarehouse(root).files("lines")}
    kept = {path.parent.name for path, number in before.items() if after.get(path) == number}
    assert kept == {"period=2026-01", "period=2026-03"}
    warehouse = FolderWarehouse(root)
    state = current(root)
    assert compact_data(warehouse, DuckDBReader(threads=1), progress=SilentProgress()).files_rewritten == 0
    assert current(root) == state


def test_any_cards_any_order_as_the_plain_rule_says(tmp_path: Path) -> None:
    draw = random.Random(7)
    first = date(2026, 1, 1)
    known: dict[str, list[Holding]] = {}
    rows = []
    for card in (f"c{n}" for n in range(40)):
        for from_on in {first + timedelta(draw.randrange(50)) for _ in range(draw.randrange(4))}:
            for household in draw.sample(["", "h1", "h2", "h3"], draw.choice([1, 1, 1, 2])):
                until_on = from_on + timedelta(draw.randint(1, 60)) if draw.random() < 0.5 else None
                known.setdefault(card, []).append(Holding(household or None, from_on, until_on))
                rows.append(f"{card},{household},{from_on},{until_on or ''},0")
    draw.shuffle(rows)
    shown = [(f"c{draw.randrange(45)}", first + timedelta(draw.randrange(80))) for _ in range(2_000)]
    root = tmp_path / "w"
    load(root, lines(tmp_path / "lines.csv", *(f",{card},{day:%m-%d}" for card, day in shown)))
    load(root, write(tmp_path / "cards.csv", *rows, header=CARDS))
    expected = [holder(known.get(card, ()), day) for card, day in shown]
    assert households(root) == {str(n): household for n, household in enumerate(expected, start=1)}
    assert len(set(expected)) == 4
    household_of = card_holders(FolderWarehouse(root))
    assert [household_of(card, day) for card, day in shown] == expected


def test_as_long_as_no_card_is_loaded_every_card_is_a_household_of_its_own(tmp_path: Path) -> None:
    root = tmp_path / "w"
    load(root, lines(tmp_path / "lines.csv", "H1,,01-05"))
    assert card_holders(FolderWarehouse(root))("H1", date(2026, 1, 6)) == "H1"
    load(root, write(tmp_path / "cards.csv", "A,H2,2026-01-01,,0", header=CARDS))
    household_of = card_holders(FolderWarehouse(root))
    assert [household_of(card, date(2026, 1, 6)) for card in ("A", "H1")] == ["H2", None]


def test_what_is_known_of_cards_is_told(tmp_path: Path) -> None:
    root = tmp_path / "w"
    cards = [
        "A,H1,2026-01-01,,0",
        "A,H2,2026-02-01,,0",
        "B,H3,2026-01-01,,0",
        "B,H4,2026-01-01,,0",
        "C,,2026-01-01,,0",
    ]
    load(root, write(tmp_path / "cards.csv", *cards, header=CARDS))
    load(
        root, lines(tmp_path / "lines.csv", ",A,01-05", ",B,01-05", ",C,01-05", ",Z,01-05", "H1,,01-06", ",,01-05")
    )
    report = cards_report(FolderWarehouse(root))
    assert (report.cards, report.households, report.cards_of_nobody) == (3, 4, 1)
    assert (report.cards_moved, report.cards_shared) == (1, 1)
    assert (report.lines_of_households, report.lines_with_other_cards, report.lines_without_card) == (2, 3, 1)
    assert [(one.card_id, one.household_ids) for one in report.shared] == [("B", ("H3", "H4"))]


def test_a_card_of_a_contradiction_is_quarantined(tmp_path: Path) -> None:
    root = tmp_path / "w"
    load(root, write(tmp_path / "cards-0.csv", "A,H1,2026-01-01,,0", header=CARDS))
    (report,) = load(root, write(tmp_path / "cards-1.csv", "A,H1,2026-01-01,2026-02-01,0", header=CARDS))
    assert (report.rows_kept, report.rows_quarantined) == (0, 1)
    (report,) = load(root, write(tmp_path / "cards-2.csv", "A,H1,2026-03-01,2026-02-01,0", header=CARDS))
    assert (report.rows_kept, report.rows_quarantined) == (0, 1)
