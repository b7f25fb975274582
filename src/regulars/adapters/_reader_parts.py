"""Checked rows on their way into files: the good ones by period, the refused ones apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from regulars.contracts import Table
from regulars.flows import write_part

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset

PERIOD_COLUMNS = {"lines": "sold_on", "promotions": "from_on"}
"""Tables cut by month, and the day that decides."""

_PENDING_ROWS_MAX = 500_000


class Parts:
    """Writes batches of checked rows; every row goes into exactly one file.

    Args:
        contract: The table.
        folder: Where files are written.
    """

    def __init__(self, contract: Table, folder: Path) -> None:
        self._contract = contract
        self._folder = folder
        self._pending: dict[str, list[pa.RecordBatch]] = {}
        self._pending_rows = 0
        self.files: dict[str, list[Path]] = {}
        """Period → files with its good rows."""
        self.refused: list[Path] = []
        """Files with ``source_line`` and ``broken`` of the others."""
        self.rows = self.rows_refused = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take rows: the table's columns, ``source_line`` and ``broken`` (0 for a good row)."""
        self.rows += batch.num_rows
        broken = batch.column("broken").to_numpy()
        if broken.any():
            refused = batch.select(["source_line", "broken"]).filter(pa.array(broken > 0))
            self.rows_refused += refused.num_rows
            self._hold("refused", refused)
            batch = batch.filter(pa.array(broken == 0))
        good = batch.drop_columns(["broken"])
        day = PERIOD_COLUMNS.get(self._contract.name)
        if good.num_rows and day is None:
            self._hold("", good)
        elif good.num_rows:
            months = good.column(day).to_numpy(zero_copy_only=False).astype("datetime64[M]")
            for month in [months[0]] if (months == months[0]).all() else np.unique(months):
                here = months == month
                self._hold(str(month), good if here.all() else good.filter(pa.array(here)))
        if self._pending_rows > _PENDING_ROWS_MAX:
            self.flush()

    def flush(self) -> None:
        """Write all that was taken."""
        for part, batches in sorted(self._pending.items()):
            files = self.refused if part == "refused" else self.files.setdefault(part, [])
            target = self._folder / f"{part or 'all'}-{len(files)}.arrow"
            write_part(pa.Table.from_batches(batches), target)
            files.append(target)
        self._pending, self._pending_rows = {}, 0

    def _hold(self, part: str, rows: pa.RecordBatch) -> None:
        self._pending.setdefault(part, []).append(rows)
        self._pending_rows += rows.num_rows


def dataset(paths: Sequence[Path]) -> Dataset:
    """Such files as a relation DuckDB can read."""
    from pyarrow import dataset as arrow

    return arrow.dataset([str(path) for path in paths], format="ipc")
