"""Whose a line is, as SQL: `regulars.ingest.holder` says the same of one card and day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ._reader_rows import file_list

OWN_CARD = "CASE WHEN rows.card_id IS NULL THEN rows.household_id ELSE rows.card_id END"
"""Where no card is known, every card is a household of its own."""

HELD_CARD = "CASE WHEN rows.card_id IS NULL THEN rows.household_id ELSE holders.household_id END"
"""Where cards are known: that of the table ``holders``, by card and day."""


def holders_statement(rows: str, cards: Sequence[Path]) -> str:
    """The household of every card on every day it was shown on, null when it is nobody's, shared or not known then.

    Args:
        rows: Lines.
        cards: Files of the table ``cards``.
    """
    return (
        "SELECT card_id, sold_on, CASE WHEN count(DISTINCT COALESCE(household_id, '')) = 1 "
        "THEN max(household_id) END AS household_id FROM ("
        "SELECT shown.card_id, shown.sold_on, cards.household_id, cards.from_on = "
        "max(cards.from_on) OVER (PARTITION BY shown.card_id, shown.sold_on) AS began_last "
        f"FROM (SELECT DISTINCT card_id, sold_on FROM ({rows}) WHERE card_id IS NOT NULL) shown "
        f"JOIN read_parquet({file_list(cards)}) cards ON cards.card_id = shown.card_id "
        "AND cards.from_on <= shown.sold_on AND (cards.until_on IS NULL OR shown.sold_on < cards.until_on)"
        ") WHERE began_last GROUP BY card_id, sold_on"
    )


def moved_statement(rows: str, household: str) -> str:
    """Whether some line is of another household than it stands with; reads ``holders`` where `household` does."""
    joined = " LEFT JOIN holders ON holders.card_id = rows.card_id AND holders.sold_on = rows.sold_on"
    return (
        f"SELECT count(*) > 0 FROM ({rows}) AS rows{joined if household == HELD_CARD else ''} "
        f"WHERE rows.household_id IS DISTINCT FROM {household}"
    )
