"""Commands about the workspace itself: `init`, `config`, `doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._common import EXIT_REJECTED, in_workspace, json_option, say, say_finding, say_json, say_table

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@json_option
def init(folder: Path, *, as_json: bool) -> None:
    """Make a workspace in DIR, or complete the one that is there.

    Files that are there are kept as they are. Secrets are drawn at random and lie in keys.toml.
    """
    from regulars.bootstrap import create_workspace

    made = create_workspace(folder)
    if as_json:
        say_json({"workspace": folder, "made": made})
        return
    say(f"Workspace {folder}: " + (f"made {', '.join(made)}." if made else "nothing was missing."))
    if made:
        say(f"Next: set your store's name in {folder / 'regulars.toml'}, then load data:")
        say(f"  regulars data load FILES --map plain --workspace {folder}")


@click.group()
def config() -> None:
    """Show, check and explain the settings."""


@config.command("show")
@in_workspace
@json_option
def config_show(workspace: Workspace, *, as_json: bool) -> None:
    """Print every setting in force."""
    values = workspace.settings.model_dump(mode="json")
    if as_json:
        say_json(values)
        return
    rows = [
        (f"{s}.{n}", v) for s, section in values.items() if isinstance(section, dict) for n, v in section.items()
    ]
    say_table(("setting", "value"), [("demo", values["demo"]), *((name, str(value)) for name, value in rows)])


@config.command("validate")
@in_workspace
@json_option
def config_validate(workspace: Workspace, *, as_json: bool) -> None:
    """Check the settings and the files they name, down to what a list is printed with."""
    words = workspace.language.words
    found = {
        "settings": "regulars.toml",
        "language": workspace.language.code,
        "locale": words.locale,
        "currency": words.currency,
        "recipes": len(workspace.recipes.recipes),
        "departments": len(workspace.layout),
        "assumptions": workspace.assumptions.label,
        "sensitive_rules": len(workspace.sensitive_rules),
        "keys": "published (demonstration)" if workspace.settings.demo else "drawn",
    }
    assert workspace.keys is not None
    findings = workspace.look_findings
    if as_json:
        say_json({**found, "findings": findings})
        return
    say("The settings are well: " + ", ".join(f"{name} {value}" for name, value in found.items()) + ".")
    for finding in findings:
        say_finding(finding)


@config.command("schema")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON (it always is).")
def config_schema(*, as_json: bool) -> None:
    """Print every setting with its type, default and meaning, as JSON Schema."""
    from regulars.bootstrap import Settings

    del as_json
    say_json(Settings.model_json_schema())


@click.command()
@in_workspace
@json_option
def doctor(workspace: Workspace, *, as_json: bool) -> int:
    """Look at versions, settings, stores and free space; say what is wrong and how to mend it."""
    from regulars.bootstrap import examine

    checks = examine(workspace)
    healthy = all(check.ok for check in checks)
    if as_json:
        say_json({"ok": healthy, "checks": checks})
    else:
        say_table(("check", "well", "found"), [(check.name, check.ok, check.found) for check in checks])
        for check in checks:
            if not check.ok:
                say(f"{check.name}: {check.found}\n  hint: {check.hint}")
    return 0 if healthy else EXIT_REJECTED
