"""POSLog files through the whole door: the process, the checks, the warehouse, the findings."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from poslog_samples import NCR, item, log, retail, sale, total
from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.adapters._reader_poslog import MEMORY_BYTES_MAX
from regulars.contracts import LoadReport
from regulars.flows import data_findings, find_mapping, load_data
from regulars.kernel import ConfigError
from regulars.poslog import COUNTS, FINDINGS, Counts
from regulars.testing import SilentProgress

A, B = "042100005264", "012000001086"


@pytest.fixture
def warehouse(tmp_path: Path) -> FolderWarehouse:
    return FolderWarehouse.create(tmp_path / "warehouse", buckets=2)


def load(warehouse: FolderWarehouse, path: Path) -> LoadReport:
    (report,) = load_data(
        [path],
        mapping=find_mapping("plain"),
        warehouse=warehouse,
        reader=DuckDBReader(),
        sensitive_rules=(),
        progress=SilentProgress(),
        file_format="poslog",
    )
    return report


def written(folder: Path, text: str | bytes, name: str = "day.xml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def rows(warehouse: FolderWarehouse, table: str = "lines") -> list[dict[str, Any]]:
    return [row for file in warehouse.files(table) for row in pq.read_table(file.path).to_pylist()]


DAY = log(
    retail(item(1, sale(A, 349)), item(2, sale(B, 100, "2")), total("TransactionGrandAmount", 449), number=1),
    retail(item(1, sale(A, 349, kind="Return")), "<LoyaltyID>600123</LoyaltyID>", number=2),
    retail(item(1, sale(A, 349), 'VoidFlag="true"'), number=3),
    retail(item(1, sale(A, 349)), number=4, flags='TrainingModeFlag="true"'),
    retail(item(1, sale(A, 500)), total("TransactionGrandAmount", 400), number=5),
    retail(item(1, sale(A, 7)).replace("0.07", "NaN"), number=6),
    "<Transaction><RetailStoreID>10</RetailStoreID><SequenceNumber>7</SequenceNumber><ControlTransaction/></Transaction>",
)
EXPECTED = {
    "transactions": 7, "retail_transactions": 5, "other_transactions": 2, "sale_lines": 3, "return_lines": 1,
    "voided_lines": 1, "net_cents": 600, "transactions_with_loyalty_identity": 1, "stores": 2, "findings": 2,
}  # fmt: skip


def test_a_days_log_is_counted_and_kept(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    report = load(warehouse, written(tmp_path, DAY))
    assert {name: getattr(report, name) for name in EXPECTED} == EXPECTED
    assert (report.rows_in, report.rows_kept, report.rows_quarantined) == (5, 4, 1)
    (row,) = [row for row in rows(warehouse) if row["household_id"] == "600123"]
    assert (row["store_id"], row["lane_id"], row["transaction_id"], row["line_number"]) == ("9", "3", "2", 1)
    assert (row["product_id"], row["quantity_milli"], row["amount_cents"]) == ("00042100005264", -1000, -349)
    assert str(row["sold_at"]) == "2017-10-01 15:15:25"
    assert str(row["sold_on"]) == str(row["known_from_on"]) == "2017-10-01"


def test_findings_name_line_rule_and_text(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    load(warehouse, written(tmp_path, DAY))
    found = {one.rule: one for one in data_findings(warehouse).findings}
    bad = found["money-is-a-number"]
    assert (bad.line, bad.column, bad.message) == (8, "amount_cents", "NaN: expected whole cents")
    assert bad.raw.startswith("<LineItem><SequenceNumber>1</SequenceNumber>")
    assert bad.refused
    doubted = found["totals-add-up"]
    assert (doubted.line, doubted.refused) == (7, False)
    assert doubted.message == "store 9 lane 3 number 5: lines and totals differ by 1.00: expected them to agree"


def test_the_same_log_twice_changes_nothing(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    first = load(warehouse, written(tmp_path, NCR))
    before = {name: warehouse.files(name) for name in warehouse.datasets()}
    second = load(warehouse, tmp_path / "day.xml")
    assert (first.rows_kept, second.rows_kept, second.rows_repeated) == (1, 0, 1)
    assert (second.transactions, second.net_cents) == (2, 126)
    assert {name: warehouse.files(name) for name in warehouse.datasets()} == before


def test_a_post_void_takes_its_target_out_of_the_file(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    undo = (
        '<TransactionLink ReasonCode="Voided"><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID>'
        "<BusinessDayDate>2017-10-01</BusinessDayDate><SequenceNumber>1</SequenceNumber></TransactionLink>"
    )
    text = log(retail(item(1, sale(A, 349)), number=1), retail(item(1, sale(A, 349)), undo, number=2))
    report = load(warehouse, written(tmp_path, text))
    assert (report.transactions, report.other_transactions, report.sale_lines, report.net_cents) == (2, 1, 0, 0)


def test_a_post_void_that_is_taken_back_takes_its_sale_out_all_the_same(
    warehouse: FolderWarehouse, tmp_path: Path
) -> None:
    undo = (
        '<TransactionLink ReasonCode="Voided"><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID>'
        "<BusinessDayDate>2017-10-01</BusinessDayDate><SequenceNumber>{}</SequenceNumber></TransactionLink>"
    )
    chain = [retail(item(1, sale(A, 349)), number=8)]
    chain += [retail(item(1, sale(A, 349)), undo.format(number - 1), number=number) for number in (9, 10)]
    report = load(warehouse, written(tmp_path, log(*chain)))
    assert (report.retail_transactions, report.other_transactions, report.sale_lines, report.net_cents) == (
        1,
        2,
        0,
        0,
    )
    assert (report.rows_in, report.rows_kept, report.rows_repeated) == (1, 0, 1)


def test_parts_of_a_cent_are_rounded_and_told(warehouse: FolderWarehouse, tmp_path: Path) -> None:
    text = log(
        retail(item(1, sale()), item(2, sale())).replace("3.49<", "1.005<", 1).replace("3.49<", "2.6750<", 1)
    )
    report = load(warehouse, written(tmp_path, text))
    assert (report.rows_kept, report.net_cents, report.findings) == (2, 369, 1)
    (told,) = data_findings(warehouse).findings
    assert (told.rule, told.line, told.refused) == ("amounts-are-whole-cents", 3, False)
    assert told.message == (
        "store 9 lane 3 number 1: 2 lines hold amounts with parts of a cent, which were rounded: expected whole cents"
    )


HALF_MB = "x" * 500_000


@pytest.mark.parametrize(
    ("text", "rule", "kept"),
    [
        (log(retail(item(1, sale()))).replace("9</RetailStoreID>", "9é</RetailStoreID>").encode("latin-1"), 2, 0),
        (log(retail(item(1, sale()), more="<X>Kassör</X>")).encode("latin-1"), 1, 1),
        (log(retail(item(1, sale("\x1d042100005264")))).encode(), 2, 0),
        (log(retail(item(1, sale("&#x1d;042100005264")))).encode(), 2, 0),
        (log(retail(item(1, sale()))).replace("UTF-8", "ISO-8859-1").replace(">9<", ">Ä<").encode("latin-1"), 0, 1),
        (log(retail(item(1, sale()))).replace("UTF-8", "UTF-16").encode("utf-16"), 0, 1),
        (log(retail(item(1, sale()))).replace("UTF-8", "UTF-16").encode("utf-16-be"), 0, 1),
        (log(retail(item(1, sale()))).replace("UTF-8", "zip").encode(), 0, 1),
        (log(retail(item(1, sale()))).replace("2017-10-01<", "1970-01-01<").encode(), 1, 0),
        (log(retail(item(1, sale(quantity="1000000")))).encode(), 1, 0),
        (log(retail(item(1, sale()))).replace(">9<", f">{HALF_MB}<").encode(), 1, 0),
        (log(retail(item(1, sale()), item(2, sale("x")))).replace("3.49<", "3\n .49<", 1).encode(), 1, 1),
    ],
    ids=["byte in an id", "byte elsewhere", "scanner mark", "its reference", "latin", "utf-16", "utf-16 unmarked",
         "no encoding", "1970", "a million", "a long id",
         "an amount over two lines"],
)  # fmt: skip
def test_odd_bytes_and_values(
    warehouse: FolderWarehouse, tmp_path: Path, text: bytes, rule: int, kept: int
) -> None:
    report = load(warehouse, written(tmp_path, text))
    assert (report.rows_kept, report.findings) == (kept, rule)


BOMB = "<!DOCTYPE POSLog [" + "".join(
    f'<!ENTITY e{n} "{f"&e{n - 1};" * 20 if n else "ha" * 50}">' for n in range(12)
) + "]>"  # fmt: skip
GOOD = retail(item(1, sale()), number=2)
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def after(document_type: str, *transactions: str) -> str:
    return document_type + log(*transactions).split("\n", 1)[1]


BOMBS = {
    "entities": after(BOMB, retail("&e11;", item(1, sale())), GOOD),
    "entities in attributes": after(BOMB, retail('<LineItem A="&e11;"/>', item(1, sale())), GOOD),
    "an external entity": after(EXTERNAL, retail(item(1, sale("&e;"))), GOOD),
    "an attribute of 30 MB": log(f'<X A="{"y" * 30_000_000}"/>', GOOD),
    "a text of 30 MB": log(retail(item(1, sale())).replace(">9<", f">{'9' * 30_000_000}<"), GOOD),
    "a comment of 30 MB": log(f"<!-- {'y' * 30_000_000} -->", GOOD),
    "deep": log("<a>" * 3_000_000, GOOD),
    "many attributes": log("<X " + " ".join(f'a{n}="1"' for n in range(300_000)) + "/>", GOOD),
    "many lines": log(retail("<LineItem/>" * 2_000_000), GOOD),
    "many faults": log(*["<Transaction>&</Transaction>"] * 50_000, GOOD),
}


def cpu_seconds() -> float:
    """Of this process, and of those it started and that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_told_in_time_and_the_good_transaction_kept(
    warehouse: FolderWarehouse, tmp_path: Path, name: str
) -> None:
    path = written(tmp_path, BOMBS[name])
    began = cpu_seconds()
    report = load(warehouse, path)
    assert cpu_seconds() - began < 5.0
    assert report.findings >= 1
    assert [row["transaction_id"] for row in rows(warehouse)].count("2") == 1


@pytest.mark.parametrize(
    "text", ["<html><body/></html>", "<!-- no <POSLog> --><Orders/>", "<Orders><![CDATA[<POSLog>]]></Orders>"]
)
def test_a_file_without_transactions_is_no_poslog(warehouse: FolderWarehouse, tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="holds no element Transaction"):
        load(warehouse, written(tmp_path, text))


def limited(*arguments: object, memory_bytes: int = MEMORY_BYTES_MAX, cpu_seconds: int = 5) -> Counts:
    command = [sys.executable, "-I", "-m", "regulars.poslog", f"--memory-bytes={memory_bytes}"]
    done = subprocess.run(
        [*command, f"--cpu-seconds={cpu_seconds}", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Counts(**json.loads((Path(str(arguments[-1])) / COUNTS).read_text()))


def test_a_file_that_takes_too_long_is_stopped_and_told_and_what_was_read_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, log(*[retail(item(1, sale()), number=number) for number in range(100_000)]))
    counts = limited(path, tmp_path, cpu_seconds=1)
    assert 0 < counts.transactions < 100_000
    assert counts.faults == 1
    assert "file-is-read-in-time" in (tmp_path / FINDINGS).read_text()


def test_a_file_that_needs_too_much_memory_is_stopped_and_told(tmp_path: Path) -> None:
    fat = "".join(f"<LineItem><SequenceNumber>{'7' * 4_000}</SequenceNumber></LineItem>" for _ in range(40_000))
    path = written(tmp_path, log(retail(item(1, sale())), retail(fat)))
    counts = limited(path, tmp_path, memory_bytes=96 << 20, cpu_seconds=60)
    assert (counts.transactions, counts.faults) == (1, 1)
    assert "file-fits-in-memory" in (tmp_path / FINDINGS).read_text()
