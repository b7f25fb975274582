"""Every room is described, every link leads somewhere, every decision follows its form."""

import re
from pathlib import Path

import pytest
from docs_pages import PAGES, ROOT, anchors, links, name_of, text_of

ROOMS = sorted(path.parent.name for path in (ROOT / "src/regulars").glob("*/__init__.py"))
DECISIONS = sorted((ROOT / "docs/adr").glob("0*.md"))
DECISION_PARTS = ["Context", "Decision", "Consequences", "Measured", "Instead of"]


def described_rooms(architecture: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", architecture, re.MULTILINE)


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in links(text_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(text_of(target))):
            broken.append(link)
    return broken


def test_architecture_describes_every_room_and_no_other() -> None:
    assert sorted(described_rooms(text_of(ROOT / "ARCHITECTURE.md"))) == ROOMS


def test_architecture_lists_rooms_in_the_order_of_their_layers() -> None:
    layers = re.search(r"layers = \[\n(.*?)\n\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL)
    assert layers is not None
    levels = {
        room.strip(): level
        for level, line in enumerate(reversed(re.findall(r'"([^"]+)"', layers[1])))
        for room in line.split("|")
    }
    described = [levels[room] for room in described_rooms(text_of(ROOT / "ARCHITECTURE.md"))]
    assert described == sorted(described)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A head, here\n\n[a](gone.md) [b](page.md#a-head-here) [c](#no-such-head) `[d](code.md)`\n")
    assert broken_links(page) == ["gone.md", "#no-such-head"]


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_follows_the_form(page: Path) -> None:
    text = text_of(page)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == DECISION_PARTS
    title = text.splitlines()[0].removeprefix("# ")
    words = re.findall(r"[a-z]+", title.lower())
    named = page.stem.split("-")[1:]
    assert [word for word in named if word not in words] == [], "the file name uses words of the title"
    assert len(text.splitlines()) <= 80


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_changelog_fragments_are_named_by_issue_and_kind() -> None:
    names = [path.name for path in (ROOT / "changelog.d").iterdir()]
    assert names
    assert [name for name in names if not re.fullmatch(r"\d+\.(feature|fix|removal|doc)\.md", name)] == []


def test_the_decision_on_closed_goods_names_every_step_that_reads_all_lines() -> None:
    text = text_of(ROOT / "docs/adr/0017-closed-goods-stop-at-one-table.md")
    named = set(re.findall(r"`(\w+\.sql)`", text.partition("## Consequences")[0]))
    steps = sorted((ROOT / "src/regulars").rglob("*.sql"))
    reading = {
        step.name for step in steps if re.search(r"^-- reads:(.*, *| *)lines(,|$)", text_of(step), re.MULTILINE)
    }
    assert named == reading
