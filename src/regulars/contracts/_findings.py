"""What was wrong in the data: values with a place, collected and never raised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing refused or doubted in a source file.

    Args:
        file: Name of the file as given.
        line: Line (or row of a Parquet file), from 1; None if it concerns the whole file.
        column: Column of the source, or empty.
        rule: Name of the rule, ``amount-is-a-number``.
        message: What was found and what was expected.
        raw: The row as it stood.
        refused: Whether the row was kept out of its table; else it was loaded and is only told.
    """

    file: str
    line: int | None
    column: str
    rule: str
    message: str
    raw: str = ""
    refused: bool = True


@dataclass(frozen=True)
class LoadReport:
    """What one file brought; rows_in = rows_kept + rows_quarantined + rows_repeated, always.

    A row counts as repeated when it is known already, or a newer version of its transaction is. `rows_replaced` are
    rows of earlier files that left because this one brought a newer version of their transaction. Money is in cents.
    The retail counts are zero for kinds other than lines.
    """

    file: str
    kind: str
    rows_in: int
    rows_kept: int
    rows_quarantined: int
    rows_repeated: int
    rows_replaced: int = 0
    transactions: int = 0
    retail_transactions: int = 0
    other_transactions: int = 0
    sale_lines: int = 0
    return_lines: int = 0
    voided_lines: int = 0
    net_cents: int = 0
    transactions_with_loyalty_identity: int = 0
    stores: int = 0
    findings: int = 0

    def __post_init__(self) -> None:
        assert self.rows_in == self.rows_kept + self.rows_quarantined + self.rows_repeated, (
            f"{self.file}: {self.rows_in} rows in, but {self.rows_kept} kept, "
            f"{self.rows_quarantined} quarantined, {self.rows_repeated} repeated"
        )
