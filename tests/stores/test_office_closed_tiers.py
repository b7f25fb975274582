"""What the office hands on of the store's sensitive tiers."""

from types import SimpleNamespace

from regulars.bootstrap.office import _households as households


def test_the_service_desk_is_shown_nothing_of_a_closed_tier(monkeypatch):
    handed = {}
    monkeypatch.setattr(households, "household_view", lambda *_, **given: handed.update(given))
    monkeypatch.setattr(households, "desk_day", lambda _: None)
    tiers = SimpleNamespace(closed={"medicine"}, unprinted={"medicine", "alcohol"})
    workspace = SimpleNamespace(sensitive_policy=tiers)
    office = SimpleNamespace(warehouse=None, ledger=None, workspace=workspace, today=lambda: None)
    households.household_shown(office, "h1", None)
    assert (handed["closed_tiers"], handed["unprinted_tiers"]) == (tiers.closed, tiers.unprinted)
