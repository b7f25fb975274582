"""A round of the loop in a store's first weeks."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from regulars.bootstrap import _cycle
from regulars.flows import NobodyEligibleError
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
