"""A round of the loop in a store's first weeks."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from regulars.bootstrap import Workspace, _cycle, _workspace
from regulars.flows import NobodyEligibleError
from regulars.kernel import ContractError
from regulars.testing import SilentProgress

DAY = date(2026, 11, 16)


def test_the_last_forecast_is_not_judged_while_nobody_got_a_list_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def nobody(workspace: object, before_on: date, progress: object) -> None:
        asked.append(before_on)
        raise NobodyEligibleError("no household is eligible")

    status = SimpleNamespace(kind="lines", first_on=DAY - timedelta(days=32))
    monkeypatch.setattr(_cycle, "data_status", lambda _: [status])
    monkeypatch.setattr(_cycle, "evaluate_forecast", nobody)
    assert _cycle._judged(SimpleNamespace(warehouse=None), DAY, SilentProgress()) is None
    assert asked == [DAY - timedelta(days=14)]


def test_a_cycle_before_that_had_no_fortnight_to_learn_from_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(_cycle, "evaluate_forecast", lambda _, before_on, __: asked.append(before_on))
    for days in (28, 29):
        status = SimpleNamespace(kind="lines", first_on=DAY - timedelta(days=days))
        monkeypatch.setattr(_cycle, "data_status", lambda _, one=status: [one])
        assert _cycle._judged(SimpleNamespace(warehouse=None), DAY, SilentProgress()) is None
    assert asked == [DAY - timedelta(days=14)]
    assert "no closed fortnight to learn from, or nobody with a list" in _cycle._quality_text(None)


@pytest.mark.parametrize(("days_before", "over"), [(15, True), (14, False), (3, False)])
def test_the_last_cycle_that_is_over_has_lines_before_it(
    monkeypatch: pytest.MonkeyPatch, days_before: int, over: bool
) -> None:
    first_on, last_on = DAY - timedelta(days=days_before), DAY + timedelta(days=5)
    status = SimpleNamespace(kind="lines", first_on=first_on, last_on=last_on)
    monkeypatch.setattr(_workspace.flows, "data_status", lambda _: [status])
    settings = SimpleNamespace(cycle=SimpleNamespace(first_on=DAY))
    workspace = SimpleNamespace(warehouse=None, default_day=lambda: DAY, settings=settings)
    if over:
        assert Workspace.last_over_day(workspace) == DAY - timedelta(days=14)
        return
    with pytest.raises(ContractError) as refused:
        Workspace.last_over_day(workspace)
    assert refused.value.message.endswith(f"they reach from {first_on} to {last_on}")
    assert f"wait until they reach to {DAY + timedelta(days=13)}," in refused.value.hint
