"""Commands of the forecast say which day they took when none was named, on standard error."""

from datetime import date

import pytest
from click.testing import CliRunner

from regulars.bootstrap import Workspace
from regulars.cli._root import commands
from regulars.flows import CouponReport, ExplainedForecast
from regulars.kernel import ContractError

DAY = date(2017, 11, 27)
EXPLAINED = ExplainedForecast("h1", DAY, None, 1, DAY, ())
LEARNT = CouponReport(DAY, 0, False, {}, True, {}, {}, 2_000, "rates")


def enough(*_: object, **__: object) -> None:
    raise ContractError("asked")


@pytest.mark.parametrize(
    ("words", "function", "answer", "which"),
    [
        (["run"], "run_forecast", enough, "the first day of the newest cycle that the till lines reach into"),
        (["evaluate"], "compare_forecasts", enough, "the first day of the last cycle that is over"),
        (["explain", "h1"], "explain_forecast", lambda *_, **__: EXPLAINED, "the day of the newest forecast"),
        (
            ["coupons"],
            "learn_coupons",
            lambda *_: LEARNT,
            "the day of the newest forecast, or of the newest cycle",
        ),
    ],
)
def test_a_command_says_which_day_it_took_unless_one_is_named(
    tmp_path, monkeypatch, words, function, answer, which
):
    assert CliRunner().invoke(commands, ["init", str(tmp_path / "w")]).exit_code == 0
    monkeypatch.setattr(f"regulars.bootstrap.{function}", answer)
    for name in ("default_day", "last_over_day"):
        monkeypatch.setattr(Workspace, name, lambda _: DAY)
    asked = ["forecast", *words, "--workspace", str(tmp_path / "w")]
    taken = CliRunner().invoke(commands, asked)
    assert f"as of 2017-11-27, {which}" in taken.stderr
    assert "--as-of names another" in taken.stderr
    assert which not in taken.stdout
    named = CliRunner().invoke(commands, [*asked, "--as-of", str(DAY)])
    assert "names another" not in named.output
