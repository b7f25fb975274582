"""Every planted fault is found, counted and located, nothing else is refused; any form gives the same rows."""

import filecmp
from collections import Counter
from pathlib import Path

import pytest

from regulars.adapters import DuckDBReader, FolderWarehouse
from regulars.contracts import LoadReport
from regulars.flows import FindingsWanted, data_findings, find_mapping, load_data
from regulars.ingest import Mapping, parse_mapping
from regulars.testing import CHAIN_FIXED_MAPPING, ChainFile, ChainSize, FileForm, SilentProgress, write_chain

SIZE = ChainSize(stores=2, days=2, transactions=150)
FORMS = list(FileForm)
RULES_PLANTED = {FileForm.CSV: 8, FileForm.FIXED: 5, FileForm.POSLOG_2: 6, FileForm.POSLOG_6: 6}


def mapping_of(form: FileForm) -> Mapping:
    return parse_mapping(CHAIN_FIXED_MAPPING, "chain") if form is FileForm.FIXED else find_mapping("plain")


def load(root: Path, form: FileForm, files: list[Path]) -> tuple[FolderWarehouse, list[LoadReport]]:
    warehouse = FolderWarehouse.create(root, buckets=2)
    reports = load_data(
        files,
        mapping=mapping_of(form),
        warehouse=warehouse,
        reader=DuckDBReader(),
        sensitive_rules=(),
        progress=SilentProgress(),
    )
    return warehouse, reports


def found_in(warehouse: FolderWarehouse, file: ChainFile) -> Counter[tuple[int, str, bool]]:
    found = data_findings(warehouse, wanted=FindingsWanted(file=file.path.name), limit=10_000).findings
    return Counter((one.line or 0, one.rule, one.refused) for one in found)


COUNTS = (
    "sale_lines", "return_lines", "net_cents", "voided_lines", "retail_transactions", "other_transactions",
    "transactions_with_loyalty_identity",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_planted_faults_are_found_counted_and_located_and_nothing_else(tmp_path: Path, form: FileForm) -> None:
    files = write_chain(tmp_path / "in", SIZE, form=form, seed=11, faults_every=8)
    assert len({fault.rule for file in files for fault in file.faults}) >= RULES_PLANTED[form] - 1
    warehouse, reports = load(tmp_path / "warehouse", form, [file.path for file in files])
    for file, report in zip(files, reports, strict=True):
        planted = Counter((fault.line, fault.rule, fault.refused) for fault in file.faults)
        assert found_in(warehouse, file) == planted
        assert report.findings == len(file.faults)
        assert report.rows_quarantined == sum(fault.refused for fault in file.faults)
        counted = COUNTS if form.startswith("poslog") else COUNTS[:3]
        assert {name: getattr(report, name) for name in counted} == {name: getattr(file, name) for name in counted}


def test_without_faults_every_form_gives_the_same_rows(tmp_path: Path) -> None:
    kept = {}
    for form in FORMS:
        files = write_chain(tmp_path / form / "in", SIZE, form=form, seed=12)
        assert [file.faults for file in files] == [[]] * len(files)
        warehouse, reports = load(tmp_path / form / "warehouse", form, [file.path for file in files])
        assert sum(report.findings for report in reports) == 0
        kept[form] = [(one.bucket, one.period, one.rows, one.sha256) for one in warehouse.files("lines")]
    assert sum(rows for *_, rows, _ in kept[FileForm.CSV]) > 2_000
    assert kept[FileForm.CSV] == kept[FileForm.FIXED]
    assert kept[FileForm.CSV] == kept[FileForm.POSLOG_2]
    assert kept[FileForm.POSLOG_2] == kept[FileForm.POSLOG_6]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_chain(tmp_path / name, ChainSize(), form=FileForm.POSLOG_6, seed=3, faults_every=4)
    assert filecmp.dircmp(tmp_path / "a", tmp_path / "b").diff_files == []
    write_chain(tmp_path / "b", ChainSize(), form=FileForm.POSLOG_6, seed=4, faults_every=4)
    assert len(filecmp.dircmp(tmp_path / "a", tmp_path / "b").diff_files) == 4
