"""The list of forecast commands is read at a glance: each is told whole."""

from click.testing import CliRunner

from regulars.cli._root import commands


def test_no_command_of_the_forecast_is_told_in_part() -> None:
    told = CliRunner().invoke(commands, ["forecast", "--help"], terminal_width=100).stdout
    rows = told.partition("Commands:\n")[2].splitlines()
    assert len(rows) == 5
    assert all(row.startswith("  ") and row.endswith(".") and not row.endswith("...") for row in rows)
