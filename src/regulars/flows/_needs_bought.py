"""The days each need was bought on, as of a day: put together once for all that is learnt from them in a run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from regulars.predict import predict_step

from ._names import snapshot
from ._ports import Engine, NewFile, Warehouse
from ._step_files import StepFiles


class NeedsBought:
    """The table `needs_bought` as of a day, put together when it is first asked for.

    Everything is read from the day's `open_lines`, which must have been built.

    Args:
        warehouse: Holds the profiles.
        engine: Runs the SQL.
        folder: Where the files are written.
        as_of_on: The day.
    """

    def __init__(self, warehouse: Warehouse, engine: Engine, folder: Path, as_of_on: date) -> None:
        self.folder = folder
        self._warehouse = warehouse
        self._tables = StepFiles(engine, folder, {"as_of_on": as_of_on})
        self._lines = warehouse.files(snapshot(as_of_on, "open_lines"))
        self._built = False

    @property
    def made_from(self) -> tuple[str, ...]:
        """All that shapes the table, as texts."""
        return predict_step("needs_bought").text, *(file.sha256 for file in self._lines)

    def files(self) -> list[NewFile]:
        """The table's files, one a household bucket."""
        if not self._built:
            self._tables.give("open_lines", self._lines)
            for bucket in range(self._warehouse.buckets):
                self._tables.build(predict_step("needs_bought"), bucket=bucket)
            self._built = True
        return self._tables.built("needs_bought")
