"""The store of the tutorial's second half, made as the page says."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docs_pages import ROOT, text_of

from regulars.cli._root import commands

PAGE = text_of(ROOT / "docs/tutorial/first-list.md")
FILES = dict(re.findall(r"`files/(\w+\.csv)`.*?```text\n(.*?)```", PAGE, re.DOTALL))

Run = Callable[..., list[dict[str, object]]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "myshop"
    (folder / "files").mkdir(parents=True)
    for name, body in FILES.items():
        (folder / "files" / name).write_text(body, encoding="utf-8")
    return folder


@pytest.fixture
def run(shop: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> list[dict[str, object]]:
        commands.main([*words, "--json"], prog_name="regulars", standalone_mode=False)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    command("init", str(shop))
    return command


def test_the_page_shows_three_files() -> None:
    assert sorted(FILES) == ["deals.csv", "lines.csv", "products.csv"]


def test_every_row_of_the_files_is_kept(shop: Path, run: Run) -> None:
    reports = run("data", "load", str(shop / "files"), "--map", "plain", "--workspace", str(shop))
    kept = {Path(str(report["file"])).name: report["rows_kept"] for report in reports}
    assert kept == {name: len(body.splitlines()) - 1 for name, body in FILES.items()}
    assert [report["rows_quarantined"] for report in reports] == [0, 0, 0]
