"""Loading as a flow, with a warehouse and a reader that stand in for the real ones."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.contracts import SensitiveRule, table
from regulars.flows import (
    DataFile,
    LineCounts,
    NewFile,
    Publication,
    StagedFile,
    data_findings,
    data_status,
    find_mapping,
    goods_classes,
    load_data,
    read_parts,
    refresh_class_tiers,
    write_part,
)
from regulars.flows._data_findings import sorted_findings
from regulars.ingest import FileMapping
from regulars.kernel import ConfigError, StoreError

RULES = (SensitiveRule("pet", need="DOG%"),)
TEXT = pa.string()


@dataclass
class HeldWarehouse:
    """Files stay where they were written; publications are counted."""

    folder: Path
    buckets: int = 2
    held: dict[str, list[DataFile]] = field(default_factory=dict)
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    publications: int = 0

    def datasets(self) -> list[str]:
        return sorted(self.held)

    def has(self, dataset: str) -> bool:
        return dataset in self.held

    def files(self, dataset: str, *, bucket: int | None = None) -> list[DataFile]:
        return [file for file in self.held.get(dataset, []) if bucket in {None, file.bucket}]

    def properties(self, dataset: str) -> dict[str, str]:
        return self.facts.get(dataset, {})

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        path = self.folder / f"scratch-{len(list(self.folder.iterdir()))}"
        path.mkdir()
        yield path

    def publish(self, publication: Publication) -> None:
        self.publications += 1
        for name, files in publication.replace.items():
            self.held[name] = [self._adopted(file) for file in files]
        self.facts.update({name: dict(facts) for name, facts in publication.properties.items()})

    def _adopted(self, file: NewFile | DataFile) -> DataFile:
        if isinstance(file, DataFile):
            return file
        digest = hashlib.sha256(file.path.read_bytes()).hexdigest()
        return DataFile(file.path, pq.read_metadata(file.path).num_rows, digest, file.bucket, file.period)


@dataclass
class ProductReader:
    """Every file holds the same products, and so many rows that are refused."""

    products: list[tuple[str, str, str | None]]
    refused: int = 0
    fails_on: str = ""
    read: list[tuple[str, FileMapping]] = field(default_factory=list)

    def stage(self, path: Path, mapping: FileMapping, folder: Path) -> StagedFile:
        if path.name == self.fails_on:
            raise StoreError(f"{path} cannot be read")
        self.read.append((path.name, mapping))
        folder.mkdir(parents=True)
        part = folder / "part.arrow"
        write_part(
            self._rows().append_column("source_line", pa.array(range(len(self.products)), pa.int64())), part
        )
        return StagedFile(path, mapping, len(self.products) + self.refused, self.refused, {"": [part]})

    def sorted_rows(
        self,
        table_name: str,
        existing: Sequence[Path],
        staged: Sequence[Sequence[Path]],
        undone: pa.Table | None = None,
        cards: Sequence[Path] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        rows = [(row, -1) for path in existing for row in pq.read_table(path).to_pylist()]
        rows += [(row, n) for n, paths in enumerate(staged) for row in read_parts(paths).to_pylist()]
        rows.sort(key=lambda item: (item[0]["product_id"], item[1]))
        names = table("products").column_names
        columns = {name: pa.array([row[name] for row, _ in rows]) for name in names}
        columns["source_file"] = pa.array([number for _, number in rows], pa.int64())
        columns["source_line"] = pa.array([row.get("source_line", 0) for row, _ in rows], pa.int64())
        columns["past_by"] = pa.nulls(len(rows), pa.int64())
        yield from pa.table(columns).to_batches(max_chunksize=2)

    def names_inside(self, path: Path) -> tuple[str, ...]:
        return ()

    def is_moved_by(self, cards: Sequence[Path], lines: Sequence[Path]) -> bool:
        raise AssertionError("only cards move lines")

    def findings(self, staged: StagedFile, conflict_lines: Sequence[int]) -> pa.Table:
        rows = [
            {
                "kind": "products",
                "file": staged.path.name,
                "line": n,
                "column": "",
                "rule": "r",
                "message": "m",
                "raw": "",
                "refused": True,
                "format": "csv",
                "head": "",
            }
            for n in range(self.refused)
        ]
        kinds = {"text": TEXT, "integer": pa.int64(), "boolean": pa.bool_()}
        schema = pa.schema([pa.field(column.name, kinds[column.type]) for column in table("findings").columns])
        return pa.Table.from_pylist(rows, schema=schema)

    def rebuild(self, raws: Sequence[str], file_format: str, head: str, target: Path) -> None:
        raise AssertionError("nothing is tried again")

    def line_counts(self, staged: StagedFile, without_lines: Sequence[int]) -> LineCounts:
        raise AssertionError("only lines have line counts")

    def _rows(self) -> pa.Table:
        fixed = {"vendor_id": "v", "department_id": "GROCERY", "brand_kind": "own", "name_composed": True}
        rows = [
            {"product_id": product, "category_id": category, "need_id": need, **fixed}
            for product, category, need in self.products
        ]
        return pa.table(
            {
                column.name: pa.array(
                    [row.get(column.name, "") for row in rows], pa.bool_() if column.type == "boolean" else TEXT
                )
                for column in table("products").columns
            }
        )


class Counting:
    """Progress that remembers how far it came."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0

    def step(self, title: str, total: int | None = None) -> Any:
        self.total = total
        return nullcontext(self)

    def advance(self, amount: int = 1) -> None:
        self.done += amount


def load(warehouse: HeldWarehouse, reader: ProductReader, *files: Path, **options: Any) -> list[Any]:
    return load_data(
        files,
        mapping=find_mapping("complete_journey"),
        warehouse=warehouse,
        reader=reader,
        sensitive_rules=RULES,
        progress=options.pop("progress", Counting()),
        **options,
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> HeldWarehouse:
    return HeldWarehouse(tmp_path)


def test_a_load_composes_names_sorts_classes_and_accounts_for_every_row(warehouse: HeldWarehouse) -> None:
    reader = ProductReader([("2", "SUGARS/SWEETNERS", "SUGAR"), ("1", "DOG FOODS", "DOG CHOW")], refused=3)
    (report,) = load(warehouse, reader, Path("in/products.parquet"))
    assert (report.rows_in, report.rows_kept, report.rows_quarantined, report.rows_repeated) == (5, 2, 3, 0)
    assert (report.file, report.kind, report.findings) == ("in/products.parquet", "products", 3)
    rows = pq.read_table(warehouse.held["products"][0].path).to_pylist()
    assert [(row["product_id"], row["name"]) for row in rows] == [
        ("1", "Store brand Dog Chow"),
        ("2", "Store brand Sugar"),
    ]
    tiers = pq.read_table(warehouse.held["class_tiers"][0].path)["tier"].to_pylist()
    assert tiers == ["pet", ""]
    assert data_findings(warehouse).total == 3
    assert [(status.kind, status.rows, status.first_on) for status in data_status(warehouse)] == [
        ("class_tiers", 2, None),
        ("findings", 3, None),
        ("products", 2, None),
    ]


def test_what_is_known_already_publishes_nothing(warehouse: HeldWarehouse) -> None:
    reader = ProductReader([("1", "SOUP", "BROTH")], refused=1)
    load(warehouse, reader, Path("products.parquet"))
    published, files = warehouse.publications, dict(warehouse.held)
    (report,) = load(warehouse, reader, Path("products.parquet"))
    assert (report.rows_kept, report.rows_repeated, report.rows_quarantined) == (0, 1, 1)
    assert warehouse.publications == published
    assert warehouse.held == files


def test_tiers_are_made_again_when_rules_or_products_change_and_only_then(warehouse: HeldWarehouse) -> None:
    assert not refresh_class_tiers(warehouse, RULES)
    load(warehouse, ProductReader([("1", "DOG FOODS", "DOG CHOW")]), Path("products.parquet"))
    assert not refresh_class_tiers(warehouse, RULES)
    assert refresh_class_tiers(warehouse, (replace(RULES[0], tier="never"),))
    assert pq.read_table(warehouse.held["class_tiers"][0].path)["tier"].to_pylist() == ["never"]
    load(warehouse, ProductReader([("2", "SOUP", None)]), Path("products.parquet"))
    assert pq.read_table(warehouse.held["class_tiers"][0].path)["tier"].to_pylist() == ["pet", ""]


def test_a_folder_stands_for_the_files_the_mapping_names(warehouse: HeldWarehouse, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("products.parquet", "demographics.parquet", "notes.txt"):
        (folder / name).touch()
    reader, progress = ProductReader([("1", None, None)]), Counting()
    reports = load(warehouse, reader, folder, progress=progress)
    assert [report.kind for report in reports] == ["products"]
    assert [name for name, _ in reader.read] == ["products.parquet"]
    assert (progress.total, progress.done) == (1, 1)
    with pytest.raises(ConfigError, match="holds no file that the mapping 'complete_journey' names"):
        load(warehouse, reader, folder, kind="lines")
    with pytest.raises(ConfigError, match=r"does not say how to read a file named demographics.parquet"):
        load(warehouse, reader, folder / "demographics.parquet")


def test_a_kind_that_is_given_stands_above_the_name(warehouse: HeldWarehouse) -> None:
    reader = ProductReader([("1", None, None)])
    load(warehouse, reader, Path("articles.pq"), kind="products")
    assert [(name, entry.kind) for name, entry in reader.read] == [("articles.pq", "products")]


def test_files_before_one_that_fails_are_told(warehouse: HeldWarehouse, tmp_path: Path) -> None:
    reader = ProductReader([("1", "SOUP", None)], fails_on="products.csv")
    told: list[Any] = []
    with pytest.raises(StoreError, match="cannot be read"):
        load(warehouse, reader, Path("products.parquet"), Path("products.csv"), kind="products", each=told.append)
    assert [(report.file, report.rows_kept) for report in told] == [("products.parquet", 1)]


def test_a_missing_file_is_told_before_that_no_mapping_names_it(warehouse: HeldWarehouse, tmp_path: Path) -> None:
    reader = ProductReader([("1", "SOUP", None)])
    with pytest.raises(StoreError, match=r"there is no file .*nosuch.csv"):
        load(warehouse, reader, tmp_path / "nosuch.csv")
    (tmp_path / "nosuch.csv").write_text("x\n")
    with pytest.raises(ConfigError, match=r"nosuch\.csv"):
        load(warehouse, reader, tmp_path / "nosuch.csv")


def test_every_class_is_told_with_its_tier_its_rule_and_its_lines(
    warehouse: HeldWarehouse, tmp_path: Path
) -> None:
    products = [
        ("1", "DOG FOODS", "DOG CHOW"),
        ("2", "DOG FOODS", "DOG CHOW"),
        ("3", "BEER", None),
        ("4", "A", "B"),
    ]
    load(warehouse, ProductReader(products), Path("products.parquet"))
    pq.write_table(pa.table({"product_id": ["1", "2", "2", "4", "9"]}), tmp_path / "lines.parquet")
    warehouse.publish(Publication({"lines": [NewFile(tmp_path / "lines.parquet")]}))
    classes = goods_classes(warehouse, (SensitiveRule("pet", need="DOG%", number=3),))
    assert [(c.category_id, c.need_id, c.tier, c.rule, c.suspicious_word, c.lines) for c in classes] == [
        ("A", "B", "", "", "", 1),
        ("BEER", None, "", "", "BEER", 0),
        ("DOG FOODS", "DOG CHOW", "pet", '3: need = "DOG%"', "", 3),
    ]
    assert {c.lines for c in goods_classes(warehouse, RULES, count_lines=False)} == {0}


def test_files_before_one_that_fails_are_loaded(warehouse: HeldWarehouse) -> None:
    reader = ProductReader([("1", None, None)], fails_on="bad.parquet")
    with pytest.raises(StoreError, match="cannot be read"):
        load(warehouse, reader, Path("products.parquet"), Path("bad.parquet"), kind="products")
    assert warehouse.held["products"][0].rows == 1


def test_files_before_one_that_breaks_the_reader_are_loaded(warehouse: HeldWarehouse) -> None:
    class BrokenReader(ProductReader):
        def stage(self, path: Path, mapping: FileMapping, folder: Path) -> StagedFile:
            if path.name == "bad.parquet":
                raise ZeroDivisionError
            return super().stage(path, mapping, folder)

    with pytest.raises(ZeroDivisionError):
        load(
            warehouse,
            BrokenReader([("1", None, None)]),
            Path("products.parquet"),
            Path("bad.parquet"),
            kind="products",
        )
    assert warehouse.held["products"][0].rows == 1


def test_a_mapping_is_found_by_name_or_in_a_file(tmp_path: Path) -> None:
    assert find_mapping("plain").name == "plain"
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\n[[file]]\nmatch = "*"\nkind = "cards"\nformat = "csv"\n[file.columns]\n')
    with pytest.raises(ConfigError, match=r"own.toml: file\[1\].columns says nothing about card_id"):
        find_mapping(str(own))
    with pytest.raises(ConfigError, match="there is no mapping 'nonesuch'"):
        find_mapping("nonesuch")
    with pytest.raises(ConfigError, match=r"none.toml cannot be read"):
        find_mapping(str(tmp_path / "none.toml"))


def test_findings_are_in_order_and_each_stands_once() -> None:
    names = [column.name for column in table("findings").columns]
    rows = [
        dict.fromkeys(names, "x") | {"file": file, "line": line, "refused": True, "head": head}
        for file, line, head in [("b", 2, "h"), ("a", 10, "h"), ("b", 2, "h"), ("a", 9, "h"), ("b", 2, "other")]
    ]
    found = sorted_findings(pa.Table.from_pylist(rows).select(names)).to_pylist()
    assert [(row["file"], row["line"], row["head"]) for row in found] == [
        ("a", 9, "h"),
        ("a", 10, "h"),
        ("b", 2, "h"),
        ("b", 2, "other"),
    ]
    (single,) = sorted_findings(pa.Table.from_pylist(rows[:1]).select(names)).to_pylist()
    assert single == rows[0]
