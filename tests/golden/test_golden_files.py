"""Generated files are current, and the comparison can tell when they are not."""

import subprocess
import sys
from pathlib import Path

import click
from pydantic import BaseModel, Field, SecretStr

from golden import reference_pages, regenerate


def test_generated_files_are_current() -> None:
    made = regenerate.texts()
    for name in regenerate.stale(made):
        assert (regenerate.ROOT / name).read_text(encoding="utf-8") == made[name], name
    assert regenerate.stale(made) == []


def test_the_check_runs_as_make_calls_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden.regenerate", "--check"],
        cwd=regenerate.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_changed_a_missing_and_a_left_over_file_are_stale(tmp_path: Path) -> None:
    folder = tmp_path / "docs/reference"
    folder.mkdir(parents=True)
    (folder / "same.md").write_text("same")
    (folder / "changed.md").write_text("old")
    (folder / "left.md").write_text("made by nothing")
    made = {
        f"docs/reference/{name}.md": text for name, text in (("same", "same"), ("changed", "new"), ("new", "n"))
    }
    expected = ["docs/reference/changed.md", "docs/reference/left.md", "docs/reference/new.md"]
    assert regenerate.stale(made, tmp_path) == expected
    assert regenerate.write(made, tmp_path) == expected
    assert regenerate.stale(made, tmp_path) == []
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "same.md": "same",
        "changed.md": "new",
        "new.md": "n",
    }


def test_the_commands_page_holds_every_command_but_hidden_ones() -> None:
    group = click.Group("regulars", help="All of it.")
    data = click.Group("data", help="Files.")
    group.add_command(data)
    data.add_command(
        click.Command("load", help="Load files.", params=[click.Option(["--map"], help="A mapping.")])
    )
    group.add_command(click.Command("secret", hidden=True))
    page = reference_pages.commands_page(group)
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## regulars",
        "## regulars data",
        "## regulars data load",
    ]
    assert "Usage: regulars data load [OPTIONS]" in page
    assert "--map TEXT  A mapping." in page


def test_the_settings_page_knows_every_kind_of_setting() -> None:
    page = reference_pages.settings_page()
    assert "| `2017-01-09` |  |" in page
    assert '| `paper` | Paper size. | `"letter"` | `letter`, `a4` |' in page
    assert "| `1500` | 256 or more |" in page
    assert "| `false` |  |" in page
    assert "| `28` | 1 to 40 |" in page
    for nothing in ("Undefined", "``", "`None`", "**"):
        assert nothing not in page
    assert "| `offline_deals` | The same for the offers of some deals, by deal id. | `{}` |  |" in page


def test_a_setting_without_a_default_is_required() -> None:
    class Section(BaseModel):
        given: int
        made: dict[str, int] = Field(default_factory=dict)
        secret: SecretStr = SecretStr("")
        absent: int | None = None

    table = reference_pages._settings_table(Section.model_fields.items())
    assert [line.split(" | ")[2] for line in table.rstrip().splitlines()[2:]] == [
        "required",
        "`{}`",
        '`""`',
        "none",
    ]
