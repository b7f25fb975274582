"""Every command, option, setting, table and make target that a page names exists."""

import re
from pathlib import Path

import click
import pytest
from docs_pages import PAGES, ROOT, Call, calls, calls_of_line, code_blocks, inline_code, name_of, text_of

from golden.reference_pages import setting_names
from regulars.cli._root import commands
from regulars.contracts import TABLES

SETTINGS = setting_names()
SECTIONS = {name.partition(".")[0] for name in SETTINGS if "." in name}
VARIABLES = {"REGULARS_" + name.upper().replace(".", "__") for name in SETTINGS}
GENERATED = "docs/reference/commands.md"
CALLS = [call for page in PAGES if name_of(page) != GENERATED for call in calls(page)]


def fault_of(group: click.Group, words: tuple[str, ...]) -> str | None:
    """What the command line would say against these words; None if it would take them."""
    command: click.Command = group
    rest = list(words)
    context = click.Context(command, info_name="regulars")
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest[0])
        if found is None:
            return f"no command {rest[0]!r}"
        command, rest = found, rest[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    try:
        values, left, _ = command.make_parser(context).parse_args(list(rest))
    except click.UsageError as error:
        return error.message
    if left and not isinstance(command, click.Group):
        return f"unexpected {left}"
    if rest and "--help" not in rest:
        given = {name for name, value in values.items() if isinstance(value, str | tuple) and value}
        missing = [
            parameter.name for parameter in command.params if parameter.required and parameter.name not in given
        ]
        return f"missing {missing}" if missing else None
    return None


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_command_on_a_page_is_one_the_command_line_takes(call: Call) -> None:
    assert fault_of(commands, call.words) is None


def small_group() -> click.Group:
    group = click.Group("regulars")
    data = click.Group("data")
    group.add_command(data)
    files = click.Argument(["files"], nargs=-1, required=True)
    data.add_command(click.Command("load", params=[files, click.Option(["--map"])]))
    return group


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("regulars data load a.csv --map plain", None),
        ("cd shop && ../program/.venv/bin/regulars data load a.csv >> log 2>&1", None),
        ("regulars data load --help", None),
        ("regulars data", None),
        ("regulars data sniff a.csv", "no command 'sniff'"),
        ("regulars data load a.csv --mapping plain", "No such option '--mapping'"),
        ("regulars data load --map plain", "missing ['files']"),
    ],
)
def test_a_wrong_command_on_a_page_is_seen(line: str, fault: str | None) -> None:
    words = next(calls_of_line(line))
    said = fault_of(small_group(), words)
    assert said == fault if fault is None else (said or "").startswith(fault)


def test_pages_do_show_commands() -> None:
    assert {call.words[:2] for call in CALLS} >= {("data", "load"), ("plan", "apply"), ("cycle", "run")}
    assert list(calls_of_line("cd regulars")) == list(calls_of_line("git clone ADDRESS regulars")) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_on_a_page_exist(page: Path) -> None:
    text = text_of(page)
    code = [*inline_code(text), *(body for _, body in code_blocks(text))]
    assert unknown_settings("\n".join(code)) == []


def unknown_settings(code: str) -> list[str]:
    named = set(re.findall(r"REGULARS_[A-Z_]+[A-Z]", code)) - VARIABLES
    for section, setting in re.findall(r"\[([a-z]+)\](?: ([a-z_]+))?", code):
        if section in SECTIONS and setting and f"{section}.{setting}" not in SETTINGS:
            named.add(f"[{section}] {setting}")
    return sorted(named - {"REGULARS_A__B"})


def test_a_wrong_setting_on_a_page_is_seen() -> None:
    code = "[list] items_max\n[list] item_count\nREGULARS_STORE__NAME REGULARS_STORE__NAMES"
    assert unknown_settings(code) == ["REGULARS_STORE__NAMES", "[list] item_count"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_on_a_page_exist(page: Path) -> None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w./-]+(?: [\w./-]+)*):", made, re.MULTILINE))
    known = {word for target in targets for word in target.split()}
    text = text_of(page)
    code = [*inline_code(text), *(line for _, body in code_blocks(text) for line in body.splitlines())]
    named = [word for line in code if line.startswith("make ") for word in line.split("#")[0].split()[1:]]
    assert [word for word in named if word not in known] == []


def test_the_glossary_knows_the_word_of_every_source_table() -> None:
    glossary = text_of(ROOT / "docs/concepts/glossary.md").lower()
    names = list(TABLES)
    sources = names[: names.index("class_tiers")]
    assert [name for name in sources if f"**{singular(name)}**" not in glossary] == []


def singular(name: str) -> str:
    irregular = {"categories": "category", "prices": "shelf price", "wishes": "wish"}
    return irregular.get(name, name.removesuffix("s").replace("_", " "))


def test_the_guide_to_installing_names_every_metric() -> None:
    code = text_of(ROOT / "src/regulars/api/_health.py")
    made = set(re.findall(r'"(regulars_\w+)"', code.replace('"regulars_requests"', '"regulars_requests_total"')))
    table = text_of(ROOT / "docs/guides/install.md").partition("| metric |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(regulars_\w+)`", table)) == made
