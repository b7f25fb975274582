"""Many receipts told late, twice and out of order: the ledger is equal to them to the cent."""

from receipt_books import main


def test_ledger_equals_receipts_to_the_cent(ledger_url: str) -> None:
    seen = main(ledger_url, 2_000, 7)
    assert (seen["wrong"], seen["findings"]) == ({}, 0)
    assert seen["receipts"] == 2_000
    assert seen["repeated"] > 50
    assert seen["kept_cents"] > 100_000
    assert seen["vendors_cents"] > 20_000
